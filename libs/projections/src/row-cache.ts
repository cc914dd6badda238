import type { Row } from './view.js';

/** So many rows of a view stay in memory, however many its table has. */
const MOST_ROWS = 5_000;

/**
 * The rows of one view as last folded, committed or on their way: what lies here need not be read. Right only as long
 * as nobody else writes the view, which the fence finds out.
 */
export class RowCache {
  readonly #rows = new Map<string, Row | null>();
  #isWhole = false;
  #settled = 0;
  #touched = 0;

  /** Forgets all. `isWhole`: the table is empty, so that what is not here does not exist. */
  reset(isWhole: boolean): void {
    this.#rows.clear();
    this.#isWhole = isWhole;
    this.#touched = 0;
    this.#settled = 0;
  }

  /** There is no row, neither here nor in the table. */
  get provesEmpty(): boolean {
    return this.#isWhole && this.#rows.size === 0;
  }

  knows(key: string): boolean {
    return this.#isWhole || this.#rows.has(key);
  }

  get(key: string): Row | null {
    return this.#rows.get(key) ?? null;
  }

  keep(key: string, row: Row | null): void {
    this.#rows.delete(key);
    this.#rows.set(key, row);
    this.#touched += 1;
  }

  rewrite(change: (row: Row) => Row): void {
    for (const [key, row] of this.#rows) if (row) this.#rows.set(key, change(row));
  }

  refresh(key: string, row: Row): void {
    if (this.#rows.has(key)) this.#rows.set(key, row);
  }

  /**
   * Drops the rows touched longest ago. Those touched since the last time, or before that, stay whatever the limit: the table
   * may not have them yet.
   */
  trim(limit = MOST_ROWS): void {
    const floor = Math.max(limit, this.#settled + this.#touched);
    this.#settled = this.#touched;
    this.#touched = 0;
    if (this.#rows.size <= floor) return;
    this.#isWhole = false;
    for (const key of this.#rows.keys()) {
      if (this.#rows.size <= floor) return;
      this.#rows.delete(key);
    }
  }
}
