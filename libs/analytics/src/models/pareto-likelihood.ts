import { logAddExp } from '../numerics/special-functions.js';
import { mostRepeats, risingLogs } from './beta-geometric-likelihood.js';
import type { Cohort } from './history.js';
import { lnSilentTail, type Pareto } from './pareto.js';

const { exp, log } = Math;

/**
 * Log-likelihood of a cohort: Γ(r+x) α^r β^s / Γ(r) · [(α+T)^-(r+x) (β+T)^-s + s ∫ (α+y)^-(r+x) (β+y)^-(s+1) dy].
 * Its slope by (r, α, s, β) is written to `slope` when given.
 */
export function logLikelihood(p: Pareto, cohort: Cohort, slope?: Float64Array): number {
  const { logs, inverses } = risingLogs(p.r, mostRepeats(cohort));
  const moments = slope && new Float64Array(4);
  const sums = new Float64Array(4);
  let value = 0;
  for (let i = 0; i < cohort.repeats.length; i++) {
    const repeats = cohort.repeats[i] as number;
    const age = cohort.age[i] as number;
    const weight = cohort.weight[i] as number;
    const shape = p.r + repeats;
    const lnNear = log(p.alpha + age);
    const lnFar = log(p.beta + age);
    const lnStay = -shape * lnNear - p.s * lnFar;
    const lnLeft = lnSilentTail(p, { repeats, recency: cohort.recency[i] as number, age }, moments);
    const lnBoth = logAddExp(lnStay, lnLeft);
    value += weight * ((logs[repeats] as number) + lnBoth);
    if (!moments) continue;
    const stay = exp(lnStay - lnBoth);
    const left = lnLeft === -Infinity ? 0 : exp(lnLeft - lnBoth);
    const [nearLog = 0, nearInverse = 0, farLog = 0, farInverse = 0] = left === 0 ? [] : moments;
    sums[0] = (sums[0] as number) + weight * ((inverses[repeats] as number) - stay * lnNear - left * nearLog);
    sums[1] = (sums[1] as number) - weight * shape * (stay / (p.alpha + age) + left * nearInverse);
    sums[2] = (sums[2] as number) + weight * (-stay * lnFar + left * (1 / p.s - farLog));
    sums[3] = (sums[3] as number) - weight * ((stay * p.s) / (p.beta + age) + left * (p.s + 1) * farInverse);
  }
  const size = cohort.weight.reduce((sum, w) => sum + w, 0);
  const lnAlpha = log(p.alpha);
  const lnBeta = log(p.beta);
  slope?.set([
    (sums[0] as number) + size * lnAlpha,
    (sums[1] as number) + (size * p.r) / p.alpha,
    (sums[2] as number) + size * lnBeta,
    (sums[3] as number) + (size * p.s) / p.beta,
  ]);
  return value + size * (p.r * lnAlpha + p.s * lnBeta);
}
