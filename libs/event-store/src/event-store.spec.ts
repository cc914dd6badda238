import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { Conflict, Unavailable } from '#application';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import type { Fact, Recorded } from '#kernel';
import { someMeta, unsealed } from '#testing';
import type { EventShapes } from './codec.js';
import type { EventStoreDb } from './event-store.js';
import { openEventStore } from './open-event-store.js';

const shapes: EventShapes = {
  version: (type) => (type === 'Happened' ? 2 : undefined),
  lift: (_, version, data) => (version === 1 ? { lifted: true, ...data } : data),
};
const clock = { now: () => '2026-03-01T10:00:00.000Z' };
let last = 0;
const fact = (data: object = {}): Fact => {
  const id = `01900000-0000-7000-8000-${String(++last).padStart(12, '0')}`;
  return { id, type: 'Happened', data, meta: someMeta, customers: [{ id: 'c1', role: 'self' }] };
};
const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

describe('the event store', () => {
  let folder: string;
  let server: EmbeddedEventStore;
  let store: EventStoreDb;
  let raw: EventStoreDBClient;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'event-store-'));
    server = await startEventStore({ folder });
    store = openEventStore(server.connectionString, { shapes, sealing: unsealed }, clock, {
      attemptMs: 1000,
      totalMs: 4000,
    });
    raw = EventStoreDBClient.connectionString(server.connectionString);
  });
  afterAll(async () => {
    await store.close();
    await raw.dispose();
    await server.close();
    await rm(folder, { recursive: true });
  });

  it('gives back what it was given, with its place', async () => {
    const facts = [fact({ n: 1 }), fact({ n: 2 })];
    const standing = await store.append('story-1', -1n, facts);
    const found = await all(store.read('story-1'));
    expect(found).toMatchObject(facts.map((one, n) => ({ ...one, stream: 'story-1', revision: BigInt(n) })));
    expect(found.map(({ recordedAt }) => recordedAt)).toEqual([clock.now(), clock.now()]);
    expect(standing).toEqual({ revision: 1n, position: found[1]?.position });
    expect(await all(store.read('story-1', { from: 1n }))).toHaveLength(1);
    expect(await all(store.read('story-none'))).toEqual([]);
  });

  it('says so when somebody was faster, and takes a repeat for the first time', async () => {
    const facts = [fact()];
    const standing = await store.append('story-2', -1n, facts);
    expect(await store.append('story-2', -1n, facts)).toEqual(standing);
    await expect(store.append('story-2', -1n, [fact()])).rejects.toThrow(Conflict);
    await expect(store.append('story-2', 5n, [fact()])).rejects.toThrow(Conflict);
  });

  it('refuses what JSON cannot carry before the client swallows it', async () => {
    await expect(store.append('story-3', -1n, [fact({ n: 1n })])).rejects.toThrow(TypeError);
    await expect(store.append('story-3', -1n, [])).rejects.toThrow('nothing');
    await expect(store.append('story-3', -1n, [{ ...fact(), type: 'Unheard' }])).rejects.toThrow('Unheard');
  });

  it('lifts old shapes, and names what it cannot read', async () => {
    const metadata = { ...someMeta, schemaVersion: 1, recordedAt: clock.now(), customers: [] };
    await raw.appendToStream('story-4', jsonEvent({ type: 'Happened', data: { old: true }, metadata }));
    expect(await all(store.read('story-4'))).toMatchObject([{ data: { lifted: true, old: true } }]);
    await raw.appendToStream('story-5', jsonEvent({ type: 'Unheard', data: {}, metadata }));
    await raw.appendToStream(
      'story-5',
      jsonEvent({ type: 'Happened', data: {}, metadata: { ...metadata, schemaVersion: 3 } }),
    );
    await raw.appendToStream('story-5', jsonEvent({ type: 'Happened', data: {} }));
    const stop = new AbortController();
    const reasons: string[] = [];
    for await (const entry of store.follow({ after: null, signal: stop.signal })) {
      if (entry.kind === 'unreadable') reasons.push(entry.reason);
      if (reasons.length === 3) stop.abort();
    }
    expect(reasons).toEqual(['a type nobody knows', 'written by a newer version (3)', 'metadata is no envelope']);
    await expect(all(store.read('story-5'))).rejects.toThrow('a type nobody knows');
  });

  it('tells what comes behind a position, and where the head is', async () => {
    const { position } = await store.append('story-6', -1n, [fact({ n: 0 })]);
    expect(await store.head()).toBe(position);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const entry of store.follow({ after: position, signal: stop.signal })) {
        if (entry.kind === 'fact') seen.push(Reflect.get(entry.fact.data, 'n'));
        if (seen.length === 2) stop.abort();
      }
    })();
    await store.append('story-6', 0n, [fact({ n: 1 }), fact({ n: 2 })]);
    await following;
    expect(seen).toEqual([1, 2]);
  });

  it('follows one stream', async () => {
    const stop = new AbortController();
    await store.append('story-7', -1n, [fact(), fact()]);
    const seen: Recorded[] = [];
    for await (const one of store.followStream('story-7', stop.signal)) {
      seen.push(one);
      if (seen.length === 1) await store.append('story-7', 1n, [fact()]);
      if (seen.length === 3) stop.abort();
    }
    expect(seen.map(({ revision }) => revision)).toEqual([0n, 1n, 2n]);
  });

  it('reads what it follows as the client reads it, however odd', async () => {
    const policyRef = { points: '3' };
    const stream = 'story-Zoë';
    await store.append(stream, -1n, [
      { ...fact({ text: 'ü\u2028"\\', list: [1, null, { deep: true }] }), policyRef, payloadMac: { mac: 'x' } },
      {
        ...fact(),
        meta: { ...someMeta, source: { system: 's', id: '1' }, backfill: true, sourceRecordedAt: clock.now() },
      },
      ...Array.from({ length: 1_200 }, (_, n) => fact({ n })),
    ]);
    const odd = [
      jsonEvent({ type: 'Happened', data: 'text' as never }),
      binaryEvent({ type: 'Happened', data: Buffer.from([0, 255]) }),
      binaryEvent({ type: 'Happened', data: Buffer.from('{"half'), metadata: Buffer.from('{"half') }),
    ];
    await raw.appendToStream('story-odd', odd);
    const stop = new AbortController();
    const followed: Recorded[] = [];
    const reasons: string[] = [];
    for await (const entry of store.follow({ after: null, signal: stop.signal })) {
      if (entry.kind === 'fact' && entry.fact.stream === stream) followed.push(entry.fact);
      if (entry.kind === 'unreadable' && entry.stream === 'story-odd') reasons.push(entry.reason);
      if (reasons.length === odd.length) stop.abort();
    }
    expect(followed).toHaveLength(1_202);
    expect(followed).toEqual(await all(store.read(stream)));
    expect(reasons).toEqual(odd.map(() => 'data is no JSON object'));
  });

  it('says so when the store it follows goes away', async () => {
    const { port } = server;
    const following = store.follow({ after: null, signal: new AbortController().signal })[Symbol.asyncIterator]();
    await following.next();
    const failing = (async () => {
      while (!(await following.next()).done);
    })();
    await Promise.all([expect(failing).rejects.toThrow(Unavailable), server.close()]);
    server = await startEventStore({ folder, port });
  });

  it('keeps an append whose server goes away and comes back, once', async () => {
    const port = server.port;
    await server.close();
    const facts = [fact(), fact()];
    const appending = store.append('story-8', -1n, facts);
    server = await startEventStore({ folder, port });
    expect(await appending).toMatchObject({ revision: 1n });
    expect((await all(store.read('story-8'))).map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
  });
});

describe('an event store that takes the call and never answers', () => {
  let silence: Server;
  let store: EventStoreDb;
  const calls = new Set<Socket>();

  beforeAll(async () => {
    silence = createServer((socket) => calls.add(socket));
    await new Promise<void>((ready) => silence.listen(0, '127.0.0.1', ready));
    const { port } = silence.address() as { port: number };
    store = openEventStore(`esdb://127.0.0.1:${port}?tls=false`, { shapes, sealing: unsealed }, clock, {
      attemptMs: 100,
      totalMs: 600,
    });
  });
  afterAll(async () => {
    await store.close();
    for (const call of calls) call.destroy();
    await new Promise((closed) => silence.close(closed));
  });

  it('gets its answer by the deadline: unknown', async () => {
    await expect(store.append('story-1', -1n, [fact()])).rejects.toThrow(Unavailable);
    await expect(all(store.read('story-1'))).rejects.toThrow(Unavailable);
    await expect(store.head()).rejects.toThrow(Unavailable);
    const early = AbortSignal.timeout(50);
    await expect(store.append('story-1', -1n, [fact()], early)).rejects.toThrow(Unavailable);
  });
});
