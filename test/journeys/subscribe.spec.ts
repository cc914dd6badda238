import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';

/** The service of docs/how-to/subscribe.md, run as it stands there. */
describe('a service of thirty lines', () => {
  let folder: string;
  let server: EmbeddedEventStore;
  let client: EventStoreDBClient;
  let service: ChildProcessByStdio<null, Readable, null>;
  const heard: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'subscribe-'));
    server = await startEventStore({ folder: join(folder, 'store') });
    client = EventStoreDBClient.connectionString(server.connectionString);
  });
  afterAll(async () => {
    service.kill('SIGKILL');
    await client.dispose();
    await server.close();
    await rm(folder, { recursive: true });
  });

  const complete = async (from: number, to: number) => {
    const events = Array.from({ length: to - from }, (_, n) => {
      const data = { n: from + n };
      return jsonEvent({ type: n % 2 ? 'BookingConfirmed' : 'ServiceCompleted', data, metadata: { customers: [] } });
    });
    await client.appendToStream(`booking-${from}`, events);
    return events.filter(({ type }) => type === 'ServiceCompleted').map(({ id }) => id);
  };
  const begin = () => {
    const program = ['docs/how-to/subscriber.mjs', server.connectionString, join(folder, 'checkpoint')];
    service = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: service.stdout });
    lines.on('line', (line) => heard.push(JSON.parse(line).id));
    return (count: number) =>
      new Promise<void>((enough) => {
        const look = () => new Set(heard).size >= count && enough();
        lines.on('line', look);
        look();
      });
  };

  it('hears every fact, killed in the middle or not', async () => {
    const first = await complete(0, 200);
    await begin()(30);
    service.kill('SIGKILL');
    await once(service, 'exit');
    const before = heard.length;

    const second = await complete(200, 300);
    const resumedAt = BigInt(await readFile(join(folder, 'checkpoint'), 'utf8'));
    expect(resumedAt).toBeGreaterThan(0n);
    await begin()(first.length + second.length);

    expect([...new Set(heard)]).toEqual([...first, ...second]);
    expect(heard.length - first.length - second.length).toBeLessThanOrEqual(1);
    expect(before).toBeLessThan(first.length);
  });
});
