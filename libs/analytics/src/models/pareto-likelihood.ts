import { gaussLegendre, type Quadrature } from '../numerics/quadrature.js';
import { logAddExp } from '../numerics/special-functions.js';
import { mostRepeats, risingLogs } from './beta-geometric-likelihood.js';
import type { Cohort, History } from './history.js';
import type { Pareto } from './pareto.js';

const { exp, log, min } = Math;

const SHORT = gaussLegendre(12);
const MIDDLE = gaussLegendre(24);
const LONG = gaussLegendre(40);
const VERY_LONG = gaussLegendre(80);
const NATS = 45;

/** Enough nodes for 1e-13: by how far the axis reaches and by how many powers of e the integrand falls on it. */
function ruleFor(reach: number, fall: number): Quadrature {
  if (reach < 2 && fall < 6) return SHORT;
  if (reach < 4 && fall < 20) return MIDDLE;
  return reach < 9 ? LONG : VERY_LONG;
}

/**
 * ln of s ∫ (α+y)^-(r+x) (β+y)^-(s+1) dy over t_x..T, the likelihood of having left in between. Substitutes u = ln(min(α,β) + y) and
 * stops where the integrand has fallen by 45 powers of e: finite at any x. `moments` receives the means of
 * ln(α+y), 1/(α+y), ln(β+y), 1/(β+y) under the integrand. -Infinity when t_x = T.
 */
export function lnSilentTail(p: Pareto, { repeats, recency, age }: History, moments?: Float64Array): number {
  const base = min(p.alpha, p.beta);
  const shape = p.r + repeats;
  const low = log(base + recency);
  const full = log((base + age) / (base + recency));
  const steepness = (base + recency) * (shape / (p.alpha + recency) + (p.s + 1) / (p.beta + recency)) - 1;
  const reach = steepness > 0 ? min(full, NATS / steepness) : full;
  if (!(reach > 0)) return -Infinity;
  const { nodes, weights } = ruleFor(reach, (shape + p.s + 1) * reach);
  const top = -shape * log(p.alpha + recency) - (p.s + 1) * log(p.beta + recency) + low;
  const sums = [0, 0, 0, 0, 0] as [number, number, number, number, number];
  for (let i = 0; i < nodes.length; i++) {
    const u = low + reach * (nodes[i] as number);
    const y = exp(u) - base;
    const lnNear = log(p.alpha + y);
    const lnFar = log(p.beta + y);
    const density = (weights[i] as number) * exp(u - shape * lnNear - (p.s + 1) * lnFar - top);
    sums[0] += density;
    if (!moments) continue;
    sums[1] += density * lnNear;
    sums[2] += density / (p.alpha + y);
    sums[3] += density * lnFar;
    sums[4] += density / (p.beta + y);
  }
  for (let i = 0; moments && i < 4; i++) moments[i] = (sums[i + 1] as number) / sums[0];
  return log(p.s * reach * sums[0]) + top;
}

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
