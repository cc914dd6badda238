import type { Recorded } from '#kernel';
import { inTransaction, type Sql } from '#postgres';
import { type Checkpoint, readCheckpoints } from './checkpoints.js';
import { gather } from './facts-of.js';
import { faultAt } from './faults.js';
import { type Step, storedRows } from './fold.js';
import type { Log } from './log.js';
import { type Manner, Member } from './member.js';
import { holdOfKey, type Parked } from './parked.js';
import { derived } from './time.js';
import { keyFieldOf, type Pool, type Row, type View } from './view.js';
import { madeReady, statementOf } from './write.js';

export type Releasing = Pick<Manner, 'rows' | 'forgets'> &
  Readonly<{
    log: Log;
    pool: Pool;
    view: View;
    /** The fact that was parked. */
    position: bigint;
    /** Why it is left out for good, and who says so; null: it is folded. */
    skip: Skip | null;
  }>;

export type Skip = Readonly<{ reason: string; by: string | null }>;

/** Nothing is parked there. */
export class NothingParked extends Error {}

/** What came of it: how many facts were folded, and which error the first of those that still wait met. */
export type Released = Readonly<{ folded: number; error: string | null }>;

/**
 * Folds a parked fact and all that waits behind it, in their order and with the context of their time, up to the next
 * that cannot be folded; or leaves the parked one out and goes on with the rest. Whoever keeps the view finds its fence
 * lost and reads the rows again. @throws NothingParked
 */
export const release = (releasing: Releasing): Promise<Released> =>
  inTransaction(releasing.pool, async (sql) => {
    const { view, position, skip } = releasing;
    const { name } = view.projection;
    await sql(`select 1 from projection_checkpoints where view = $1 and slot = 'live' for update`, [name]);
    const which = skip === null ? '' : 'and error is not null';
    const heads = await sql<Item>(`${SELECT} and position = $2 ${which}`, [name, position]);
    if (heads.length === 0) throw new NothingParked(`${name} has parked nothing at position ${position}`);
    if (skip !== null)
      await sql(
        `update projection_parked set reason = $3, skipped_by = $4 where view = $1 and slot = 'live' and position = $2 and error is not null`,
        [name, position, skip.reason, skip.by],
      );
    let released: Released = { folded: 0, error: null };
    for (const head of heads) {
      const one = await releaseBehind(sql, releasing, head);
      released = { folded: released.folded + one.folded, error: released.error ?? one.error };
    }
    return released;
  });

type Item = Omit<Parked, 'error'>;
const SELECT = `select position, key, hold, stream, revision, type, context from projection_parked
  where view = $1 and slot = 'live' and reason is null`;

/** The parked fact and what waits for it: for a fact on its own, the fact. */
const waitingBehind = (
  sql: Sql,
  { view, skip }: Releasing,
  { hold, position, key }: Item,
): Promise<readonly Item[]> => {
  const { name } = view.projection;
  if (hold !== null) return sql<Item>(`${SELECT} and hold = $2 order by position`, [name, hold]);
  return skip === null
    ? sql<Item>(`${SELECT} and position = $2 and key = $3`, [name, position, key])
    : Promise.resolve([]);
};

const releaseBehind = async (sql: Sql, releasing: Releasing, head: Item): Promise<Released> => {
  const { log, view } = releasing;
  const items = await waitingBehind(sql, releasing, head);
  const folding = new Refolding(sql, releasing, head.hold);
  let error: string | null = null;
  const known = new Map<bigint, Recorded>();
  for (const [index, item] of items.entries()) {
    if (index % AHEAD === 0) await readAhead(log, items.slice(index, index + AHEAD), known);
    error = await attempt({ log, known }, folding, item);
    if (error !== null) {
      await sql(
        `update projection_parked set error = $4, retries = retries + 1 where view = $1 and slot = 'live' and position = $2 and key = $3`,
        [view.projection.name, item.position, item.key, error],
      );
      break;
    }
  }
  await folding.write();
  return { folded: folding.done.length, error };
};

/** So many of the facts that wait are read at a time. */
const AHEAD = 200;

const readAhead = async (log: Log, items: readonly Item[], known: Map<bigint, Recorded>): Promise<void> => {
  known.clear();
  // What cannot be read is asked for again by itself when its turn comes, and said.
  await gather(log, items, known).catch(() => undefined);
};

type Source = Readonly<{ log: Log; known: Map<bigint, Recorded> }>;

const attempt = async ({ log, known }: Source, folding: Refolding, item: Item): Promise<string | null> => {
  let fact: Recorded | undefined;
  try {
    [fact] = await gather(log, [item], known);
    if (fact) await folding.take(fact, item);
    return null;
  } catch (error) {
    if (fact) return faultAt({ kind: 'fact', fact, bytes: 0 }, error).error;
    return 'it still cannot be read';
  }
};

/** Rows folded on from where they were left. */
class Refolding {
  readonly done: Item[] = [];
  readonly #member: Member;
  readonly #rows = new Map<string, Row | null>();
  readonly #moved: Parked[] = [];

  constructor(
    private readonly sql: Sql,
    { view, ...manner }: Releasing,
    private readonly hold: string | null,
  ) {
    this.#member = new Member(view, 'live', { ...manner, parks: true });
  }

  async take(fact: Recorded, item: Item): Promise<void> {
    const { projection, hears, view } = this.#member;
    const keys: string[] =
      item.key !== '' ? [item.key] : hears(fact) ? [...new Set<string>(projection.keys(fact))] : [];
    const changed: [string, Row | null][] = [];
    for (const key of keys) {
      const isElsewhere = item.key === '' && !view.appendOnly && (await this.#isHeld(key));
      if (isElsewhere) this.#moved.push({ ...item, key, hold: holdOfKey(key), error: null });
      else changed.push([key, projection.fold(await this.#rowOf(key), fact, key, item.context)]);
    }
    for (const [key, row] of changed) this.#rows.set(key, row);
    this.done.push(item);
  }

  async write(): Promise<void> {
    const { name } = this.#member;
    const from = (await readCheckpoints(this.sql, [name], 'live')).get(name);
    if (!from) throw new Error(`${name} has no checkpoint`);
    await this.sql(
      `delete from projection_parked where view = $1 and slot = 'live'
       and (position, key) in (select * from unnest($2::bigint[], $3::text[]))`,
      [name, this.done.map(({ position }) => position), this.done.map(({ key }) => key)],
    );
    const step = this.#step(from);
    await madeReady([step]);
    await this.sql(...statementOf('live', [step]));
  }

  #step(from: Checkpoint): Step {
    const rows = [...this.#rows];
    return {
      member: this.#member,
      from,
      to: { ...from, turn: from.turn + 1n },
      made: [],
      rows: rows.flatMap(([, row]) => (row === null ? [] : [derived(this.#member, row, from.context)])),
      gone: this.#member.view.appendOnly ? [] : rows.flatMap(([key, row]) => (row === null ? [key] : [])),
      parked: this.#moved,
      announcer: null,
      sweep: 'none',
      forgotten: [],
      poison: null,
    };
  }

  async #rowOf(key: string): Promise<Row | null> {
    const { view } = this.#member;
    if (view.appendOnly) return null;
    const folded = this.#rows.get(key);
    if (folded !== undefined) return folded;
    const [row] = await storedRows(this.sql, this.#member, [{ [keyFieldOf(view)]: key }]);
    return row ?? null;
  }

  async #isHeld(key: string): Promise<boolean> {
    const hold = holdOfKey(key);
    if (hold === this.hold) return false;
    return (await this.sql(`${SELECT} and hold = $2 limit 1`, [this.#member.name, hold])).length > 0;
  }
}
