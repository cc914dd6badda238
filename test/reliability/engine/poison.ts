import type { Recorded } from '#kernel';
import { sqlOver } from '#postgres';
import { listParked, type View } from '#projections';
import { watchBatches } from '../../../libs/projections/test/batches.js';
import type { Figure } from '../figure.js';
import { add, Bed, type Found, figureOf, rowsOf, settled } from './bed.js';
import { Tale } from './history.js';
import { views } from './views.js';

/** Ways in which holding could go wrong, planted into what is asked of PostgreSQL. */
export type HoldBug = 'held rows are forgotten' | 'what waited is folded backwards';

type Volume = Readonly<{ seed: number; events: number; percent: 1 | 10; bug?: HoldBug }>;

const PEOPLE_PER_FACT = 1 / 20;
/** Seven of ten facts are purchases. */
const PURCHASES = 70;
const AT_ONCE = 5_000;
/** Views that cannot fold a poisoned fact; the others can. */
const BRITTLE = ['chains', 'visits'];

const isPoison = ({ data }: Recorded): boolean => 'poison' in data;
const brittle = (view: View): View => ({
  ...view,
  projection: {
    ...view.projection,
    fold: (row, fact, key, context) => {
      if (isPoison(fact)) throw new Error('poison');
      return view.projection.fold(row, fact, key, context);
    },
  },
});
const broken = views.map((view) => (BRITTLE.includes(view.projection.name) ? brittle(view) : view));

const rewriteFor = (bug?: HoldBug) => (text: string) => {
  if (bug === 'held rows are forgotten')
    return text.replace(/(select distinct view, hold[\s\S]*where )/, '$1 false and ');
  if (bug) return text.replace('and hold = $2 order by position', 'and hold = $2 order by position desc');
  return text;
};

/**
 * R11: some facts cannot be folded by two of the views. Those are parked, and what follows for the same rows waits,
 * through a restart; everything else is as if there were none. Retried with a fold that can, all is as it should be.
 */
export const poisoned = ({ seed, events, percent, bug }: Volume): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const people = Math.max(20, Math.round(events * PEOPLE_PER_FACT));
    const options = { people, poisonOf: Math.round(PURCHASES / percent), dayOf: events };
    const tale = new Tale(seed, options);
    const pool = bed.rig.pool(bed.databaseUrl);
    watchBatches(pool, { rewrite: rewriteFor(bug) });
    const running = async (kept: readonly View[]) => {
      const engine = bed.rig.engine(pool, bed.own.log, kept, { poison: 'park' });
      await engine.start();
      await settled(engine);
      return engine;
    };
    for (const half of [1, 2]) {
      for (let left = events / 2; left > 0; left -= AT_ONCE)
        await bed.writer.append(tale.next(Math.min(left, AT_ONCE)));
      const engine = await running(broken);
      await engine.stop();
      if (half === 2) break;
    }
    const { found, parked, waiting, poison } = await compared(bed);
    const healthy = await running(views);
    const from = performance.now();
    // One that another retry has folded on its way is no longer there.
    for (const { view, position, state } of await listParked(sqlOver(pool)))
      if (state === 'parked') await healthy.retry(view, position).catch(() => undefined);
    const healed = Math.round((performance.now() - from) / 1000);
    await healthy.stop();
    const after = await bed.compared();
    add(found, after);
    const volume = `${percent} % poison (${poison}), ${parked} parked, ${waiting} waiting behind them, healed in ${healed} s`;
    const isSound = parked > 0 && waiting > 0;
    return figureOf({ id: 'R11', seed, began, volume, isSound }, { ...found, facts: after.facts });
  });

/** What is parked, and the rows of one view that holds, against what a plain loop over the log says. */
const compared = async (bed: Bed) => {
  const expected = new Set<string>();
  const chains = new Map<string, object | null>();
  let poison = 0;
  const held = new Map(BRITTLE.map((name) => [name, new Set<string>()]));
  for (const fact of await everyFact(bed)) {
    poison += Number(isPoison(fact));
    for (const { projection } of views.filter((view) => BRITTLE.includes(view.projection.name))) {
      const holds = held.get(projection.name) as Set<string>;
      const hears = projection.hears === 'everything' || projection.hears.includes(fact.type);
      for (const { id } of hears ? fact.customers : []) {
        const place = `${projection.name} ${fact.position} ${id}`;
        if (holds.has(id)) expected.add(`${place} waiting`);
        else if (isPoison(fact)) expected.add(`${place} parked`);
        else if (projection.name === 'chains')
          chains.set(id, projection.fold(chains.get(id) ?? null, fact, id, {}) as object);
        if (isPoison(fact)) holds.add(id);
      }
    }
  }
  const found: Found = { lost: 0, doubled: 0, differing: 0, facts: 0 };
  const list = await listParked(sqlOver(bed.admin));
  const there = new Set(list.map(({ view, position, key, state }) => `${view} ${position} ${key} ${state}`));
  for (const one of expected) if (!there.has(one)) found.lost++;
  for (const one of there) if (!expected.has(one)) found.doubled++;
  const table = views.find(({ projection }) => projection.name === 'chains')?.table as View['table'];
  const rows = await rowsOf(bed.admin, table);
  for (const [id, row] of chains)
    if (rows.get(`(${id})`) !== `(${Object.values(row as object).join()})`) found.differing++;
  found.differing += Math.abs(rows.size - chains.size);
  const parked = list.filter(({ state }) => state === 'parked').length;
  return { found, parked, waiting: list.length - parked, poison };
};

const everyFact = async ({ own: { log } }: Bed): Promise<readonly Recorded[]> => {
  const head = await log.head();
  const stop = new AbortController();
  const facts: Recorded[] = [];
  for await (const entry of log.follow({ after: null, signal: stop.signal })) {
    if (entry.kind !== 'fact') throw new Error('an entry that cannot be read');
    facts.push(entry.fact);
    if (entry.fact.position === head) stop.abort();
  }
  return facts;
};
