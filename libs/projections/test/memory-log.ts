import { randomUUID } from 'node:crypto';
import type { Participant, Recorded } from '#kernel';
import type { Log, LogEntry } from '../src/log.js';

/** Positions are as far apart as byte offsets are. */
const STRIDE = 400n;

export type Draft = Readonly<{
  type: string;
  data?: object;
  customers?: readonly string[];
  stream?: string;
  occurredAt?: string;
  backfill?: true;
}>;

/** A log in an array, which can go away and lose its voice. */
export class MemoryLog implements Log {
  readonly entries: LogEntry[] = [];
  readonly #revisions = new Map<string, bigint>();
  #changed: () => void = () => undefined;
  #change = new Promise<void>(() => undefined);
  #isDown = false;
  #isSilent = false;
  /** How often it was followed from anew. */
  follows = 0;
  /** How often it was asked in vain. */
  refusals = 0;

  constructor() {
    this.#renew();
  }

  append(...drafts: readonly Draft[]): bigint {
    for (const draft of drafts) {
      const fact = this.#record(draft);
      this.entries.push({ kind: 'fact', fact, bytes: JSON.stringify(fact.data).length });
    }
    this.#wake();
    return this.last;
  }

  appendUnreadable(type: string): bigint {
    const { position, stream, revision } = this.#record({ type, stream: 'broken-1' });
    this.entries.push({ kind: 'unreadable', position, stream, revision, type, reason: 'no JSON' });
    this.#wake();
    return position;
  }

  appendCheckpoint(): bigint {
    this.entries.push({ kind: 'checkpoint', position: this.last + STRIDE });
    this.#wake();
    return this.last;
  }

  get last(): bigint {
    const entry = this.entries.at(-1);
    return entry ? at(entry) : 0n;
  }

  get facts(): readonly Recorded[] {
    return this.entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.fact] : []));
  }

  goAway(): void {
    this.#isDown = true;
    this.#wake();
  }

  comeBack(): void {
    this.#isDown = false;
  }

  set silent(isSilent: boolean) {
    this.#isSilent = isSilent;
    this.#wake();
  }

  async head(): Promise<bigint | null> {
    this.#demandUp();
    return this.entries.length > 0 ? this.last : null;
  }

  async *follow({ after, signal }: { after: bigint | null; signal: AbortSignal }): AsyncIterable<LogEntry> {
    this.follows += 1;
    const isMute = this.#isSilent;
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    let index = after === null ? 0 : this.entries.findIndex((entry) => at(entry) > after);
    if (index === -1) index = this.entries.length;
    while (!signal.aborted) {
      this.#demandUp();
      const entry = isMute ? undefined : this.entries[index];
      if (!entry) await this.#change;
      else {
        index += 1;
        yield entry;
      }
    }
  }

  async *read(stream: string, from = 0n): AsyncIterable<Recorded> {
    this.#demandUp();
    for (const fact of this.facts)
      if (fact.stream === stream && fact.revision >= from) yield { ...fact, position: -1n };
  }

  #record({ type, data = {}, customers = [], stream = 'story-1', occurredAt, backfill }: Draft): Recorded {
    const revision = (this.#revisions.get(stream) ?? -1n) + 1n;
    this.#revisions.set(stream, revision);
    const position = this.last + STRIDE;
    const recordedAt = new Date(1_700_000_000_000 + Number(position)).toISOString();
    const id = randomUUID();
    return {
      type,
      data,
      id,
      stream,
      revision,
      position,
      recordedAt,
      customers: customers.map((customer): Participant => ({ id: customer, role: 'self' })),
      meta: {
        commandId: id,
        correlationId: id,
        causationId: id,
        occurredAt: occurredAt ?? recordedAt,
        zone: 'Europe/London',
        actor: { kind: 'system', id: 'spec' },
        channel: 'spec',
        ...(backfill && { backfill }),
      },
    };
  }

  #demandUp(): void {
    if (!this.#isDown) return;
    this.refusals += 1;
    throw new Error('The log is away');
  }

  #wake(): void {
    this.#changed();
    this.#renew();
  }

  #renew(): void {
    this.#change = new Promise((resolve) => {
      this.#changed = resolve;
    });
  }
}

const at = (entry: LogEntry): bigint => (entry.kind === 'fact' ? entry.fact.position : entry.position);
