import type { Event, Participant } from '#kernel';

/** An example that held: what was said to which state, the facts that came of it, and the state after each of them. */
export type Decided = Readonly<{
  category: string;
  command: string;
  before: unknown;
  events: readonly Event[];
  after: readonly unknown[];
  participants: readonly Participant[];
}>;

/** A fact that stood in a story or a log, and the customers in it. */
export type Told = Readonly<{ event: Event; participants: readonly Participant[] }>;

/** What the kits have seen hold in this process. The catalogue takes its examples from here, so nobody types them. */
export class Witness {
  readonly decided: Decided[] = [];
  /** The first fact of each type that stood in a story or a log. */
  readonly told = new Map<string, Told>();

  saw(events: readonly Event[], participants: readonly Participant[]): void {
    for (const { type, data } of events)
      if (!this.told.has(type)) this.told.set(type, { event: { type, data }, participants });
  }
}

export const witness = new Witness();
