const { exp, log, log1p, max, min } = Math;

/** ln(e^a + e^b) without overflow. */
export function logAddExp(a: number, b: number): number {
  const high = max(a, b);
  return high === -Infinity ? high : high + log1p(exp(min(a, b) - high));
}

/** 1 / (1 + e^-x), exact in both tails. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** ln(1 + e^x) without overflow. */
export const softplus = (x: number): number => (x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)));

const PROBABILITY_FLOOR = 1e-12;

/** ln(p / (1 - p)), with p held inside [1e-12, 1 - 1e-12] so that the answer is finite. */
export function logit(p: number): number {
  const inside = min(1 - PROBABILITY_FLOOR, max(PROBABILITY_FLOOR, p));
  return log(inside) - log1p(-inside);
}

const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];
const HALF_LN_TWO_PI = 0.9189385332046727;
const ASYMPTOTIC_FROM = 12;

/** ln Γ(x) for x > 0: upward recurrence to 12, then Stirling's series (Abramowitz & Stegun 6.1.41); relative error below 1e-14. */
export function lnGamma(x: number): number {
  let shifted = x;
  let product = 1;
  while (shifted < ASYMPTOTIC_FROM) product *= shifted++;
  const inverseSquare = 1 / (shifted * shifted);
  let series = 0;
  for (let i = STIRLING.length - 1; i >= 0; i--) series = series * inverseSquare + (STIRLING[i] as number);
  return (shifted - 0.5) * log(shifted) - shifted + HALF_LN_TWO_PI + series / shifted - log(product);
}

const DIGAMMA = [1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12];

/** ψ(x) for x > 0, the slope of ln Γ (Abramowitz & Stegun 6.3.18); absolute error below 1e-13. */
export function digamma(x: number): number {
  let shifted = x;
  let below = 0;
  while (shifted < ASYMPTOTIC_FROM) below += 1 / shifted++;
  const inverseSquare = 1 / (shifted * shifted);
  let series = 0;
  for (let i = DIGAMMA.length - 1; i >= 0; i--) series = (series + (DIGAMMA[i] as number)) * inverseSquare;
  return log(shifted) - 0.5 / shifted - series - below;
}

/** ln B(a, b) for a, b > 0. */
export const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b);

/** P(N > n) of a negative binomial with shape `shape` whose chance of no event is q^shape, 0 < q <= 1. Absolute error 1e-15 n. */
export function negativeBinomialTail(n: number, shape: number, q: number): number {
  if (q >= 1) return n < 0 ? 1 : 0;
  const lnHit = log1p(-q);
  let lnMass = shape * log(q);
  let below = 0;
  for (let i = 0; i <= n; i++) {
    below += exp(lnMass);
    lnMass += log((shape + i) / (i + 1)) + lnHit;
  }
  return max(0, 1 - below);
}
