import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, programOf } from '#system';

const WAIT_BETWEEN_MS = 500;
const READY_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 5_000;
/**
 * Megabytes for young objects. What a request makes dies with it: in the 16 that Node gives, those of many requests at
 * once are copied about while they wait for the stores.
 */
const FLAGS: Readonly<Record<string, readonly string[]>> = { api: ['--max-semi-space-size=64'] };

export type Program = Readonly<{
  /** The app it is: `api`, `projector`. */
  name: string;
  /** Asked at every start. */
  env: () => NodeJS.ProcessEnv;
  /** Hears at which address it listens, at every start. */
  heard?: (url: string) => void;
}>;

/** A program in a process of its own, started anew whenever it ends by itself, until the signal ends. */
export class KeptProgram {
  /** Settles when it first says that it listens; fails when it does not in time. */
  readonly ready: Promise<void>;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly program: Program,
    private readonly logger: Logger,
    private readonly stopping: AbortSignal,
  ) {
    const late = pause(READY_WITHIN_MS, undefined, { signal: stopping }).then(() => {
      throw new Error(`${program.name} did not start in time`);
    });
    this.ready = Promise.race([new Promise<void>((ready) => this.launch(ready)), late]);
    this.ready.catch(() => undefined);
  }

  /** Ends it, by force when it takes too long. */
  async stop(): Promise<void> {
    const { child } = this;
    child?.kill('SIGTERM');
    const force = setTimeout(() => child?.kill('SIGKILL'), ENDS_WITHIN_MS);
    await this.ended;
    clearTimeout(force);
  }

  private launch(ready: () => void): void {
    const { name, env, heard } = this.program;
    // In a group of its own: Ctrl-C reaches the supervisor alone, which ends everything in order.
    const child = spawn(process.execPath, [...(FLAGS[name] ?? []), programOf(`apps/${name}/src/main.ts`)], {
      env: env(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    this.child = child;
    child.on('message', (message) => {
      heard?.(String(Reflect.get(Object(message), 'url')));
      ready();
    });
    this.ended = new Promise((end) => {
      child.once('exit', async (code, signal) => {
        if (!this.stopping.aborted) {
          this.logger.warn({ program: name, code, signal }, 'ended by itself; it is started again');
          await pause(WAIT_BETWEEN_MS, undefined, { signal: this.stopping }).catch(() => undefined);
        }
        if (!this.stopping.aborted) this.launch(ready);
        end();
      });
    });
  }
}
