import { gaussLegendre, type Quadrature } from '../numerics/quadrature.js';
import { logistic } from '../numerics/special-functions.js';
import { type History, tidy } from './history.js';

const { abs, exp, expm1, log, log1p, min } = Math;

/** Purchases arrive at rate λ ~ Gamma(r, rate α) until the customer leaves, at rate μ ~ Gamma(s, rate β) (Schmittlein, Morrison & Colombo 1987). */
export interface Pareto {
  readonly model: 'pareto';
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
}

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

/** P(alive | x, t_x, T): the customer has not left yet. */
export function alive(p: Pareto, history: History): number {
  const { repeats, age } = tidy(history);
  if (age === 0) return 1;
  const lnStaying = -(p.r + repeats) * log(p.alpha + age) - p.s * log(p.beta + age);
  return logistic(lnStaying - lnSilentTail(p, tidy(history)));
}

const RULE = gaussLegendre(48);

/**
 * P(at least one purchase within H | alive at T) = ∫ (r+x)/(α+T+u) ((α+T)/(α+T+u))^(r+x) ((β+T)/(β+T+u))^s du over 0..H,
 * on the scale ln(1 + u / (α+T)), cut where less than e^-45 is left.
 */
function returning(p: Pareto, { repeats, age }: History, horizon: number): number {
  const shape = p.r + repeats;
  const near = p.alpha + age;
  const far = p.beta + age;
  const end = min(log1p(horizon / near), 45 / shape);
  let sum = 0;
  for (let i = 0; i < RULE.nodes.length; i++) {
    const v = end * (RULE.nodes[i] as number);
    const u = near * expm1(v);
    sum += (RULE.weights[i] as number) * exp(-shape * v - p.s * log1p(u / far));
  }
  return min(1, shape * end * sum);
}

/** P0(H) = P(no purchase within `horizon` | x, t_x, T): the churn risk. In [0, 1]; 1 at horizon 0. */
export function silenceRisk(p: Pareto, history: History, horizon: number): number {
  if (!(horizon > 0)) return 1;
  const tidied = tidy(history);
  return 1 - alive(p, tidied) * returning(p, tidied, horizon);
}

/** CE(H) = E[purchases within `horizon` | x, t_x, T]; 0 at horizon 0. With an empty history: E[X(t)] of a new customer. */
export function expectedPurchases(p: Pareto, history: History, horizon: number): number {
  if (!(horizon > 0)) return 0;
  const tidied = tidy(history);
  const far = p.beta + tidied.age;
  const d = p.s - 1;
  const l = log1p(horizon / far);
  const years = abs(d * l) < 1e-12 ? l : -expm1(-d * l) / d;
  return (alive(p, tidied) * (p.r + tidied.repeats) * far * years) / (p.alpha + tidied.age);
}

/**
 * Expected purchases over all time, discounted at rate δ per time unit (Fader, Hardie & Lee 2005, DERT):
 * P(alive) (r+x)/(α+T) ∫ ((β+T)/(β+T+u))^s e^(-δu) du over 0..∞. Needs δ > 0.
 */
export function discountedPurchases(p: Pareto, history: History, delta: number): number {
  const tidied = tidy(history);
  const far = p.beta + tidied.age;
  const end = log1p(45 / (delta * far));
  const pieces = 8;
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++)
    for (let i = 0; i < RULE.nodes.length; i++) {
      const v = (end * (piece + (RULE.nodes[i] as number))) / pieces;
      sum += (RULE.weights[i] as number) * exp(v - p.s * v - delta * far * expm1(v));
    }
  return (alive(p, tidied) * (p.r + tidied.repeats) * far * end * sum) / (pieces * (p.alpha + tidied.age));
}
