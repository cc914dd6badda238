import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { View } from '#projections';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import type { Bed } from './bed.js';
import { eventOf, uuid } from './histories.js';
import { withPool } from './keeping.js';

/** Theirs goes event by event, and takes ten seconds for as many as these; ours would not have begun. */
const THEIR_EVENTS = 1_000;
const BATCHES = [100, 300, 1_000];
const DEFAULT_BATCH = 100;

type Data = Readonly<{ amount: number }>;
type Completed = { type: 'BookingCompleted'; data: Data & { customer: string } };
type Profile = { name: string; email: string; bookings: number; spent: number };

/** The part of the package that is used: it is not there unless somebody has installed it. */
type Emmett = Readonly<{
  getPostgreSQLEventStore: (url: string, options: object) => Store;
  pongoMultiStreamProjection: (options: object) => object;
  rebuildPostgreSQLProjections: (options: object) => Readonly<{ start(): Promise<void>; close(): Promise<void> }>;
}>;
type Store = Readonly<{
  schema: Readonly<{ migrate(): Promise<unknown> }>;
  appendToStream(stream: string, events: readonly Completed[]): Promise<unknown>;
  close(): Promise<void>;
}>;

const HOME = new URL('../../../bench/emmett/', import.meta.url);

/** Installs it where it is missing. @throws where it cannot be had */
const installed = (): Promise<Emmett> => {
  if (!existsSync(new URL('node_modules/', HOME))) {
    process.stderr.write('P4: installing Emmett (npm ci --prefix bench/emmett) …\n');
    const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', fileURLToPath(HOME)], {
      stdio: 'ignore',
    });
    if (status !== 0) throw new Error('Emmett could not be installed: P4 cannot be measured');
  }
  const { resolve } = createRequire(new URL('package.json', HOME));
  return import(pathToFileURL(resolve('@event-driven-io/emmett-postgresql')).href);
};

/** What our `customer_profile` says, as its documentation builds a read model: one document a customer. */
const profileOf = ({ pongoMultiStreamProjection }: Emmett) =>
  pongoMultiStreamProjection({
    collectionName: 'customer_profile',
    canHandle: ['BookingCompleted'],
    getDocumentId: ({ data }: Completed) => data.customer,
    initialState: (): Profile => ({ name: '', email: '', bookings: 0, spent: 0 }),
    evolve: (document: Profile, { data }: Completed): Profile => ({
      name: document.name || `Customer ${data.customer}`,
      email: document.email || `${data.customer}@example.test`,
      bookings: document.bookings + 1,
      spent: document.spent + data.amount,
    }),
  });

/** The same history as `contiguous`, in its own store. */
const fill = async ({ getPostgreSQLEventStore }: Emmett, url: string): Promise<void> => {
  const store = getPostgreSQLEventStore(url, {});
  await store.schema.migrate();
  for (let stream = 0; stream < THEIR_EVENTS / 100; stream += 1) {
    const customer = uuid(2, stream);
    const events = Array.from({ length: 100 }, (_, number): Completed => {
      const told = { index: stream * 100 + number, customer, type: 'BookingCompleted', day: number };
      return { type: 'BookingCompleted', data: { ...eventOf(told).data, customer } };
    });
    await store.appendToStream(`booking-${uuid(3, stream)}`, events);
  }
  await store.close();
};

/** @throws when not every event is in the documents afterwards */
const rebuilt = async (emmett: Emmett, url: string, batchSize: number): Promise<number> =>
  withPool(url, async (pool) => {
    // Its second rebuild would empty the documents and begin at the checkpoint of the first.
    await pool.query('delete from emt_processors');
    const projections = [{ projection: profileOf(emmett) }];
    const consumer = emmett.rebuildPostgreSQLProjections({
      connectionString: url,
      projections,
      pulling: { batchSize },
    });
    const from = performance.now();
    await consumer.start();
    const rate = THEIR_EVENTS / ((performance.now() - from) / 1000);
    await consumer.close();
    const { rows } = await pool.query(`select sum((data->>'bookings')::int)::int as folded from customer_profile`);
    if (rows[0].folded !== THEIR_EVENTS) throw new Error(`Emmett folded ${rows[0].folded} of ${THEIR_EVENTS} events`);
    return rate;
  });

/** P4: our rebuild of one view against Emmett's, on the same PostgreSQL: at its default batch, and at the best of some. */
export const emmettBench = (bed: Bed, views: readonly View[], durability: string): Promise<readonly Result[]> =>
  bed.withDatabase(async (url) => {
    const emmett = await installed();
    await fill(emmett, url);
    const tried = new Map<number, number>();
    for (const batch of BATCHES) tried.set(batch, await rebuilt(emmett, url, batch));
    const [best] = [...tried].reduce((a, b) => (b[1] > a[1] ? b : a));
    const results: Result[] = [];
    for (const { batch, floor, goal } of [
      { batch: DEFAULT_BATCH, floor: 10, goal: 25 },
      { batch: best, floor: 8, goal: 15 },
    ]) {
      const ours = async () => (await bed.replay(views, { rebuilds: true })).rebuildRate;
      const rates = await inTurn({ ours, theirs: () => rebuilt(emmett, url, batch) });
      const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
      const notes = `${mine} rebuilt a second (with the index of facts by customer) against ${theirs} by emmett-postgresql 0.42 at batches of ${batch}; ${bed.events} and ${THEIR_EVENTS} events`;
      const unit = 'rebuild over Emmett’s';
      results.push({ id: 'P4', floor, goal, ...ratioOf(rates), unit, durability, notes, raw: rates });
    }
    return results;
  });
