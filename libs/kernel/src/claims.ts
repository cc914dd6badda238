import type { Command } from './decider.js';
import type { Event } from './event.js';

/** What only one instance at a time may hold, such as a name to log in with. `as` is what its holder calls it, for ever. */
export type Claim = Readonly<{ kind: string; value: string; as: string }>;

/** How a fact changes what its instance holds. */
export type Holding = Readonly<{ takes: Claim }> | Readonly<{ frees: string }> | 'frees all';

/** A slice whose instances hold what is unique over all of them: claimed before the fact is recorded. */
export type Claims<C extends Command, E extends Event> = Readonly<{
  of: (event: E) => Holding | null;
  /** Said to an instance whose fact came second after all: it gives up what it took. */
  giveUp: (as: string) => C;
}>;

/** What an instance holds after these facts, by what it calls it. */
export const heldAfter = <E extends Event>(
  { of }: Pick<Claims<Command, E>, 'of'>,
  facts: readonly E[],
): ReadonlySet<string> => {
  const held = new Set<string>();
  for (const fact of facts) {
    const holding = of(fact);
    if (holding === 'frees all') held.clear();
    else if (holding && 'takes' in holding) held.add(holding.takes.as);
    else if (holding) held.delete(holding.frees);
  }
  return held;
};
