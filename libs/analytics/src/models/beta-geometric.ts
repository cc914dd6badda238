import { lnBeta, lnGamma, logistic, negativeBinomialTail } from '../numerics/special-functions.js';
import { type History, tidy } from './history.js';

const { abs, exp, expm1, log, log1p, max } = Math;

/**
 * Purchases arrive at rate λ ~ Gamma(r, rate α); after each one the customer leaves with probability p ~ Beta(a, b).
 * `mbg` also lets him leave after the first purchase (Batislam, Denizel & Filiztekin 2007); `bg` does not (Fader, Hardie & Lee 2005).
 */
export interface BetaGeometric {
  readonly model: 'mbg' | 'bg';
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

export const chances = (model: BetaGeometric['model']): 0 | 1 => (model === 'mbg' ? 1 : 0);

/** The two terms of the log-odds of being alive: habit = -ln(a / (b + x + m - 1)), silence = -(r + x) ln((α + T) / (α + t_x)). */
export function aliveTerms(p: BetaGeometric, history: History): { habit: number; silence: number } {
  const { repeats, recency, age } = tidy(history);
  if (p.model === 'bg' && repeats === 0) return { habit: Infinity, silence: 0 };
  return {
    habit: log(p.b + repeats + chances(p.model) - 1) - log(p.a),
    silence: -(p.r + repeats) * (log(p.alpha + age) - log(p.alpha + recency)),
  };
}

/** P(alive | x, t_x, T): the customer has not left yet. For `bg` exactly 1 without a repeat, which says nothing: see {@link silenceRisk}. */
export function alive(p: BetaGeometric, history: History): number {
  const { habit, silence } = aliveTerms(p, history);
  return logistic(habit + silence);
}

/** P0(H) = P(no purchase within `horizon` | x, t_x, T): the churn risk. In [0, 1]; 1 at horizon 0. */
export function silenceRisk(p: BetaGeometric, history: History, horizon: number): number {
  const { repeats, age } = tidy(history);
  const waiting = (p.r + repeats) * (log(p.alpha + age) - log(p.alpha + age + max(0, horizon)));
  return 1 + alive(p, history) * expm1(waiting);
}

const SMALL = 1e-12;
const MOST_TERMS = 100_000;
const STEEP = 30;
const ALTERNATING = 10;

/** Purchases while alive, divided by P(alive), as a singularity-free series: (C)[-expm1(dL)/d - e^(dL) S]. */
function bySeries(p: BetaGeometric, repeats: number, z: number): number {
  const c = p.a + p.b + repeats + chances(p.model) - 1;
  const d = p.a - 1;
  const l = log1p(-z);
  let term = (c - p.r - repeats) * z;
  let sum = 0;
  for (let n = 1; n < MOST_TERMS; n++) {
    sum += term;
    if (abs(term) <= 1e-16 * abs(sum)) break;
    term *= (((c - p.r - repeats + n) / (c + n)) * (p.a + n - 1) * z) / (n + 1);
  }
  const head = abs(d * l) < SMALL ? -l : -expm1(d * l) / d;
  return c * head - exp(d * l) * sum;
}

/** The same as a sum over the number of purchases, for the corners where the series would overflow or cancel. */
function byCounts(p: BetaGeometric, repeats: number, z: number): number {
  const shape = p.r + repeats;
  const survivors = p.b + repeats + chances(p.model);
  const lnHit = log(z);
  let lnMass = shape * log1p(-z);
  let tail = 1;
  let stays = 1;
  let sum = 0;
  for (let n = 1; n < MOST_TERMS; n++) {
    tail = max(0, tail - exp(lnMass));
    sum += stays * tail;
    if (stays * tail < 1e-15 * sum) break;
    lnMass += log((shape + n - 1) / n) + lnHit;
    stays *= (survivors + n - 1) / (p.a + survivors + n - 1);
  }
  return sum;
}

const seriesFails = (p: BetaGeometric, z: number): boolean =>
  -(p.a - 1) * log1p(-z) > STEEP || p.r - p.a - p.b > ALTERNATING;

/** CE(H) = E[purchases within `horizon` | x, t_x, T]; 0 at horizon 0. With an empty history: E[X(t)] of a new customer. */
export function expectedPurchases(p: BetaGeometric, history: History, horizon: number): number {
  if (!(horizon > 0)) return 0;
  const { repeats, age } = tidy(history);
  const z = horizon / (p.alpha + age + horizon);
  const whileAlive = seriesFails(p, z) ? byCounts(p, repeats, z) : bySeries(p, repeats, z);
  return max(0, alive(p, history) * whileAlive);
}

/** P(X(t) = n): a new customer buys exactly n more times within `t`. Sums to 1 over n. */
export function purchaseCountChance(p: BetaGeometric, n: number, t: number): number {
  const m = chances(p.model);
  const q = p.alpha / (p.alpha + t);
  const lnOrders = lnGamma(p.r + n) - lnGamma(p.r) - lnGamma(n + 1);
  const lnMass = lnOrders + p.r * log(q) + (n > 0 ? n * log1p(-q) : 0);
  const staying = exp(lnBeta(p.a, p.b + n + m) - lnBeta(p.a, p.b) + lnMass);
  if (n + m === 0) return staying;
  const leaving = exp(lnBeta(p.a + 1, p.b + n + m - 1) - lnBeta(p.a, p.b));
  return staying + leaving * negativeBinomialTail(n - 1, p.r, q);
}
