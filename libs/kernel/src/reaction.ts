import type { Command } from './decider.js';
import type { Event, Recorded } from './event.js';

/** A command and its address. Without an id it opens a new instance, whose id the shell derives from the cause. */
export type Dispatch = Readonly<{ category: string; id?: string; command: Command }>;

/** When this, then that. Pure, and harmless when the same fact is delivered again: ids derive from the cause. */
export interface Reaction<E extends Event> {
  readonly name: string;
  readonly hears: readonly E['type'][];
  readonly react: (fact: Recorded<E>) => readonly Dispatch[];
}

// biome-ignore lint/suspicious/noExplicitAny: here a reaction is handled without knowing which
export type AnyReaction = Reaction<any>;

export const defineReaction = <E extends Event>(reaction: Reaction<E>): typeof reaction => reaction;
