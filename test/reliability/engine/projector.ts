import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { placeOf, programOf } from '#system';
import type { Bug, Moment } from '../../../libs/projections/test/batches.js';

/** Where it stands still; under way it kills itself, at some moment after COMMIT was sent. */
export type Armed = Moment | 'COMMIT under way';
/** Ways in which the log could be followed wrongly. */
export type LogBug = 'begins at the head' | 'lets nothing go';

export type Orders = Readonly<{
  /** By which it is known to PostgreSQL. */
  name: string;
  databaseUrl: string;
  storeUrl: string;
  armed?: Armed;
  shared?: boolean;
  bug?: Bug;
  logBug?: LogBug;
  /** It ends when something is in its way. */
  givesUp?: boolean;
}>;

export type ToNight =
  | Readonly<{ kind: 'go' | 'on' | 'stop' | 'memory' }>
  | Readonly<{ kind: 'arm'; armed: Armed | null }>;
export type FromNight =
  | Readonly<{ kind: 'warm' | 'going' }>
  | Readonly<{ kind: 'at'; backend: number }>
  | Readonly<{ kind: 'late'; isRefused: boolean }>
  | Readonly<{ kind: 'warned'; text: string }>
  | Readonly<{ kind: 'memory'; bytes: number }>;

const ANSWERS_WITHIN_MS = 60_000;
const ENDS_WITHIN_MS = 15_000;

/** `night.ts` in a process of its own. */
export class Projector {
  /** What was in its way. */
  readonly warnings: string[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #warm: Promise<FromNight>;
  #ends = false;

  constructor(orders: Orders) {
    const program = [programOf('test/reliability/engine/night.ts'), JSON.stringify(orders)];
    this.#child = spawn(process.execPath, ['--expose-gc', ...program], {
      cwd: placeOf('.'),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (message: FromNight) => {
      if (message.kind === 'warned') this.warnings.push(message.text);
    });
    this.#warm = this.#said('warm');
    this.#warm.catch(() => undefined);
  }

  /** Begins its work; settles when it follows the log. */
  async go(): Promise<this> {
    await this.#warm;
    const going = this.#said('going');
    this.#tell({ kind: 'go' });
    await going;
    return this;
  }

  /** Begins its work; settles when it stands where it was armed for. @returns the process of its connection */
  async goTo(): Promise<number> {
    await this.#warm;
    const at = this.#said('at');
    this.#tell({ kind: 'go' });
    return (await at).backend;
  }

  /** Settles when it stands there. @returns the process of its connection */
  async standAt(armed: Moment): Promise<number> {
    const at = this.#said('at');
    this.#tell({ kind: 'arm', armed });
    return (await at).backend;
  }

  /** Lets it go on with the batch that it stands in. @returns whether that was refused */
  async goOn(): Promise<boolean> {
    const late = this.#said('late');
    this.#tell({ kind: 'on' });
    return (await late).isRefused;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** It has ended, though nobody ended it. */
  get hasExited(): boolean {
    return !this.isAlive && !this.#ends;
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    this.#ends = true;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /** Settles when it has killed itself. */
  async died(): Promise<void> {
    this.#ends = true;
    await this.#exit;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.#ends = true;
    this.thaw();
    this.#tell({ kind: 'stop' });
    const force = setTimeout(() => this.#child.kill('SIGKILL'), ENDS_WITHIN_MS);
    await this.#exit;
    clearTimeout(force);
  }

  /** What it holds on to, in bytes. */
  async retained(): Promise<number> {
    const told = this.#said('memory');
    this.#tell({ kind: 'memory' });
    return (await told).bytes;
  }

  /** In bytes: resident now, and at most so far. */
  async resident(): Promise<Readonly<{ now: number; peak: number }>> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, 'utf8');
    const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
  }

  #tell(order: ToNight): void {
    this.#child.send(order);
  }

  async #said<Kind extends FromNight['kind']>(kind: Kind): Promise<Extract<FromNight, { kind: Kind }>> {
    const over = new AbortController();
    const { signal } = over;
    const heard = new Promise<Extract<FromNight, { kind: Kind }>>((resolve) => {
      const listen = (message: FromNight) => {
        if (message.kind === kind) resolve(message as never);
      };
      this.#child.on('message', listen);
      signal.addEventListener('abort', () => this.#child.off('message', listen));
    });
    const late = pause(ANSWERS_WITHIN_MS, undefined, { signal }).then(() => {
      throw new Error(`the projector did not say: ${kind}`);
    });
    const gone = this.#exit.then(() => {
      throw new Error(`the projector ended before it said: ${kind}; it said ${this.warnings.slice(-3).join('; ')}`);
    });
    for (const end of [late, gone]) end.catch(() => undefined);
    try {
      return await Promise.race([heard, late, gone]);
    } finally {
      over.abort();
    }
  }
}
