import { logistic, logit } from '../numerics/special-functions.js';
import type { BetaGeometric } from './beta-geometric.js';
import { logLikelihood as betaGeometric, mostRepeats, risingLogs } from './beta-geometric-likelihood.js';
import type { Family } from './fitting.js';
import type { Cohort } from './history.js';
import type { Pareto } from './pareto.js';
import { logLikelihood as pareto } from './pareto-likelihood.js';
import { type Rhythm, logLikelihood as rhythm, withRhythm } from './rhythm.js';

const { exp, log } = Math;

/** Fits run on a time axis where the median age is 20, so that these bounds mean the same for hours and for years. */
export const MEDIAN_AGE = 20;
const RATE = [-9, 6] as const;
const SCALE = [-9, 9] as const;
/** Beyond a + b = 1000 the data cannot tell customers' loyalty apart. */
const MOST_ALIKE = log(1000);
const LONGEST_LIFE = log(1e4 * MEDIAN_AGE);

export function betaGeometricFamily(model: BetaGeometric['model']): Family<BetaGeometric, Cohort> {
  const at = (r: number, alpha: number, a: number, b: number): BetaGeometric => ({ model, r, alpha, a, b });
  return {
    bounds: [RATE, SCALE, [-9, 9], [-5, MOST_ALIKE]],
    starts: [at(1, 3, 1, 3), at(0.3, 5, 0.3, 2), at(3, 15, 0.5, 20)],
    encode: ({ r, alpha, a, b }) => [log(r), log(alpha), logit(a / (a + b)), log(a + b)],
    decode: (theta) => {
      const [lnR, lnAlpha, leaving, lnBoth] = theta as unknown as [number, number, number, number];
      const both = exp(lnBoth);
      return at(exp(lnR), exp(lnAlpha), both * logistic(leaving), both * logistic(-leaving));
    },
    jacobian: ({ r, alpha, a, b }) => {
      const split = (a * b) / (a + b);
      return [
        [r, 0, 0, 0],
        [0, alpha, 0, 0],
        [0, 0, split, a],
        [0, 0, -split, b],
      ];
    },
    logLikelihood: betaGeometric,
  };
}

export function rhythmFamily(model: BetaGeometric['model'], k: number): Family<Rhythm, Cohort> {
  const { starts, decode, encode, ...rest } = betaGeometricFamily(model);
  const plain = (p: Rhythm): BetaGeometric => ({ ...p, model });
  return {
    ...rest,
    starts: starts.map((p) => withRhythm({ ...p, alpha: p.alpha / k }, k)),
    decode: (theta) => withRhythm(decode(theta), k),
    encode: (p) => encode(plain(p)),
    jacobian: (p) => rest.jacobian(plain(p)),
    logLikelihood: rhythm,
  };
}

const logScale = (values: readonly number[]): number[] => values.map(log);
const diagonal = (values: readonly number[]): number[][] =>
  values.map((v, i) => values.map((_, j) => (i === j ? v : 0)));

export const paretoFamily: Family<Pareto, Cohort> = {
  bounds: [RATE, SCALE, RATE, [-9, LONGEST_LIFE]],
  starts: [
    { model: 'pareto', r: 1, alpha: 5, s: 1, beta: 5 },
    { model: 'pareto', r: 0.5, alpha: 8, s: 0.5, beta: 20 },
    { model: 'pareto', r: 2, alpha: 10, s: 1, beta: 200 },
  ],
  encode: ({ r, alpha, s, beta }) => logScale([r, alpha, s, beta]),
  decode: (theta) => {
    const [r, alpha, s, beta] = theta.map(exp) as unknown as [number, number, number, number];
    return { model: 'pareto', r, alpha, s, beta };
  },
  jacobian: ({ r, alpha, s, beta }) => diagonal([r, alpha, s, beta]),
  logLikelihood: pareto,
};

/** Purchases at rate λ ~ Gamma(r, rate α), nobody ever leaves (Ehrenberg 1959): what a model with dropout must beat. */
export interface Nbd {
  readonly r: number;
  readonly alpha: number;
}

/** Log-likelihood of the purchase times: lnΓ(r + x) - lnΓ(r) + r ln α - (r + x) ln(α + T). */
function nbd({ r, alpha }: Nbd, cohort: Cohort, slope: Float64Array): number {
  const { logs, inverses } = risingLogs(r, mostRepeats(cohort));
  const lnAlpha = log(alpha);
  let value = 0;
  slope.fill(0);
  for (let i = 0; i < cohort.repeats.length; i++) {
    const x = cohort.repeats[i] as number;
    const w = cohort.weight[i] as number;
    const end = alpha + (cohort.age[i] as number);
    value += w * ((logs[x] as number) + r * lnAlpha - (r + x) * log(end));
    slope[0] = (slope[0] as number) + w * ((inverses[x] as number) + lnAlpha - log(end));
    slope[1] = (slope[1] as number) + w * (r / alpha - (r + x) / end);
  }
  return value;
}

export const nbdFamily: Family<Nbd, Cohort> = {
  bounds: [RATE, SCALE],
  starts: [
    { r: 1, alpha: 10 },
    { r: 0.4, alpha: 10 },
  ],
  encode: ({ r, alpha }) => logScale([r, alpha]),
  decode: (theta) => {
    const [r, alpha] = theta.map(exp) as unknown as [number, number];
    return { r, alpha };
  },
  jacobian: ({ r, alpha }) => diagonal([r, alpha]),
  logLikelihood: nbd,
};
