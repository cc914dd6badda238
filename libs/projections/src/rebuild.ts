import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import { type Checkpoint, readCheckpoints } from './checkpoints.js';
import { claiming } from './claiming.js';
import type { Fault } from './faults.js';
import { Member } from './member.js';
import { Pack, type Surroundings } from './pack.js';
import { beingCancelled, endRebuilds, type Progress, Teller } from './rebuilds.js';
import { dropNext, indexNext, prepareNext, tableIn } from './tables.js';
import { columnOf, keyFieldOf, type Pool, type View } from './view.js';

export type RebuildOptions = Readonly<{
  onProgress?: (progress: Progress) => void;
  /** Ends the rebuild. What has been filled stays, and the next rebuild of the same version goes on from there. */
  signal?: AbortSignal;
  /** Whoever keeps the views does it, because somebody asked for it. */
  byRequest?: boolean;
}>;

export type Rebuilt = Readonly<{
  view: string;
  events: bigint;
  rows: bigint;
  seconds: number;
  /** Rows that are not as they were; null: the old rows were of another version or place in the log. */
  differences: bigint | null;
}>;

/** A fill that takes less is short enough to make the writers of the old rows wait for the last one. */
const NEAR_MS = 1_000;
const LOCK_TIMEOUT_MS = 5_000;
/** Who reads must not wait longer behind a swap that waits for another reader. */
const YIELDS_AFTER_MS = 300;
/** What PostgreSQL says when somebody else's lock was in the way. */
const IN_THE_WAY = new Set(['40P01', '55P03']);

/**
 * Fills new tables beside the old ones from the beginning of the log, and puts each in its place in one transaction.
 * Reads never see anything but whole rows. @throws when a view stops at a fact, or another process rebuilds it
 */
export class Rebuild {
  readonly #names: readonly string[];
  readonly #from = performance.now();
  #head: bigint | null = null;
  #fault: Readonly<{ view: string; fault: Fault | 'superseded' }> | null = null;
  readonly #signal: AbortSignal;
  readonly #cancel = new AbortController();
  readonly #teller: Teller;
  /** What was filled already: rate and time left are told by what this run does. */
  #resumed = { events: 0n, position: 0n };
  #progress: Progress = { events: 0n, perSecond: 0, percent: 0, secondsLeft: null };

  constructor(
    private readonly around: Surroundings,
    private readonly views: readonly View[],
    private readonly options: RebuildOptions,
  ) {
    this.#names = views.map(({ projection }) => projection.name);
    this.#signal = AbortSignal.any([this.#cancel.signal, ...(options.signal ? [options.signal] : [])]);
    this.#teller = new Teller({
      pool: around.pool,
      views: this.#names,
      byRequest: options.byRequest === true,
      progress: () => this.#progress,
      cancelled: (names) => this.#cancel.abort(new RebuildCancelled(names)),
      failed: (error) => around.logger.warn({ error: String(error) }, 'It could not be told how far a rebuild is'),
    });
  }

  /** Settles when the new rows are served. */
  run(): Promise<readonly Rebuilt[]> {
    return claiming(this.around.pool, this.#names, () => this.#claimed());
  }

  async #claimed(): Promise<readonly Rebuilt[]> {
    await prepareNext(this.around.pool, this.views);
    const [next] = (await readCheckpoints(sqlOver(this.around.pool), this.#names, 'next')).values();
    this.#resumed = { events: next?.events ?? 0n, position: next?.position ?? 0n };
    await this.#teller.begin();
    try {
      await this.#fillToHead();
      await Promise.all(this.views.map((view) => indexNext(sqlOver(this.around.pool), view)));
      await this.#comeNear();
      return await this.#swap();
    } catch (error) {
      await this.#teller.end();
      await this.#ended(error);
      throw error;
    } finally {
      await this.#teller.end();
    }
  }

  /** Views that nobody cancelled, of those that shared the read, go on later. Where that cannot be written, silence says the same. */
  async #ended(error: unknown): Promise<void> {
    const { pool, logger } = this.around;
    try {
      const sql = sqlOver(pool);
      await endRebuilds(sql, this.#names, endOf(error));
      const cancelled = await beingCancelled(sql, this.#names);
      await dropNext(
        pool,
        this.views.filter(({ projection }) => cancelled.includes(projection.name)),
      );
      await endRebuilds(sql, cancelled, { state: 'cancelled' });
    } catch (unsaid) {
      logger.warn({ error: String(unsaid) }, 'It could not be written down how a rebuild ended');
    }
  }

  async #comeNear(): Promise<void> {
    let before = Number.POSITIVE_INFINITY;
    for (;;) {
      const from = performance.now();
      await this.#fillToHead();
      const took = performance.now() - from;
      // One that is no shorter than the last takes as long as writing goes on: the next would be no shorter either.
      if (took < NEAR_MS || took > before * 0.9) return;
      before = took;
    }
  }

  async #fillToHead(): Promise<void> {
    this.#head = await this.#end();
    if (this.#head !== null) await this.#fill(this.#head, true);
  }

  /** A view that announces is taken no further than its old rows: what comes after that is announced by the new ones. */
  async #end(): Promise<bigint | null> {
    const announcing = this.views.filter(({ projection }) => projection.announces);
    const names = announcing.map(({ projection }) => projection.name);
    const live = await readCheckpoints(sqlOver(this.around.pool), names, 'live');
    const served = [...live.values()].flatMap(({ position }) => (position === null ? [] : [position]));
    return [...served].sort((a, b) => (a < b ? -1 : 1))[0] ?? this.around.log.head();
  }

  async #fill(until: bigint, defersDays: boolean, views = this.views): Promise<void> {
    const members = views.map((view) => new Member(view, 'next', { ...this.around, defersDays }));
    const pack: Pack = new Pack(
      {
        ...this.around,
        committed: () => this.#report(pack),
        left: ({ name }, fault) => {
          this.#fault = { view: name, fault };
          void pack.stop();
        },
      },
      members,
      'next',
      until,
    );
    const signal = this.#signal;
    const end = () => void pack.stop();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    await pack.run();
    signal.removeEventListener('abort', end);
    signal.throwIfAborted();
    if (this.#fault) throw new StoppedWhileFilling(this.#fault.view, this.#fault.fault);
  }

  #report({ members, position }: Pack): void {
    const events = members[0]?.committed.events ?? 0n;
    const seconds = (performance.now() - this.#from) / 1000;
    const perSecond = Math.round(Number(events - this.#resumed.events) / seconds);
    const partOf = (at: bigint) => (this.#head ? Math.min(1, Number(at) / Number(this.#head)) : 0);
    const part = partOf(position ?? 0n);
    const done = part - partOf(this.#resumed.position);
    const secondsLeft = done > 0 ? Math.round((seconds / done) * (1 - part)) : null;
    this.#progress = { events, perSecond, percent: Math.floor(part * 1000) / 10, secondsLeft };
    this.options.onProgress?.(this.#progress);
  }

  /** Table by table: who reads two of them, and holds one, would keep a swap of both from ever coming to an end. */
  async #swap(): Promise<readonly Rebuilt[]> {
    const rebuilt: Rebuilt[] = [];
    for (const view of this.views) rebuilt.push(await this.#swapOf(view));
    return rebuilt;
  }

  async #swapOf(view: View): Promise<Rebuilt> {
    for (;;) {
      this.#signal.throwIfAborted();
      try {
        return await inTransaction(this.around.pool, (sql) => this.#swapIn(sql, view));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!IN_THE_WAY.has(code)) throw error;
        await sleep(50 + Math.random() * 200);
      }
    }
  }

  /** Writers wait from here on, readers only for the last step: the tables change their names. */
  async #swapIn(sql: Sql, view: View): Promise<Rebuilt> {
    const { name } = view.projection;
    await sql(`set local lock_timeout to ${LOCK_TIMEOUT_MS}`);
    await sql(`lock table "${view.table.name}" in exclusive mode`);
    await sql('select 1 from projection_checkpoints where view = $1 and slot = $2 for update', [name, 'live']);
    const before = (await readCheckpoints(sql, [name], 'live')).get(name);
    if (before && before.position !== null) await this.#fill(before.position, false, [view]);
    const after = (await readCheckpoints(sql, [name], 'next')).get(name);
    if (!before || !after) throw new Error(`${name} lost its checkpoint while it was rebuilt`);
    const rebuilt = await this.#check(sql, view, { before, after });
    await sql(`set local lock_timeout to ${YIELDS_AFTER_MS}`);
    await putInPlace(sql, view, { before, after });
    await endRebuilds(sql, [name], { state: 'done', done: rebuilt });
    return rebuilt;
  }

  async #check(sql: Sql, view: View, { before, after }: Pair): Promise<Rebuilt> {
    const isComparable =
      before.shape === after.shape && before.version === after.version && before.position === after.position;
    // Side by side: nobody writes either table now.
    const [now, then] = await Promise.all([
      digestOf(sql, tableIn('next', view).name),
      isComparable ? digestOf(sqlOver(this.around.pool), view.table.name) : null,
    ]);
    const differ = async () => (then?.digest === now.digest ? 0n : countDifferences(sql, view));
    return {
      view: view.projection.name,
      events: after.events,
      rows: now.rows,
      seconds: (performance.now() - this.#from) / 1000,
      differences: isComparable ? await differ() : null,
    };
  }
}

/** A rebuild found a fact that the view cannot fold. The old rows go on being served. */
export class StoppedWhileFilling extends Error {
  constructor(
    readonly view: string,
    readonly fault: Fault | 'superseded',
  ) {
    super(
      fault === 'superseded'
        ? `${view}: another process has taken over the rebuild`
        : `${view} stops at ${fault.type} in ${fault.stream}@${fault.revision} (position ${fault.position}): ${fault.error}`,
    );
    this.name = 'StoppedWhileFilling';
  }
}

/** Somebody cancelled it for these views. Their old rows go on being served; what was filled is gone. */
export class RebuildCancelled extends Error {
  constructor(readonly views: readonly string[]) {
    super(`The rebuild of ${views.join(', ')} was cancelled`);
    this.name = 'RebuildCancelled';
  }
}

const endOf = (error: unknown) => {
  const isFault = error instanceof StoppedWhileFilling && error.fault !== 'superseded';
  return isFault ? { state: 'failed' as const, error: error.message } : { state: 'paused' as const };
};

/**
 * Drops what unfinished rebuilds have left.
 * @throws when somebody is at one of them
 */
export const discard = (pool: Pool, views: readonly View[]): Promise<void> => {
  const names = views.map(({ projection }) => projection.name);
  return claiming(pool, names, async () => {
    await dropNext(pool, views);
    await endRebuilds(sqlOver(pool), names, { state: 'cancelled' });
  });
};

type Pair = Readonly<{ before: Checkpoint; after: Checkpoint }>;

type Digest = Readonly<{ rows: bigint; digest: string }>;

const digestOf = async (sql: Sql, table: string): Promise<Digest> => {
  const [row] = await sql<Digest>(
    `select count(*) as rows, coalesce(sum(hash_record_extended(t, 0)), 0)::text as digest from "${table}" t`,
  );
  if (!row) throw new Error(`${table} could not be counted`);
  return row;
};

const countDifferences = async (sql: Sql, view: View): Promise<bigint> => {
  const [a, b] = [view.table.name, tableIn('next', view).name];
  const field = columnOf(keyFieldOf(view));
  const join = view.table.key.length === 1 ? `a."${field}" = b."${field}"` : 'a::text = b::text';
  const [row] = await sql<{ count: bigint }>(
    `select count(*) from "${a}" a full join "${b}" b on ${join} where a::text is distinct from b::text`,
  );
  return row?.count ?? 0n;
};

const putInPlace = async (sql: Sql, view: View, { before, after }: Pair): Promise<void> => {
  const { name } = view.projection;
  await sql(`drop table "${view.table.name}"`);
  await sql(`alter table "${tableIn('next', view).name}" rename to "${view.table.name}"`);
  await sql(`delete from projection_checkpoints where view = $1 and slot = 'live'`, [name]);
  await sql(`delete from projection_parked where view = $1 and slot = 'live' and reason is null`, [name]);
  await sql(
    `delete from projection_parked n using projection_parked l where n.view = $1 and n.slot = 'next'
     and (l.view, l.slot, l.position, l.key) = (n.view, 'live', n.position, n.key)`,
    [name],
  );
  await sql(`update projection_parked set slot = 'live' where view = $1 and slot = 'next'`, [name]);
  await sql(
    `update projection_checkpoints set slot = 'live', turn = greatest($2::bigint, $3::bigint) + 1, silent_until = $4
     where view = $1 and slot = 'next'`,
    [name, before.turn, after.turn, before.silentUntil],
  );
};
