import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import { moveLog } from './move-log.js';
import { RawLog } from './raw-log.js';

const event = (n: number, metadata?: object) =>
  jsonEvent({ type: 'counted', data: { n }, ...(metadata && { metadata }) });

/** A store on a folder of its own with a client. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), 'moved-'));
  private store: EmbeddedEventStore | undefined;
  private connected: EventStoreDBClient | undefined;

  async start(): Promise<this> {
    this.store = await startEventStore({ folder: this.folder });
    this.connected = EventStoreDBClient.connectionString(this.store.connectionString);
    return this;
  }

  get client(): EventStoreDBClient {
    if (!this.connected) throw new Error('not started');
    return this.connected;
  }

  get url(): string {
    return this.store?.connectionString ?? '';
  }

  async remove(): Promise<void> {
    await this.connected?.dispose();
    await this.store?.close();
    rmSync(this.folder, { recursive: true });
  }

  /** What readers of the whole log see, but for what every store has for itself. */
  async log(): Promise<object[]> {
    const seen: object[] = [];
    const raw = new RawLog(this.url);
    for await (const { position, ...rest } of raw.read(undefined)) {
      const isOwn = /^(\$\$)?\$[^$]/.test(rest.stream);
      const bytes = { metadata: Buffer.from(rest.metadata).toString(), data: Buffer.from(rest.data).toString() };
      if (!isOwn) seen.push({ ...rest, ...bytes, position: position > 0n });
    }
    await raw.close();
    return seen;
  }
}

describe('moving a log', () => {
  let from: Place;
  let to: Place;
  beforeEach(async () => {
    [from, to] = await Promise.all([new Place().start(), new Place().start()]);
  });
  afterEach(() => Promise.all([from.remove(), to.remove()]));

  const fill = async (): Promise<void> => {
    const { client } = from;
    for (let n = 0; n < 30; n++) await client.appendToStream(`counter-${n % 3}`, [event(n, { by: 'me' }), event(n)]);
    await client.setStreamMetadata('counter-1', { maxCount: 3, custom: { kept: true } });
  };

  it('takes ids, order, revisions, metadata and bytes along as they are', async () => {
    await fill();
    const raw = new RawLog(from.url);
    const bytes = (text: string) => ({
      id: randomUUID(),
      stream: 'odd',
      position: 0n,
      revision: 0n,
      type: 'odd',
      contentType: 'application/json',
      metadata: Buffer.from('{ "a" :1.0}'),
      data: Buffer.from(text),
    });
    await raw.append('odd', -1n, [bytes('{"n": 12345678901234567890, "s":"\\u00e9" }'), bytes('not JSON')]);
    await raw.append('odd', 1n, [{ ...bytes('\0\u0001'), contentType: 'application/octet-stream' }]);
    await raw.append('links', -1n, [{ ...bytes('1@odd'), type: '$>', contentType: 'application/octet-stream' }]);
    await raw.close();
    const moved = await moveLog({ from: from.url, to: to.url });
    expect(moved).toMatchObject({ events: 65, found: 0, streams: 6 });
    expect(await to.log()).toEqual(await from.log());
    const { nextExpectedRevision } = await to.client.appendToStream('counter-0', event(99), { expectedRevision: 19n });
    expect(nextExpectedRevision).toBe(20n);
    const { metadata } = await to.client.getStreamMetadata('counter-1');
    expect(metadata).toMatchObject({ maxCount: 3, custom: { kept: true } });
  });

  it('takes along that streams were deleted, came back, and ended', async () => {
    await fill();
    await from.client.deleteStream('counter-0');
    await from.client.appendToStream('counter-0', event(100));
    await from.client.deleteStream('counter-1');
    await from.client.setStreamMetadata('counter-1', { custom: 2 });
    await from.client.deleteStream('counter-2');
    await from.client.appendToStream('ended', event(101));
    await from.client.tombstoneStream('ended');
    await moveLog({ from: from.url, to: to.url });
    const withoutId = (log: object[]) =>
      log.map((each) =>
        /\$metadata|\$streamDeleted/.test(JSON.stringify(each, bigints)) ? { ...each, id: '' } : each,
      );
    expect(withoutId(await to.log())).toEqual(withoutId(await from.log()));
    const revisions: bigint[] = [];
    for await (const { event: found } of to.client.readStream('counter-0')) revisions.push(found?.revision ?? -1n);
    expect(revisions).toEqual([20n]);
    await expect(to.client.appendToStream('ended', event(1))).rejects.toMatchObject({ type: 'stream-deleted' });
  });
  const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

  it('goes on where it was interrupted, and takes what came meanwhile', async () => {
    await fill();
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      onProgress: ({ events }: { events: number }) => events === 20 && stop.abort(),
    };
    await expect(moveLog({ from: from.url, to: to.url }, options)).rejects.toThrow(/abort/i);
    const half = (await to.log()).length;
    expect(half).toBeLessThan(61);
    await from.client.appendToStream('late', event(7));
    const again = await moveLog({ from: from.url, to: to.url });
    expect(again).toMatchObject({ events: 62, found: half });
    expect(await to.log()).toEqual(await from.log());
    const once = await moveLog({ from: from.url, to: to.url });
    expect(once).toEqual({ ...again, found: 62 });
  });

  it('refuses a target that holds another log, or more than the source', async () => {
    await fill();
    await to.client.appendToStream('counter-0', event(1));
    await expect(moveLog({ from: from.url, to: to.url })).rejects.toMatchObject({ reason: 'another-log' });
    expect(await to.log()).toHaveLength(1);
    const third = await new Place().start();
    try {
      await moveLog({ from: from.url, to: third.url });
      await third.client.appendToStream('counter-0', event(1));
      await expect(moveLog({ from: from.url, to: third.url })).rejects.toMatchObject({ reason: 'another-log' });
    } finally {
      await third.remove();
    }
  });

  it('notices that the target does not keep what it was sent', async () => {
    await fill();
    const read = RawLog.prototype.read;
    // A plant: from somewhere on the target answers with other bytes than it was given.
    RawLog.prototype.read = async function* (after) {
      for await (const each of read.call(this, after))
        yield this.url === to.url && each.revision === 5n ? { ...each, data: Buffer.from('{}') } : each;
    };
    try {
      await expect(moveLog({ from: from.url, to: to.url })).rejects.toMatchObject({ reason: 'differs' });
    } finally {
      RawLog.prototype.read = read;
    }
  });
});
