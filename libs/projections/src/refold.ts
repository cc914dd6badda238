import { perCustomer, perStream, type Recorded } from '#kernel';
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
    /** The row to fold afresh. */
    key: string;
    /** Under which keys its facts were recorded; their rows become this one. */
    recordedIds: readonly string[];
  }>;

/** Of how many facts the row was made, and whether there is one. */
export type Refolded = Readonly<{ facts: number; isThere: boolean }>;

/** One row alone cannot be folded afresh; the message says why. */
export class CannotRefold extends Error {}

/** Which facts may touch the rows with these keys, by how the view finds its keys. */
const TOUCHING = new Map<unknown, string>([
  [perCustomer, 'customer = any($1)'],
  [perStream, `substring(stream from position('-' in stream) + 1) = any($1)`],
]);

/** PostgreSQL takes nothing else as the key of such a row. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const mayBeKey = ({ table }: View, key: string): boolean =>
  table.columns[table.key[0] as string] !== 'uuid' || UUID.test(key);

const touching = ({ projection, appendOnly }: View): string => {
  const condition = TOUCHING.get(projection.keys);
  if (condition !== undefined && !appendOnly) return condition;
  throw new CannotRefold(
    `${projection.name} is keyed by neither customer nor stream, so that no row can be folded from its own facts: rebuild it`,
  );
};

/**
 * Folds one row afresh from its own facts, in the order of the log, up to where the view stands, and replaces it.
 * Whoever keeps the view finds its fence lost and reads the row again.
 * @throws CannotRefold for a view whose rows are not keyed by customer or stream
 * @throws when the index of facts does not come as far as the view in ten seconds
 */
export const refold = async (refolding: Refolding): Promise<Refolded> => {
  const { log, pool, view, key } = refolding;
  const { name } = view.projection;
  touching(view);
  if (!mayBeKey(view, key)) return { facts: 0, isThere: false };
  const standing = await checkpointOf(sqlOver(pool), name);
  if (standing.position === null) return { facts: 0, isThere: false };
  if (!(await waitFor(sqlOver(pool), INDEX, standing.position, INDEX_DEADLINE_MS)))
    throw new Error(`${INDEX} has not come to position ${standing.position}, where ${name} is`);
  const known = new Map<bigint, Recorded>();
  await gather(log, await placesOf(sqlOver(pool), refolding, standing.position), known);
  return inTransaction(pool, (sql) => replace(sql, refolding, known));
};

const replace = async (sql: Sql, refolding: Refolding, known: Map<bigint, Recorded>): Promise<Refolded> => {
  const { view, key, recordedIds } = refolding;
  await sql(`select 1 from projection_checkpoints where view = $1 and slot = 'live' for update`, [
    view.projection.name,
  ]);
  const {
    stopped: _,
    view: name,
    version: __,
    shape: ___,
    silentUntil: ____,
    ...from
  } = await checkpointOf(sql, view.projection.name);
  const index = await checkpointOf(sql, INDEX);
  if (from.position === null || index.position === null || index.position < from.position) throw new FenceLost([name]);
  const places = await placesOf(sql, refolding, from.position);
  const facts = await gather(refolding.log, places, known);
  const member = new Member(view, 'live', refolding);
  const { row, folded } = foldAfresh(member, refolding, facts);
  const step: Step = {
    member,
    from,
    to: { ...from, turn: from.turn + 1n },
    made: [],
    rows: row ? [derived(member, row, contextOf(member, from))] : [],
    gone: [...recordedIds, key].filter((id) => (id !== key || row === null) && mayBeKey(view, id)),
    parked: [],
    announcer: null,
    sweep: 'none',
    forgotten: [],
    poison: null,
  };
  await madeReady([step]);
  await sql(...statementOf('live', [step]));
  return { facts: folded, isThere: row !== null };
};

const checkpointOf = async (sql: Sql, view: string): Promise<Checkpoint> => {
  const checkpoint = (await readCheckpoints(sql, [view], 'live')).get(view);
  if (!checkpoint) throw new Error(`${view} has no checkpoint`);
  return checkpoint;
};

const contextOf = ({ projection }: Member, { context }: Standing) => context ?? projection.context?.initial ?? null;

type Afresh = Readonly<{ row: Row | null; folded: number }>;

const foldAfresh = (member: Member, { key, recordedIds }: Refolding, facts: readonly Recorded[]): Afresh => {
  const { projection, turnsOn, hears } = member;
  const ids = new Set([key, ...recordedIds]);
  let context = projection.context?.initial ?? null;
  let row: Row | null = null;
  let folded = 0;
  for (const fact of facts) {
    if (turnsOn.has(fact.type)) context = projection.context?.fold(context, fact) ?? null;
    const isOurs = hears(fact) && projection.keys(fact).some((one: string) => ids.has(one));
    if (!isOurs) continue;
    row = projection.fold(row, fact, key, context);
    folded += 1;
  }
  return { row, folded };
};

/**
 * Where the row's facts lie, and those of nobody that the view's context turns on, by position; without those that
 * the row does without.
 */
const placesOf = (sql: Sql, { view, key, recordedIds }: Refolding, until: bigint): Promise<readonly Place[]> => {
  const ids = [key, ...recordedIds];
  const turning = view.projection.context ? `or customer = '${NOBODY}'` : '';
  return sql<Place>(
    `select distinct position, stream, revision from facts_by_customer
     where (${touching(view)} ${turning}) and position <= $2 and position not in (
       select position from projection_parked where view = $3 and slot = 'live' and (key = any($1) or key = ''))
     order by position`,
    [ids, until, view.projection.name],
  );
};
