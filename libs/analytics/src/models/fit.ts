import type { BetaGeometric } from './beta-geometric.js';
import { logLikelihood as betaGeometricLikelihood } from './beta-geometric-likelihood.js';
import { betaGeometricFamily, type Nbd, nbdFamily, paretoFamily, rhythmFamily } from './families.js';
import { type Family, type Found, type Prior, type SearchOptions, search, standardErrors } from './fitting.js';
import { type GammaGamma, gammaGammaFamily, type Spending } from './gamma-gamma.js';
import { type Cohort, median, repeatsOf, rescaled, total } from './history.js';
import type { Pareto } from './pareto.js';
import { logLikelihood as paretoLikelihood } from './pareto-likelihood.js';
import {
  type FitFlag,
  type FitOptions,
  POOL_BELOW,
  type Prepared,
  pooled,
  populationFlags,
  prepare,
  stretched,
  type Timed,
  thinned,
} from './preparation.js';
import type { Rhythm } from './rhythm.js';

const { log } = Math;

/** A fitted model. Times in the unit of the cohort it was fitted to. */
export interface Fit<P> {
  readonly parameters: P;
  /** Of all customers; where only a sample was fitted, carried over from it. */
  readonly logLikelihood: number;
  readonly customers: number;
  readonly repeats: number;
  /** Distinct histories actually evaluated. */
  readonly groups: number;
  readonly evaluations: number;
  /** In the order of the parameters; absent where the data does not fix them. */
  readonly standardErrors?: readonly number[];
  readonly flags: readonly FitFlag[];
}

const SCOUTS = 500;
const MOST_COMPARED = 20_000;
const MOST_PARETO_ROWS = 40_000;
/** Half the 95 % point of χ² with two degrees of freedom: what two more parameters gain by chance. */
const CHANCE_GAIN = 3;

function seek<P extends Timed & { r: number }>(
  family: Family<P, Cohort>,
  of: Prepared,
  shape: P | undefined,
  options: FitOptions,
): Found<P> {
  const pool = shape && populationFlags(of).includes('pooledPrior') ? { prior: pooled(family, shape, of) } : {};
  const watch: SearchOptions = options.watch ? { watch: options.watch } : {};
  const stage = (cohort: Cohort) => ({ data: cohort, size: total(cohort.weight) });
  const large = of.cohort.repeats.length > 2 * MOST_COMPARED;
  const part = large ? [stage(thinned(of.cohort, MOST_COMPARED))] : [];
  return search(family, [stage(thinned(of.cohort, SCOUTS)), ...part, stage(of.cohort)], { ...pool, ...watch });
}

function fitTimed<P extends Timed & { r: number }>(
  family: Family<P, Cohort>,
  of: Prepared,
  shape: P | undefined,
  options: FitOptions,
): Fit<P> & { readonly atBound: readonly boolean[] } {
  const found = seek(family, of, shape, options);
  const errors = options.errors ? standardErrors(family, found.parameters, of.cohort) : undefined;
  const inUnit = (v: number, i: number) =>
    i === 1 || (i === 3 && found.parameters.beta !== undefined) ? v / of.factor : v;
  return {
    parameters: stretched(found.parameters, 1 / of.factor),
    logLikelihood:
      (of.customers / total(of.cohort.weight) || 1) * (found.logLikelihood + repeatsOf(of.cohort) * log(of.factor)),
    customers: of.customers,
    repeats: of.repeats,
    groups: of.cohort.repeats.length,
    evaluations: found.evaluations,
    flags: [...populationFlags(of), ...(found.converged ? [] : (['notConverged'] as const))],
    atBound: found.atBound,
    ...(errors ? { standardErrors: errors.map(inUnit) } : {}),
  };
}

/** Fits purchases without any dropout. Order of parameters: r, α. */
export function fitNbd(cohort: Cohort, options: FitOptions = {}): Fit<Nbd> {
  const { atBound: _, ...fit } = fitTimed(nbdFamily, prepare(cohort, options), undefined, options);
  return fit;
}

/** What dropout adds to the log-likelihood, measured on at most 20 000 rows and carried over to all customers. */
function gainOfDropout<P>(of: Prepared, likelihood: (p: P, cohort: Cohort) => number, parameters: P): number {
  const sample = rescaled(thinned(of.cohort, MOST_COMPARED), 1 / of.factor);
  const gain = likelihood(parameters, sample) - fitNbd(sample).logLikelihood;
  return (of.customers / total(sample.weight) || 1) * gain;
}

const dropout = (gain: number, atBound: readonly boolean[]): FitFlag[] =>
  gain < CHANCE_GAIN || atBound[2] || atBound[3] ? ['dropoutNotIdentified'] : [];

/** CDNOW's shape: the pooled beliefs for populations too small to speak for themselves. Time unit: median age 20. */
const POOLED_BETA_GEOMETRIC = { r: 0.52, alpha: 3.7, a: 0.89, b: 1.61 };
const POOLED_PARETO: Pareto = { model: 'pareto', r: 0.55, alpha: 6.3, s: 0.61, beta: 7 };

/** Fits MBG/NBD (default) or BG/NBD. Order of parameters: r, α, a, b. Never throws: what the data cannot tell is a flag. */
export function fitBetaGeometric(
  cohort: Cohort,
  model: BetaGeometric['model'] = 'mbg',
  options: FitOptions = {},
): Fit<BetaGeometric> {
  const of = prepare(cohort, options);
  const { atBound, ...fit } = fitTimed(betaGeometricFamily(model), of, { model, ...POOLED_BETA_GEOMETRIC }, options);
  return {
    ...fit,
    flags: [...fit.flags, ...dropout(gainOfDropout(of, betaGeometricLikelihood, fit.parameters), atBound)],
  };
}

/** Fits Pareto/NBD. Order of parameters: r, α, s, β. Above 40 000 distinct histories an even sample of them is fitted, and flagged. */
export function fitPareto(cohort: Cohort, options: FitOptions = {}): Fit<Pareto> {
  const whole = prepare(cohort, options);
  const sample = thinned(whole.cohort, options.mostRows ?? MOST_PARETO_ROWS);
  const of = { ...whole, cohort: sample };
  const { atBound, ...fit } = fitTimed(paretoFamily, of, POOLED_PARETO, options);
  const sampled: FitFlag[] = sample === whole.cohort ? [] : ['fittedOnSample'];
  return {
    ...fit,
    flags: [...fit.flags, ...sampled, ...dropout(gainOfDropout(of, paretoLikelihood, fit.parameters), atBound)],
  };
}

const MOST_RHYTHM_ROWS = 10_000;

/** Fits MBG/CNBD-k. Comparable with k = 1 by log-likelihood when the cohort carries `lnGaps`. Order of parameters: r, α, a, b. */
export function fitRhythm(cohort: Cohort, k: number, options: FitOptions = {}): Fit<Rhythm> {
  const whole = prepare(cohort, options);
  const sample = thinned(whole.cohort, MOST_RHYTHM_ROWS);
  const { atBound, ...fit } = fitTimed(rhythmFamily('mbg', k), { ...whole, cohort: sample }, undefined, options);
  const sampled: FitFlag[] = sample === whole.cohort ? [] : ['fittedOnSample'];
  return { ...fit, flags: [...fit.flags, ...sampled, ...dropout(Infinity, atBound)] };
}

/** Fits Gamma-Gamma to customers with positive amounts. Order of parameters: p, q, γ. */
export function fitGammaGamma(spending: Spending, options: FitOptions = {}): Fit<GammaGamma> {
  const unit = median(spending.mean) || 1;
  const scaled = { transactions: spending.transactions, mean: spending.mean.map((m) => m / unit) };
  const size = spending.mean.length;
  const watch: SearchOptions = options.watch ? { watch: options.watch } : {};
  const prior: Prior = { mean: [6.25, 3.74, 0.56].map(log), sd: [1, 1, 1] };
  const small = size < POOL_BELOW.customers ? { prior } : {};
  const found = search(
    gammaGammaFamily,
    [
      { data: scaled, size },
      { data: scaled, size },
    ],
    { ...small, ...watch },
  );
  const errors = options.errors ? standardErrors(gammaGammaFamily, found.parameters, scaled) : undefined;
  return {
    parameters: { ...found.parameters, gamma: found.parameters.gamma * unit },
    logLikelihood: found.logLikelihood - size * log(unit),
    customers: size,
    repeats: total(spending.transactions),
    groups: size,
    evaluations: found.evaluations,
    flags: spendFlags(spending, found, size),
    ...(errors ? { standardErrors: errors.map((v, i) => (i === 2 ? v * unit : v)) } : {}),
  };
}

function spendFlags({ mean }: Spending, found: Found<GammaGamma>, size: number): FitFlag[] {
  return [
    ...(size === 0 ? (['noAmounts'] as const) : []),
    ...(size < POOL_BELOW.customers ? (['tooFewCustomers', 'pooledPrior'] as const) : []),
    ...(size > 0 && mean.every((m) => m === mean[0]) ? (['equalAmounts'] as const) : []),
    ...(found.converged ? [] : (['notConverged'] as const)),
    ...(found.atBound[1] && found.parameters.q < 2 ? (['populationMeanUnbounded'] as const) : []),
  ];
}
