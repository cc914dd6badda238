import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '#postgres';

const LONGEST_PAUSE_MS = 15;

/**
 * Waits until everything up to `position` is in the view's rows. Works in any process.
 * @param deadlineMs how long to wait at most, in milliseconds
 * @returns false when the deadline came first, even while the database does not answer
 */
export const waitFor = async (sql: Sql, view: string, position: bigint, deadlineMs: number): Promise<boolean> => {
  const over = new AbortController();
  const late = sleep(deadlineMs, false, { signal: over.signal });
  late.catch(() => undefined);
  try {
    return await Promise.race([late, passing(sql, { view, position, signal: over.signal })]);
  } finally {
    over.abort();
  }
};

type Wanted = Readonly<{ view: string; position: bigint; signal: AbortSignal }>;

const passing = async (sql: Sql, { view, position, signal }: Wanted): Promise<boolean> => {
  const text = `select 1 from projection_checkpoints where view = $1 and slot = 'live' and position >= $2`;
  for (let pause = 1; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if ((await sql(text, [view, position])).length > 0) return true;
    await sleep(pause);
  }
  return false;
};
