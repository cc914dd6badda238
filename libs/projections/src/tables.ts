import { ddlOf, inTransaction, type Sql } from '#postgres';
import type { Slot } from './checkpoints.js';
import { addColumn } from './ddl.js';
import { DEADLINES_SCHEMA } from './deadlines.js';
import { INTENTS_SCHEMA } from './intents.js';
import { LEASE_SCHEMA } from './leases.js';
import type { Log } from './log.js';
import { PARKED_SCHEMA } from './parked.js';
import { REBUILDS_SCHEMA } from './rebuilds.js';
import { indexed, type Pool, type Row, shapeOf, type View } from './view.js';

const SCHEMA = `${PARKED_SCHEMA};
${LEASE_SCHEMA};
${REBUILDS_SCHEMA};
${INTENTS_SCHEMA};
${DEADLINES_SCHEMA};
create table if not exists projection_checkpoints (
  view text not null, slot text not null, version integer not null, shape text not null,
  position bigint, turn bigint not null default 0, context jsonb, derived_for text,
  events bigint not null default 0, fact_at text, silent_until bigint, stopped jsonb, updated_at timestamptz not null default now(),
  primary key (view, slot)
) with (fillfactor = 30);
create table if not exists projection_status (
  view text primary key, state text not null, head bigint, events_per_second double precision not null,
  waiting_since text, caught_up_since timestamptz, last_error text, last_error_at timestamptz,
  timing jsonb, heartbeat_at timestamptz not null
) with (fillfactor = 30);
${addColumn('projection_status', 'timing', 'jsonb')};
${addColumn('projection_checkpoints', 'silent_until', 'bigint')}`;

/** Any number, as long as nobody else takes it for an advisory lock. */
const SCHEMA_LOCK = 7_316_440_001n;

/** Makes what is missing. Safe when several processes start at once. `head` is asked for what is new. */
export const prepareTables = (pool: Pool, views: readonly View[], head: Log['head']): Promise<void> =>
  inTransaction(pool, async (sql) => {
    await sql('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await sql(SCHEMA);
    for (const view of views) {
      const isNew = await open(sql, view, 'live');
      if (isNew && view.projection.announces)
        await sql(`update projection_checkpoints set silent_until = $2 where view = $1 and slot = 'live'`, [
          view.projection.name,
          await head(),
        ]);
    }
  });

/** The table that will take the place of a view's: there already when a rebuild was cut short. */
export const prepareNext = (pool: Pool, views: readonly View[]): Promise<void> =>
  inTransaction(pool, async (sql) => {
    await sql('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    for (const view of views) {
      const { name, version } = view.projection;
      await sql(
        `delete from projection_checkpoints where view = $1 and slot = 'next' and (version, shape) <> ($2, $3)`,
        [name, version, shapeOf(view)],
      );
      await open(sql, view, 'next');
    }
  });

/** Where a view's rows lie: its own table, or the one beside it. */
export const tableIn = (slot: Slot, { table }: View): View['table'] =>
  slot === 'live' ? table : { ...table, name: `${table.name}__next` };

/** Gives the table beside the indexes that it was filled without. */
export const indexNext = async (sql: Sql, view: View): Promise<void> => {
  const table = tableIn('next', { ...view, table: indexed(view) });
  const [creation = '', ...indexes] = ddlOf<Row>(table).split(/;\n(?=create index )/);
  const [row] = await sql<{ primary: bigint; others: bigint }>(
    `select count(*) filter (where indisprimary) as primary, count(*) filter (where not indisprimary) as others
     from pg_index where indrelid = $1::regclass`,
    [`"${table.name}"`],
  );
  const [key] = PRIMARY_KEY.exec(creation) ?? [];
  if (row?.primary === 0n) await sql(`alter table "${table.name}" add ${key}`);
  if (row?.others === 0n) for (const index of indexes) await sql(index);
  const columns = await indexedColumns(sql, table.name);
  await sql(
    `set default_statistics_target to 10; analyze "${table.name}" (${columns}); reset default_statistics_target`,
  );
};

/** The columns that rows are found by. Statistics of the others cost several times as much and can wait for autovacuum. */
const indexedColumns = async (sql: Sql, table: string): Promise<string> => {
  const columns = await sql<{ name: string }>(
    `select distinct quote_ident(attname) as name from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
     where indrelid = $1::regclass order by name`,
    [`"${table}"`],
  );
  return columns.map(({ name }) => name).join(', ');
};

export const dropNext = (pool: Pool, views: readonly View[]): Promise<void> =>
  inTransaction(pool, async (sql) => {
    for (const view of views) {
      await sql(`delete from projection_checkpoints where view = $1 and slot = 'next'`, [view.projection.name]);
      await sql(`delete from projection_parked where view = $1 and slot = 'next'`, [view.projection.name]);
      await sql(`drop table if exists "${tableIn('next', view).name}"`);
    }
  });

const PRIMARY_KEY = /primary key \([^)]*\)/;

/** Rows that are never looked up while they are filled in do without their key until then. */
const bare = ({ appendOnly }: View, ddl: string): string =>
  appendOnly ? ddl.replace(new RegExp(`,\\s*${PRIMARY_KEY.source}`), '') : ddl;

/** A table and its checkpoint come into being together. @returns whether they have now */
const open = async (sql: Sql, view: View, slot: Slot): Promise<boolean> => {
  const { name, version } = view.projection;
  const opened = await sql(
    `insert into projection_checkpoints (view, slot, version, shape) values ($1, $2, $3, $4)
     on conflict do nothing returning view`,
    [name, slot, version, shapeOf(view)],
  );
  if (opened.length === 0) return false;
  const table = tableIn(slot, { ...view, table: indexed(view) });
  await sql('delete from projection_parked where view = $1 and slot = $2 and reason is null', [name, slot]);
  await sql(`drop table if exists "${table.name}"`);
  await sql(slot === 'live' ? ddlOf<Row>(table) : bare(view, ddlOf<Row>({ ...table, indexes: [] })));
  return true;
};
