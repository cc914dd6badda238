import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { sqlOver } from '#postgres';

/** A runner that has not been seen for so long is gone, or frozen. */
const LEASE_S = 4;

/**
 * One process runs the reactions; others take over. A runner whose database session has ended is gone at once; a frozen one
 * after four seconds, also when the clock was set back since it was seen. Should two run after all, the fence of each reaction's place keeps them from harm, and what both do
 * is recorded once.
 */
export class Lease {
  readonly #runner = randomUUID();
  #client: PoolClient | null = null;

  constructor(private readonly pool: Pool) {}

  /** Takes it, or keeps it. False: another has it. */
  async take(): Promise<boolean> {
    try {
      this.#client ??= await this.pool.connect();
      const taken = await sqlOver(this.#client)(
        `insert into reaction_lease as held (runner, backend, backend_start, seen_at)
         select $1, pid, backend_start, now() from pg_stat_activity where pid = pg_backend_pid()
         on conflict (only_one) do update
         set runner = excluded.runner, backend = excluded.backend, backend_start = excluded.backend_start, seen_at = now()
         where held.runner = excluded.runner or abs(extract(epoch from now() - held.seen_at)) > ${LEASE_S} or not exists (
           select 1 from pg_stat_activity a where a.pid = held.backend and a.backend_start = held.backend_start)
         returning runner`,
        [this.#runner],
      );
      return taken.length > 0;
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  /** Frees it at once: with the session that spoke for it. */
  end(): void {
    this.#drop();
  }

  #drop(): void {
    this.#client?.release(true);
    this.#client = null;
  }
}
