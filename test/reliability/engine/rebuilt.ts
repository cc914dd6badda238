import { watchBatches } from '../../../libs/projections/test/batches.js';
import type { Figure } from '../figure.js';
import { Bed, figureOf, settled } from './bed.js';
import { Tale } from './history.js';
import { views } from './views.js';

type Volume = Readonly<{
  seed: number;
  times: number;
  events: number;
  /** The old table goes in a transaction of its own. */
  bug?: 'two transactions';
}>;

const FACTS_A_SECOND = 200;
const AT_ONCE = 5_000;
const inTwo = (text: string) =>
  text.replace(/^drop table "(moments|chains)"$/, '$&; commit; select pg_sleep(0.1); begin');

/** R18: all views are rebuilt again and again under writes. Who reads meanwhile never finds less than before. */
export const rebuiltUnderWrites = ({ seed, times, events, bug }: Volume): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const tale = new Tale(seed, { people: 500 });
    for (let left = events; left > 0; left -= AT_ONCE) await bed.writer.append(tale.next(Math.min(left, AT_ONCE)));
    const pool = bed.rig.pool(bed.databaseUrl);
    watchBatches(pool, bug ? { rewrite: inTwo } : {});
    const engine = bed.rig.engine(pool, bed.own.log, views);
    await engine.start();
    await settled(engine);
    const reading = readAllTheTime(bed);
    const ended = bed.writing((count) => tale.next(count), FACTS_A_SECOND);
    let [differences, failed] = [0, 0];
    for (let n = 0; n < times; n++) {
      try {
        const rebuilt = await engine.rebuild([...engine.kept.keys()]);
        for (const one of rebuilt) differences += Number(one.differences ?? 1n);
      } catch (error) {
        if (!bug) throw error;
        failed++;
      }
    }
    const head = await ended();
    const isThere = (await bed.arrived(head)) !== null;
    const { reads, empty, slowest } = await reading();
    await engine.stop();
    const found = await bed.compared();
    found.differing += differences;
    found.lost += empty;
    const volume = `${times} rebuilds of ${engine.kept.size} views under ${FACTS_A_SECOND} writes/s, ${failed} failed, ${reads} reads of which ${empty} found less than before or no table, the slowest ${Math.round(slowest)} ms`;
    return figureOf({ id: 'R18', seed, began, volume, isSound: isThere && reads > 10 * times }, found);
  });

const readAllTheTime = (bed: Bed) => {
  let isOver = false;
  const seen = { reads: 0, empty: 0, slowest: 0 };
  const work = (async () => {
    let last = { moments: 0n, facts: 0n };
    while (!isOver) {
      const from = performance.now();
      const text = 'select (select count(*) from moments) as moments, (select sum(facts) from chains)::bigint as facts';
      const row = await bed.admin.query(text).then(
        ({ rows }) => rows[0] as { moments: bigint; facts: bigint | null },
        () => null, // no table: as bad as an empty one
      );
      const { moments, facts } = { moments: row?.moments ?? -1n, facts: row?.facts ?? -1n };
      if (moments < last.moments || facts < last.facts) seen.empty++;
      else last = { moments, facts };
      seen.reads++;
      seen.slowest = Math.max(seen.slowest, performance.now() - from);
    }
  })();
  return async () => {
    isOver = true;
    await work;
    return seen;
  };
};
