import type { Command } from './decider.js';
import type { Event, Recorded } from './event.js';
import type { Dispatch } from './reaction.js';
import { idIn } from './slice.js';

/** A small state beside the rows that every fold is given: the company's zone, the last closed day, a policy. */
export type Context<Value extends object> = Readonly<{
  initial: Value;
  hears: readonly string[];
  fold: (value: Value, fact: Recorded) => Value;
  /** The business day a row is derived for: the one after the last closed day. Null while no day is known. */
  today: (value: Value) => string | null;
}>;

/** The keys of rows about customers: one for each that a fact names. */
export const perCustomer = ({ customers }: Recorded): readonly string[] => [...new Set(customers.map(({ id }) => id))];

/** The key of a row about what a stream is about: a booking, a complaint. */
export const perStream = ({ stream }: Recorded): readonly string[] => [idIn(stream)];

/**
 * A promise that a row makes: at the instant in its column `at` (null: none is open) this is to be said, once, dated then,
 * however late that is noticed. What is said moves or ends the promise by the facts it leads to; its decider says nothing
 * on a repeat. A fold leaves the column null for what history from elsewhere (`meta.backfill`) promised.
 */
export type Deadline<Row extends object> = Readonly<{
  at: keyof Row & string;
  /**
   * A column that changes with what is due, where one instant may come due again because more promises to end at it. Left
   * out: the instant says it all.
   */
  standing?: keyof Row & string;
  says: (row: Row) => Dispatch;
}>;

/**
 * A change of a column that others are to hear of: a command, said once and in order to the stream of that category that
 * has the key of the row, dated when the row changed. Nothing personal may stand in it: it waits in a table. A rebuild,
 * history from elsewhere, a changed policy and a row that goes say nothing.
 */
export type Announcement<Row extends object, Told extends object = object> = Readonly<{
  /** A sentence, as of a reaction: `when-stage-changed-then-announce`. */
  name: string;
  column: keyof Row & string;
  category: string;
  /** By which rules rows are derived: the same change by other rules is another. */
  policyVersion: string;
  says: (after: Row, before: Row | null) => Command;
  /**
   * Of what changes often and little: what is said of it after what was told last, null where it is no news, and what is
   * remembered as told then. Its decider judges again.
   */
  weighs?: (said: Command, told: Told | null) => Readonly<{ told: Told; says: Command | null }>;
}>;

// biome-ignore lint/suspicious/noExplicitAny: here an announcement is handled without knowing of which view
export type AnyAnnouncement = Announcement<any, any>;

/**
 * A view: a fold per row. A fact may touch several rows; a row folded to null is removed.
 * `hears: 'everything'` takes every fact that names a customer.
 */
export interface Projection<Row extends object, E extends Event = Event, C extends object = object> {
  readonly name: string;
  /** Raised when the fold or the columns change: the engine rebuilds. */
  readonly version: number;
  readonly hears: readonly E['type'][] | 'everything';
  /** Which rows a fact touches. Of views keyed by `perCustomer` or `perStream` one row alone can be folded afresh. */
  readonly keys: (fact: Recorded<E>) => readonly string[];
  readonly fold: (row: Row | null, fact: Recorded<E>, key: string, context: C) => Row | null;
  readonly context?: Context<C>;
  /** What is written down to be said in the transaction of the row. The view hears nothing that comes of it. */
  // biome-ignore lint/suspicious/noExplicitAny: what one remembers as told is its own affair
  readonly announces?: readonly Announcement<Row, any>[];
  readonly deadline?: Deadline<Row>;
  /**
   * Derives, from what the row knows of its facts alone, the columns for that business day and `nextChangeOn`, the next
   * day on which they change by time alone (null: never). Deriving day by day or once for the last day is the same.
   */
  readonly advance?: (row: Row, today: string, context: C) => Row & Readonly<{ nextChangeOn: string | null }>;
}

// biome-ignore lint/suspicious/noExplicitAny: here a view is handled without knowing which
export type AnyProjection = Projection<any, any, any>;

export const defineProjection = <Row extends object, E extends Event = Event, C extends object = object>(
  view: Projection<Row, E, C>,
): typeof view => view;
