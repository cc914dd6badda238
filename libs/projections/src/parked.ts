import type { Sql, Statement } from '#postgres';
import type { Slot } from './checkpoints.js';
import { addColumn, addIndex } from './ddl.js';

/** A fact that a row does without for now: it could not be folded, or it waits behind one that could not. */
export type Parked = Readonly<{
  position: bigint;
  /** The row it touches; empty: not even that could be found out. */
  key: string;
  /** What waits behind it: later facts of the same row, or of the same stream where the row is unknown; null: none. */
  hold: string | null;
  stream: string;
  revision: bigint;
  type: string;
  /** Without what the fact says; null: it only waits. */
  error: string | null;
  /** The view's context as it was when the fact's turn came. */
  context: object | null;
}>;

/** A parked fact as anyone may see it: nothing personal. `skipped` facts are left out for good, for that reason. */
export type ParkedFact = Omit<Parked, 'context'> &
  Readonly<{
    view: string;
    state: 'parked' | 'waiting' | 'skipped';
    reason: string | null;
    /** Who skipped it; null: nobody, or the system. */
    skippedBy: string | null;
    /** How often it was folded again in vain. */
    retries: number;
    at: string;
  }>;

export const PARKED_SCHEMA = `
create table if not exists projection_parked (
  view text not null, slot text not null, position bigint not null, key text not null, hold text,
  stream text not null, revision bigint not null, type text not null, error text, context jsonb,
  reason text, skipped_by text, retries integer not null default 0, at timestamptz not null default now(),
  primary key (view, slot, position, key)
);
${addColumn('projection_parked', 'skipped_by', 'text')};
${addColumn('projection_parked', 'retries', 'integer not null default 0')};
${addIndex('projection_parked_hold', 'projection_parked (view, slot, hold, position)')}`;

export const holdOfKey = (key: string): string => `key ${key}`;
export const holdOfStream = (stream: string): string => `stream ${stream}`;
export const skipOf = (position: bigint, key: string): string => `${position} ${key}`;

export const park = (view: string, slot: Slot, parked: readonly Parked[]): Statement => [
  `insert into projection_parked (view, slot, position, key, hold, stream, revision, type, error, context)
   select $1, $2, * from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::jsonb[])
   on conflict (view, slot, position, key) do nothing`,
  [
    view,
    slot,
    parked.map(({ position }) => position),
    parked.map(({ key }) => key),
    parked.map(({ hold }) => hold),
    parked.map(({ stream }) => stream),
    parked.map(({ revision }) => revision),
    parked.map(({ type }) => type),
    parked.map(({ error }) => error),
    parked.map(({ context }) => context && JSON.stringify(context)),
  ],
];

/** What a view must not fold: rows and streams on hold, and facts that were skipped. */
export type Parking = Readonly<{ holds: ReadonlySet<string>; skips: ReadonlySet<string> }>;

export const readParking = async (
  sql: Sql,
  views: readonly string[],
  slot: Slot,
): Promise<ReadonlyMap<string, Parking>> => {
  const holds = await sql<{ view: string; hold: string }>(
    `select distinct view, hold from projection_parked
     where view = any($1) and slot = $2 and hold is not null and reason is null`,
    [views, slot],
  );
  const skips = await sql<{ view: string; position: bigint; key: string }>(
    'select view, position, key from projection_parked where view = any($1) and reason is not null',
    [views],
  );
  return new Map(
    views.map((name) => [
      name,
      {
        holds: new Set(holds.filter(({ view }) => view === name).map(({ hold }) => hold)),
        skips: new Set(skips.filter(({ view }) => view === name).map(({ position, key }) => skipOf(position, key))),
      },
    ]),
  );
};

/** What is parked, what waits behind it and what was skipped, in the order of the log. */
export const listParked = (sql: Sql, view?: string): Promise<readonly ParkedFact[]> =>
  sql<ParkedFact>(
    `select view, position, key, hold, stream, revision, type, error, reason, skipped_by as "skippedBy", retries, at,
       case when reason is not null then 'skipped' when error is not null then 'parked' else 'waiting' end as state
     from projection_parked where slot = 'live' and ($1::text is null or view = $1) order by position, view, key`,
    [view ?? null],
  );

/** What is parked at one position, and all that waits behind it. */
export type ParkedAt = Readonly<{ facts: readonly ParkedFact[]; waiting: readonly ParkedFact[] }>;

/** Of what is parked, waits or was skipped: what has to do with that position. */
export const parkedAt = (all: readonly ParkedFact[], position: bigint): ParkedAt => {
  const facts = all.filter((fact) => fact.position === position);
  const holds = new Set(facts.flatMap(({ hold, state }) => (hold !== null && state === 'parked' ? [hold] : [])));
  const isBehind = (fact: ParkedFact) => fact.hold !== null && holds.has(fact.hold) && fact.position > position;
  return { facts, waiting: all.filter(isBehind) };
};
