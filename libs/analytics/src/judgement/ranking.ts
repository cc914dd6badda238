const { floor, min } = Math;

/** Ranks from 1, ties sharing their mean. */
export function midranks(values: ArrayLike<number>): Float64Array {
  const order = ascending(values);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Positions in the order of their values; equal values keep their place. */
export function ascending(values: ArrayLike<number>): Uint32Array {
  return new Uint32Array(values.length)
    .map((_, i) => i)
    .sort((i, j) => (values[i] as number) - (values[j] as number) || i - j);
}

/** Fifths 1..5 by rank; ties fall into one fifth. */
export function quintiles(values: ArrayLike<number>): Float64Array {
  return midranks(values).map((rank) => min(5, 1 + floor((5 * (rank - 0.5)) / values.length)));
}
