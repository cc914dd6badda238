import type { Pool } from 'pg';
import type { EventStore } from '#application';
import type { AnyReaction, Dispatch } from '#kernel';
import { inTransaction, type Sql, sqlOver } from '#postgres';

/**
 * `reactions`: how far each has heard the log. `reaction_intents`: what is to be done because of a fact, and what was
 * done of late; `id` is the id of the command, `chain` what reactions did before it in the same story. Nothing personal
 * stands in any of them.
 */
const SCHEMA = `
create table if not exists reactions (
  name text primary key, version integer not null, position bigint, silent_until bigint, turn bigint not null default 0,
  waiting_since timestamptz, done bigint not null default 0, refused bigint not null default 0
) with (fillfactor = 30);
create table if not exists reaction_memory (
  reaction text not null, key text not null, state jsonb not null, primary key (reaction, key)
);
create table if not exists reaction_intents (
  id uuid primary key, reaction text not null, key text not null,
  cause text not null, correlation text not null, stream text not null, revision bigint not null, type text not null,
  position bigint not null, n integer not null, dispatch jsonb, chain text not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'refused', 'parked', 'skipped')),
  attempts integer not null default 0, error text, reason text, decided_by text, at timestamptz not null default now()
);
create index if not exists reaction_intents_open on reaction_intents (reaction, key, position, n)
  where state in ('waiting', 'parked');
create table if not exists reaction_lease (
  only_one boolean primary key default true check (only_one),
  runner uuid not null, backend integer not null, backend_start timestamptz not null, seen_at timestamptz not null, head bigint
) with (fillfactor = 30)`;

/** Any number, as long as nobody else takes it for an advisory lock. */
const LOCK = 7_316_440_005n;

export type IntentState = 'waiting' | 'done' | 'refused' | 'parked' | 'skipped';

/** Something to be done because of a fact: the `n`th thing that a reaction asks for. */
export type Intent = Readonly<{
  id: string;
  reaction: string;
  /** What is done under one key is done in order. */
  key: string;
  cause: string;
  correlation: string;
  stream: string;
  revision: bigint;
  type: string;
  position: bigint;
  n: number;
  /** Null: the reaction failed over the fact, and is to hear it again. */
  dispatch: Dispatch | null;
  /** What reactions did before it in the same story and this, one a line. */
  chain: string;
  state: IntentState;
  error: string | null;
}>;

/** What is entered by its name: a reaction, or an announcement, which remembers nothing of the log. */
type Named = Pick<AnyReaction, 'name' | 'remembers' | 'since'>;

/** A reaction's name and how far it has come. Up to `silentUntil` it remembers and does nothing. */
export type Place = Readonly<{ name: string; position: bigint | null; silentUntil: bigint | null; turn: bigint }>;

/**
 * Makes the tables, and enters reactions that are new: they act upon what is recorded from now on, unless they name a
 * start. So it is done before any door opens. What a reaction remembers is made anew when its version was raised.
 */
export const registerReactions = async (
  { pool, store }: Readonly<{ pool: Pool; store: Pick<EventStore, 'head'> }>,
  reactions: readonly Named[],
): Promise<void> => {
  await inTransaction(pool, async (sql) => {
    await sql('select pg_advisory_xact_lock($1)', [LOCK]);
    const [table] = await sql<{ isThere: boolean }>(`select to_regclass('reaction_lease') is not null as "isThere"`);
    if (!table?.isThere) await sql(SCHEMA); // it would keep a runner from writing
    const known = new Map((await versionsOf(sql)).map(({ name, version }) => [name, version]));
    const fresh = reactions.filter(({ name }) => !known.has(name));
    const head = fresh.length > 0 ? await store.head() : null;
    for (const reaction of fresh) await enter(sql, reaction, head);
    for (const reaction of reactions) {
      const version = known.get(reaction.name);
      if (version !== undefined && version < versionOf(reaction)) await remakeMemory(sql, reaction);
    }
  });
};

export const versionOf = ({ remembers }: Named): number => remembers?.version ?? 0;

const versionsOf = (sql: Sql) => sql<{ name: string; version: number }>('select name, version from reactions');

const enter = async (sql: Sql, reaction: Named, head: bigint | null): Promise<void> => {
  const { name, remembers, since } = reaction;
  const hearsThePast = remembers !== undefined || since !== undefined;
  await sql('insert into reactions (name, version, position, silent_until) values ($1, $2, $3, $4)', [
    name,
    versionOf(reaction),
    hearsThePast ? null : head,
    since === undefined ? head : null,
  ]);
};

const remakeMemory = async (sql: Sql, reaction: Named): Promise<void> => {
  await sql('delete from reaction_memory where reaction = $1', [reaction.name]);
  await sql(
    `update reactions set version = $2, silent_until = greatest(silent_until, position), position = null, turn = turn + 1
     where name = $1`,
    [reaction.name, versionOf(reaction)],
  );
};

/** Where those stand that this program knows. One that a newer program has taken over is left to it. */
export const placesOf = async (pool: Pool, reactions: readonly Named[]): Promise<readonly Place[]> => {
  const rows = await sqlOver(pool)<Place & { version: number }>(
    `select name, version, position, silent_until as "silentUntil", turn from reactions where name = any($1) order by name`,
    [reactions.map(({ name }) => name)],
  );
  const ours = new Map(reactions.map((reaction) => [reaction.name, versionOf(reaction)]));
  return rows.filter(({ name, version }) => ours.get(name) === version);
};

const COLUMNS =
  'id, reaction, key, cause, correlation, stream, revision, type, position, n, dispatch, chain, state, error';

/** What waits, in the order in which it is to be done; of one key, or of all that nothing parked holds up. */
export const waitingIntents = (
  sql: Sql,
  only?: Readonly<{ reaction: string; key: string }>,
): Promise<readonly Intent[]> =>
  sql<Intent>(
    `select ${COLUMNS} from reaction_intents w where state = 'waiting'
       and case when $1::text is not null then reaction = $1 and key = $2 else not exists (
         select 1 from reaction_intents p where p.state = 'parked' and p.reaction = w.reaction and p.key = w.key
       ) end
     order by position, reaction, n`,
    [only?.reaction ?? null, only?.key ?? null],
  );

/** The keys that something parked holds up. */
export const parkedKeys = (sql: Sql): Promise<readonly Readonly<{ reaction: string; key: string }>[]> =>
  sql(`select distinct reaction, key from reaction_intents where state = 'parked'`);

export const enterIntents = async (sql: Sql, intents: readonly Intent[]): Promise<void> => {
  if (intents.length === 0) return;
  await sql(
    `insert into reaction_intents (${COLUMNS})
     select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
       $9::bigint[], $10::integer[], $11::jsonb[], $12::text[], $13::text[], $14::text[])
     on conflict (id) do nothing`,
    [
      intents.map(({ id }) => id),
      intents.map(({ reaction }) => reaction),
      intents.map(({ key }) => key),
      intents.map(({ cause }) => cause),
      intents.map(({ correlation }) => correlation),
      intents.map(({ stream }) => stream),
      intents.map(({ revision }) => revision),
      intents.map(({ type }) => type),
      intents.map(({ position }) => position),
      intents.map(({ n }) => n),
      intents.map(({ dispatch }) => dispatch && JSON.stringify(dispatch)),
      intents.map(({ chain }) => chain),
      intents.map(({ state }) => state),
      intents.map(({ error }) => error),
    ],
  );
};
