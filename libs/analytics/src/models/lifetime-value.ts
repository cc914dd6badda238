const { abs, cos, expm1, log1p } = Math;

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

const ORDER = 10;
/** Chebyshev's points on [0, 1]; the first is 0, where nothing is expected yet. */
const POINTS = Array.from({ length: ORDER + 1 }, (_, j) => (1 - cos((j * Math.PI) / ORDER)) / 2);

/**
 * CE at any horizon up to `longest` from ten of its values: on the scale ln(1 + H / pace), pace = α + T, it is smooth enough for a
 * relative error below 1e-5.
 */
export function interpolated(
  expectedWithin: (horizon: number) => number,
  pace: number,
  longest: number,
): (horizon: number) => number {
  const reach = log1p(longest / pace);
  const values = POINTS.map((point) => (point === 0 ? 0 : expectedWithin(pace * expm1(reach * point))));
  return (horizon) => {
    const at = log1p(horizon / pace) / reach;
    let above = 0;
    let below = 0;
    for (let j = 0; j <= ORDER; j++) {
      const distance = at - (POINTS[j] as number);
      if (abs(distance) < 1e-14) return values[j] as number;
      const weight = ((j % 2 === 0 ? 1 : -1) * (j % ORDER === 0 ? 0.5 : 1)) / distance;
      above += weight * (values[j] as number);
      below += weight;
    }
    return above / below;
  };
}

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
  const monthly = (1 + terms.yearlyDiscount) ** (-1 / 12);
  let before = 0;
  let sum = 0;
  let discount = 1;
  return Array.from({ length: months }, (_, i) => {
    const until = expectedWithin((i + 1) * month);
    discount *= monthly;
    sum += (until - before) * discount;
    before = until;
    return terms.margin * spend * sum;
  });
}
