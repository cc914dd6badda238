import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { openEventStore } from '#event-store';
import { poolOver, startPostgres } from '#postgres';
import { ProjectionEngine, type View } from '#projections';
import { loggerFor, machineClock, startStoreProcess } from '#system';
import { unsealed } from '#testing';
import { EVENTS } from './histories.js';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const shapes = { version: () => 1, lift: (_: string, __: number, data: object) => data };

export type Fill = (client: EventStoreDBClient, events: number) => Promise<unknown>;

export type Replay = Readonly<{
  rebuilds?: boolean;
  poison?: 'stop' | 'park';
  /** Only what lies behind that position, of so many events. */
  from?: Readonly<{ after: bigint; events: number }>;
}>;

/** A history in a store of its own, and a PostgreSQL to replay it into. */
export class Bed {
  #databases = 0;

  private constructor(
    readonly folder: string,
    private readonly url: string,
    readonly storeUrl: string,
    readonly events: number,
    private readonly ends: readonly (() => Promise<unknown>)[],
  ) {}

  static async of(fill: Fill, events = EVENTS): Promise<Bed> {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
    await chmod(folder, 0o711);
    const { url, child } = await startStoreProcess(join(folder, 'store'), 0, loggerFor('bench', 'warn'));
    const postgres = await startPostgres({ folder: join(folder, 'postgres') });
    const client = EventStoreDBClient.connectionString(url);
    await fill(client, events);
    const ends = [async () => child?.kill('SIGTERM'), () => postgres.stop()];
    await forget(client);
    return new Bed(folder, postgres.url, url, events, ends);
  }

  /** The client alone, reading everything: events a second. */
  readAll(): Promise<number> {
    return this.withClient(async (client) => {
      const from = performance.now();
      let count = 0;
      for await (const { event } of client.readAll()) if (event && !event.type.startsWith('$')) count += 1;
      return count / ((performance.now() - from) / 1000);
    });
  }

  /** Something done with a client of the store. */
  async withClient<T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const client = EventStoreDBClient.connectionString(this.storeUrl);
    try {
      return await work(client);
    } finally {
      await forget(client);
    }
  }

  /** Something done with a database of its own, which is then dropped. */
  async withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
    const admin = poolOver(this.url, { max: 1 });
    this.#databases += 1;
    const name = `bench_${this.#databases}`;
    await admin.query(`create database ${name}`);
    try {
      return await work(this.url.replace(/(@[^/]+)\/[^?]+/, `$1/${name}`));
    } finally {
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    }
  }

  /** The views from nothing to the head, then rebuilt if wanted: events a second of each, and what PostgreSQL was asked. */
  replay(views: readonly View[], { rebuilds = false, poison = 'stop', from }: Replay = {}) {
    const events = from?.events ?? this.events;
    return this.withDatabase(async (url) => {
      const { engine, pool, end } = engineOver(url, this.storeUrl, { views, poison, after: from?.after ?? null });
      const asked = countingQueries(pool);
      await engine.prepare();
      const began = performance.now();
      await engine.start();
      await engine.settled();
      const rate = events / ((performance.now() - began) / 1000);
      const trips = { ...asked };
      const again = performance.now();
      if (rebuilds) await engine.rebuild([...engine.kept.keys()]);
      const rebuildRate = events / ((performance.now() - again) / 1000);
      await end();
      return { rate, rebuildRate, trips };
    });
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

type Kept = Readonly<{
  views: readonly View[];
  poison?: 'stop' | 'park';
  shared?: boolean;
  /** Where the log begins for it. */
  after?: bigint | null;
}>;

/** An engine of the product between two stores. */
export const engineOver = (url: string, storeUrl: string, { after: begin = null, ...kept }: Kept) => {
  const pool = poolOver(url);
  const store = openEventStore(storeUrl, { shapes, sealing: unsealed }, machineClock);
  const log = {
    follow: ({ after, signal }: { after: bigint | null; signal: AbortSignal }) =>
      store.follow({ after: after ?? begin, signal }),
    head: store.head.bind(store),
    read: (stream: string, from = 0n) => store.read(stream, { from }),
  };
  const engine = new ProjectionEngine({ ...kept, log, pool, logger: quiet });
  const end = async () => {
    await engine.stop();
    await store.close();
    await pool.end();
  };
  return { engine, pool, end };
};

const forget = (client: EventStoreDBClient) =>
  Promise.race([client.dispose(), new Promise((gone) => setTimeout(gone, 300).unref())]);

/** Counts what goes to the database for the views; the heartbeat is not part of a batch. */
const countingQueries = (pool: ReturnType<typeof poolOver>) => {
  const asked = { roundTrips: 0, batches: 0 };
  pool.on('connect', (client) => {
    const query = client.query;
    Reflect.set(client, 'query', (...args: unknown[]) => {
      const [first] = args;
      const text = typeof first === 'string' ? first : String((first as { text: string }).text);
      if (!text.includes('projection_status')) asked.roundTrips += 1;
      if (text.includes('update projection_checkpoints as c')) asked.batches += 1;
      return Reflect.apply(query, client, args);
    });
  });
  return asked;
};
