import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '#application';

/** The promise, or `Unavailable` after so many milliseconds of silence. What it was about goes on unobserved. */
export const within = async <T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> => {
  const given = new AbortController();
  const late = pause(milliseconds, undefined, { signal: given.signal, ref: false }).then(() => {
    throw new Unavailable(`${what}: no answer within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    given.abort();
  }
};

/** Full jitter: a random wait that doubles its ceiling with each attempt, cut short by the signal. */
export const backoff = async (attempt: number, signal?: AbortSignal): Promise<void> => {
  const ceiling = Math.min(1000, 20 * 2 ** attempt);
  await pause(Math.random() * ceiling, undefined, signal ? { signal, ref: false } : { ref: false }).catch(
    () => undefined,
  );
};

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
