import { setTimeout as sleep } from 'node:timers/promises';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import { type Checkpoint, readCheckpoints } from './checkpoints.js';
import type { Fault } from './faults.js';
import { Member } from './member.js';
import { Pack, type Surroundings } from './pack.js';
import { dropNext, indexNext, prepareNext, tableIn } from './tables.js';
import { keyFieldOf, type View } from './view.js';

export type Progress = Readonly<{
  events: bigint;
  perSecond: number;
  percent: number;
  /** Null while nothing can be said. */
  secondsLeft: number | null;
}>;

export type RebuildOptions = Readonly<{
  onProgress?: (progress: Progress) => void;
  /** Ends the rebuild. What has been filled stays, and the next rebuild of the same version goes on from there. */
  signal?: AbortSignal;
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
/** Sooner than PostgreSQL looks for deadlocks (1 s): of a swap and who reads two of its tables, the swap is to try again. */
const YIELDS_AFTER_MS = 300;
/** What PostgreSQL says when somebody else's lock was in the way. */
const IN_THE_WAY = new Set(['40P01', '55P03']);

/**
 * Fills new tables beside the old ones from the beginning of the log, and puts them in their place in one transaction.
 * Reads never see anything but whole rows. @throws when a view stops at a fact, or another process rebuilds it
 */
export class Rebuild {
  readonly #names: readonly string[];
  readonly #from = performance.now();
  #head: bigint | null = null;
  #fault: Readonly<{ view: string; fault: Fault | 'superseded' }> | null = null;
  progress: Progress = { events: 0n, perSecond: 0, percent: 0, secondsLeft: null };

  constructor(
    private readonly around: Surroundings,
    private readonly views: readonly View[],
    private readonly options: RebuildOptions,
  ) {
    this.#names = views.map(({ projection }) => projection.name);
  }

  /** Settles when the new rows are served. */
  async run(): Promise<readonly Rebuilt[]> {
    const client = await this.around.pool.connect();
    const sql = sqlOver(client);
    try {
      for (const name of this.#names) await claim(sql, name);
      await prepareNext(this.around.pool, this.views);
      await this.#fillToHead();
      await Promise.all(this.views.map((view) => indexNext(sqlOver(this.around.pool), view)));
      await this.#comeNear();
      return await this.#swap();
    } finally {
      await sql('select pg_advisory_unlock_all()').then(
        () => client.release(),
        // The claims were the session's and went with it.
        (broken: Error) => client.release(broken),
      );
    }
  }

  /** Drops what an unfinished rebuild has left. */
  async discard(): Promise<void> {
    await dropNext(this.around.pool, this.views);
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
    this.#head = await this.around.log.head();
    if (this.#head !== null) await this.#fill(this.#head, true);
  }

  async #fill(until: bigint, defersDays: boolean): Promise<void> {
    const members = this.views.map((view) => new Member(view, 'next', { ...this.around, defersDays }));
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
    const { signal } = this.options;
    const end = () => void pack.stop();
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
    await pack.run();
    signal?.removeEventListener('abort', end);
    signal?.throwIfAborted();
    if (this.#fault) throw new StoppedWhileFilling(this.#fault.view, this.#fault.fault);
  }

  #report({ members, position }: Pack): void {
    const events = members[0]?.committed.events ?? 0n;
    const seconds = (performance.now() - this.#from) / 1000;
    const perSecond = Math.round(Number(events) / seconds);
    const part = this.#head && position !== null ? Math.min(1, Number(position) / Number(this.#head)) : 0;
    const secondsLeft = part > 0 ? Math.round((seconds / part) * (1 - part)) : null;
    this.progress = { events, perSecond, percent: Math.floor(part * 1000) / 10, secondsLeft };
    this.options.onProgress?.(this.progress);
  }

  async #swap(): Promise<readonly Rebuilt[]> {
    for (;;) {
      try {
        return await inTransaction(this.around.pool, (sql) => this.#swapIn(sql));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        if (!IN_THE_WAY.has(code)) throw error;
        await sleep(50 + Math.random() * 200);
      }
    }
  }

  /** Writers wait from here on, readers only for the last step: the tables change their names. */
  async #swapIn(sql: Sql): Promise<readonly Rebuilt[]> {
    await sql(`set local lock_timeout to ${LOCK_TIMEOUT_MS}`);
    const views = [...this.views].sort((a, b) => (a.table.name < b.table.name ? -1 : 1));
    await sql(`lock table ${views.map(({ table }) => `"${table.name}"`)} in exclusive mode`);
    await sql('select 1 from projection_checkpoints where view = any($1) and slot = $2 order by view for update', [
      this.#names,
      'live',
    ]);
    const live = await readCheckpoints(sql, this.#names, 'live');
    const furthest = [...live.values()].reduce<bigint>(
      (most, { position }) => (position !== null && position > most ? position : most),
      -1n,
    );
    if (furthest >= 0n) await this.#fill(furthest, false);
    const next = await readCheckpoints(sql, this.#names, 'next');
    const rebuilt: Rebuilt[] = [];
    const pairs: [View, Pair][] = [];
    for (const view of views) {
      const { name } = view.projection;
      const [before, after] = [live.get(name), next.get(name)];
      if (!before || !after) throw new Error(`${name} lost its checkpoint while it was rebuilt`);
      rebuilt.push(await this.#check(sql, view, { before, after }));
      pairs.push([view, { before, after }]);
    }
    await sql(`set local lock_timeout to ${YIELDS_AFTER_MS}`);
    for (const [view, pair] of pairs) await putInPlace(sql, view, pair);
    return rebuilt;
  }

  async #check(sql: Sql, view: View, { before, after }: Pair): Promise<Rebuilt> {
    const isComparable =
      before.shape === after.shape && before.version === after.version && before.position === after.position;
    const now = await digestOf(sql, tableIn('next', view).name);
    const differ = async () =>
      (await digestOf(sql, view.table.name)).digest === now.digest ? 0n : countDifferences(sql, view);
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

type Pair = Readonly<{ before: Checkpoint; after: Checkpoint }>;

const claim = async (sql: Sql, view: string): Promise<void> => {
  const [row] = await sql<{ claimed: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('rebuild ' || current_schema() || '.' || $1, 0)) as claimed`,
    [view],
  );
  if (!row?.claimed) throw new Error(`${view} is being rebuilt by another process`);
};

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
  const field = keyFieldOf(view).replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
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
    `update projection_checkpoints set slot = 'live', turn = greatest($2::bigint, $3::bigint) + 1
     where view = $1 and slot = 'next'`,
    [name, before.turn, after.turn],
  );
};
