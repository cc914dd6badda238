import { type Minimum, minimise } from '../numerics/minimise.js';
import { lnBeta, logAddExp } from '../numerics/special-functions.js';

const { exp } = Math;

/**
 * BG/BB (Fader, Hardie & Shang 2010): at each of n opportunities (a year's appeal, a sailing) a customer who is still there buys with
 * probability p ~ Beta(α, β), and leaves before it with probability θ ~ Beta(γ, δ).
 */
export interface BetaBinomial {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly delta: number;
}

export interface Attendance {
  readonly purchases: number;
  /** The last opportunity that was taken; 0 when none was. */
  readonly last: number;
  readonly opportunities: number;
}

const buying = (p: BetaBinomial, taken: number, missed: number): number =>
  lnBeta(p.alpha + taken, p.beta + missed) - lnBeta(p.alpha, p.beta);
const staying = (p: BetaBinomial, rounds: number): number =>
  lnBeta(p.gamma, p.delta + rounds) - lnBeta(p.gamma, p.delta);
const leavingAfter = (p: BetaBinomial, rounds: number): number =>
  lnBeta(p.gamma + 1, p.delta + rounds) - lnBeta(p.gamma, p.delta);

export function logLikelihood(p: BetaBinomial, { purchases, last, opportunities }: Attendance): number {
  let value = buying(p, purchases, opportunities - purchases) + staying(p, opportunities);
  for (let at = last; at < opportunities; at++)
    value = logAddExp(value, buying(p, purchases, at - purchases) + leavingAfter(p, at));
  return value;
}

/** P(alive at opportunity n + 1). At n itself it is larger: the papers print n + 1. */
export function aliveNext(p: BetaBinomial, seen: Attendance): number {
  const { purchases, opportunities } = seen;
  const stays = buying(p, purchases, opportunities - purchases) + staying(p, opportunities + 1);
  return exp(stays - logLikelihood(p, seen));
}

/** E[purchases in the next `rounds` opportunities]; with an empty history, of a new customer. */
export function expectedPurchases(p: BetaBinomial, seen: Attendance, rounds: number): number {
  const { purchases, opportunities } = seen;
  const once = buying(p, purchases + 1, opportunities - purchases) - logLikelihood(p, seen);
  let sum = 0;
  for (let ahead = 1; ahead <= rounds; ahead++) sum += exp(once + staying(p, opportunities + ahead));
  return sum;
}

const NUDGE = 1e-5;

/** Maximum likelihood over counted attendance patterns, by differences: the patterns are few. */
export function fit(patterns: readonly (Attendance & { readonly customers: number })[]): BetaBinomial & {
  readonly logLikelihood: number;
} {
  const size = patterns.reduce((sum, { customers }) => sum + customers, 0);
  const decode = (theta: Float64Array): BetaBinomial => {
    const [alpha, beta, gamma, delta] = theta.map(exp) as unknown as [number, number, number, number];
    return { alpha, beta, gamma, delta };
  };
  const value = (theta: Float64Array): number =>
    -patterns.reduce((sum, row) => sum + row.customers * logLikelihood(decode(theta), row), 0) / size;
  const best: Minimum = minimise(
    (theta, gradient) => {
      theta.forEach((_, i) => {
        const moved = (by: number) => value(theta.map((v, j) => (i === j ? v + by : v)));
        gradient[i] = (moved(NUDGE) - moved(-NUDGE)) / (2 * NUDGE);
      });
      return value(theta);
    },
    [0, 0, 0, 0],
    { tolerance: 1e-8 },
  );
  return { ...decode(best.point), logLikelihood: -best.value * size };
}
