import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { decodePart, encodePart } from '../src/index/index-part.js';
import type { LogLine } from '../src/log/log-options.js';
import { backupStore, restoreStore, verifyStore } from '../src/maintenance.js';
import { startEventStore } from '../src/server.js';
import { collect, TemporaryServer } from './temporary-server.js';

const event = (n: number) => jsonEvent({ type: 'counted', data: { n } });
const LOG = 'events-0000000000000064.log';
const INDEX = 'index-0000000000000064.part';

describe('looking after a store', () => {
  let store: TemporaryServer;
  beforeEach(() => {
    store = new TemporaryServer();
  });
  afterEach(() => store.remove());

  it('verifies every record and every way to it', async () => {
    await store.start();
    for (let n = 0; n < 30; n++) await store.client.appendToStream(`counter-${n % 3}`, [event(n), event(n)]);
    await store.client.tombstoneStream('counter-2');
    await expect(verifyStore({ folder: store.folder })).rejects.toThrow(/is in use/);
    await store.stop();
    expect(await verifyStore({ folder: store.folder })).toMatchObject({ events: 62, streams: 4, problems: [] });
  });

  it('names what is damaged', async () => {
    await store.start();
    for (let n = 0; n < 10; n++) await store.client.appendToStream('counter', event(n));
    await store.stop();
    const bytes = readFileSync(join(store.folder, LOG));
    bytes[600] = (bytes[600] as number) ^ 8;
    writeFileSync(join(store.folder, LOG), bytes);
    const { problems } = await verifyStore({ folder: store.folder });
    expect(problems).toEqual([expect.stringMatching(/^events-0000000000000064\.log is damaged at position \d+/)]);
  });

  it('makes an index again that is damaged or wrong, and says so', async () => {
    await store.start();
    for (let n = 0; n < 10; n++) await store.client.appendToStream(`counter-${n % 2}`, event(n));
    await store.stop();
    const path = join(store.folder, INDEX);
    const intact = readFileSync(path);
    const wrong = decodePart(intact) as NonNullable<ReturnType<typeof decodePart>>;
    wrong.part.numbers.previous[5] = 1;
    for (const bytes of [intact.subarray(0, 100), encodePart(wrong.part, wrong.base, wrong.end)]) {
      writeFileSync(path, bytes);
      const { problems } = await verifyStore({ folder: store.folder });
      expect(problems).toEqual([expect.stringContaining('the index of the events from position 64 on did not agree')]);
      expect(await verifyStore({ folder: store.folder })).toMatchObject({ events: 11, problems: [] });
    }
    const older = Buffer.from(intact);
    older.writeUInt32LE(2, 8);
    writeFileSync(path, older);
    expect(await verifyStore({ folder: store.folder })).toMatchObject({ events: 11, problems: [] });
    writeFileSync(path, intact.subarray(0, 100));
    const lines: LogLine[] = [];
    await store.start({ log: (line) => lines.push(line) });
    expect(lines[0]).toMatchObject({ level: 'warn', file: INDEX });
    const found = await collect(store.client.readStream<ReturnType<typeof event>>('counter-1'));
    expect(found.map((each) => each.event?.data.n)).toEqual([1, 3, 5, 7, 9]);
  });

  it('copies a store while it is written to, and what was acknowledged before is in the copy', async () => {
    await store.start();
    let n = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) await store.client.appendToStream('counter', event(n++));
    })();
    while (n < 50) await new Promise((resolve) => setImmediate(resolve));
    const acknowledged = n - 1;
    const target = join(store.folder, 'copies', 'first');
    const copy = await backupStore({ folder: store.folder, target });
    writing = false;
    await writer;
    expect(copy.problems).toEqual([]);
    expect(copy.events).toBeGreaterThanOrEqual(acknowledged);

    const restored = join(store.folder, 'restored');
    await restoreStore({ backup: target, folder: restored });
    const other = await startEventStore({ folder: restored });
    const client = EventStoreDBClient.connectionString(other.connectionString);
    const found = await collect(client.readStream<ReturnType<typeof event>>('counter'));
    expect(found.map((each) => each.event?.data.n)).toEqual(found.map((_, index) => index));
    expect(found.length).toBeGreaterThanOrEqual(acknowledged);
    await client.dispose();
    await other.close();
  });

  it('restores into an empty folder only, and from a backup in order only', async () => {
    await store.start();
    await store.client.appendToStream('counter', event(1));
    const target = join(store.folder, 'copy');
    await backupStore({ folder: store.folder, target });
    await expect(restoreStore({ backup: target, folder: store.folder })).rejects.toThrow(/is not empty/);
    const bytes = readFileSync(join(target, LOG));
    bytes[200] = (bytes[200] as number) ^ 1;
    writeFileSync(join(target, LOG), bytes);
    const folder = join(store.folder, 'elsewhere');
    mkdirSync(folder);
    await expect(restoreStore({ backup: target, folder })).rejects.toThrow(/is not in order: .* is damaged/);
    expect(existsSync(join(folder, LOG))).toBe(false);
    expect(await collect(store.client.readStream('counter'))).toHaveLength(1);
  });
});
