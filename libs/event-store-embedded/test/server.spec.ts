import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { startEventStore } from '../src/server.js';
import { buildServer } from './server-process.js';
import { collect, TemporaryServer } from './temporary-server.js';

const event = (n: number) => jsonEvent({ type: 'counted', data: { n } });

describe('a server on a folder', () => {
  let store: TemporaryServer;
  const numbers = async (stream: string) =>
    (await collect(store.client.readStream<ReturnType<typeof event>>(stream))).map((found) => found.event?.data.n);

  beforeEach(() => {
    store = new TemporaryServer();
  });
  afterEach(() => store.remove());

  it('keeps what was appended over a restart, at its revision and position', async () => {
    await store.start();
    const { position } = await store.client.appendToStream('counter-1', [event(1), event(2)], {
      expectedRevision: 'no_stream',
    });
    await store.stop();
    await store.start();
    const { nextExpectedRevision } = await store.client.appendToStream('counter-1', event(3), { expectedRevision: 1n });
    expect(nextExpectedRevision).toBe(2n);
    expect(await numbers('counter-1')).toEqual([1, 2, 3]);
    const [second] = await collect(store.client.readStream('counter-1', { fromRevision: 1n, maxCount: 1 }));
    expect(second?.event?.position).toEqual(position);
  });

  it('refuses a second server on the folder and takes over the lock of a process that is gone', async () => {
    await store.start();
    await expect(startEventStore({ folder: store.folder })).rejects.toThrow(/is in use by process \d+/);
    await store.stop();
    const gone = { pid: 2 ** 22 + 1, started: '1', token: 'gone' };
    writeFileSync(join(store.folder, 'store.lock'), JSON.stringify(gone));
    await store.start();
    await store.client.appendToStream('counter-1', event(1));
    expect(await numbers('counter-1')).toEqual([1]);
  });

  it('says which port is taken', async () => {
    const { port } = await store.start();
    const folder = join(store.folder, 'other');
    mkdirSync(folder);
    const message = expect.stringContaining(String(port));
    await expect(startEventStore({ folder, port })).rejects.toMatchObject({ code: 'EADDRINUSE', message });
  });

  it('says that a folder cannot be written', async () => {
    writeFileSync(join(store.folder, 'file'), '');
    await expect(startEventStore({ folder: join(store.folder, 'file', 'store') })).rejects.toThrow(/cannot be written/);
  });

  it('runs in a worker thread', async () => {
    const build = buildServer();
    const file = join(build.folder, 'worker.js');
    writeFileSync(
      file,
      `import { parentPort, workerData } from 'node:worker_threads';
       import { startEventStore } from './src/index.js';
       const server = await startEventStore(workerData);
       parentPort.postMessage(server.connectionString);
       parentPort.once('message', async () => { await server.close(); parentPort.close(); });`,
    );
    const worker = new Worker(file, { workerData: { folder: store.folder } });
    const [url] = await once(worker, 'message');
    const client = EventStoreDBClient.connectionString(url);
    await client.appendToStream('counter-1', [event(1), event(2)]);
    expect(await collect(client.readStream('counter-1'))).toHaveLength(2);
    await client.dispose();
    worker.postMessage('stop');
    await once(worker, 'exit');
    build.remove();
    await store.start();
    expect(await numbers('counter-1')).toEqual([1, 2]);
  });
});
