import {
  type Cohort,
  cohortOf,
  expectedPurchases,
  fitBetaGeometric,
  fitPareto,
  type History,
  historyAt,
  interpolated,
  type PurchaseModel,
  runningValue,
  seeded,
  silenceRisk,
  WEEKS_PER_YEAR,
} from '#analytics';
import { medianOf, type Result } from '../protocol.js';

const MODEL: PurchaseModel = { model: 'mbg', r: 0.5248432, alpha: 6.1830859, a: 0.8913592, b: 1.6140018 };
const MILLION = 1_000_000;
const FEW = 10_000;
const ROUNDS = 5;
const DURABILITY = 'pure computation, one thread';

/** Histories of mixed age, three years at most. */
function crowd(size: number): readonly History[] {
  const random = seeded(1);
  return Array.from({ length: size }, () => {
    const age = Math.ceil(156 * random.uniform() * 7) / 7;
    const repeats = Math.floor(6 * random.uniform() ** 3);
    return { repeats, recency: repeats === 0 ? 0 : Math.floor(age * random.uniform() * 7) / 7, age };
  });
}

/** Seconds of processor time: other work on the machine does not count. */
const timed = (work: () => void): number => {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
};

let sink = 0;
const score = (history: History): void => {
  sink += silenceRisk(MODEL, history, 39) + expectedPurchases(MODEL, history, 39);
};
const value = (history: History): void => {
  const exact = (weeks: number) => expectedPurchases(MODEL, history, weeks);
  const within = interpolated(exact, MODEL.alpha + history.age, 3 * WEEKS_PER_YEAR);
  sink += runningValue(within, 30, 36, { margin: 1, yearlyDiscount: 0.1, unitsPerYear: WEEKS_PER_YEAR }).length;
};

/** Ten rounds over the few: long enough for the clock. */
const tenTimes = (few: readonly History[]): void => {
  for (let round = 0; round < 10; round++) few.forEach(score);
};

function pairs(one: () => number, other: () => number): [number, number, number] {
  const ratios = Array.from({ length: ROUNDS }, () => one() / other()).sort((a, b) => a - b);
  return [medianOf(ratios), ratios[1] as number, ratios[ROUNDS - 2] as number];
}

/** Scoring must grow with the number of customers and no faster: 1 M in at most 120 times 10 000. */
function linear(): { result: Result; lines: string[] } {
  const people = crowd(MILLION);
  const few = people.slice(0, FEW);
  tenTimes(few);
  const [ratio, low, high] = pairs(
    () => 12 * timed(() => tenTimes(few)),
    () => timed(() => people.forEach(score)),
  );
  const million = timed(() => people.forEach(score));
  const valued = timed(() => people.slice(0, 100_000).forEach(value));
  const fit = timed(() => fitBetaGeometric(cohortOf(people), 'mbg', { group: false }));
  return {
    result: {
      id: 'churn-linear',
      ratio,
      low,
      high,
      floor: 1,
      goal: 1.2,
      unit: '120 x scoring 10 k / scoring 1 M',
      durability: DURABILITY,
      notes: `1 M in ${million.toFixed(2)} s`,
    },
    lines: [
      `scoring 1 M customers, P(alive), P0, CE: ${million.toFixed(2)} s (goal 2 s), ${million.toFixed(2)} µs each (goal 5 µs)`,
      `value over 36 months, 100 k customers: ${valued.toFixed(2)} s, so 1 M in ${(10 * valued).toFixed(1)} s (goal 8 s)`,
      `fitting MBG/NBD to 1 M rows, ungrouped: ${fit.toFixed(2)} s (goal 5 s)`,
    ],
  };
}

const repeated = (cohort: Cohort, group: boolean) => () => timed(() => fitBetaGeometric(cohort, 'mbg', { group }));

/** Counting equal histories once must pay on real data. */
function grouping(master: Cohort): { result: Result; lines: string[] } {
  const [ratio, low, high] = pairs(repeated(master, false), repeated(master, true));
  const pareto = timed(() => fitPareto(master));
  return {
    result: {
      id: 'churn-grouping',
      ratio,
      low,
      high,
      floor: 1.5,
      goal: 2,
      unit: 'ungrouped / grouped fit',
      durability: DURABILITY,
      notes: `MBG/NBD, ${master.repeats.length} customers`,
    },
    lines: [`fitting Pareto/NBD to ${master.repeats.length} customers: ${pareto.toFixed(2)} s (goal 20 s)`],
  };
}

/** The speeds, as lines and as ratios. `master` is CDNOW as a cohort, where it is there. */
export function speeds(master: Cohort | undefined): { results: readonly Result[]; lines: readonly string[] } {
  const scoring = linear();
  const fitting = master ? grouping(cohortOf(master.repeats.length > 0 ? historiesOf(master) : [])) : undefined;
  if (!Number.isFinite(sink)) throw new Error('a score was not finite');
  return {
    results: [scoring.result, ...(fitting ? [fitting.result] : [])],
    lines: [...scoring.lines, ...(fitting?.lines ?? [])],
  };
}

const historiesOf = (cohort: Cohort): History[] => Array.from(cohort.repeats, (_, i) => historyAt(cohort, i));
