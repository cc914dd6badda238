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
 * Value of the next months, running: the n-th entry is margin · spend · Σ (CE(w) - CE(w - 1)) (1 + d)^-(w/12) over months w <= n, each
 * month discounted from its end. Finite horizons only: with a < 1 the infinite sum is driven by a tail that no data shows.
 */
export function runningValue(
  expectedWithin: (horizon: number) => number,
  spend: number,
  months: number,
  terms: ValueTerms,
): number[] {
  const month = terms.unitsPerYear / 12;
  let before = 0;
  let sum = 0;
  return Array.from({ length: months }, (_, i) => {
    const until = expectedWithin((i + 1) * month);
    sum += (until - before) * (1 + terms.yearlyDiscount) ** (-(i + 1) / 12);
    before = until;
    return terms.margin * spend * sum;
  });
}
