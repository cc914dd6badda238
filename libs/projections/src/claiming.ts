import { type Sql, sqlOver } from '#postgres';
import type { Pool } from './view.js';

/** Another process is rebuilding it. */
export class BeingRebuilt extends Error {
  constructor(view: string) {
    super(`${view} is being rebuilt by another process`);
    this.name = 'BeingRebuilt';
  }
}

/**
 * Does the work while no other process may rebuild these views.
 * @throws BeingRebuilt
 */
export const claiming = async <T>(pool: Pool, views: readonly string[], work: () => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  const sql = sqlOver(client);
  try {
    for (const view of views) await claim(sql, view);
    return await work();
  } finally {
    await sql('select pg_advisory_unlock_all()').then(
      () => client.release(),
      // The claims were the session's and went with it.
      (broken: Error) => client.release(broken),
    );
  }
};

const claim = async (sql: Sql, view: string): Promise<void> => {
  const [row] = await sql<{ claimed: boolean }>(
    `select pg_try_advisory_lock(hashtextextended('rebuild ' || current_schema() || '.' || $1, 0)) as claimed`,
    [view],
  );
  if (!row?.claimed) throw new BeingRebuilt(view);
};
