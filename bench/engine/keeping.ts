import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { poolOver } from '#postgres';
import type { View } from '#projections';

const PATIENCE_MS = 60_000;

/** Starts a process that keeps these views. @returns it, and the first thing it says */
export const keeperOver = async (
  url: string,
  storeUrl: string,
  { views, task }: Readonly<{ views: readonly View[]; task: 'settle' | 'follow' }>,
): Promise<Readonly<{ child: ChildProcess; said: unknown }>> => {
  const names = views.map(({ projection }) => projection.name).join();
  // The room for young objects that the benchmarks give themselves is not a projector's.
  const execArgv: string[] = [];
  const program = fileURLToPath(new URL('keeper.js', import.meta.url));
  const child = fork(program, [url, storeUrl, task, names], { execArgv });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`a keeper of views ended with ${code}`)));
  const [said] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return { child, said };
};

/** Ends a process of ours and waits until it has gone. */
export const ended = async (child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
};

export type Pool = ReturnType<typeof poolOver>;

/** Runs work with a pool of its own. */
export const withPool = async <T>(url: string, work: (pool: Pool) => Promise<T>): Promise<T> => {
  const pool = poolOver(url, { max: 2 });
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
};

/** Looks every few milliseconds until there is something. @throws after a minute */
export const until = async <T>(look: () => Promise<T | null>, everyMs = 5): Promise<T> => {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > end) throw new Error('what was waited for did not come within a minute');
    await sleep(everyMs);
  }
};

/** How far the view furthest behind has come; null: one of them nowhere yet. */
export const leastPosition = async (pool: Pool): Promise<bigint | null> => {
  const { rows } = await pool.query<{ least: bigint | null; behind: bigint }>(
    `select min(position) as least, count(*) filter (where position is null) as behind
     from projection_checkpoints where slot = 'live'`,
  );
  const [row] = rows;
  return row && row.behind === 0n ? row.least : null;
};
