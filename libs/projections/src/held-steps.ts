import type { Step } from './fold.js';
import type { Member } from './member.js';
import type { Parked } from './parked.js';
import { keyFieldOf, type Row } from './view.js';

/** So many rows are held back at most, of all views together. */
const MOST_ROWS = 50_000;

/**
 * Steps that are written later, as one, once the database is done with those before: while a table is filled nobody reads
 * it, and a row that many facts touch is written once for all of them.
 */
export class HeldSteps {
  readonly #held = new Map<Member, Held>();
  #rows = 0;

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  get isFull(): boolean {
    return this.#rows >= MOST_ROWS;
  }

  hold(steps: readonly Step[]): void {
    for (const step of steps) {
      const held = this.#held.get(step.member) ?? new Held(step);
      this.#held.set(step.member, held);
      held.join(step);
      this.#rows += step.rows.length;
    }
  }

  /** All that was held back. Rows that nobody needs to remember are forgotten once the next ones are on their way. */
  release(): readonly Step[] {
    const steps = [...this.#held.values()].map((held) => held.step);
    this.#held.clear();
    this.#rows = 0;
    for (const { member } of steps) member.rows.trim();
    return steps;
  }
}

/** Whether nothing but rows comes of a step. */
export const mayBeHeld = ({ sweep, forgotten, poison }: Step): boolean =>
  sweep === 'none' && forgotten.length === 0 && poison === null;

/** Steps of one view, each right behind the one before, as one. */
class Held {
  readonly #rows = new Map<string, Row>();
  /** Those that are never folded on: none takes the place of another. */
  readonly #appended: Row[] = [];
  readonly #gone = new Set<string>();
  readonly #parked: Parked[] = [];
  #last: Step;

  constructor(private readonly first: Step) {
    this.#last = first;
  }

  join(step: Step): void {
    const { view } = step.member;
    const key = keyFieldOf(view);
    this.#last = step;
    this.#parked.push(...step.parked);
    for (const gone of step.gone) {
      this.#rows.delete(gone);
      this.#gone.add(gone);
    }
    if (view.appendOnly) for (const row of step.rows) this.#appended.push(row);
    else for (const row of step.rows) this.#put(String(row[key]), row);
  }

  get step(): Step {
    const rows = this.#last.member.view.appendOnly ? this.#appended : [...this.#rows.values()];
    return { ...this.#last, from: this.first.from, rows, gone: [...this.#gone], parked: this.#parked };
  }

  #put(key: string, row: Row): void {
    this.#rows.set(key, row);
    this.#gone.delete(key);
  }
}
