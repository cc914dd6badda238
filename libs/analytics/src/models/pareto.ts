import { gaussLegendre } from '../numerics/quadrature.js';
import { logistic } from '../numerics/special-functions.js';
import { type History, tidy } from './history.js';
import { lnSilentTail } from './pareto-likelihood.js';

const { abs, exp, expm1, log, log1p, min } = Math;

/** Purchases arrive at rate λ ~ Gamma(r, rate α) until the customer leaves, at rate μ ~ Gamma(s, rate β) (Schmittlein, Morrison & Colombo 1987). */
export interface Pareto {
  readonly model: 'pareto';
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
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
