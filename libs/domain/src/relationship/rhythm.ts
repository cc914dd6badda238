import type { RelationshipParameters, Rhythm } from './parameters.js';
import { firstNotBefore } from './sorted-days.js';

/**
 * The interval, in days, after which a customer is expected again, as it stood after each of the ascending service
 * days: the median gap within bounds, or the usual interval of the business before there are three days.
 */
export const expectedIntervals = (
  days: readonly number[],
  { interval }: Rhythm,
  { least, most }: RelationshipParameters['ownInterval'],
): readonly number[] => {
  const gaps: number[] = [];
  return days.map((day, index) => {
    if (index === 0) return interval;
    const gap = day - (days[index - 1] as number);
    gaps.splice(firstNotBefore(gaps, gap), 0, gap);
    return index < 2 ? interval : Math.min(Math.max(median(gaps), least * interval), most * interval);
  });
};

const median = (ascending: readonly number[]): number => {
  const middle = ascending.length >> 1;
  const upper = ascending[middle] as number;
  return ascending.length % 2 === 1 ? upper : ((ascending[middle - 1] as number) + upper) / 2;
};
