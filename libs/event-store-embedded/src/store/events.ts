import { EventIndex } from '../index/event-index.js';
import { DELETED_TYPE } from '../index/system-streams.js';
import { EventLog } from '../log/event-log.js';
import type { LogOptions } from '../log/log-options.js';
import { labelsOf, type StoredEvent, unpack } from '../log/stored-event.js';
import { correlationIn } from './correlation.js';
import type { Head } from './expected.js';
import { IndexFiles } from './index-files.js';
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
  private readonly known = new Map<string, StreamState>();

  private constructor(
    readonly log: EventLog,
    readonly index: EventIndex,
    readonly indexFiles: IndexFiles,
    readonly watchers: Watchers,
  ) {}

  /** Opens log and index; what the index files do not cover is read from the log. */
  static async open(options: LogOptions): Promise<Events> {
    const events = await Events.over(options);
    const { log, index, indexFiles } = events;
    for (const { base, end } of log.parts) {
      const reached = indexFiles.load(index, base, end);
      if (reached < end) events.scan(base, reached);
      if (end !== log.end) events.seal(base, end, reached < end);
    }
    log.onSealed = (base, end) => events.seal(base, end, true);
    return events;
  }

  /** The same with the whole log read and the index made from it; `onPart` is called at the end of every file of the log. */
  static async rebuild(
    options: LogOptions,
    onPart: (events: Events, part: { base: number; end: number }) => void,
  ): Promise<Events> {
    const events = await Events.over(options);
    for (const part of events.log.parts) {
      events.scan(part.base, part.base);
      onPart(events, part);
      events.index.startPart();
    }
    return events;
  }

  private static async over(options: LogOptions): Promise<Events> {
    const log = await EventLog.open(options);
    const index: EventIndex = new EventIndex((ordinal) => labelsOf(log.read(index.positions.get(ordinal))).stream);
    const watchers = new Watchers((error) =>
      options.report({ level: 'error', message: 'a reader could not go on', error: String(error) }),
    );
    return new Events(log, index, new IndexFiles(options.files, options.report), watchers);
  }

  async close(): Promise<void> {
    const last = this.log.parts.at(-1);
    if (last) this.indexFiles.save(this.index, last.base, last.end);
    await this.log.close();
  }

  private scan(base: number, from: number): void {
    const numbers = new Map<string, number>();
    this.log.scan(base, (body, position) => {
      if (position < from) return;
      const event = indexed(body, position);
      numbers.set(event.stream, this.index.add(event, numbers.get(event.stream)));
    });
  }

  private seal(base: number, end: number, save: boolean): void {
    if (save) this.indexFiles.save(this.index, base, end);
    this.index.startPart();
  }

  /** Takes up a record that has just been made durable. */
  add(body: Buffer, position: number): void {
    const event = indexed(body, position);
    const state = this.known.get(event.stream);
    const number = this.index.add(event, state?.number);
    if (state) state.number = number;
    if (isMetastream(event.stream)) this.known.delete(originalOf(event.stream));
    this.watchers.touch(event);
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

const CORRELATION = Buffer.from('"$correlationId"');

/** What an event's metadata says it belongs to. */
export const correlationOf = (body: Buffer): string | undefined =>
  body.includes(CORRELATION) ? correlationIn(unpack(body).metadata) : undefined;

const indexed = (body: Buffer, position: number) => {
  const { stream, type, revision } = labelsOf(body);
  const softDeletes = type === METADATA_TYPE && isMetastream(stream) && parseMetadata(unpack(body).data).softDeleted;
  return {
    stream,
    type: softDeletes || revision === undefined ? DELETED_TYPE : type,
    revision,
    position,
    softDeletes: softDeletes ? originalOf(stream) : undefined,
    correlation: correlationOf(body),
  };
};
