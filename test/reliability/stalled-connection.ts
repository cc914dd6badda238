import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '#application';
import { isEcho, openEventStore } from '#event-store';
import { startEventStore } from '#event-store-embedded';
import { someMeta, unsealed } from '#testing';

// A program of its own: what nobody hears ends a process, and a test runner hears everything.

const APPENDS = 300;
const shapes = { version: () => 1, lift: (_: string, __: number, data: object) => data };
const clock = { now: () => new Date().toISOString() };

let [echoes, others] = [0, 0];
process.on('unhandledRejection', (error) => {
  if (isEcho(error)) echoes++;
  else others++;
});

const folder = await mkdtemp(join(tmpdir(), 'touchline-stalled-'));
const server = await startEventStore({ folder });
const calls = new Set<Socket>();
let isStalled = false;
const between = createServer((socket) => {
  const onward = connect(server.port, '127.0.0.1');
  for (const one of [socket, onward]) calls.add(one.on('error', () => undefined));
  onward.pipe(socket);
  socket.on('data', (bytes) => {
    if (isStalled) socket.pause();
    else onward.write(bytes);
  });
});
await new Promise<void>((ready) => between.listen(0, '127.0.0.1', ready));
const { port } = between.address() as { port: number };
const patience = { attemptMs: 1_500, totalMs: 2_000 };
const store = openEventStore(`esdb://127.0.0.1:${port}?tls=false`, { shapes, sealing: unsealed }, clock, patience);
const append = (n: number) => {
  const id = `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const data = { text: 'x'.repeat(60_000) };
  return store.append(`story-${n}`, -1n, [{ id, type: 'Happened', data, meta: someMeta, customers: [] }]);
};
await append(APPENDS);
isStalled = true;
const ended = await Promise.allSettled(Array.from({ length: APPENDS }, (_, n) => append(n)));
const told = ended.filter((one) => one.status === 'rejected' && one.reason instanceof Unavailable).length;
await store.close();
for (const call of calls) call.destroy();
await new Promise((closed) => between.close(closed));
await server.close();
await rm(folder, { recursive: true });
process.stdout.write(JSON.stringify({ told, echoes, others }), () => process.exit(0));
