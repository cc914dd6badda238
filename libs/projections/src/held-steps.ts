import type { Step } from './fold.js';
import type { Member } from './member.js';
import type { Parked } from './parked.js';
import { keyFieldOf, type Row } from './view.js';

/** So many rows are held back at most, of all views together, or rows of facts of so many bytes, counted for each view. */
const MOST_ROWS = 50_000;
const MOST_BYTES = 256_000_000;

/** From so many rows of a view on they are worth a transaction: those that are folded on wait for more facts to join in. */
const WORTH = { appended: 4_000, folded: 5_000 };
/** Nor does a kill undo more than that, and progress is told as often. */
const LONGEST_MS = 2_000;

/**
 * Steps that are written later, as one, once the database is done with those before: while a table is filled nobody reads
 * it, and a row that many facts touch is written once for all of them.
 */
export class HeldSteps {
  readonly #held = new Map<Member, Held>();

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get isFull(): boolean {
    let [rows, bytes] = [0, 0];
    for (const held of this.#held.values()) {
      rows += held.size;
      bytes += held.bytes;
    }
    return rows >= MOST_ROWS || bytes >= MOST_BYTES;
  }

  /** Some of it is worth writing. */
  get isWorthIt(): boolean {
    return [...this.#held.values()].some(({ isWorthIt }) => isWorthIt);
  }

  /** @param bytes of the facts that were folded */
  hold(steps: readonly Step[], bytes: number): void {
    for (const step of steps) {
      const held = this.#held.get(step.member) ?? new Held(step);
      this.#held.set(step.member, held);
      held.join(step, bytes);
    }
  }

  /**
   * What is worth writing, or all that was held back. Rows that nobody needs to remember are forgotten once the next ones
   * are on their way.
   */
  release(which: 'worth it' | 'all'): readonly Step[] {
    const released = [...this.#held].filter(([, { isWorthIt }]) => which === 'all' || isWorthIt);
    return released.map(([member, held]) => {
      this.#held.delete(member);
      member.rows.trim();
      return held.step;
    });
  }
}

/** Whether nothing but rows comes of a step. */
export const mayBeHeld = ({ sweep, forgotten, poison }: Step): boolean =>
  sweep === 'none' && forgotten.length === 0 && poison === null;

/** So many connections write what was held back, side by side. */
const SHARES = 4;

/** Steps of several views in shares of about as many rows: each has its own checkpoint, so that none depends on another. */
export const sharesOf = (steps: readonly Step[]): readonly (readonly Step[])[] => {
  const shares = Array.from({ length: Math.min(SHARES, steps.length) }, () => ({ rows: 0, steps: [] as Step[] }));
  for (const step of [...steps].sort((a, b) => sizeOf(b) - sizeOf(a))) {
    const [least] = shares.sort((a, b) => a.rows - b.rows);
    least?.steps.push(step);
    if (least) least.rows += sizeOf(step);
  }
  return shares.map((share) => share.steps);
};

const sizeOf = ({ made, rows }: Step) => made.length + rows.length;

/** Steps of one view, each right behind the one before, as one. */
class Held {
  /** Those that are never folded on: none takes the place of another. */
  readonly #appended: Row[] = [];
  readonly #made = new Map<string, Row>();
  readonly #rows = new Map<string, Row>();
  readonly #gone = new Set<string>();
  readonly #parked: Parked[] = [];
  readonly #since = performance.now();
  #last: Step;
  #bytes = 0;

  constructor(private readonly first: Step) {
    this.#last = first;
  }

  get size(): number {
    return this.#appended.length + this.#made.size + this.#rows.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get isWorthIt(): boolean {
    const { view } = this.first.member;
    if (performance.now() - this.#since >= LONGEST_MS) return true;
    return this.size >= (view.appendOnly ? WORTH.appended : WORTH.folded);
  }

  join(step: Step, bytes: number): void {
    const { view } = step.member;
    if (step.made.length + step.rows.length > 0) this.#bytes += bytes;
    const key = keyFieldOf(view);
    this.#last = step;
    this.#parked.push(...step.parked);
    for (const gone of step.gone) if (!this.#made.delete(gone)) this.#remove(gone);
    if (view.appendOnly) for (const row of step.made) this.#appended.push(row);
    else for (const row of step.made) this.#make(String(row[key]), row);
    for (const row of step.rows) this.#change(String(row[key]), row);
  }

  get step(): Step {
    const made = this.#last.member.view.appendOnly ? this.#appended : [...this.#made.values()];
    const [rows, gone] = [[...this.#rows.values()], [...this.#gone]];
    return { ...this.#last, from: this.first.from, made, rows, gone, parked: this.#parked };
  }

  #remove(key: string): void {
    this.#rows.delete(key);
    this.#gone.add(key);
  }

  /** One that went before it was written is still in the table. */
  #make(key: string, row: Row): void {
    (this.#gone.delete(key) ? this.#rows : this.#made).set(key, row);
  }

  #change(key: string, row: Row): void {
    (this.#made.has(key) ? this.#made : this.#rows).set(key, row);
  }
}
