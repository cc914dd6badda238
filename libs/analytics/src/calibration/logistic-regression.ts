import { solve } from '../numerics/linear.js';
import { logistic } from '../numerics/special-functions.js';

const { abs, max, min } = Math;

/** Rows of features (without the constant) and what happened (0 or 1). */
export interface Examples {
  readonly features: readonly Float64Array[];
  readonly happened: Float64Array;
}

/** Gaussian beliefs on the coefficients; the first belongs to the constant. */
export interface Beliefs {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

const at = (row: Float64Array, j: number): number => (j === 0 ? 1 : (row[j - 1] as number));

export function linear(coefficients: readonly number[], row: Float64Array): number {
  return coefficients.reduce((sum, c, j) => sum + c * at(row, j), 0);
}

interface Curvature {
  readonly slope: number[];
  readonly hessian: number[][];
}

function curvature({ features, happened }: Examples, beliefs: Beliefs, coefficients: readonly number[]): Curvature {
  const n = coefficients.length;
  const precision = beliefs.sd.map((sd) => 1 / (sd * sd));
  const slope = coefficients.map((c, j) => ((beliefs.mean[j] as number) - c) * (precision[j] as number));
  const hessian = precision.map((p, j) => precision.map((_, k) => (j === k ? p : 0)));
  features.forEach((row, i) => {
    const p = logistic(linear(coefficients, row));
    const residual = (happened[i] as number) - p;
    const weight = p * (1 - p);
    for (let j = 0; j < n; j++) {
      const xj = at(row, j);
      slope[j] = (slope[j] as number) + residual * xj;
      const line = hessian[j] as number[];
      for (let k = 0; k < n; k++) line[k] = (line[k] as number) + weight * xj * at(row, k);
    }
  });
  return { slope, hessian };
}

/** Logistic regression with Gaussian beliefs, by iteratively reweighted least squares. The beliefs make it unique and finite. */
export function regress(examples: Examples, beliefs: Beliefs): number[] {
  let coefficients = [...beliefs.mean];
  for (let iteration = 0; iteration < 50; iteration++) {
    const { slope, hessian } = curvature(examples, beliefs, coefficients);
    const step = solve(hessian, slope);
    if (!step) break;
    const longest = max(...step.map(abs));
    const shorten = min(1, 2 / max(longest, 1e-300));
    coefficients = coefficients.map((c, j) => c + shorten * (step[j] as number));
    if (longest < 1e-9) break;
  }
  return coefficients;
}
