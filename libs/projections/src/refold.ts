import type { Recorded } from '#kernel';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import { type Checkpoint, readCheckpoints, type Standing } from './checkpoints.js';
import { factsByCustomer, NOBODY } from './facts-by-customer.js';
import { gather, type Place } from './facts-of.js';
import { FenceLost } from './faults.js';
import type { Step } from './fold.js';
import type { Log } from './log.js';
import { type Manner, Member } from './member.js';
import { derived } from './time.js';
import type { Pool, Row, View } from './view.js';
import { waitFor } from './wait-for.js';
import { madeReady, statementOf } from './write.js';

const INDEX = factsByCustomer.projection.name;
const INDEX_DEADLINE_MS = 10_000;

export type Refolding = Pick<Manner, 'rows' | 'forgets'> &
  Readonly<{
    log: Log;
    pool: Pool;
    view: View;
    /** The row to fold afresh: a customer's id. */
    key: string;
    /** Under which ids its facts were recorded; their rows become this one. */
    recordedIds: readonly string[];
  }>;

/**
 * Folds one customer's row afresh from that customer's own facts, in the order of the log, up to where the view stands,
 * and replaces it. Whoever keeps the view finds its fence lost and reads the row again.
 * @throws when the index of facts does not come as far as the view in ten seconds
 */
export const refold = async (refolding: Refolding): Promise<void> => {
  const { log, pool, view } = refolding;
  const { name } = view.projection;
  if (view.table.key.length !== 1) throw new Error(`${name} has no row that could be refolded`);
  const standing = await checkpointOf(sqlOver(pool), name);
  if (standing.position === null) return;
  if (!(await waitFor(sqlOver(pool), INDEX, standing.position, INDEX_DEADLINE_MS)))
    throw new Error(`${INDEX} has not come to position ${standing.position}, where ${name} is`);
  const known = new Map<bigint, Recorded>();
  await gather(log, await placesOf(sqlOver(pool), refolding, standing.position), known);
  await inTransaction(pool, (sql) => replace(sql, refolding, known));
};

const replace = async (sql: Sql, refolding: Refolding, known: Map<bigint, Recorded>): Promise<void> => {
  const { view, key, recordedIds } = refolding;
  await sql(`select 1 from projection_checkpoints where view = $1 and slot = 'live' for update`, [
    view.projection.name,
  ]);
  const { stopped: _, view: name, version: __, shape: ___, ...from } = await checkpointOf(sql, view.projection.name);
  const index = await checkpointOf(sql, INDEX);
  if (from.position === null || index.position === null || index.position < from.position) throw new FenceLost([name]);
  const places = await placesOf(sql, refolding, from.position);
  const facts = await gather(refolding.log, places, known);
  const member = new Member(view, 'live', refolding);
  const row = foldAfresh(member, refolding, facts);
  const step: Step = {
    member,
    from,
    to: { ...from, turn: from.turn + 1n },
    rows: row ? [derived(member, row, contextOf(member, from))] : [],
    gone: [...recordedIds, key].filter((id) => id !== key || row === null),
    parked: [],
    sweep: 'none',
    forgotten: [],
    poison: null,
  };
  await madeReady([step]);
  await sql(...statementOf('live', [step]));
};

const checkpointOf = async (sql: Sql, view: string): Promise<Checkpoint> => {
  const checkpoint = (await readCheckpoints(sql, [view], 'live')).get(view);
  if (!checkpoint) throw new Error(`${view} has no checkpoint`);
  return checkpoint;
};

const contextOf = ({ projection }: Member, { context }: Standing) => context ?? projection.context?.initial ?? null;

const foldAfresh = (member: Member, { key, recordedIds }: Refolding, facts: readonly Recorded[]): Row | null => {
  const { projection, turnsOn, hears } = member;
  const ids = new Set([key, ...recordedIds]);
  let context = projection.context?.initial ?? null;
  let row: Row | null = null;
  for (const fact of facts) {
    if (turnsOn.has(fact.type)) context = projection.context?.fold(context, fact) ?? null;
    const isOurs = hears(fact) && projection.keys(fact).some((one: string) => ids.has(one));
    if (isOurs) row = projection.fold(row, fact, key, context);
  }
  return row;
};

/**
 * Where the customer's facts lie, and those of nobody that the view's context turns on, by position; without those that
 * the row does without.
 */
const placesOf = (sql: Sql, { view, key, recordedIds }: Refolding, until: bigint): Promise<readonly Place[]> => {
  const ids = [key, ...recordedIds];
  const customers = [...ids, ...(view.projection.context ? [NOBODY] : [])];
  return sql<Place>(
    `select distinct position, stream, revision from facts_by_customer
     where customer = any($1) and position <= $2 and position not in (
       select position from projection_parked where view = $3 and slot = 'live' and (key = any($4) or key = ''))
     order by position`,
    [customers, until, view.projection.name, ids],
  );
};
