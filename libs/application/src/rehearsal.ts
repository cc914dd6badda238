import type { Fact, Recorded } from '#kernel';
import { Conflict, type EventStore, type Standing } from './ports.js';

/** What a rehearsal reads of the log. */
export type Past = Pick<EventStore, 'read' | 'head'>;

/** So many streams a rehearsal remembers having spoken to. */
const STREAMS_REMEMBERED = 20_000;

/** An event store that reads what is recorded and records nothing: what is appended is remembered here for a while. */
export class Rehearsal implements EventStore {
  private readonly said = new Map<string, readonly Recorded[]>();
  private position: bigint;

  constructor(
    private readonly past: Pick<EventStore, 'read'>,
    head: bigint | null,
  ) {
    this.position = head ?? -1n;
  }

  async *read(stream: string, { from = 0n } = {}): AsyncIterable<Recorded> {
    yield* this.past.read(stream, { from });
    yield* this.saidTo(stream).filter(({ revision }) => revision >= from);
  }

  async head(): Promise<bigint | null> {
    return this.position < 0n ? null : this.position;
  }

  async append(stream: string, expected: bigint, facts: readonly Fact[]): Promise<Standing> {
    let revision = -1n;
    for await (const fact of this.read(stream)) revision = fact.revision;
    if (revision !== expected) throw new Conflict(stream);
    const recorded = facts.map((fact) => {
      this.position += 1n;
      revision += 1n;
      return { ...fact, stream, revision, position: this.position, recordedAt: fact.meta.occurredAt };
    });
    this.said.set(stream, [...this.saidTo(stream), ...recorded]);
    const [oldest] = this.said.keys();
    if (this.said.size > STREAMS_REMEMBERED && oldest !== undefined) this.said.delete(oldest);
    return { revision, position: this.position };
  }

  saidTo(stream: string): readonly Recorded[] {
    return this.said.get(stream) ?? [];
  }
}
