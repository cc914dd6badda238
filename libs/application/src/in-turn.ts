import { Unavailable } from './ports.js';

/** Work under one name is done one after the other, in the order it came; work under different names side by side. */
export class InTurn {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Throws `Unavailable` when the signal ends before the work's turn has come. */
  async run<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.last.get(name) ?? Promise.resolve();
    const mine = before.then(() => {
      if (signal?.aborted) throw new Unavailable('its turn did not come in time');
      return work();
    });
    const done = mine.then(
      () => undefined,
      () => undefined,
    );
    this.last.set(name, done);
    try {
      return await mine;
    } finally {
      if (this.last.get(name) === done) this.last.delete(name);
    }
  }
}
