import { digamma, lnGamma } from '../numerics/special-functions.js';
import type { Family } from './fitting.js';

const { exp, log, max, min } = Math;

/**
 * Spend per transaction ~ Gamma(p, rate ν) with ν ~ Gamma(q, rate γ) across customers, independent of how often they buy
 * (Fader & Hardie 2013, note 025). Amounts in one currency's major or minor units: γ is in the same unit.
 */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly gamma: number;
}

/** Customers with at least one transaction of known, positive amount. */
export interface Spending {
  readonly transactions: Float64Array;
  readonly mean: Float64Array;
}

const LARGEST = 1e15;

/**
 * E[spend per transaction | n transactions of mean m] = p (γ + n m) / (p n + q - 1): the customer's own mean, drawn towards the
 * population's. Unknown or negative means count as nothing seen. q <= 1 leaves the population's mean infinite; held at q = 1.001.
 */
export function expectedSpend(g: GammaGamma, transactions: number, mean: number): number {
  const known = transactions > 0 && mean > 0 && mean < LARGEST;
  const n = known ? min(transactions, LARGEST) : 0;
  return (g.p * (g.gamma + n * (known ? mean : 0))) / max(1e-3, g.p * n + g.q - 1);
}

/** Σ lnΓ(px+q) - lnΓ(px) - lnΓ(q) + q ln γ + (px-1) ln m + px ln x - (px+q) ln(γ + m x). */
export function logLikelihood(g: GammaGamma, spending: Spending, slope?: Float64Array): number {
  const lnScale = log(g.gamma);
  const atQ = slope ? digamma(g.q) : 0;
  const lnGammaQ = lnGamma(g.q);
  const sums = new Float64Array(3);
  let value = 0;
  for (let i = 0; i < spending.mean.length; i++) {
    const n = spending.transactions[i] as number;
    const m = spending.mean[i] as number;
    const px = g.p * n;
    const lnAll = log(g.gamma + m * n);
    value += lnGamma(px + g.q) - lnGamma(px) - lnGammaQ + g.q * lnScale;
    value += (px - 1) * log(m) + px * log(n) - (px + g.q) * lnAll;
    if (!slope) continue;
    const both = digamma(px + g.q);
    sums[0] = (sums[0] as number) + n * (both - digamma(px) + log(m * n) - lnAll);
    sums[1] = (sums[1] as number) + both - atQ + lnScale - lnAll;
    sums[2] = (sums[2] as number) + g.q / g.gamma - (px + g.q) / (g.gamma + m * n);
  }
  slope?.set(sums);
  return value;
}

/** Fits run on amounts divided by their median, so that the bounds hold for cents and for millions. */
export const gammaGammaFamily: Family<GammaGamma, Spending> = {
  bounds: [
    [-5, 8],
    [0.001, 8],
    [-8, 10],
  ],
  starts: [
    { p: 6, q: 4, gamma: 0.5 },
    { p: 1.5, q: 3, gamma: 2 },
  ],
  encode: ({ p, q, gamma }) => [p, q, gamma].map(log),
  decode: (theta) => {
    const [p, q, gamma] = theta.map(exp) as unknown as [number, number, number];
    return { p, q, gamma };
  },
  jacobian: ({ p, q, gamma }) => [
    [p, 0, 0],
    [0, q, 0],
    [0, 0, gamma],
  ],
  logLikelihood,
};
