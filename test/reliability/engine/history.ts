import { randomUUID } from 'node:crypto';
import { type EventStore, Unavailable } from '#application';
import type { Fact } from '#kernel';
import type { Draft } from '../../../libs/projections/test/memory-log.js';
import { day, story } from '../../../libs/projections/test/shop.js';

export type TaleOptions = Readonly<{
  people?: number;
  /** One day of so many passes. */
  dayOf?: number;
  /** Facts stand in so many streams instead of one for each person. */
  tills?: number;
  /** One purchase of so many is marked `poison`; none (the default). */
  poisonOf?: number;
}>;

/** A shop's history without an end; the same for the same seed, however it is asked for. */
export class Tale {
  #chunk = 0;
  #told: Draft[] = [];
  #days = 0;
  #bought = 0;
  #closed = 0;

  constructor(
    private readonly seed: number,
    private readonly options: TaleOptions = {},
  ) {}

  next(count: number): readonly Draft[] {
    while (this.#told.length < count) this.#told.push(...this.#more());
    return this.#told.splice(0, count);
  }

  #more(): Draft[] {
    const { people = 40, tills } = this.options;
    const drafts = story(1_000, this.seed * 10_007 + this.#chunk++, people);
    if (tills) return this.#timed(drafts).map((draft, index) => ({ ...draft, stream: `till-${index % tills}` }));
    return this.#timed(drafts);
  }

  #timed(drafts: readonly Draft[]): Draft[] {
    const { dayOf = 10, poisonOf } = this.options;
    return drafts.flatMap((draft): Draft[] => {
      if (draft.type === 'PatienceChanged') return this.#days % dayOf === 0 ? [draft] : [];
      if (draft.type === 'DayClosed')
        return this.#days++ % dayOf === 0 ? [{ ...draft, data: { date: day(this.#closed++) } }] : [];
      if (draft.type !== 'Bought' || !poisonOf || this.#bought++ % poisonOf !== poisonOf - 1) return [draft];
      return [{ ...draft, data: { ...draft.data, poison: true } }];
    });
  }
}

const AT_ONCE = 64;

export type Acknowledged = Readonly<{ id: string; stream: string; revision: bigint }>;

/** The one who writes: says a thing again, with the same ids, until it is acknowledged. */
export class Writer {
  readonly acknowledged: Acknowledged[] = [];
  /** The position of the last that was acknowledged. */
  head = -1n;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #revisions = new Map<string, bigint>();

  constructor(private readonly store: Pick<EventStore, 'append'>) {}

  /** In turn with what is being appended. @returns the head of the log when all of them stand there */
  append(drafts: readonly Draft[]): Promise<bigint> {
    const appended = this.#turn.then(() => this.#append(drafts));
    this.#turn = appended.catch(() => undefined);
    return appended;
  }

  async #append(drafts: readonly Draft[]): Promise<bigint> {
    const streams = new Map<string, Draft[]>();
    for (const draft of drafts) {
      const { stream = 'story-1' } = draft;
      streams.set(stream, [...(streams.get(stream) ?? []), draft]);
    }
    const waiting = [...streams];
    const one = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) await this.#appendTo(...next);
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, one));
    return this.head;
  }

  async #appendTo(stream: string, drafts: readonly Draft[]): Promise<void> {
    const expected = this.#revisions.get(stream) ?? -1n;
    const facts = drafts.map(factOf);
    const { revision, position } = await this.#insist(stream, expected, facts);
    this.#revisions.set(stream, revision);
    for (const [index, { id }] of facts.entries())
      this.acknowledged.push({ id, stream, revision: expected + 1n + BigInt(index) });
    if (position > this.head) this.head = position;
  }

  async #insist(stream: string, expected: bigint, facts: readonly Fact[]) {
    for (;;) {
      try {
        return await this.store.append(stream, expected, facts);
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
      }
    }
  }
}

const factOf = ({ type, data = {}, customers = [] }: Draft): Fact => {
  const id = randomUUID();
  return {
    id,
    type,
    data,
    customers: customers.map((customer) => ({ id: customer, role: 'self' })),
    meta: {
      commandId: id,
      correlationId: id,
      causationId: id,
      occurredAt: '2024-01-01T10:00:00.000Z',
      zone: 'Europe/London',
      actor: { kind: 'system', id: 'reliability' },
      channel: 'system',
    },
  };
};
