import type { Command } from './decider.js';
import type { Event, Recorded } from './event.js';

/**
 * A command and its address. Without an id it opens a new instance, whose id the shell derives from the cause. What it is
 * about happened when it is said, unless `occurredAt` says otherwise.
 */
export type Dispatch = Readonly<{ category: string; id?: string; command: Command; occurredAt?: string }>;

/**
 * What a reaction remembers between facts: a state for each key, plain JSON, folded from the facts that it hears, history
 * from elsewhere among them. A state folded to null is forgotten.
 */
export interface Memory<E extends Event, S extends object> {
  /** Raised when the fold changes: the memory is made anew from the log, and nothing is done again. */
  readonly version: number;
  readonly keys: (fact: Recorded<E>) => readonly string[];
  readonly initial: S;
  readonly evolve: (state: S, fact: Recorded<E>) => S | null;
}

/**
 * When this, then that. Pure, and harmless when the same fact is delivered again: ids derive from the cause. It is told
 * facts without what is personal in them, because what it asks for waits in a table.
 */
export interface Reaction<E extends Event, S extends object = object> {
  readonly name: string;
  readonly hears: readonly E['type'][];
  /** A new reaction acts upon what is recorded from this instant on; left out: upon what is recorded once it is there. */
  readonly since?: string;
  /** `remembered` is the state before the fact, of one key after the other. */
  readonly react: (fact: Recorded<E>, remembered: S) => readonly Dispatch[];
  readonly remembers?: Memory<E, S>;
}

// biome-ignore lint/suspicious/noExplicitAny: here a reaction is handled without knowing which
export type AnyReaction = Reaction<any, any>;

export const defineReaction = <E extends Event, S extends object = object>(reaction: Reaction<E, S>): typeof reaction =>
  reaction;
