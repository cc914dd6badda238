import { type SpawnOptions, spawn } from 'node:child_process';

/** Who a command runs as: empty for this process's own user. */
export type Account = { readonly uid?: number; readonly gid?: number };
export type Outcome = { readonly code: number | null; readonly output: string; readonly error?: NodeJS.ErrnoException };

/** What PostgreSQL's programs may see of the environment: none of our secrets, and no PGPORT or PGDATA. */
export const bareEnvironment = (): NodeJS.ProcessEnv => {
  const { PATH, LD_LIBRARY_PATH } = process.env;
  return { LC_ALL: 'C', ...(PATH && { PATH }), ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }) };
};

/** Runs a program to its end. A program that cannot be started is an outcome too. */
export const run = (program: string, args: readonly string[], options: SpawnOptions = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = spawn(program, args, { ...options, env: bareEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk;
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: null, output, error }));
    child.on('close', (code) => resolve({ code, output: output.trim() }));
  });

export const explain = ({ code, output, error }: Outcome): string => error?.message ?? (output || `exit code ${code}`);
