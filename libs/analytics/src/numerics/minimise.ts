const { abs, max, min } = Math;

/** A smooth function: returns its value at `point` and writes its slope into `gradient`. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly evaluations: number;
  /** The slope vanished, or no step improves the value any more; false when the iterations ran out. */
  readonly converged: boolean;
}

export interface MinimiseOptions {
  readonly maxIterations?: number;
  /** Largest slope that counts as none. */
  readonly tolerance?: number;
  /** Called after each iteration with what has been spent and reached. */
  readonly watch?: (evaluations: number, value: number) => void;
}

interface Step {
  readonly point: Float64Array;
  readonly gradient: Float64Array;
  readonly value: number;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
const largest = (a: Float64Array): number => a.reduce((m, v) => max(m, abs(v)), 0);
const LONGEST_STEP = 3;
/** An iteration that gains less, twice running, is the end of a flat ridge. */
const WORTHWHILE = 1e-12;

function times(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return vector.map((_, i) => dot(matrix.subarray(i * n, (i + 1) * n), vector));
}

function identity(n: number): Float64Array {
  return new Float64Array(n * n).map((_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

/** The BFGS update of the inverse Hessian (Nocedal & Wright 2006, 6.17). Skipped where curvature is not positive. */
function update(inverse: Float64Array, moved: Float64Array, slopeChange: Float64Array): void {
  const n = moved.length;
  const curvature = dot(moved, slopeChange);
  if (!(curvature > 1e-14 * largest(moved) * largest(slopeChange))) return;
  const hy = times(inverse, slopeChange);
  const scale = (1 + dot(slopeChange, hy) / curvature) / curvature;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const si = moved[i] as number;
      const sj = moved[j] as number;
      const cross = ((hy[i] as number) * sj + si * (hy[j] as number)) / curvature;
      inverse[i * n + j] = (inverse[i * n + j] as number) + scale * si * sj - cross;
    }
}

const sufficient = (next: Step, from: Step, step: number, slope: number): boolean =>
  next.value <= from.value + 1e-4 * step * slope;

class Descent {
  evaluations = 0;
  current: Step;
  private inverse: Float64Array;
  /** No curvature has been learnt since the last restart. */
  private fresh = true;
  private idle = 0;

  constructor(
    private readonly objective: Objective,
    start: ArrayLike<number>,
  ) {
    this.current = this.evaluate(Float64Array.from(start));
    this.inverse = identity(start.length);
  }

  /** One iteration; false when nothing can be gained any more. */
  advance(): boolean {
    const downhill = times(this.inverse, this.current.gradient).map((v) => -v);
    const next = dot(downhill, this.current.gradient) < 0 ? this.search(downhill) : undefined;
    if (next) return this.accept(next);
    const exhausted = this.fresh;
    this.inverse = identity(downhill.length);
    this.fresh = true;
    return !exhausted;
  }

  private evaluate(point: Float64Array): Step {
    this.evaluations++;
    const gradient = new Float64Array(point.length);
    const value = this.objective(point, gradient);
    const sound = Number.isFinite(value) && gradient.every(Number.isFinite);
    return { point, gradient, value: sound ? value : Infinity };
  }

  private search(direction: Float64Array): Step | undefined {
    const from = this.current;
    const slope = dot(from.gradient, direction);
    let step = min(1, LONGEST_STEP / largest(direction));
    while (step > 1e-12) {
      const next = this.evaluate(from.point.map((v, i) => v + step * (direction[i] as number)));
      if (sufficient(next, from, step, slope)) return next;
      const excess = next.value - from.value - slope * step;
      step *= min(0.5, max(0.1, (-slope * step) / (2 * excess)));
    }
    return undefined;
  }

  private accept(next: Step): boolean {
    const { gradient, point, value } = this.current;
    const change = next.gradient.map((v, i) => v - (gradient[i] as number));
    const moved = next.point.map((v, i) => v - (point[i] as number));
    const curvature = dot(moved, change);
    if (this.fresh && curvature > 0) this.inverse = this.inverse.map((v) => (v * curvature) / dot(change, change));
    update(this.inverse, moved, change);
    this.fresh = false;
    this.current = next;
    this.idle = value - next.value > WORTHWHILE * max(1, abs(value)) ? 0 : this.idle + 1;
    return this.idle < 2;
  }
}

/** Minimises by BFGS with a backtracking line search. A value that is not a number counts as infinitely bad; never throws. */
export function minimise(objective: Objective, start: ArrayLike<number>, options: MinimiseOptions = {}): Minimum {
  const { maxIterations = 200, tolerance = 1e-9, watch } = options;
  const descent = new Descent(objective, start);
  let iteration = 0;
  while (iteration < maxIterations && largest(descent.current.gradient) > tolerance && descent.advance()) {
    iteration++;
    watch?.(descent.evaluations, descent.current.value);
  }
  const { point, value } = descent.current;
  return { point, value, evaluations: descent.evaluations, converged: iteration < maxIterations };
}
