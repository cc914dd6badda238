import type { Ledger } from '../history/ledger.js';
import { thinnedSnapshot } from '../history/snapshot.js';
import { DAYS_PER_WEEK, historyAt } from '../models/history.js';
import { expectedPurchases, type PurchaseModel } from '../models/score.js';
import type { CutOff } from './cut-off.js';

const { ceil, floor, max, min, round } = Math;

/** Purchases of the judged customers since the cut-off, added up. */
export interface Tracked {
  readonly week: number;
  readonly expected: number;
  readonly happened: number;
}

const MOST_TRACKED = 3_000;
const MOST_POINTS = 52;

function happenedBy(ledger: Ledger, { snapshot, horizonWeeks }: CutOff): Float64Array {
  const byDay = new Float64Array(round(horizonWeeks * DAYS_PER_WEEK) + 1);
  const { from, day } = ledger.purchases;
  for (const customer of snapshot.customer)
    for (let i = from[customer] as number; i < (from[customer + 1] as number); i++) {
      const after = (day[i] as number) - snapshot.asOf;
      if (after > 0 && after < byDay.length) byDay[after] = (byDay[after] as number) + 1;
    }
  for (let i = 1; i < byDay.length; i++) byDay[i] = (byDay[i] as number) + (byDay[i - 1] as number);
  return byDay;
}

/** The expected curve is drawn from at most 3 000 customers and scaled to the exact `total`. */
export function track(ledger: Ledger, cutOff: CutOff, model: PurchaseModel, total: number): Tracked[] {
  const drawn = thinnedSnapshot(cutOff.snapshot, MOST_TRACKED);
  const happened = happenedBy(ledger, cutOff);
  const weeks = floor(cutOff.horizonWeeks);
  const every = max(1, ceil(weeks / MOST_POINTS));
  const points = Array.from({ length: floor(weeks / every) }, (_, i) => (i + 1) * every);
  const sumAt = (week: number) =>
    drawn.repeats.reduce((sum, _, i) => sum + expectedPurchases(model, historyAt(drawn, i), week), 0);
  const scale = total / (sumAt(cutOff.horizonWeeks) || 1);
  return points.map((week) => ({
    week,
    expected: sumAt(week) * scale,
    happened: happened[week * DAYS_PER_WEEK] as number,
  }));
}

const FEWEST_NEW = 50;

/**
 * How much the number of new customers changed between the window before the cut-off and the one after it: a sign of a season or a
 * campaign that comes from people the models never saw. Undefined when either window has fewer than 50.
 */
export function demandShift(ledger: Ledger, asOf: number, days: number): number | undefined {
  const { from, day } = ledger.purchases;
  let before = 0;
  let after = 0;
  for (let c = 0; c < ledger.customers; c++) {
    if (from[c] === from[c + 1]) continue;
    const since = (day[from[c] as number] as number) - asOf;
    if (since > -days && since <= 0) before++;
    if (since > 0 && since <= days) after++;
  }
  return min(before, after) < FEWEST_NEW ? undefined : after / before - 1;
}
