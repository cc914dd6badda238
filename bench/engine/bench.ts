import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { openEventStore } from '#event-store';
import { poolOver, startPostgres } from '#postgres';
import { ProjectionEngine, type View } from '#projections';
import { loggerFor, machineClock, startStoreProcess } from '#system';
import { unsealed } from '#testing';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import { contiguous, domainMix, EVENTS, roundRobin } from './histories.js';
import { crmViews } from './views.js';

const DURABILITY = 'PostgreSQL with fsync and synchronous_commit on (a rebuild waits for the disk once, at its swap)';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const shapes = { version: () => 1, lift: (_: string, __: number, data: object) => data };

const named = (...names: readonly string[]): readonly View[] =>
  crmViews.filter(({ projection }) => names.includes(projection.name));

type Fill = (client: EventStoreDBClient) => Promise<unknown>;

/** A history in a store of its own, and a PostgreSQL to replay it into. */
class Bed {
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
      if (!/projection_(status|rebuilds)/.test(text)) asked.roundTrips += 1;
      if (text.includes('update projection_checkpoints as c')) asked.batches += 1;
      return Reflect.apply(query, client, args);
    });
  });
  return asked;
};

type Figure = Pick<Result, 'id' | 'floor' | 'goal'>;

const against = async (bed: Bed, views: readonly View[], figure: Figure): Promise<Result> => {
  const rates = await inTurn({ ours: async () => (await bed.replay(views)).rate, theirs: () => bed.readAll() });
  const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
  const notes = `${mine} replayed against ${theirs} read a second by the client alone, ${EVENTS} events, ${views.length + 1} views`;
  return { ...figure, ...ratioOf(rates), unit: 'replay over read', durability: DURABILITY, notes };
};

const rebuilding = async (bed: Bed): Promise<Result> => {
  const rates: [number, number][] = [];
  for (let run = 0; run < 7; run += 1) {
    const { rate, rebuildRate } = await bed.replay(crmViews, { rebuilds: true });
    rates.push([rebuildRate, rate]);
  }
  const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
  const notes = `${mine} rebuilt against ${theirs} caught up a second, ${EVENTS} events, ${crmViews.length + 1} views`;
  const figure = { id: 'P6', floor: 1.2, goal: 1.6 };
  return { ...figure, ...ratioOf(rates), unit: 'rebuild over catch-up', durability: DURABILITY, notes };
};

const roundTrips = async (bed: Bed): Promise<readonly Result[]> => {
  const { trips } = await bed.replay(named('customer_profile'));
  const perBatch = trips.roundTrips / trips.batches;
  const perCheckpoint = EVENTS / trips.batches;
  const result = (id: string, ratio: number, goal: number, notes: string): Result => {
    return {
      id,
      ratio,
      low: ratio,
      high: ratio,
      floor: 1,
      goal,
      unit: 'of what is allowed',
      durability: DURABILITY,
      notes,
    };
  };
  return [
    result('P7', 6 / perBatch, 1.5, `${perBatch.toFixed(2)} round trips a batch, allowed 6, goal 4`),
    result(
      'P7',
      perCheckpoint / 500,
      4,
      `a checkpoint every ${Math.round(perCheckpoint)} events, allowed 500, goal 2000`,
    ),
  ];
};

type Trial = Readonly<{
  ids: readonly string[];
  fill: Fill;
  run: (bed: Bed, id: string) => Promise<readonly Result[]>;
}>;

const trials: readonly Trial[] = [
  {
    ids: ['P1'],
    fill: roundRobin,
    run: async (bed) => [await against(bed, named('customer_timeline'), { id: 'P1', floor: 0.6, goal: 0.75 })],
  },
  {
    ids: ['P2'],
    fill: contiguous,
    run: async (bed) => [await against(bed, named('customer_profile'), { id: 'P2', floor: 0.75, goal: 0.9 })],
  },
  {
    ids: ['P2', 'P3', 'P6', 'P7'],
    fill: domainMix,
    run: async (bed, id) => {
      if (id === 'P2') return [await against(bed, named('customer_profile'), { id, floor: 0.75, goal: 0.9 })];
      if (id === 'P3') return [await against(bed, crmViews, { id, floor: 0.3, goal: 0.45 })];
      return id === 'P6' ? [await rebuilding(bed)] : roundTrips(bed);
    },
  },
];

export const engineIds = ['P1', 'P2', 'P3', 'P6', 'P7'];

/** The engine between a store and PostgreSQL, against the client that only reads: P1, P2, P3; against itself: P6; P7. */
export const engineBenches = async (wanted: readonly string[]): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const { ids, fill, run } of trials) {
    const asked = ids.filter((id) => wanted.includes(id));
    if (asked.length === 0) continue;
    const bed = await Bed.of(fill);
    try {
      for (const id of asked) results.push(...(await run(bed, id)));
    } finally {
      await bed.end();
    }
  }
  return results;
};
