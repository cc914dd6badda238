import { EventIndex } from '../index/event-index.js';
import { DamagedRecord, EventLog, type LogOptions } from '../log/event-log.js';
import { labelsOf, type StoredEvent, unpack } from '../log/record.js';
import type { Head } from './expected.js';
import {
  isMetastream,
  METADATA_TYPE,
  metastreamOf,
  NO_METADATA,
  originalOf,
  parseMetadata,
  type StreamMetadata,
} from './stream-metadata.js';
import { Watchers } from './watchers.js';

const MAX_KNOWN_STREAMS = 20_000;

/** A stream as its readers and writers need it. `number` is its place in the index, -1 where nothing was written. */
export type StreamState = { number: number; metadata: StreamMetadata; hasMetadata: boolean };

/** Log and index together: everything that was written and acknowledged. */
export class Events {
  readonly watchers = new Watchers();
  private readonly known = new Map<string, StreamState>();

  private constructor(
    readonly log: EventLog,
    readonly index: EventIndex,
  ) {}

  static async open(options: LogOptions): Promise<Events> {
    const numbers = new Map<string, number>();
    let log: EventLog | undefined;
    const index: EventIndex = new EventIndex((ordinal) =>
      log ? labelsOf(log.read(index.positions.get(ordinal))).stream : '',
    );
    log = await EventLog.open(options, (body, position) => {
      const event = indexed(body, position);
      numbers.set(event.stream, index.add(event, numbers.get(event.stream) ?? -1));
    });
    return new Events(log, index);
  }

  /** Takes up a record that has just been made durable. */
  add(body: Buffer, position: number): void {
    const event = indexed(body, position);
    const state = this.known.get(event.stream);
    const number = this.index.add(event, state?.number);
    if (state) state.number = number;
    if (isMetastream(event.stream)) this.known.delete(originalOf(event.stream));
    this.watchers.touch(event.stream, event.type, event.softDeletes);
  }

  state(stream: string): StreamState {
    return this.known.get(stream) ?? this.remember(stream);
  }

  head(stream: string): Head {
    const { number, metadata, hasMetadata } = this.state(stream);
    if (number < 0) return { last: -1, tombstoned: false, softDeleted: metadata.softDeleted, hasMetadata };
    return {
      last: this.index.lastRevision(number),
      tombstoned: this.index.isTombstoned(number),
      softDeleted: metadata.softDeleted,
      hasMetadata,
    };
  }

  /** The event of a stream at a revision, hidden or not; undefined where there is none. */
  at(stream: string, revision: number): StoredEvent | undefined {
    const { number } = this.state(stream);
    if (number < 0 || revision < 0 || revision > this.index.lastRevision(number)) return undefined;
    return unpack(this.bodyAt(this.index.ordinalOf(number, revision)));
  }

  bodyAt(ordinal: number): Buffer {
    return this.log.read(this.index.positions.get(ordinal));
  }

  private remember(stream: string): StreamState {
    if (this.known.size >= MAX_KNOWN_STREAMS) this.known.delete(this.known.keys().next().value as string);
    const metadata = isMetastream(stream) ? undefined : this.latestOf(metastreamOf(stream));
    const state = {
      number: this.index.find(stream),
      metadata: metadata ? parseMetadata(metadata.data) : NO_METADATA,
      hasMetadata: metadata !== undefined,
    };
    this.known.set(stream, state);
    return state;
  }

  private latestOf(stream: string): StoredEvent | undefined {
    const number = this.index.find(stream);
    const last = number < 0 ? -1 : this.index.lastRevision(number);
    return last < 0 ? undefined : unpack(this.bodyAt(this.index.ordinalOf(number, last)));
  }
}

const indexed = (body: Buffer, position: number) => {
  const { stream, type, revision } = labelsOf(body);
  const softDeletes = type === METADATA_TYPE && isMetastream(stream) && parseMetadata(unpack(body).data).softDeleted;
  return { stream, type, revision, position, softDeletes: softDeletes ? originalOf(stream) : undefined };
};

export { DamagedRecord };
