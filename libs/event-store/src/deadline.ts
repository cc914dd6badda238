import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '#application';

/** The promise, or `Unavailable` after so many milliseconds of silence. What it was about goes on unobserved. */
export const within = <T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> =>
  new Promise((answered, failed) => {
    // A plain timer: on the way of every append, where an abort controller would cost more than the append's own work.
    const late = () => failed(new Unavailable(`${what}: no answer within ${milliseconds} ms`));
    const timer = setTimeout(late, milliseconds);
    promise.then(answered, failed).finally(() => clearTimeout(timer));
  });

/** How long a call may go on trying: until the caller's signal ends, or for so many milliseconds where there is none. */
export class Trying {
  private readonly end: number;
  private attempt = 0;

  constructor(
    milliseconds: number,
    private readonly signal?: AbortSignal,
  ) {
    this.end = performance.now() + milliseconds;
  }

  get isOver(): boolean {
    return this.signal ? this.signal.aborted : performance.now() > this.end;
  }

  /** Full jitter: a random wait whose ceiling doubles with each attempt, cut short by the signal. */
  async again(): Promise<void> {
    const ceiling = Math.min(1000, 20 * 2 ** this.attempt++);
    const options = this.signal ? { signal: this.signal } : {};
    await pause(Math.random() * ceiling, undefined, options).catch(() => undefined);
  }
}

/** At most so many pieces of work at once; the rest wait in order. */
export class Limit {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(places: number) {
    this.free = places;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((start) => this.waiting.push(start));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
