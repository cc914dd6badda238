const { abs } = Math;

/** Solves A x = b for a small square A (rows), by elimination with pivoting; undefined when A is singular. */
export function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const n = right.length;
  const m = rows.map((row, i) => [...row, right[i] as number]);
  for (let column = 0; column < n; column++) {
    const pivot = pivotRow(m, column);
    const row = m[pivot] as number[];
    if (!(abs(row[column] as number) > 1e-300)) return undefined;
    [m[column], m[pivot]] = [row, m[column] as number[]];
    for (let i = 0; i < n; i++) if (i !== column) subtract(m[i] as number[], row, column);
  }
  return m.map((row, i) => (row[n] as number) / (row[i] as number));
}

function pivotRow(m: readonly number[][], column: number): number {
  let best = column;
  const size = (i: number) => abs(m[i]?.[column] as number);
  for (let i = column + 1; i < m.length; i++) if (size(i) > size(best)) best = i;
  return best;
}

function subtract(target: number[], row: readonly number[], column: number): void {
  const factor = (target[column] as number) / (row[column] as number);
  for (let j = column; j < target.length; j++) target[j] = (target[j] as number) - factor * (row[j] as number);
}

/** The inverse of a small square matrix; undefined when it is singular. */
export function invert(rows: readonly (readonly number[])[]): number[][] | undefined {
  const columns = rows.map((_, i) =>
    solve(
      rows,
      rows.map((__, j) => (i === j ? 1 : 0)),
    ),
  );
  if (columns.some((column) => column === undefined)) return undefined;
  return rows.map((_, i) => columns.map((column) => column?.[i] as number));
}
