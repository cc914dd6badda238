import { minimise } from '../numerics/minimise.js';
import { lnGamma, logAddExp, logistic, logit } from '../numerics/special-functions.js';
import { type BetaGeometric, chances } from './beta-geometric.js';
import { mostRepeats, risingLogs } from './beta-geometric-likelihood.js';
import type { Cohort } from './history.js';

/** A cohort with Σ ln(gap between purchases) for each row. */
export interface PacedCohort extends Cohort {
  readonly lnGaps: Float64Array;
}

/**
 * Log-likelihood of (M)BG/CNBD-k: gaps are Erlang-k, so that k > 1 means a regular rhythm (Reutterer, Platzer & Schröder 2021).
 * k = 1 is the (M)BG/NBD itself.
 */
export function logLikelihood(p: BetaGeometric, cohort: PacedCohort, k: number): number {
  const m = chances(p.model);
  const most = mostRepeats(cohort);
  const rate = risingLogs(p.r, (most + 1) * k);
  const stay = risingLogs(p.b, most + m).logs;
  const all = risingLogs(p.a + p.b, most + m).logs;
  let value = 0;
  for (let i = 0; i < cohort.repeats.length; i++) {
    const x = cohort.repeats[i] as number;
    const shape = p.r + k * x;
    const quiet = (cohort.age[i] as number) - (cohort.recency[i] as number);
    const lnEnd = Math.log(p.alpha + (cohort.age[i] as number));
    let stays = -shape * lnEnd;
    for (let j = 1, lnTerm = 0; j < k && quiet > 0; j++) {
      lnTerm += Math.log((quiet * (shape + j - 1)) / j) - lnEnd;
      stays = logAddExp(stays, lnTerm - shape * lnEnd);
    }
    const canHaveLeft = x + m > 0;
    const lnLeft =
      Math.log(p.a) - Math.log(p.b + x + m - 1) - shape * Math.log(p.alpha + (cohort.recency[i] as number));
    const silent = canHaveLeft ? logAddExp(stays, lnLeft) : stays;
    const gaps = (k - 1) * (cohort.lnGaps[i] as number) - x * lnGamma(k);
    const timing = (rate.logs[k * x] as number) + p.r * Math.log(p.alpha) + gaps;
    value += (cohort.weight[i] as number) * (timing + (stay[x + m] as number) - (all[x + m] as number) + silent);
  }
  return value;
}

const NUDGE = 1e-5;

/** The best log-likelihood of a rhythm k, by differences from the parameters of k = 1. */
export function fitRhythm(
  cohort: PacedCohort,
  k: number,
  from: BetaGeometric,
): { readonly parameters: BetaGeometric; readonly logLikelihood: number } {
  const size = cohort.weight.reduce((sum, w) => sum + w, 0);
  const decode = (theta: Float64Array): BetaGeometric => {
    const [lnR, lnAlpha, leaving, lnBoth] = theta as unknown as [number, number, number, number];
    const both = Math.exp(Math.min(lnBoth, Math.log(1000)));
    return {
      model: from.model,
      r: Math.exp(lnR),
      alpha: Math.exp(lnAlpha),
      a: both * logistic(leaving),
      b: both * logistic(-leaving),
    };
  };
  const value = (theta: Float64Array): number => -logLikelihood(decode(theta), cohort, k) / size;
  const start = [
    Math.log(from.r),
    Math.log(from.alpha / k),
    logit(from.a / (from.a + from.b)),
    Math.log(from.a + from.b),
  ];
  const best = minimise(
    (theta, gradient) => {
      theta.forEach((_, i) => {
        const moved = (by: number) => value(theta.map((v, j) => (i === j ? v + by : v)));
        gradient[i] = (moved(NUDGE) - moved(-NUDGE)) / (2 * NUDGE);
      });
      return value(theta);
    },
    start,
    { tolerance: 1e-7, maxIterations: 80 },
  );
  return { parameters: decode(best.point), logLikelihood: -best.value * size };
}
