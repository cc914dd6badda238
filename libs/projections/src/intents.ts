import type { AnyAnnouncement, Command } from '#kernel';
import type { Sql, Statement } from '#postgres';
import { addColumn } from './ddl.js';

/** The fact that changed the row: of a change by time alone that of the day that closed. */
export type Cause = Readonly<{
  id: string;
  correlationId: string;
  commandId: string;
  stream: string;
  revision: string;
  position: string;
  type: string;
}>;

/** That a column of a row went from one value to another, and what is to be said of it, once. Nothing personal. */
export type Intent = Readonly<{
  /** Which announcement of the view. */
  name: string;
  key: string;
  column: string;
  was: string | null;
  becomes: string | null;
  /** By what: the id of the fact, or the day that began. */
  evidence: string;
  /** Where the fact lies; null: it was a day. */
  position: bigint | null;
  occurredAt: string;
  cause: Cause;
  command: Command;
}>;

/** `id` tells the order in which one row changed, and nothing else: it has gaps, and is no cursor. What is taken goes. */
export const INTENTS_SCHEMA = `
create table if not exists projection_intents (
  id bigint generated always as identity primary key, view text not null, key text not null, "column" text not null,
  was text, becomes text, evidence text not null, position bigint, at timestamptz not null default now(),
  unique (view, key, "column", evidence)
);
${addColumn('projection_intents', 'name', 'text')};
${addColumn('projection_intents', 'told', 'jsonb')}`;

export const announce = (view: string, intents: readonly Intent[]): Statement => [
  `insert into projection_intents (view, name, key, "column", was, becomes, evidence, position, told)
   select $1, n.name, n.key, n.col, n.was, n.becomes, n.evidence, n.position, n.told
   from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::jsonb[])
     with ordinality as n (name, key, col, was, becomes, evidence, position, told, nth) order by nth
   on conflict (view, key, "column", evidence) do nothing`,
  [
    view,
    intents.map(({ name }) => name),
    intents.map(({ key }) => key),
    intents.map(({ column }) => column),
    intents.map(({ was }) => was),
    intents.map(({ becomes }) => becomes),
    intents.map(({ evidence }) => evidence),
    intents.map(({ position }) => position),
    intents.map(({ occurredAt, cause, command }) => JSON.stringify({ occurredAt, cause, command })),
  ],
];

/** Something that a view of that name announces. */
export type Announced = AnyAnnouncement & Readonly<{ view: string }>;
export type WaitingIntent = Intent & Readonly<{ id: bigint }>;

/**
 * What waits to be said, in the order in which rows changed, and how far the view had come then: null where nobody has
 * ever kept it. Nothing is taken.
 */
export const waitingIntents = async (
  sql: Sql,
  { name, view }: Announced,
  most: number,
): Promise<Readonly<{ through: bigint | null; intents: readonly WaitingIntent[] }>> => {
  if (!(await isThere(sql))) return { through: null, intents: [] };
  type Stored = Omit<WaitingIntent, 'occurredAt' | 'cause' | 'command'>;
  type Found = Stored & Readonly<{ through: bigint; told: Pick<Intent, 'occurredAt' | 'cause' | 'command'> }>;
  // One statement, one snapshot: a view's place and its intents were written together.
  const rows = await sql<Found | { id: null; through: bigint | null }>(
    `select c.position as through, i.* from (
       select position from projection_checkpoints where view = $1 and slot = 'live'
     ) c left join lateral (
       select id, name, key, "column", was, becomes, evidence, position, told
       from projection_intents where view = $1 and name = $2 order by id limit $3
     ) i on true`,
    [view, name, most],
  );
  const found = rows.filter((row): row is Found => row.id !== null);
  const intents = found.map(({ through: _, told, ...intent }) => ({ ...intent, ...told }));
  return { through: rows[0]?.through ?? null, intents };
};

/** Takes what is said from here on, by whoever does. @returns how many were still there */
export const takeIntents = async (sql: Sql, intents: readonly WaitingIntent[]): Promise<number> => {
  const ids = intents.map(({ id }) => id);
  return (await sql('delete from projection_intents where id = any($1::bigint[]) returning 1', [ids])).length;
};

/** How many wait, by the name of their announcement. */
export const countIntents = async (sql: Sql): Promise<ReadonlyMap<string, number>> => {
  if (!(await isThere(sql))) return new Map();
  const rows = await sql<{ name: string; count: number }>(
    'select name, count(*)::integer as count from projection_intents where name is not null group by name',
  );
  return new Map(rows.map(({ name, count }) => [name, count]));
};

/** An engine makes the tables: where none ever ran there is nothing to say. */
const isThere = async (sql: Sql): Promise<boolean> => {
  const [column] = await sql(
    `select 1 from pg_attribute where attrelid = to_regclass('projection_intents') and attname = 'told'`,
  );
  return column !== undefined;
};
