import { randomUUID } from 'node:crypto';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import type { Pool } from './view.js';

/** A projector that has not been seen for so long is gone, or frozen: its views are free. */
const LEASE_S = 4;
const BEAT_MS = 1_000;
/** Any number, as long as nobody else takes it for an advisory lock. */
const LEASE_LOCK = 7_316_440_002n;

export const LEASE_SCHEMA = `
create table if not exists projection_projectors (
  projector uuid primary key, backend integer not null, backend_start timestamptz not null, seen_at timestamptz not null
);
create table if not exists projection_leases (view text primary key, projector uuid not null)`;

/** Where a projector's session has ended, it has: nobody waits for its lease to run out. Seen later than now: the clock was set back. */
const FORGET_THE_DEAD = `delete from projection_projectors p
  where abs(extract(epoch from now() - p.seen_at)) > ${LEASE_S} or not exists (
    select 1 from pg_stat_activity a where a.pid = p.backend and a.backend_start = p.backend_start)`;

const sessionOf = (pool: Pool) => pool.connect();
type Session = Awaited<ReturnType<typeof sessionOf>>;

export type Leasing = Readonly<{
  pool: Pool;
  /** The views that this process could keep. */
  wanted: () => readonly string[];
  /** Called at every beat with the views that are this process's own. Those it has too many of, it gives back. */
  held: (views: ReadonlySet<string>, excess: readonly string[]) => Promise<void>;
  failed: (error: unknown) => void;
}>;

/**
 * Which process keeps which view. A matter of economy only: the fence keeps two that both believe to own a view from
 * harming it. Views are spread evenly over the projectors that are alive; those of a dead one are taken within seconds.
 */
export class Leases {
  readonly #projector = randomUUID();
  #client: Session | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | null = null;
  #hasEnded = false;

  constructor(private readonly leasing: Leasing) {}

  /** @throws when the first beat fails */
  async begin(): Promise<void> {
    await this.#beat();
    this.#timer = setInterval(() => {
      this.#beating ??= this.#beat()
        .catch((error) => this.leasing.failed(error))
        .finally(() => {
          this.#beating = null;
        });
    }, BEAT_MS);
  }

  /** Frees all views at once. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    clearInterval(this.#timer);
    await this.#beating;
    this.#client?.release(true);
    this.#client = null;
  }

  async #beat(): Promise<void> {
    try {
      this.#client ??= await sessionOf(this.leasing.pool);
      const sql = sqlOver(this.#client);
      const { held, excess } = await this.#share(sql);
      if (this.#hasEnded) return;
      await this.leasing.held(new Set(held), excess);
      if (excess.length > 0) await this.#giveBack(sql, excess);
    } catch (error) {
      this.#client?.release(true);
      this.#client = null;
      throw error;
    }
  }

  async #share(session: Sql): Promise<Readonly<{ held: readonly string[]; excess: readonly string[] }>> {
    const wanted = [...this.leasing.wanted()];
    await this.#show(session);
    return inTransaction(this.leasing.pool, async (sql) => {
      await sql('select pg_advisory_xact_lock($1)', [LEASE_LOCK]);
      await sql(FORGET_THE_DEAD);
      await sql(
        `delete from projection_leases l where not exists (
           select 1 from projection_projectors p where p.projector = l.projector)
         or (l.projector = $1 and l.view <> all($2))`,
        [this.#projector, wanted],
      );
      const [{ alive } = { alive: 1 }] = await sql<{ alive: number }>(
        'select count(*)::integer as alive from projection_projectors',
      );
      const fair = Math.ceil(wanted.length / Math.max(1, alive));
      const mine = await this.#held(sql);
      if (mine.length < fair) await this.#take(sql, wanted, fair - mine.length);
      const held = await this.#held(sql);
      return { held: held.slice(0, fair), excess: held.slice(fair) };
    });
  }

  /** The session that says so is the one that dies with the process. */
  async #show(session: Sql): Promise<void> {
    await session(
      `insert into projection_projectors (projector, backend, backend_start, seen_at)
       select $1, pid, backend_start, now() from pg_stat_activity where pid = pg_backend_pid()
       on conflict (projector) do update
       set backend = excluded.backend, backend_start = excluded.backend_start, seen_at = excluded.seen_at`,
      [this.#projector],
    );
  }

  async #held(sql: Sql): Promise<readonly string[]> {
    const text = 'select view from projection_leases where projector = $1 order by view';
    return (await sql<{ view: string }>(text, [this.#projector])).map(({ view }) => view);
  }

  async #take(sql: Sql, wanted: readonly string[], many: number): Promise<void> {
    await sql(
      `insert into projection_leases (view, projector)
       select w.view, $1 from unnest($2::text[]) as w (view)
       where not exists (select 1 from projection_leases l where l.view = w.view) order by w.view limit $3`,
      [this.#projector, wanted, many],
    );
  }

  async #giveBack(sql: Sql, views: readonly string[]): Promise<void> {
    await sql('delete from projection_leases where projector = $1 and view = any($2)', [this.#projector, views]);
  }
}
