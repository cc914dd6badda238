/** How future purchases turn into money of today. */
export interface ValueTerms {
  /** Share of the spend that is earned, 0..1. */
  readonly margin: number;
  /** Yearly discount rate, e.g. 0.1. */
  readonly yearlyDiscount: number;
  /** The model's time units in a year: 52.1775 for weeks. */
  readonly unitsPerYear: number;
}

export const WEEKS_PER_YEAR = 52.1775;

/**
 * Value of the next `months`: margin · spend · Σ (CE(w) - CE(w - 1)) (1 + d)^-w over months w, each month discounted from its end.
 * Valid for finite horizons only; with a < 1 the infinite sum is driven by a tail that no data shows.
 */
export function lifetimeValue(
  expectedWithin: (horizon: number) => number,
  spend: number,
  months: number,
  terms: ValueTerms,
): number {
  const month = terms.unitsPerYear / 12;
  let before = 0;
  let sum = 0;
  for (let w = 1; w <= months; w++) {
    const until = expectedWithin(w * month);
    sum += (until - before) * (1 + terms.yearlyDiscount) ** (-w / 12);
    before = until;
  }
  return terms.margin * spend * sum;
}
