const { ceil, floor, log, min } = Math;

export const DAYS_PER_WEEK = 7;

/** What the models need to know of one customer. Times in the model's unit (weeks unless stated), counted from the first purchase. */
export interface History {
  /** x: purchases after the first, one a day at most. */
  readonly repeats: number;
  /** t_x: from the first purchase to the last; 0 when there is no repeat. */
  readonly recency: number;
  /** T: from the first purchase to the day of judgement. Computed when read, never stored. */
  readonly age: number;
}

const finite = (value: number, ceiling: number): number => (value > 0 ? min(value, ceiling) : 0);

/** A history that every scoring function can take: counts and times finite and not negative, recency within age. */
export function tidy(history: History): History {
  const age = finite(history.age, 1e9);
  const repeats = floor(finite(history.repeats, 1e6));
  return { repeats, recency: min(age, finite(history.recency, 1e9)), age };
}

/** Histories as columns; `weight` customers share one row. */
export interface Cohort {
  readonly repeats: Float64Array;
  readonly recency: Float64Array;
  readonly age: Float64Array;
  readonly weight: Float64Array;
  /** Σ ln(gap between purchases), the mean over the row's customers: only a rhythm needs it. */
  readonly lnGaps?: Float64Array;
}

export const NO_COHORT: Cohort = cohortOf([]);

export function cohortOf(histories: readonly History[]): Cohort {
  const tidied = histories.map(tidy);
  return {
    repeats: Float64Array.from(tidied, (h) => h.repeats),
    recency: Float64Array.from(tidied, (h) => h.recency),
    age: Float64Array.from(tidied, (h) => h.age),
    weight: new Float64Array(tidied.length).fill(1),
  };
}

export function historyAt(cohort: Cohort, i: number): History {
  return {
    repeats: cohort.repeats[i] as number,
    recency: cohort.recency[i] as number,
    age: cohort.age[i] as number,
  };
}

function compareRows(c: Cohort, i: number, j: number): number {
  return (
    (c.repeats[i] as number) - (c.repeats[j] as number) ||
    (c.age[i] as number) - (c.age[j] as number) ||
    (c.recency[i] as number) - (c.recency[j] as number)
  );
}

const weightOf = (cohort: Cohort, row: number): number => cohort.weight[row] as number;

/** Equal histories become one row with their count, in a canonical order: a fit does not depend on the order of customers. */
export function grouped(cohort: Cohort): Cohort {
  const order = Uint32Array.from(cohort.repeats, (_, i) => i).sort((i, j) => compareRows(cohort, i, j));
  const first: number[] = [];
  const weight: number[] = [];
  const gaps: number[] = [];
  for (const row of order) {
    const fresh = first.length === 0 || compareRows(cohort, first.at(-1) as number, row) !== 0;
    if (fresh) {
      first.push(row);
      weight.push(0);
      gaps.push(0);
    }
    const last = first.length - 1;
    weight[last] = (weight[last] as number) + weightOf(cohort, row);
    gaps[last] = (gaps[last] as number) + weightOf(cohort, row) * (cohort.lnGaps?.[row] ?? 0);
  }
  const rowsKept = rows(cohort, first);
  const lnGaps = cohort.lnGaps ? { lnGaps: Float64Array.from(gaps, (sum, i) => sum / (weight[i] as number)) } : {};
  return { ...rowsKept, weight: Float64Array.from(weight), ...lnGaps };
}

/** The given rows of a cohort. */
export function rows(cohort: Cohort, chosen: ArrayLike<number>): Cohort {
  const pick = (column: Float64Array) => Float64Array.from(chosen, (i) => column[i] as number);
  return {
    repeats: pick(cohort.repeats),
    recency: pick(cohort.recency),
    age: pick(cohort.age),
    weight: pick(cohort.weight),
    ...(cohort.lnGaps ? { lnGaps: pick(cohort.lnGaps) } : {}),
  };
}

export function rescaled(cohort: Cohort, factor: number): Cohort {
  const times = (column: Float64Array) => column.map((v) => v * factor);
  const lnGaps = cohort.lnGaps?.map((sum, i) => sum + (cohort.repeats[i] as number) * log(factor));
  return { ...cohort, recency: times(cohort.recency), age: times(cohort.age), ...(lnGaps ? { lnGaps } : {}) };
}

export const total = (column: Float64Array): number => column.reduce((sum, v) => sum + v, 0);

export function repeatsOf(cohort: Cohort): number {
  return cohort.repeats.reduce((sum, x, i) => sum + x * (cohort.weight[i] as number), 0);
}

export function median(values: Float64Array): number {
  if (values.length === 0) return 0;
  const sorted = values.slice().sort();
  const middle = (sorted.length - 1) / 2;
  return ((sorted[floor(middle)] as number) + (sorted[ceil(middle)] as number)) / 2;
}
