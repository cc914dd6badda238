import { invert } from '../numerics/linear.js';
import { type Minimum, minimise } from '../numerics/minimise.js';

const { max, sqrt } = Math;

/** A model whose parameters can be sought on an unbounded scale θ. `Data` is what it is fitted to. */
export interface Family<P, Data> {
  /** Bounds of θ; the fit stops there and says so. */
  readonly bounds: readonly (readonly [low: number, high: number])[];
  readonly starts: readonly P[];
  encode(parameters: P): number[];
  decode(theta: Float64Array): P;
  /** Rows ∂(natural parameter) / ∂θ. */
  jacobian(parameters: P): number[][];
  /** Adds nothing but the data's own log-likelihood; writes its slope by natural parameter. */
  logLikelihood(parameters: P, data: Data, slope: Float64Array): number;
}

/** Gaussian beliefs on θ, worth one observation each. */
export interface Prior {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

export interface SearchOptions {
  readonly prior?: Prior;
  readonly watch?: (evaluations: number, meanLogLikelihood: number) => void;
}

export interface Found<P> {
  readonly parameters: P;
  readonly logLikelihood: number;
  readonly evaluations: number;
  readonly converged: boolean;
  /** Which of θ ended at a bound. */
  readonly atBound: readonly boolean[];
}

const excess = (value: number, [low, high]: readonly [number, number]): number =>
  value < low ? value - low : value > high ? value - high : 0;

interface Problem<P, Data> {
  readonly family: Family<P, Data>;
  readonly data: Data;
  readonly size: number;
  readonly prior: Prior | undefined;
}

function pull<P, Data>({ family, prior, size }: Problem<P, Data>, theta: Float64Array, gradient: Float64Array): number {
  let value = 0;
  theta.forEach((v, i) => {
    const outside = excess(v, family.bounds[i] as readonly [number, number]);
    const sd = prior?.sd[i];
    const belief = sd === undefined ? 0 : (v - (prior?.mean[i] as number)) / (sd * sd * size);
    value += outside * outside + (belief * (v - (prior?.mean[i] ?? 0))) / 2;
    gradient[i] = (gradient[i] as number) + 2 * outside + belief;
  });
  return value;
}

function objectiveOf<P, Data>(problem: Problem<P, Data>) {
  const { family, data, size } = problem;
  const slope = new Float64Array(family.bounds.length);
  return (theta: Float64Array, gradient: Float64Array): number => {
    const parameters = family.decode(theta);
    const value = -family.logLikelihood(parameters, data, slope) / size;
    gradient.fill(0);
    family.jacobian(parameters).forEach((row, natural) => {
      row.forEach((d, i) => {
        gradient[i] = (gradient[i] as number) - (d * (slope[natural] as number)) / size;
      });
    });
    return value + pull(problem, theta, gradient);
  };
}

/** A part of the data, or all of it, and how many customers it stands for. */
export interface Stage<Data> {
  readonly data: Data;
  readonly size: number;
}

/**
 * Maximum likelihood (with a prior: maximum a posteriori). The starts compete on the first stage; the winner climbs on each larger one.
 * Deterministic; always returns finite parameters inside the bounds.
 */
export function search<P, Data>(
  family: Family<P, Data>,
  stages: readonly [Stage<Data>, ...Stage<Data>[]],
  options: SearchOptions,
): Found<P> {
  const { prior, watch } = options;
  const objective = ({ data, size }: Stage<Data>) => objectiveOf({ family, data, size: max(1, size), prior });
  const [scout, ...larger] = stages;
  const tries = family.starts.map((start) =>
    minimise(objective(scout), family.encode(start), { tolerance: 1e-5, maxIterations: 30 }),
  );
  let best = tries.reduce((a, b) => (b.value < a.value - 1e-9 ? b : a));
  const climbs = larger.map((stage) => {
    best = minimise(objective(stage), best.point, watch ? { watch: (n, v) => watch(n, -v) } : {});
    return best;
  });
  return read(family, (larger.at(-1) ?? scout).data, best, [...tries, ...climbs]);
}

function read<P, Data>(family: Family<P, Data>, data: Data, minimum: Minimum, spent: readonly Minimum[]): Found<P> {
  const inside = minimum.point.map((v, i) => v - excess(v, family.bounds[i] as readonly [number, number]));
  const parameters = family.decode(inside);
  return {
    parameters,
    logLikelihood: family.logLikelihood(parameters, data, new Float64Array(family.bounds.length)),
    evaluations: spent.reduce((sum, { evaluations }) => sum + evaluations, 0),
    converged: minimum.converged,
    atBound: family.bounds.map(([low, high], i) => {
      const v = inside[i] as number;
      return v <= low + 0.01 || v >= high - 0.01;
    }),
  };
}

const NUDGE = 1e-4;

/** Standard errors of the natural parameters from the curvature at the optimum; undefined where the data does not fix them. */
export function standardErrors<P, Data>(family: Family<P, Data>, parameters: P, data: Data): number[] | undefined {
  const objective = objectiveOf({ family, data, size: 1, prior: undefined });
  const theta = Float64Array.from(family.encode(parameters));
  const slopeAt = (i: number, by: number): Float64Array => {
    const gradient = new Float64Array(theta.length);
    objective(
      theta.map((v, j) => (i === j ? v + by : v)),
      gradient,
    );
    return gradient;
  };
  const hessian = Array.from(theta, (_, i) => {
    const above = slopeAt(i, NUDGE);
    const below = slopeAt(i, -NUDGE);
    return Array.from(above, (v, j) => (v - (below[j] as number)) / (2 * NUDGE));
  });
  const covariance = invert(hessian);
  if (!covariance) return undefined;
  const variances = family
    .jacobian(parameters)
    .map((row) =>
      row.reduce((sum, di, i) => sum + di * row.reduce((s, dj, j) => s + dj * (covariance[i]?.[j] as number), 0), 0),
    );
  return variances.every((v) => v > 0 && Number.isFinite(v)) ? variances.map(sqrt) : undefined;
}
