import { setTimeout as pause } from 'node:timers/promises';
import type { Asking } from '#access';
import { type Clock, Conflict, idFrom, newId, Unavailable } from '#application';
import { localDayOf } from '#domain';
import type { EventStoreDb } from '#event-store';
import type { Fact, Meta } from '#kernel';
import type { Logger } from './logger.js';

/** What is read is on record this long after: so much of it a kill may lose. */
const LINGER_MS = 200;
const BATCH = 500;
/** With more than this unrecorded nothing personal is shown. */
const MOST_WAITING = 10_000;
const AGAIN_AFTER_MS = 1_000;
const CLOSES_WITHIN_MS = 10_000;
const ATTEMPT_MS = 2_000;

type Seen = Readonly<{ asking: Asking; at: string; subject: string | null; fields: Set<string> }>;
type Batch = Readonly<{ stream: string; facts: readonly Fact[] }>;

/**
 * Who read what is personal, as facts in `access-<day>`: recorded behind the reading, many in one append, all of them
 * before a clean end. A kill loses what was read in the last fifth of a second.
 */
export class AccessLog {
  #waiting: Seen[] = [];
  /** The last one read, while it is not on its way: what else is read of it goes with it. */
  #open: Seen | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  readonly #revisions = new Map<string, bigint>();
  readonly #closing = new AbortController();

  constructor(
    private readonly store: Pick<EventStoreDb, 'append' | 'lastRevision'>,
    private readonly clock: Clock,
    private readonly zone: () => string,
    private readonly logger: Logger,
  ) {}

  /** These fields of that subject are shown to whoever asks. Throws `Unavailable` while too much is unrecorded. */
  viewed(asking: Asking, subject: string, fields: readonly string[]): void {
    const same = this.#open;
    if (same?.asking === asking && same.subject === subject) for (const field of fields) same.fields.add(field);
    else this.#add({ asking, at: this.clock.now(), subject, fields: new Set(fields) });
  }

  /** Whoever asks was refused. */
  denied(asking: Asking): void {
    this.#add({ asking, at: this.clock.now(), subject: null, fields: new Set() });
  }

  /** Settles when all that was read until now is recorded. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  /** Records what is left, and says so when the store does not take it in time. */
  async close(): Promise<void> {
    const late = setTimeout(() => this.#closing.abort(), CLOSES_WITHIN_MS);
    await this.flush();
    clearTimeout(late);
    const reads = this.#waiting.length;
    if (reads > 0) this.logger.error({ reads }, 'the store is gone: reads are not on record');
  }

  #add(seen: Seen): void {
    if (this.#waiting.length >= MOST_WAITING) throw new Unavailable('too many reads are not on record yet');
    this.#waiting.push(seen);
    this.#open = seen;
    // It holds the process: what was read is recorded before a clean end.
    this.#timer ??= setTimeout(() => void this.flush(), LINGER_MS);
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#open = undefined;
      const seen = this.#waiting.slice(0, BATCH);
      const day = localDayOf((seen[0] as Seen).at, this.zone());
      const ofDay = seen.filter(({ at }) => localDayOf(at, this.zone()) === day);
      const facts = ofDay.map((one) => this.#factOf(one));
      if (!(await this.#record({ stream: `access-${day}`, facts }))) return;
      this.#waiting = this.#waiting.filter((one) => !ofDay.includes(one));
    }
  }

  /** The same facts at the same place until it is known that they are there, or that others are. False: it was given up. */
  async #record({ stream, facts }: Batch): Promise<boolean> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const expected = this.#revisions.get(stream) ?? (await this.store.lastRevision(stream));
        this.#revisions.set(stream, expected);
        const attempt = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]);
        const { revision } = await this.store.append(stream, expected, facts, attempt);
        this.#revisions.set(stream, revision);
        return true;
      } catch (error) {
        if (error instanceof Conflict) this.#revisions.delete(stream);
        else {
          this.logger.warn({ err: error }, 'the access log cannot be written; trying again');
          await pause(AGAIN_AFTER_MS, undefined, { signal }).catch(() => undefined);
        }
      }
    }
    return false;
  }

  #factOf({ asking: { principal, action, purpose }, at, subject, fields }: Seen): Fact {
    const commandId = newId();
    const meta: Meta = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      occurredAt: at,
      zone: this.zone(),
      actor: { kind: principal.kind, id: principal.id },
      channel: 'access',
    };
    const about = { id: idFrom(commandId, 0), meta, customers: [] };
    if (subject === null) return { ...about, type: 'AccessDenied', data: { through: action } };
    const data = { subject, fields: [...fields], purpose, through: action };
    return { ...about, type: 'PersonalDataViewed', data };
  }
}
