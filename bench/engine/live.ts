import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import type { View } from '#projections';
import { allowance, type Result, rateOf } from '../protocol.js';
import type { Bed } from './bed.js';
import { eventOf, uuid } from './histories.js';
import { ended, keeperOver, leastPosition, type Pool, until, withPool } from './keeping.js';

const RUNS = 3;
const BURST = 6_000;
const HALF_SECONDS = 8;
const TICK_MS = 10;
const KILLS = 7;

/** One event more. @returns its position */
const appended = async (client: EventStoreDBClient): Promise<bigint> => {
  const told = { index: 0, customer: uuid(2, Math.floor(Math.random() * 4_000)), type: 'BookingCompleted', day: 1 };
  const event = { ...eventOf(told), id: randomUUID() };
  const { position } = await client.appendToStream(`booking-${randomUUID()}`, jsonEvent(event));
  if (!position) throw new Error('an append without a position');
  return position.commit;
};

const passed = (pool: Pool, position: bigint) =>
  until(async () => {
    const least = await leastPosition(pool);
    return least !== null && least >= position ? least : null;
  });

/** What append and views together keep up with: events a second from the first append until the last is in every view. */
const sustained = async (client: EventStoreDBClient, pool: Pool): Promise<number> => {
  let last = 0n;
  const from = performance.now();
  await rateOf(BURST, 64, async () => {
    const position = await appended(client);
    if (position > last) last = position;
  });
  await passed(pool, last);
  return BURST / ((performance.now() - from) / 1000);
};

/** Appends so many a second, evenly. @returns milliseconds from each append's beginning until it was in every view */
const lagsAt = async (client: EventStoreDBClient, pool: Pool, perSecond: number): Promise<readonly number[]> => {
  const unseen: { position: bigint; from: number }[] = [];
  const lags: number[] = [];
  const total = Math.floor(perSecond * HALF_SECONDS);
  let sent = 0;
  const began = performance.now();
  const append = async () => {
    const from = performance.now();
    unseen.push({ position: await appended(client), from });
  };
  const appending: Promise<void>[] = [];
  const writing = (async () => {
    while (sent < total) {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond));
      for (; sent < due; sent += 1) appending.push(append());
      await sleep(TICK_MS);
    }
  })();
  while (lags.length < total) {
    const least = await until(() => leastPosition(pool), 1);
    const now = performance.now();
    const seen = unseen.filter(({ position }) => position <= least);
    for (const { from } of seen) lags.push(now - from);
    unseen.splice(0, unseen.length, ...unseen.filter(({ position }) => position > least));
    await sleep(1);
  }
  await writing;
  await Promise.all(appending);
  return lags.sort((a, b) => a - b);
};

/** P11: append to visible in every view, the views kept by a process of their own, at half of what is kept up with. */
export const lagBench = (bed: Bed, views: readonly View[], durability: string): Promise<Result> =>
  bed.withDatabase((url) =>
    withPool(url, (pool) =>
      bed.withClient(async (client) => {
        const { child } = await keeperOver(url, bed.storeUrl, { views, task: 'follow' });
        await passed(pool, await appended(client));
        const rates: number[] = [];
        const p99: number[] = [];
        for (let run = 0; run <= RUNS; run += 1) {
          const rate = await sustained(client, pool);
          const lags = await lagsAt(client, pool, rate / 2);
          if (run === 0) continue;
          rates.push(Math.round(rate / 2));
          p99.push(lags[Math.ceil(lags.length * 0.99) - 1] as number);
        }
        await ended(child, 'SIGTERM');
        const unit = 'of the lag that is allowed (p99, ms)';
        const result = allowance({ id: 'P11', floor: 300, goal: 120, unit, durability }, p99, 'middle');
        const notes = `${result.notes}; ${views.length + 1} views, ${HALF_SECONDS} s each at ${rates.join(', ')} a second`;
        return { ...result, notes };
      }),
    ),
  );

type Lease = Readonly<{ projector: string; views: readonly string[] }>;

const leasesIn = async (pool: Pool): Promise<readonly Lease[]> => {
  const { rows } = await pool.query<Lease>(
    `select projector::text, array_agg(view order by view) as views from projection_leases group by projector`,
  );
  return rows;
};

const turnsOf = async (pool: Pool, views: readonly string[]): Promise<ReadonlyMap<string, bigint>> => {
  const { rows } = await pool.query<{ view: string; turn: bigint }>(
    `select view, turn from projection_checkpoints where slot = 'live' and view = any($1)`,
    [views],
  );
  return new Map(rows.map(({ view, turn }) => [view, turn]));
};

/** P17: two processes share the views under a steady trickle; one is killed; until each of its views has a new commit. */
export const takeOverBench = (bed: Bed, views: readonly View[], durability: string): Promise<Result> =>
  bed.withDatabase((url) =>
    withPool(url, (pool) =>
      bed.withClient(async (client) => {
        const start = async (known: readonly string[]) => {
          const { child } = await keeperOver(url, bed.storeUrl, { views, task: 'follow' });
          const found = await until(
            async () => (await leasesIn(pool)).find(({ projector }) => !known.includes(projector)) ?? null,
          );
          return { child, projector: found.projector };
        };
        let kept = await start([]);
        await passed(pool, await appended(client));
        let isOver = false;
        const trickle = (async () => {
          while (!isOver) await Promise.all([appended(client), sleep(TICK_MS)]);
        })();
        const seconds: number[] = [];
        for (let kill = 0; kill < KILLS; kill += 1) {
          const other = await start([kept.projector]);
          const theirs = await until(
            async () =>
              (await leasesIn(pool)).find(
                ({ projector, views: some }) => projector === kept.projector && some.length > 1,
              ) ?? null,
          );
          const from = performance.now();
          await ended(kept.child, 'SIGKILL');
          const before = await turnsOf(pool, theirs.views);
          await until(async () => {
            const now = await turnsOf(pool, theirs.views);
            return theirs.views.every((view) => (now.get(view) ?? 0n) > (before.get(view) ?? 0n)) || null;
          });
          seconds.push((performance.now() - from) / 1000);
          kept = other;
        }
        isOver = true;
        await trickle;
        await ended(kept.child, 'SIGTERM');
        const unit = 'of the time that is allowed (s)';
        const result = allowance({ id: 'P17', floor: 5, goal: 2, unit, durability }, seconds, 'worst');
        return { ...result, notes: `${result.notes}; half of ${views.length + 1} views taken over by another process` };
      }),
    ),
  );
