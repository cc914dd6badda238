import type { Asking } from '#access';
import type { Veiled } from '#kernel';
import type { Table } from '#postgres';

/** A row as a reader meets it: what is personal is there, masked, or erased. */
export type Opened<Row, P extends keyof Row> = Omit<Row, P> & Readonly<{ [F in P]: Veiled<Row[F]> }>;

/** Opens what view rows hold sealed, as far as whoever asks may read it, and keeps that they did. */
export interface PersonalRows {
  /**
   * Stored rows, with the table's key, subject and sealed column among their fields, and these personal fields of them.
   * What the reader may not see is `{ masked: true }`, what was forgotten `{ erased: true }`.
   */
  open<Row extends object, P extends keyof Row & string>(
    asking: Asking,
    table: Table<Row>,
    stored: readonly object[],
    fields: readonly P[],
  ): readonly Opened<Row, P>[];
  /** The blind index of a value, by which it is found. */
  blind(kind: string, value: string): string;
}
export const PERSONAL_ROWS = Symbol('PersonalRows');
