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

export type Fill = (client: EventStoreDBClient) => Promise<unknown>;

/** A history in a store of its own, and a PostgreSQL to replay it into. */
export class Bed {
  #databases = 0;

  private constructor(
    private readonly folder: string,
    private readonly url: string,
    private readonly storeUrl: string,
    private readonly ends: readonly (() => Promise<unknown>)[],
  ) {}

  static async of(fill: Fill): Promise<Bed> {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
    await chmod(folder, 0o711);
    const { url, child } = await startStoreProcess(join(folder, 'store'), 0, loggerFor('bench', 'warn'));
    const postgres = await startPostgres({ folder: join(folder, 'postgres') });
    const client = EventStoreDBClient.connectionString(url);
    await fill(client);
    const ends = [async () => child?.kill('SIGTERM'), () => postgres.stop({ found: true })];
    await forget(client);
    return new Bed(folder, postgres.url, url, ends);
  }

  /** The client alone, reading everything: events a second. */
  async readAll(): Promise<number> {
    const client = EventStoreDBClient.connectionString(this.storeUrl);
    const from = performance.now();
    let count = 0;
    for await (const { event } of client.readAll()) if (event && !event.type.startsWith('$')) count += 1;
    const rate = count / ((performance.now() - from) / 1000);
    await forget(client);
    return rate;
  }

  /** The views from nothing to the head, then rebuilt if wanted: events a second of each, and what PostgreSQL was asked. */
  async replay(views: readonly View[], { rebuilds = false } = {}) {
    const admin = poolOver(this.url, { max: 1 });
    this.#databases += 1;
    const name = `bench_${this.#databases}`;
    await admin.query(`create database ${name}`);
    const pool = poolOver(this.url.replace(/(@[^/]+)\/[^?]+/, `$1/${name}`));
    const asked = countingQueries(pool);
    const store = openEventStore(this.storeUrl, { shapes, sealing: unsealed }, machineClock);
    const log = {
      follow: store.follow.bind(store),
      head: store.head.bind(store),
      read: (stream: string, from = 0n) => store.read(stream, { from }),
    };
    const engine = new ProjectionEngine({ log, pool, views, logger: quiet });
    await engine.prepare();
    const began = performance.now();
    await engine.start();
    await engine.settled();
    const rate = EVENTS / ((performance.now() - began) / 1000);
    const trips = { ...asked };
    const again = performance.now();
    if (rebuilds) await engine.rebuild([...engine.kept.keys()]);
    const rebuildRate = EVENTS / ((performance.now() - again) / 1000);
    await engine.stop();
    await store.close();
    await pool.end();
    await admin.query(`drop database ${name}`);
    await admin.end();
    return { rate, rebuildRate, trips };
  }

  async end(): Promise<void> {
    for (const end of this.ends) await end();
    await rm(this.folder, { recursive: true, force: true });
  }
}

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
