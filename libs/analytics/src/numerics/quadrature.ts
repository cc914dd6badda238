const { abs, cos } = Math;

export interface Quadrature {
  /** Nodes on [0, 1]. */
  readonly nodes: Float64Array;
  /** Weights that sum to 1. */
  readonly weights: Float64Array;
}

function legendre(n: number, z: number): { value: number; slope: number } {
  let previous = 0;
  let value = 1;
  for (let j = 1; j <= n; j++) [previous, value] = [value, ((2 * j - 1) * z * value - (j - 1) * previous) / j];
  return { value, slope: (n * (z * value - previous)) / (z * z - 1) };
}

/** Gauss-Legendre rule with n nodes, moved to [0, 1]; exact for polynomials up to degree 2n - 1. */
export function gaussLegendre(n: number): Quadrature {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let z = cos((Math.PI * (i + 0.75)) / (n + 0.5));
    for (let step = 0; step < 100; step++) {
      const { value, slope } = legendre(n, z);
      z -= value / slope;
      if (abs(value / slope) < 1e-16) break;
    }
    const { slope } = legendre(n, z);
    nodes[i] = (1 - z) / 2;
    weights[i] = 1 / ((1 - z * z) * slope * slope);
  }
  return { nodes, weights };
}
