import { setTimeout as pause } from 'node:timers/promises';
import type { Figure } from '../figure.js';
import { Bed, figureOf } from './bed.js';
import { Tale } from './history.js';
import { type LogBug, type Orders, Projector } from './projector.js';
import { Through } from './through.js';

const MOST_BYTES = 350_000_000;
/** What may be held on to beyond a little noise, by how much more. */
const GROWTH = 1.15;
const NOISE_BYTES = 5_000_000;
const AT_ONCE = 6_400;
const IN_STREAMS = 64;
const megabytes = (bytes: number) => Math.round(bytes / 1_000_000);

const ordersFor = (bed: Bed, logBug?: LogBug): Orders => ({
  name: 'projector',
  databaseUrl: bed.databaseUrl,
  storeUrl: bed.storeUrl,
  ...(logBug && { logBug }),
});

const grown = async (bed: Bed, tale: Tale, count: number): Promise<void> => {
  for (let left = count; left > 0; left -= AT_ONCE) await bed.writer.append(tale.next(Math.min(left, AT_ONCE)));
};

type Slow = Readonly<{ seed: number; seconds: number; delayMs: number; backlog: number; logBug?: LogBug }>;

/** R13: every word to and from PostgreSQL comes late while there is a backlog and more is written. */
export const databaseSlow = ({ seed, seconds, delayMs, backlog, logBug }: Slow): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const through = await Through.to(() => ({ path: bed.postgresSocket }));
    const orders = { ...ordersFor(bed, logBug), databaseUrl: bed.databaseAt(through.port) };
    const projector = await new Projector(orders).go();
    try {
      const tale = new Tale(seed, { people: 2_000, tills: IN_STREAMS });
      await bed.arrived(await bed.writer.append(tale.next(AT_ONCE)));
      through.delayMs = delayMs;
      await grown(bed, tale, backlog);
      const ended = bed.writing((count) => tale.next(count), 200);
      const half = (seconds * 1000) / 2;
      await pause(half);
      const before = await projector.retained();
      await pause(half);
      const after = await projector.retained();
      const { peak } = await projector.resident();
      const head = await ended();
      const facts = bed.writer.acknowledged.length;
      const { rows } = await bed.admin.query(`select min(events)::integer as events from projection_checkpoints`);
      through.delayMs = 0;
      const recovered = await bed.arrived(head);
      const { hasExited } = projector;
      await projector.stop();
      const volume = `${seconds} s at ${2 * delayMs} ms a round trip, ${facts - rows[0].events} facts behind at its end, caught up in ${Math.round(recovered ?? -1)} ms; held on to ${megabytes(before)} MB at half time, ${megabytes(after)} MB at its end, resident ${megabytes(peak)} MB at the most`;
      const isFlat = after <= before * GROWTH + NOISE_BYTES && peak <= MOST_BYTES;
      return figureOf(
        { id: 'R13', seed, began, volume, isSound: isFlat && recovered !== null && !hasExited },
        await bed.compared(),
      );
    } finally {
      await projector.kill();
      await through.close();
    }
  });

type Sizes = Readonly<{ seed: number; small: number; large: number; logBug?: LogBug }>;

/** R14: what a projector takes that catches up with a log, and with one many times as long. */
export const tenTimesAsLong = ({ seed, small, large, logBug }: Sizes): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const tale = new Tale(seed, { people: 30_000, tills: IN_STREAMS, dayOf: 200 });
    const measured = async () => {
      await bed.empty();
      const from = performance.now();
      const projector = await new Projector(ordersFor(bed, logBug)).go();
      try {
        if ((await bed.arrived(bed.writer.head, 3_600_000)) === null) throw new Error('the views did not arrive');
        const perSecond = Math.round(bed.writer.acknowledged.length / ((performance.now() - from) / 1000));
        const { peak } = await projector.resident();
        return { peak, retained: await projector.retained(), perSecond };
      } finally {
        await projector.stop();
      }
    };
    await grown(bed, tale, small);
    const one = await measured();
    await grown(bed, tale, large - small);
    const other = await measured();
    const facts = bed.writer.acknowledged.length;
    const found = { ...(await bed.counted(facts)), facts };
    const told = ({ peak, retained, perSecond }: typeof one) =>
      `resident ${megabytes(peak)} MB at the most, held on to ${megabytes(retained)} MB, ${perSecond} facts/s`;
    const volume = `${small} facts: ${told(one)}; ${large} facts: ${told(other)}; resident ${(other.peak / one.peak).toFixed(2)}×`;
    // A heap is not yet what it will be when little has gone through it.
    const isPeakFlat = small < FILLS_THE_HEAP || other.peak <= one.peak * GROWTH;
    const isFlat = other.retained <= one.retained * GROWTH + NOISE_BYTES && other.peak <= MOST_BYTES;
    return figureOf({ id: 'R14', seed, began, volume, isSound: isFlat && isPeakFlat }, found);
  });
const FILLS_THE_HEAP = 100_000;
