import type { Pool } from 'pg';
import {
  type Clock,
  Decide,
  type DecideHandler,
  type EventStore,
  idFrom,
  type LogIdentity,
  NEVER_OPENED,
  type Receipt,
} from '#application';
import { customer } from '#domain';
import { type Actor, isRejection, type Rejection, reject, streamOf } from '#kernel';
import { forget, type Sql } from '#postgres';
import type { Destroyed, KeyRing } from '#privacy';
import { views } from '#read-models';
import type { ClaimsInPostgres } from './claim-book.js';
import type { StoredAnswers } from './stored-answers.js';
import { tableOnDemand } from './table-on-demand.js';

/** Whose forgetting is complete, and where in the log it is recorded. A database that comes back from a backup lacks it. */
const TABLE = 'create table if not exists forgotten_subjects (subject uuid primary key, position bigint not null)';

type Parts = Readonly<{
  pool: Pool;
  sql: Sql;
  store: Pick<EventStore, 'read' | 'head'>;
  log: LogIdentity;
  clock: Clock;
  keys: KeyRing;
  decide: DecideHandler;
  claims: ClaimsInPostgres;
  answers: StoredAnswers;
}>;

export type Erasure = Readonly<{ by: Actor; reason?: string }>;

/**
 * Makes a person unreadable for ever, and keeps every fact. The first step has no way back: the person is written on the
 * list of destroyed keys. Each later one may be done again: the keys are overwritten, the database loses what finds or
 * tells them, and `PersonalDataErased` is recorded. Cut short anywhere, it is completed when a process starts.
 */
export class Forgetting {
  readonly #done: Sql;

  constructor(private readonly parts: Parts) {
    this.#done = tableOnDemand(parts.pool, TABLE);
  }

  /** Erases a customer, or anybody a fact was ever about. The same answer however often. Throws `Unavailable`. */
  async erase(subject: string, { by, reason }: Erasure): Promise<Receipt | Rejection> {
    const { keys, clock } = this.parts;
    if (!keys.knows(subject) && !(await this.#isRecorded(subject))) return reject(NEVER_OPENED);
    const entry = { subject, at: clock.now(), by, ...(reason !== undefined && { reason }) };
    await keys.destroy(entry);
    const known = keys.destroyed.find((destroyed) => destroyed.subject === subject) as Destroyed;
    return this.#complete(known);
  }

  /** Completes what was begun, here or before a backup was restored. Returns how many there were. */
  async completeAll(): Promise<number> {
    const { destroyed } = this.parts.keys;
    if (destroyed.length === 0) return 0;
    const head = (await this.parts.store.head()) ?? -1n;
    const rows = await this.#done<{ subject: string }>('select subject from forgotten_subjects where position <= $1', [
      head,
    ]);
    const done = new Set(rows.map(({ subject }) => subject));
    const open = destroyed.filter(({ subject }) => !done.has(subject));
    for (const entry of open) {
      const answer = await this.#complete(entry);
      if (isRejection(answer)) throw new Error(`a forgetting could not be completed: ${answer.rejected}`);
    }
    return open.length;
  }

  async #complete({ subject, at, by, reason }: Destroyed): Promise<Receipt | Rejection> {
    await this.#purge(subject);
    const { log, decide } = this.parts;
    const commandId = idFrom(log.secret, 'erase', subject);
    const answer = await decide.execute(
      new Decide({
        slice: customer,
        id: subject,
        commands: [{ type: 'ErasePersonalData', data: reason === undefined ? {} : { reason } }],
        meta: {
          commandId,
          correlationId: commandId,
          causationId: commandId,
          occurredAt: at,
          zone: log.company.zone,
          actor: by,
          channel: 'erasure',
        },
      }),
    );
    if (isRejection(answer)) return answer;
    await this.#done(
      `insert into forgotten_subjects (subject, position) values ($1, $2)
       on conflict (subject) do update set position = excluded.position`,
      [subject, answer.position],
    );
    return answer;
  }

  /** What finds or tells them in the database. The engine does the same when it comes to the fact; this does not wait. */
  async #purge(subject: string): Promise<void> {
    const { sql, claims, answers } = this.parts;
    for (const { table } of views) {
      for (const name of [table.name, `${table.name}__next`]) {
        const statement = forget({ ...table, name }, [subject]);
        if (statement && (await this.#exists(name))) await sql(...statement);
      }
    }
    const stream = streamOf(customer, subject);
    await claims.releaseAll(stream);
    const told = (await this.#exists('facts_by_customer'))
      ? await sql<{ stream: string }>('select distinct stream from facts_by_customer where customer = $1', [subject])
      : [];
    await answers.purge([stream, ...told.map((fact) => fact.stream)]);
  }

  async #exists(table: string): Promise<boolean> {
    const [row] = await this.parts.sql<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
    return row?.there === true;
  }

  async #isRecorded(subject: string): Promise<boolean> {
    for await (const _ of this.parts.store.read(streamOf(customer, subject))) return true;
    return false;
  }
}
