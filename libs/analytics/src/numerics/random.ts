const { cos, imul, log, sqrt } = Math;

export interface Random {
  /** Uniform on (0, 1). */
  uniform(): number;
  normal(): number;
  exponential(): number;
  /** Gamma with the given shape and rate 1. */
  gamma(shape: number): number;
}

/** A seeded generator (32-bit mulberry): the same seed gives the same draws on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = imul(state ^ (state >>> 15), state | 1);
    z ^= z + imul(z ^ (z >>> 7), z | 61);
    return (((z ^ (z >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  const normal = (): number => sqrt(-2 * log(uniform())) * cos(2 * Math.PI * uniform());
  // Marsaglia & Tsang 2000; a shape below 1 is lifted by one and thinned.
  const gamma = (shape: number): number => {
    if (shape < 1) return gamma(shape + 1) * uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const z = normal();
      const v = (1 + z / sqrt(9 * d)) ** 3;
      if (v > 0 && log(uniform()) < 0.5 * z * z + d - d * v + d * log(v)) return d * v;
    }
  };
  return { uniform, normal, exponential: () => -log(uniform()), gamma };
}
