import { mkdtemp, rm } from 'node:fs/promises';
import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import type { Fact } from '#kernel';
import { someMeta, unsealed } from '#testing';
import type { EventStoreDb } from './event-store.js';
import { openEventStore } from './open-event-store.js';

const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const fact = (n: number): Fact => ({ id: id(n), type: 'Happened', data: { n }, meta: someMeta, customers: [] });

let folder: string;
let server: EmbeddedEventStore;
let store: EventStoreDb;
/** Calls that this process keeps. */
let open = 0;
let changed: () => void = () => undefined;

const counted = (call: ClientHttp2Stream): ClientHttp2Stream => {
  open += 1;
  return call.on('close', () => {
    open -= 1;
    changed();
  });
};

beforeAll(async () => {
  const connect = http2.connect;
  jest.spyOn(http2, 'connect').mockImplementation((...args: unknown[]) => {
    const session: ClientHttp2Session = Reflect.apply(connect, http2, args);
    const request = session.request.bind(session);
    return Object.assign(session, { request: (...asked: Parameters<typeof request>) => counted(request(...asked)) });
  });
  folder = await mkdtemp(join(tmpdir(), 'open-calls-'));
  server = await startEventStore({ folder });
  const shapes = { version: () => 1, lift: (_: string, __: number, data: object) => data };
  store = openEventStore(
    server.connectionString,
    { shapes, sealing: unsealed },
    { now: () => '2026-03-01T10:00:00.000Z' },
  );
  for (let n = 0; n < 3_000; n += 1_000)
    await store.append(
      'story-1',
      BigInt(n) - 1n,
      Array.from({ length: 1_000 }, (_, more) => fact(n + more)),
    );
});
afterAll(async () => {
  await store.close();
  await server.close();
  await rm(folder, { recursive: true });
});

/** Settles when no more than the writer's call is open; a test that waits in vain runs into its limit. */
const allEnded = async () => {
  while (open > 1) await new Promise<void>((heard) => (changed = heard));
};

it.each<[string, () => Promise<unknown>]>([
  ['a look for the head', () => store.head()],
  ['a look for the last revision', () => store.lastRevision('story-1')],
  [
    'a read',
    async () => {
      for await (const _ of store.read('story-1', { from: 2_900n }));
    },
  ],
  [
    'a read that is left early',
    async () => {
      for await (const _ of store.read('story-1')) break;
    },
  ],
  [
    'a read of nothing',
    async () => {
      for await (const _ of store.read('story-2'));
    },
  ],
])('%s leaves no call open', async (_, look) => {
  for (let n = 0; n < 20; n++) await look();
  await allEnded();
  expect(open).toBe(1);
});
