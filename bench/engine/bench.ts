import type { View } from '#projections';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import { Bed, type Fill } from './bed.js';
import { contiguous, domainMix, EVENTS, roundRobin } from './histories.js';
import { crmViews } from './views.js';

const DURABILITY = 'PostgreSQL with fsync and synchronous_commit on (a rebuild waits for the disk once, at its swap)';

const named = (...names: readonly string[]): readonly View[] =>
  crmViews.filter(({ projection }) => names.includes(projection.name));

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
