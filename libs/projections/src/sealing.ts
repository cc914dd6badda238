import type { Table } from '#postgres';
import type { Row } from './view.js';

/** How rows lie in their table, where not everything in them is for everyone to read. */
export interface RowSealing {
  /** Makes ready what sealing these rows takes. */
  prepare(table: Table<Row>, rows: readonly Row[]): Promise<void>;
  /** Rows as they are stored; those that must not be are left out. */
  seal(table: Table<Row>, rows: readonly Row[]): readonly Row[];
  /** Stored rows as a fold knows them. */
  open(table: Table<Row>, stored: readonly Row[]): readonly Row[];
  /** A row that a fold knows, without what is personal in it. */
  blanked(table: Table<Row>, row: Row): Row;
  /** Whose personal data a row has; undefined: its table has none. */
  subjectOf(table: Table<Row>, row: Row): string | undefined;
}

/** Everything lies in its table as it is. */
export const unsealed: RowSealing = {
  prepare: async () => undefined,
  seal: (_, rows) => rows,
  open: (_, stored) => stored,
  blanked: (_, row) => row,
  subjectOf: () => undefined,
};
