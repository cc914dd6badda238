import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Postgres, poolOver, startPostgres } from '#postgres';
import { type EngineOptions, ProjectionEngine } from '../src/engine.js';
import { factsByCustomer } from '../src/facts-by-customer.js';
import type { Log } from '../src/log.js';
import type { Logger } from '../src/pack.js';
import type { Pool, View } from '../src/view.js';

type Manner = Pick<EngineOptions, 'poison' | 'shared'>;

export const quiet: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A PostgreSQL of its own, a database for every test, and engines that are stopped when the test ends. */
export class Rig {
  readonly #engines = new Set<ProjectionEngine>();
  readonly #pools = new Set<Pool>();
  #databases = 0;

  private constructor(
    readonly folder: string,
    readonly postgres: Postgres,
    private readonly admin: Pool,
  ) {}

  static async start(): Promise<Rig> {
    const folder = await mkdtemp(join(tmpdir(), 'projections-spec-'));
    await chmod(folder, 0o711);
    const postgres = await startPostgres({ folder });
    return new Rig(folder, postgres, poolOver(postgres.url, { max: 1 }));
  }

  /** The url of an empty database. */
  async database(): Promise<string> {
    this.#databases += 1;
    const name = `spec_${process.pid}_${this.#databases}`;
    await this.admin.query(`create database ${name}`);
    return this.postgres.url.replace(/(@[^/]+)\/[^?]+/, `$1/${name}`);
  }

  pool(url: string): Pool {
    const pool = poolOver(url, { max: 8 });
    this.#pools.add(pool);
    return pool;
  }

  engine(pool: Pool, log: Log, views: readonly View[], manner: Manner = {}): ProjectionEngine {
    const engine = new ProjectionEngine({ pool, log, views, logger: quiet, ...manner });
    this.#engines.add(engine);
    return engine;
  }

  async rest(): Promise<void> {
    for (const engine of this.#engines) await engine.stop();
    this.#engines.clear();
    for (const pool of this.#pools) await pool.end();
    this.#pools.clear();
  }

  async stop(): Promise<void> {
    await this.rest();
    await this.admin.end();
    await this.postgres.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** All rows of the views as text, to be compared byte by byte. */
export const contentsOf = async (pool: Pool, views: readonly View[]): Promise<Record<string, readonly string[]>> => {
  const contents: Record<string, readonly string[]> = {};
  for (const { table } of [factsByCustomer, ...views]) {
    const { rows } = await pool.query(`select t::text as row from "${table.name}" t order by t::text collate "C"`);
    contents[table.name] = rows.map(({ row }) => row);
  }
  return contents;
};

/** Waits for something to become true, at most ten seconds. */
export const eventually = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
