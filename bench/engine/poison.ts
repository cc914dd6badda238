import type { Recorded } from '#kernel';
import type { View } from '#projections';
import { inTurn, medianOf, type Result, ratioOf } from '../protocol.js';
import type { Bed } from './bed.js';

/** One fact in a hundred, whichever its customer. */
const isPoison = ({ data }: Recorded): boolean => (data as { amount: number }).amount % 100 === 0;

const poisoned = (view: View): View => {
  const fold: View['projection']['fold'] = (row, fact, key, context) => {
    if (isPoison(fact)) throw new Error('one in a hundred');
    return view.projection.fold(row, fact, key, context);
  };
  return { ...view, projection: { ...view.projection, fold } };
};

/** P15: a replay that parks one fact in a hundred, and holds what comes after it for the same row, against a clean one. */
export const poisonBench = async (bed: Bed, views: readonly View[], durability: string): Promise<Result> => {
  const side = (kept: readonly View[]) => async () => (await bed.replay(kept, { poison: 'park' })).rate;
  const rates = await inTurn({ ours: side(views.map(poisoned)), theirs: side(views) });
  const [mine, theirs] = [0, 1].map((which) => Math.round(medianOf(rates.map((pair) => pair[which] as number))));
  const notes = `${mine} a second with poison against ${theirs}, ${bed.events} events in streams of five, ${views.length + 1} views`;
  return {
    id: 'P15',
    floor: 0.8,
    goal: 0.9,
    ...ratioOf(rates),
    unit: 'poisoned over clean',
    durability,
    notes,
    raw: rates,
  };
};
