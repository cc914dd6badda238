import type { View } from '#projections';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import { Bed, type Fill } from './bed.js';
import { emmettBench } from './emmett.js';
import { contiguous, domainMix, EVENTS, roundRobin } from './histories.js';
import { lagBench, takeOverBench } from './live.js';
import { poisonBench } from './poison.js';
import { crmViews } from './views.js';
import { volumeBenches } from './volume.js';

export const DURABILITY =
  'PostgreSQL with fsync and synchronous_commit on (a rebuild waits for the disk once, at its swap)';

const named = (...names: readonly string[]): readonly View[] =>
  crmViews.filter(({ projection }) => names.includes(projection.name));

type Figure = Pick<Result, 'id' | 'floor' | 'goal'>;

const against = async (bed: Bed, views: readonly View[], figure: Figure): Promise<Result> => {
  const rates = await inTurn({ ours: async () => (await bed.replay(views)).rate, theirs: () => bed.readAll() });
  const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
  const notes = `${mine} replayed against ${theirs} read a second by the client alone, ${EVENTS} events, ${views.length + 1} views`;
  return { ...figure, ...ratioOf(rates), unit: 'replay over read', durability: DURABILITY, notes, raw: rates };
};

/** What the floors of P3 (0.3 of a read) and P6 (1.2 of a catch-up) leave a rebuild: what people wait for. */
const FELT = 0.36;

const rebuilding = async (bed: Bed): Promise<Result> => {
  const rates: [number, number][] = [];
  const overRead: [number, number][] = [];
  for (let run = 0; run <= 7; run += 1) {
    const raw = await bed.readAll();
    const { rate, rebuildRate } = await bed.replay(crmViews, { rebuilds: true });
    if (run === 0) continue;
    rates.push([rebuildRate, rate]);
    overRead.push([rebuildRate, raw]);
  }
  const { ratio, low, high } = ratioOf(overRead);
  const felt = `${ratio.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)}) of what the client alone reads, ${FELT} by the floors of P3 and P6 together`;
  const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
  const notes = `${mine} rebuilt against ${theirs} caught up a second, ${EVENTS} events, ${crmViews.length + 1} views; ${felt}`;
  const figure = { id: 'P6', floor: 1.2, goal: 1.6 };
  return { ...figure, ...ratioOf(rates), unit: 'rebuild over catch-up', durability: DURABILITY, notes, raw: rates };
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
  events?: number;
  run: (bed: Bed, id: string) => Promise<readonly Result[]>;
}>;

const trials: readonly Trial[] = [
  {
    ids: ['P1', 'P15'],
    fill: roundRobin,
    run: async (bed, id) => {
      if (id === 'P15') return [await poisonBench(bed, named('customer_profile'), DURABILITY)];
      return [await against(bed, named('customer_timeline'), { id, floor: 0.6, goal: 0.75 })];
    },
  },
  {
    ids: ['P2'],
    fill: contiguous,
    run: async (bed) => [await against(bed, named('customer_profile'), { id: 'P2', floor: 0.75, goal: 0.9 })],
  },
  {
    ids: ['P4'],
    fill: contiguous,
    run: (bed) => emmettBench(bed, named('customer_profile'), DURABILITY),
  },
  {
    ids: ['P11', 'P17'],
    fill: contiguous,
    events: 10_000,
    run: async (bed, id) => [await (id === 'P11' ? lagBench : takeOverBench)(bed, crmViews, DURABILITY)],
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

const VOLUME = ['P12', 'P16'];
export const engineIds = [...new Set(trials.flatMap(({ ids }) => ids)), ...VOLUME];

/**
 * The engine between a store and PostgreSQL: against the client that only reads (P1, P2, P3), against another engine (P4),
 * against itself (P6, P15, P16), and by itself (P7, P11, P12, P17).
 */
export const engineBenches = async (wanted: readonly string[], large: boolean): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (const { ids, fill, events = EVENTS, run } of trials) {
    const asked = ids.filter((id) => wanted.includes(id));
    if (asked.length === 0) continue;
    const bed = await Bed.of(fill, events);
    try {
      process.stderr.write(`calibration: the client alone reads ${Math.round(await bed.readAll())} events a second\n`);
      for (const id of asked) results.push(...(await run(bed, id)));
    } finally {
      await bed.end();
    }
  }
  const volume = VOLUME.filter((id) => wanted.includes(id));
  if (volume.length > 0)
    results.push(...(await volumeBenches(volume, { views: crmViews, large, durability: DURABILITY })));
  return results;
};
