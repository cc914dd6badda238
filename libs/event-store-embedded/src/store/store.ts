import { randomUUID } from 'node:crypto';
import type { LogOptions } from '../log/log-options.js';
import { unpack } from '../log/stored-event.js';
import type { Write, Written } from './append.js';
import { Events } from './events.js';
import { RecentIds } from './recent-ids.js';
import { METADATA_TYPE } from './stream-metadata.js';
import { Writer } from './writer.js';

/** Ids of this many latest events are known again after a start. */
const REMEMBERED = 16_384;

export const SEGMENT_BYTES = 128 * 1024 * 1024;

/** Log, index and writer of one folder. */
export class Store {
  private constructor(
    readonly events: Events,
    readonly writer: Writer,
  ) {}

  static async open(options: Omit<LogOptions, 'segmentBytes'> & { segmentBytes?: number }): Promise<Store> {
    const events = await Events.open({ segmentBytes: SEGMENT_BYTES, ...options });
    const recent = recentIn(events);
    const onFailure = (error: Error) =>
      options.report({
        level: 'error',
        message: 'an append could not be written and was refused',
        error: error.message,
      });
    const store = new Store(events, new Writer(events, recent, () => events.watchers.poke(), onFailure));
    if (!events.index.size) await store.begin();
    return store;
  }

  write(write: Write): Promise<Written> {
    return new Promise((resolve) => this.writer.write(write, resolve));
  }

  async close(): Promise<void> {
    await this.writer.finished();
    await this.events.close();
  }

  /** Every log begins with an event of its own, as the database's does: the settings of its statistics stream. */
  private async begin(): Promise<void> {
    const data = Buffer.from('{"$maxAge":86400}');
    const event = {
      id: randomUUID(),
      type: METADATA_TYPE,
      contentType: 'application/json',
      metadata: new Uint8Array(0),
      data,
    };
    const written = await this.write({ kind: 'append', stream: '$$$stats', expected: 'any', events: [event] });
    if (written.outcome === 'failed') throw written.error;
  }
}

const recentIn = (events: Events): RecentIds => {
  const recent = new RecentIds();
  const { size } = events.index;
  for (let ordinal = Math.max(0, size - REMEMBERED); ordinal < size; ordinal++) {
    const { id, stream, revision } = unpack(events.bodyAt(ordinal));
    if (revision !== undefined) recent.add(id, stream, revision);
  }
  return recent;
};
