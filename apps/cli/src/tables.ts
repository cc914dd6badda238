import Table from 'cli-table3';

type Cell = string | number | bigint | null | undefined;
type Options = Readonly<{ right?: readonly number[]; widths?: readonly (number | null)[] }>;

/** No lines between rows, no colour: it is also read in files. `right` names the columns of figures. */
export const tableOf = (head: readonly string[], rows: readonly (readonly Cell[])[], options: Options = {}): string => {
  const { right = [], widths } = options;
  const table = new Table({
    head: [...head],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    colAligns: head.map((_, index) => (right.includes(index) ? 'right' : 'left')),
    ...(widths && { colWidths: [...widths], wordWrap: true }),
  });
  table.push(...rows.map((row) => row.map((cell) => String(cell ?? '–'))));
  return table.toString();
};

/** A bar of at most `width` characters for a share from 0 to 1; what is more than nothing shows. */
export const barOf = (share: number, width = 30): string =>
  '█'.repeat(share > 0 ? Math.max(1, Math.round(share * width)) : 0);
