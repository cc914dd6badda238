import type { Recorded } from '#kernel';
import type { Cause, Intent } from './intents.js';
import type { Member } from './member.js';
import { derived, todayIn } from './time.js';
import { NEXT_CHANGE, type Row } from './view.js';

type Turn = Readonly<{ context: object | null; isSilent: boolean; fact: Recorded }>;
type Evidence = Pick<Intent, 'evidence' | 'position' | 'occurredAt' | 'cause'>;

/**
 * Hears, fact by fact and day by day, what a batch makes of the columns that a view announces: the same however the log
 * is cut into batches. What came before the view was new, history from elsewhere, and what only a policy changed is
 * passed over in silence.
 */
export class Announcer {
  readonly intents: Intent[] = [];
  readonly #turns: Turn[] = [];
  /** For how many of the turns a row is derived. */
  readonly #seen = new Map<string, number>();
  /** Rows that something silent changed, with the context of then: derived when somebody asks what they were. */
  readonly #underived = new Map<string, object | null>();

  constructor(private readonly member: Member) {}

  /** The context turned at that fact. */
  turned(fact: Recorded, from: object | null, to: object | null, isPolicy: boolean): void {
    const isFirstDay = todayIn(this.member, from) === null;
    this.#turns.push({ context: to, isSilent: isPolicy || isFirstDay || this.#isPast(fact), fact });
  }

  /** A row as it is on the day that the context has come to, each change on the day it was due. */
  upToDate(key: string, row: Row | null): Row | null {
    const turns = this.#turns.slice(this.#seen.get(key) ?? 0);
    if (turns.length === 0) return row;
    let now = this.#whole(key, row);
    for (const turn of turns)
      if (now !== null) now = turn.isSilent ? derived(this.member, now, turn.context) : this.#walked(key, now, turn);
    this.#seen.set(key, this.#turns.length);
    return now;
  }

  /** A row that a fact has made of another; derived, unless the fact is silent: then the end of the batch does that, once. */
  changed(fact: Recorded, key: string, { before, after }: Change, context: object | null): Row | null {
    if (fact.meta.backfill === true || this.#isPast(fact)) {
      this.#underived.set(key, context);
      return after;
    }
    const was = this.#whole(key, before);
    const now = after && derived(this.member, after, context);
    // A late fact moves the row when we hear of it.
    this.#tell(key, was, now, { evidence: fact.id, position: fact.position, ...dated(fact) });
    return now;
  }

  #whole(key: string, row: Row | null): Row | null {
    const context = this.#underived.get(key);
    if (context === undefined) return row;
    this.#underived.delete(key);
    return row && derived(this.member, row, context);
  }

  #isPast({ position }: Recorded): boolean {
    const { silentUntil } = this.member;
    return silentUntil !== null && position <= silentUntil;
  }

  #walked(key: string, row: Row, { context, fact }: Turn): Row {
    const { advance, name } = this.member.projection;
    const today = todayIn(this.member, context);
    if (!advance || today === null) return row;
    let now = row;
    for (let due = dueOf(now); due !== null && due <= today; ) {
      const next: Row = advance(now, due, context);
      const then = dueOf(next);
      if (then !== null && then <= due) throw new Error(`${name}: ${NEXT_CHANGE} must lie behind the day`);
      this.#tell(key, now, next, { evidence: due, position: null, ...dated(fact, fact.meta.occurredAt) });
      now = next;
      due = then;
    }
    return now;
  }

  #tell(key: string, before: Row | null, after: Row | null, evidence: Evidence): void {
    if (after === null) return;
    for (const { name, column, says } of this.member.announces) {
      const [was, becomes] = [textOf(before?.[column]), textOf(after[column])];
      const change = { name, key, column, was, becomes, ...evidence };
      if (was !== becomes) this.intents.push({ ...change, command: says(after, before) });
    }
  }
}

const dated = (fact: Recorded, occurredAt = fact.recordedAt): Readonly<{ occurredAt: string; cause: Cause }> => {
  const { id, stream, revision, position, type, meta } = fact;
  const { correlationId, commandId } = meta;
  const place = { stream, revision: String(revision), position: String(position), type };
  return { occurredAt, cause: { id, correlationId, commandId, ...place } };
};

type Change = Readonly<{ before: Row | null; after: Row | null }>;

const dueOf = (row: Row): string | null => (row[NEXT_CHANGE] as string | null | undefined) ?? null;
const textOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
