import { MEDIAN_AGE } from './families.js';
import type { Family, Prior } from './fitting.js';
import { type Cohort, grouped, median, repeatsOf, rescaled, rows, total } from './history.js';

const { floor, max, min } = Math;

export type FitFlag =
  | 'noCustomers'
  | 'noRepeats'
  | 'tooFewCustomers'
  | 'pooledPrior'
  | 'dropoutNotIdentified'
  | 'notConverged'
  | 'fittedOnSample'
  | 'noAmounts'
  | 'equalAmounts'
  | 'populationMeanUnbounded';

export interface FitOptions {
  /** Called after each step with the evaluations spent and the mean log-likelihood reached. */
  readonly watch?: (evaluations: number, meanLogLikelihood: number) => void;
  /** Equal histories counted once; off only to measure what it saves. */
  readonly group?: boolean;
  readonly errors?: boolean;
  /** Distinct histories beyond which Pareto/NBD is fitted to an even sample of this size; 40 000 unless stated. */
  readonly mostRows?: number;
}

/** Smaller populations lean on pooled beliefs. */
export const POOL_BELOW = { customers: 200, repeats: 300 };
export interface Timed {
  readonly alpha: number;
  readonly beta?: number;
}

export function stretched<P extends Timed>(p: P, factor: number): P {
  return { ...p, alpha: p.alpha * factor, ...(p.beta === undefined ? {} : { beta: p.beta * factor }) };
}

/** Every k-th row of a canonical order: the same rows for the same data. */
export function thinned(cohort: Cohort, most: number): Cohort {
  const n = cohort.repeats.length;
  if (n <= most) return cohort;
  return rows(
    cohort,
    Array.from({ length: most }, (_, i) => floor((i * n) / most)),
  );
}

export interface Prepared {
  readonly cohort: Cohort;
  readonly factor: number;
  readonly customers: number;
  readonly repeats: number;
}

export function prepare(cohort: Cohort, options: FitOptions): Prepared {
  const ages = median(cohort.age.filter((age) => age > 0));
  const factor = ages > 0 ? MEDIAN_AGE / ages : 1;
  const rowsToFit = options.group === false ? cohort : grouped(cohort);
  return {
    cohort: rescaled(rowsToFit, factor),
    factor,
    customers: total(cohort.weight),
    repeats: repeatsOf(cohort),
  };
}

/** Pooled shapes of known populations, moved to this population's own pace: r / α = purchases per unit of time seen. */
export function pooled<P extends Timed & { r: number }>(family: Family<P, Cohort>, shape: P, of: Prepared): Prior {
  const time = of.cohort.age.reduce((sum, age, i) => sum + age * (of.cohort.weight[i] as number), 0);
  const pace = (of.repeats + shape.r) / (time + shape.r * MEDIAN_AGE);
  const stretch = shape.r / pace / shape.alpha;
  return { mean: family.encode(stretched(shape, min(100, max(0.01, stretch)))), sd: [0.5, 0.5, 0.5, 0.5] };
}

export function populationFlags({ customers, repeats }: Prepared): FitFlag[] {
  const thin = customers < POOL_BELOW.customers || repeats < POOL_BELOW.repeats;
  return [
    ...(customers === 0 ? (['noCustomers'] as const) : []),
    ...(repeats === 0 ? (['noRepeats'] as const) : []),
    ...(thin ? (['tooFewCustomers', 'pooledPrior'] as const) : []),
  ];
}
