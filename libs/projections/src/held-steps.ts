import type { Step } from './fold.js';
import type { Member } from './member.js';
import { placeOf, type Row } from './view.js';

/** So many rows are held back at most, of all views together. */
const MOST_ROWS = 50_000;

/**
 * Steps that are written later, as one, once the database is done with those before: while a table is filled nobody reads
 * it, and a row that many facts touch is written once for all of them.
 */
export class HeldSteps {
  readonly #steps = new Map<Member, Step>();
  #rows = 0;

  get isEmpty(): boolean {
    return this.#steps.size === 0;
  }

  get isFull(): boolean {
    return this.#rows >= MOST_ROWS;
  }

  hold(steps: readonly Step[]): void {
    for (const step of steps) {
      const before = this.#steps.get(step.member);
      this.#steps.set(step.member, before ? joined(before, step) : step);
      this.#rows += step.rows.length;
    }
  }

  /** All that was held back. Rows that nobody needs to remember are forgotten once the next ones are on their way. */
  release(): readonly Step[] {
    const steps = [...this.#steps.values()];
    this.#steps.clear();
    this.#rows = 0;
    for (const { member } of steps) member.rows.trim();
    return steps;
  }
}

/** Whether nothing but rows comes of a step. */
export const mayBeHeld = ({ sweep, forgotten, poison }: Step): boolean =>
  sweep === 'none' && forgotten.length === 0 && poison === null;

/** Two steps of a view, one right behind the other, as one. */
const joined = (first: Step, then: Step): Step => {
  const { view } = then.member;
  const rows = new Map<string, Row>();
  for (const row of first.rows) rows.set(placeOf(view, row), row);
  for (const key of then.gone) rows.delete(key);
  for (const row of then.rows) rows.set(placeOf(view, row), row);
  return {
    ...then,
    from: first.from,
    rows: [...rows.values()],
    gone: [...first.gone, ...then.gone].filter((key) => !rows.has(key)),
    parked: [...first.parked, ...then.parked],
  };
};
