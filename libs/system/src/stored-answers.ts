import type { Pool } from 'pg';
import { canonical, type LogIdentity } from '#application';
import type { Rejection } from '#kernel';
import type { Sql } from '#postgres';
import { Batches } from './batches.js';
import { keyedMac } from './keyed.js';
import { tableOnDemand } from './table-on-demand.js';

/** A write under a key: who said it, where, and what. */
export type Keyed = Readonly<{ principal: string; route: string; key: string; content: unknown }>;

/** The same without its words: MACs of who, where and key, and of what was said. */
export type Asked = Readonly<{ principal: string; said: string; content: string }>;

export type WrittenReceipt = Readonly<{ id: string; revision: string; position: string; events: readonly string[] }>;

/** What a write was answered, and the stream it was said to. Nothing personal. */
export type Answer = Readonly<{
  status: number;
  answer: WrittenReceipt | Readonly<{ code: string; details?: Rejection['details'] }>;
  stream: string;
}>;
export type Stored = Asked & Answer;

const TABLE = `create table if not exists stored_answers (
  said text primary key, principal text not null, content text not null, stream text not null,
  status smallint not null, answer json not null, created_at timestamptz not null default now()
);
create index if not exists stored_answers_stream on stored_answers (stream);
create index if not exists stored_answers_created_at on stored_answers (created_at)`;
const COLUMNS = 'said, principal, content, stream, status, answer';

const PURGE_EVERY_MS = 60_000;
const PURGE_STEP = 10_000;

/**
 * The answers to writes under an Idempotency-Key, for 30 days. They only save the client a surprise: that nothing is
 * recorded twice is the work of event ids, for ever. Throws `Unavailable` while the database cannot be reached.
 */
export class StoredAnswers {
  private readonly sql: Sql;
  private readonly found = new Batches((asked: readonly Asked[]) => this.select(asked));
  private readonly onlyHere = new Batches((stored: readonly Stored[]) => this.insert(stored, false));
  private readonly inTheLogToo = new Batches((stored: readonly Stored[]) => this.insert(stored, true));
  private purgedAt = Number.NEGATIVE_INFINITY;

  constructor(
    pool: Pool,
    private readonly log: Pick<LogIdentity, 'secret'>,
  ) {
    this.sql = tableOnDemand(pool, TABLE);
  }

  asked({ principal, route, key, content }: Keyed): Asked {
    return {
      principal,
      said: keyedMac(this.log, 'stored-answer-key', JSON.stringify([principal, route, key])),
      content: keyedMac(this.log, 'stored-answer-content', canonical(content)),
    };
  }

  find(asked: Asked): Promise<Stored | undefined> {
    return this.found.do(asked);
  }

  /**
   * The answer that stands: where another process was first, its own. A receipt beats a no. On disk when it resolves; a
   * receipt of what was recorded need not be, because after a crash of the database the log gives it again.
   */
  keep(asked: Asked, answer: Answer): Promise<Stored> {
    const batches = tellsOfFacts(answer) ? this.inTheLogToo : this.onlyHere;
    return batches.do({ ...asked, ...answer });
  }

  /** Everything that was answered about these streams. */
  async purge(streams: readonly string[]): Promise<void> {
    await this.sql('delete from stored_answers where stream = any($1)', [streams]);
  }

  private async select(asked: readonly Asked[]): Promise<readonly (Stored | undefined)[]> {
    const text = `select ${COLUMNS} from stored_answers where said = any($1)`;
    const rows = await this.sql<Stored>(text, [asked.map(({ said }) => said)]);
    const bySaid = new Map(rows.map((row) => [row.said, row]));
    return asked.map(({ said }) => bySaid.get(said));
  }

  private async insert(stored: readonly Stored[], isInTheLogToo: boolean): Promise<readonly Stored[]> {
    const inserted = await this.sql<{ said: string }>(
      `with waiting as materialized (select set_config(
         'synchronous_commit', case when $7 then 'off' else current_setting('synchronous_commit') end, true))
       insert into stored_answers as known (${COLUMNS})
       select given.* from waiting,
         unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::json[]) as given
       on conflict (said) do update
       set content = excluded.content, stream = excluded.stream, status = excluded.status, answer = excluded.answer
       where known.status >= 400 and excluded.status < 400
       returning said`,
      [
        stored.map(({ said }) => said),
        stored.map(({ principal }) => principal),
        stored.map(({ content }) => content),
        stored.map(({ stream }) => stream),
        stored.map(({ status }) => status),
        stored.map(({ answer }) => JSON.stringify(answer)),
        isInTheLogToo,
      ],
    );
    await this.purgeOld();
    if (inserted.length === stored.length) return stored;
    const standing = await this.select(stored);
    return stored.map((mine, index) => standing[index] ?? mine);
  }

  /** A little now and then. */
  private async purgeOld(): Promise<void> {
    if (performance.now() - this.purgedAt < PURGE_EVERY_MS) return;
    this.purgedAt = performance.now();
    await this.sql(
      `delete from stored_answers where said in (
         select said from stored_answers where created_at < now() - interval '30 days' order by created_at limit $1)`,
      [PURGE_STEP],
    );
  }
}

const tellsOfFacts = ({ answer }: Answer): boolean => 'events' in answer && answer.events.length > 0;
