import type { Sql, Statement } from '#postgres';
import type { Fault } from './faults.js';

/** `live` is served; `next` is being filled to take its place. */
export type Slot = 'live' | 'next';

/** How far a view's rows have come. Kept in the transaction of the rows: never ahead of them nor behind. */
export type Standing = Readonly<{
  /** Everything up to here is in the rows; null: nothing yet. */
  position: bigint | null;
  /** Raised by every writer, whatever it writes: who writes must have read the last one. */
  turn: bigint;
  context: object | null;
  /** The day for which all rows are derived; null: some may be derived for none. */
  derivedFor: string | null;
  /** Facts passed, heard or not. */
  events: bigint;
  /** When the last of them was recorded. */
  factAt: string | null;
}>;

export type Checkpoint = Standing &
  Readonly<{
    view: string;
    version: number;
    shape: string;
    /** Where the log ended when the view was new: what was before is announced to nobody; null: nothing was. */
    silentUntil: bigint | null;
    stopped: Readonly<Record<keyof Fault, string>> | null;
  }>;

const COLUMNS =
  'view, version, shape, position, turn, context, derived_for as "derivedFor", events, fact_at as "factAt", silent_until as "silentUntil", stopped';

export const readCheckpoints = async (
  sql: Sql,
  views: readonly string[],
  slot: Slot,
): Promise<ReadonlyMap<string, Checkpoint>> => {
  const text = `select ${COLUMNS} from projection_checkpoints where view = any($1) and slot = $2`;
  const rows = await sql<Checkpoint>(text, [views, slot]);
  return new Map(rows.map((row) => [row.view, row]));
};

export type Move = Readonly<{ view: string; from: Standing; to: Standing }>;

/** Moves the checkpoints that still stand where they were read; a row comes back for each that was moved. */
export const moveCheckpoints = (slot: Slot, moves: readonly Move[]): Statement => [
  `update projection_checkpoints as c
   set turn = n.next, position = n.position, context = n.context, derived_for = n.derived_for,
       events = n.events, fact_at = n.fact_at, updated_at = now(),
       stopped = case when c.position is distinct from n.position then null else c.stopped end
   from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::jsonb[], $6::text[], $7::bigint[], $8::text[])
     as n (view, turn, next, position, context, derived_for, events, fact_at)
   where c.slot = $9 and c.view = n.view and c.turn = n.turn
   returning c.view`,
  [
    moves.map(({ view }) => view),
    moves.map(({ from }) => from.turn),
    moves.map(({ to }) => to.turn),
    moves.map(({ to }) => to.position),
    moves.map(({ to }) => to.context && JSON.stringify(to.context)),
    moves.map(({ to }) => to.derivedFor),
    moves.map(({ to }) => to.events),
    moves.map(({ to }) => to.factAt),
    slot,
  ],
];

/** Writes down, for everyone to read, at what a view stopped. */
export const writeStopped = async (sql: Sql, view: string, slot: Slot, fault: Fault): Promise<void> => {
  const stopped = JSON.stringify(fault, (_, value) => (typeof value === 'bigint' ? String(value) : value));
  await sql('update projection_checkpoints set stopped = $3 where view = $1 and slot = $2', [view, slot, stopped]);
};
