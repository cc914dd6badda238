import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type poolOver, sqlOver } from '#postgres';
import { factsByCustomer, listParked, type ProjectionEngine, type View } from '#projections';
import { loggerFor, type StoreProcess, startStoreProcess } from '#system';
import { Rig } from '../../../libs/projections/test/rig.js';
import type { Figure } from '../figure.js';
import { secondsSince } from '../kills.js';
import { Writer } from './history.js';
import { openLog } from './open-log.js';
import { views } from './views.js';

export type Pool = ReturnType<typeof poolOver>;

/** The client ends the process when one of many appends under way is given up (C2): who only writes gives none up. */
const PATIENT = { attemptMs: 60_000, totalMs: 60_000 };
const SETTLES_WITHIN_MS = 120_000;
const quiet = loggerFor('test', 'silent');

/** A PostgreSQL and an event store for one test, each in processes of their own that may be ended, and a database. */
export class Bed {
  readonly writer: Writer;

  private constructor(
    readonly rig: Rig,
    /** Where the views are kept. */
    readonly databaseUrl: string,
    /** Not the engine's. */
    readonly admin: Pool,
    private storeProcess: StoreProcess,
    readonly own: ReturnType<typeof openLog>,
  ) {
    this.writer = new Writer(own.store);
  }

  static async run<T>(work: (bed: Bed) => Promise<T>): Promise<T> {
    const rig = await Rig.start();
    let bed: Bed | undefined;
    try {
      const storeProcess = await startStoreProcess(join(rig.folder, 'store'), 0, quiet);
      const url = await rig.database();
      bed = new Bed(rig, url, rig.pool(url), storeProcess, openLog(storeProcess.url, PATIENT));
      return await work(bed);
    } finally {
      await bed?.own.store.close();
      await bed?.endStore('SIGTERM');
      await rig.stop();
    }
  }

  get storeUrl(): string {
    return this.storeProcess.url;
  }

  get storePort(): number {
    return Number(new URL(this.storeUrl.replace('esdb:', 'http:')).port);
  }

  /** Where PostgreSQL's socket is. */
  get postgresSocket(): string {
    const url = new URL(this.databaseUrl.replace('postgres:', 'http:'));
    return join(String(url.searchParams.get('host')), `.s.PGSQL.${url.port || 5432}`);
  }

  /** The same database through a port of this machine. */
  databaseAt(port: number): string {
    const { pathname } = new URL(this.databaseUrl.replace('postgres:', 'http:'));
    return `postgres://touchline@127.0.0.1:${port}${pathname}?sslmode=disable`;
  }

  async endStore(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const { child } = this.storeProcess;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  /** At the port that everybody knows it by. */
  async startStore(): Promise<void> {
    this.storeProcess = await startStoreProcess(join(this.rig.folder, 'store'), this.storePort, quiet, false);
  }

  /** Ends the server: in order (SIGINT) or as if it had crashed (SIGQUIT). Its driver brings it back. */
  async restartPostgres(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const { rows } = await this.admin.query(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid`);
    process.kill(Number(rows[0].pid), signal);
    await pause(20);
    const end = performance.now() + SETTLES_WITHIN_MS;
    while (performance.now() < end) {
      if (await this.admin.query('select 1').catch(() => undefined)) return;
      await pause(20);
    }
    throw new Error('PostgreSQL did not come back');
  }

  /** Appends, at about so many facts a second, until told to end. @returns ends it, and gives the head of the log */
  writing(next: (count: number) => readonly Parameters<Writer['append']>[0][number][], perSecond: number) {
    const BEAT_MS = 20;
    let isOver = false;
    const work = (async () => {
      const began = performance.now();
      for (let told = 0; !isOver; await pause(BEAT_MS)) {
        const due = Math.floor(((performance.now() - began) / 1000) * perSecond) - told;
        told += due;
        if (due > 0) await this.writer.append(next(due));
      }
    })();
    work.catch(() => undefined);
    return async (): Promise<bigint> => {
      isOver = true;
      await work;
      return this.writer.head;
    };
  }

  /**
   * Waits until every view has passed that position, whatever else becomes of the database.
   * @returns how long it took, in milliseconds; null: not in time, or a view has stopped
   */
  async arrived(position: bigint, withinMs = SETTLES_WITHIN_MS): Promise<number | null> {
    const from = performance.now();
    const text = `select bool_and(coalesce(position >= $1, false)) as there, count(stopped)::integer as stopped
      from projection_checkpoints where slot = 'live'`;
    while (performance.now() - from < withinMs) {
      const [row] = (await this.admin.query(text, [position]).catch(() => ({ rows: [] }))).rows;
      if (row?.there) return performance.now() - from;
      if (row?.stopped > 0) return null;
      await pause(10);
    }
    return null;
  }

  /** Waits until two projectors share the views. */
  async shared(): Promise<void> {
    const text =
      'select count(*)::integer as views, count(distinct projector)::integer as projectors from projection_leases';
    const from = performance.now();
    while (performance.now() - from < SETTLES_WITHIN_MS) {
      const { rows } = await this.admin.query(text);
      if (rows[0].views === everyView.length && rows[0].projectors === 2) return;
      await pause(20);
    }
    throw new Error('the views were not shared in time');
  }

  /** What is wrong with the views when they are compared with a fold from the first fact into an empty database. */
  async compared(): Promise<Found> {
    const { lost, doubled, facts } = await this.inventory();
    const url = await this.rig.database();
    const scratch = this.rig.pool(url);
    const engine = this.rig.engine(scratch, this.own.log, views);
    await engine.start();
    await settled(engine);
    await engine.stop();
    const found: Found = { lost, doubled, differing: 0, facts };
    for (const { table } of everyView) {
      const [mine, theirs] = [await digestOf(this.admin, table.name), await digestOf(scratch, table.name)];
      if (mine !== theirs) add(found, differences(await rowsOf(this.admin, table), await rowsOf(scratch, table)));
    }
    add(found, await this.counted(facts));
    found.differing += (await listParked(sqlOver(this.admin))).length;
    return found;
  }

  /** How many facts the checkpoints have counted too few (lost) or too many (doubled), over all views. */
  async counted(facts: number) {
    const found = { lost: 0, doubled: 0, differing: 0 };
    const { rows } = await this.admin.query(`select events from projection_checkpoints where slot = 'live'`);
    for (const { events } of rows as { events: bigint }[]) {
      found.doubled += Math.max(0, Number(events) - facts);
      found.lost += Math.max(0, facts - Number(events));
    }
    return found;
  }

  /** Leaves nothing in the database. */
  async empty(): Promise<void> {
    await this.admin.query('drop schema public cascade; create schema public');
  }

  /** Acknowledged facts that are not where they were said to be, and ids that stand in the log twice. */
  private async inventory() {
    const head = await this.own.log.head();
    const places = new Map<string, string>();
    const stop = new AbortController();
    let facts = 0;
    for await (const entry of this.own.log.follow({ after: null, signal: stop.signal })) {
      if (entry.kind !== 'fact') throw new Error('an entry that cannot be read');
      const { id, stream, revision, position } = entry.fact;
      places.set(id, `${stream}@${revision}`);
      facts++;
      if (position === head) stop.abort();
    }
    const { acknowledged } = this.writer;
    const lost = acknowledged.filter(({ id, stream, revision }) => places.get(id) !== `${stream}@${revision}`).length;
    return { lost, doubled: facts - places.size, facts };
  }
}

export type Found = { lost: number; doubled: number; differing: number; facts: number };

/** The views, and the index that the engine adds. */
export const everyView: readonly View[] = [factsByCustomer, ...views];
export const settled = (engine: ProjectionEngine, withinMs = 10 * SETTLES_WITHIN_MS): Promise<void> => {
  const late = pause(withinMs, undefined, { ref: false }).then(() => {
    throw new Error('the views did not settle in time');
  });
  return Promise.race([engine.settled(), late]);
};

const digestOf = async (pool: Pool, table: string): Promise<string> => {
  const text = `select count(*) || ' ' || coalesce(sum(hash_record_extended(t, 0)), 0) as digest from "${table}" t`;
  return (await pool.query(text)).rows[0].digest;
};

export const rowsOf = async (pool: Pool, { name, key }: View['table']): Promise<ReadonlyMap<string, string>> => {
  const columns = key.map((field) => String(field).replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`));
  const { rows } = await pool.query(`select row(${columns})::text as key, t::text as row from "${name}" t`);
  return new Map(rows.map(({ key: place, row }) => [place, row]));
};

/** Rows that are missing (lost), that should not be (doubled), and that are others than they should be. */
const differences = (mine: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>) => {
  const found = { lost: 0, doubled: 0, differing: 0 };
  for (const [key, row] of theirs) {
    if (!mine.has(key)) found.lost++;
    else if (mine.get(key) !== row) found.differing++;
  }
  for (const key of mine.keys()) if (!theirs.has(key)) found.doubled++;
  return found;
};

export const add = (found: Found, more: Omit<Found, 'facts'>): void => {
  found.lost += more.lost;
  found.doubled += more.doubled;
  found.differing += more.differing;
};

type Told = Readonly<{ id: string; seed: number; began: number; volume: string; isSound: boolean }>;

/** The figure of a test; `isSound` is what must be true beside nothing being lost, doubled or different. */
export const figureOf = ({ id, seed, began, volume, isSound }: Told, found: Found): Figure => {
  const { lost, doubled, differing, facts } = found;
  const holds = lost + doubled + differing === 0 && isSound;
  return {
    id,
    seed,
    volume: `${volume}, ${facts} facts`,
    lost,
    doubled,
    differing,
    seconds: secondsSince(began),
    holds,
  };
};
