import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const MAIN = resolve('dist/apps/cli/src/main.js');

export type Ended = Readonly<{ code: number | null; out: string; err: string }>;

/** The built command line over one data folder. */
export class BuiltCli {
  constructor(
    readonly data: string,
    private readonly env: Readonly<Record<string, string>> = {},
    private readonly endsWithinMs = 50_000,
  ) {}

  private get environment(): NodeJS.ProcessEnv {
    const { EVENTSTORE_URL: _, DATABASE_URL: __, ...rest } = process.env;
    return {
      ...rest,
      TOUCHLINE_DATA: this.data,
      TOUCHLINE_PORT: '0',
      TOUCHLINE_LOG: 'warn',
      LANG: 'en',
      LC_ALL: 'en',
      ...this.env,
    };
  }

  /** Runs a verb to its end. */
  run(...words: readonly string[]): Promise<Ended> {
    return new Promise((end) => {
      const options = { env: this.environment, maxBuffer: 2 ** 28, timeout: this.endsWithinMs };
      const child = execFile(process.execPath, [MAIN, ...words], options, (_, out, err) => {
        end({ code: child.exitCode, out, err });
      });
    });
  }

  /** Starts a verb that stays, until it has printed something that matches. */
  async stay(pattern: RegExp, ...words: readonly string[]): Promise<Staying> {
    const child = spawn(process.execPath, [MAIN, ...words], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const staying = new Staying(child);
    await until(
      () => pattern.test(staying.out) || staying.hasEnded,
      () => `${words.join(' ')} said ${staying.out}${staying.err}`,
    );
    if (!pattern.test(staying.out)) throw new Error(`${words.join(' ')} ended: ${staying.out}${staying.err}`);
    return staying;
  }
}

export class Staying {
  out = '';
  err = '';
  private readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.on('data', (text) => (this.out += text));
    child.stderr?.on('data', (text) => (this.err += text));
    this.exit = new Promise((end) => child.once('close', end));
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ctrl-C, or another signal; its exit code. */
  async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }

  /** What it has started and still runs: process id by program. Each is our own child. */
  async children(): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const [, parent] = (await statOf(name)).split(') ').at(-1)?.split(' ') ?? [];
      if (Number(parent) !== this.child.pid) continue;
      const command = await readFile(join('/proc', name, 'cmdline'), 'utf8').catch(() => '');
      const program = /apps\/(\w+)\/|(event-store)-main|(postgres)/.exec(command)?.slice(1).find(Boolean);
      if (program) found.set(program, Number(name));
    }
    return found;
  }
}

const statOf = (pid: string) => readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');

/** Polls until it holds; fails with what `otherwise` says after the deadline. */
export const until = async (
  holds: () => boolean | Promise<boolean>,
  otherwise: () => string,
  milliseconds = 30_000,
): Promise<void> => {
  const deadline = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not in time: ${otherwise()}`);
    await pause(100);
  }
};
