import { Conflict, type EventStore, NOTHING_YET, type Standing, TooLarge } from '#application';
import type { Fact, Recorded } from '#kernel';
import { witness } from './witness.js';

/** A log in memory that answers as the database does, idempotent repeats included. */
export class InMemoryEventStore implements EventStore {
  readonly log: Recorded[] = [];

  constructor(private readonly clock = { now: () => '2026-03-01T09:00:00.000Z' }) {}

  async *read(stream: string, { from = 0n } = {}): AsyncIterable<Recorded> {
    yield* this.log.filter((fact) => fact.stream === stream && fact.revision >= from);
  }

  async head(): Promise<bigint | null> {
    return this.log.at(-1)?.position ?? null;
  }

  async append(stream: string, expected: bigint, facts: readonly Fact[]): Promise<Standing> {
    if (JSON.stringify(facts.map(({ data }) => data)).length > 1_048_576) throw new TooLarge(stream);
    const there = this.log.filter((fact) => fact.stream === stream);
    const { revision } = there.at(-1) ?? NOTHING_YET;
    const repeated = there.slice(Number(expected) + 1, Number(expected) + 1 + facts.length);
    if (repeated.length === facts.length && repeated.every(({ id }, index) => id === facts[index]?.id)) {
      return repeated.at(-1) ?? NOTHING_YET;
    }
    if (revision !== expected) throw new Conflict(stream);
    for (const fact of facts) witness.saw([fact], fact.customers);
    for (const [index, fact] of facts.entries()) {
      const position = BigInt(this.log.length);
      this.log.push({
        ...fact,
        stream,
        revision: revision + 1n + BigInt(index),
        position,
        recordedAt: this.clock.now(),
      });
    }
    return this.log.at(-1) ?? NOTHING_YET;
  }
}
