/**
 * Where the time of a view's batches has gone since its keeper took it up, in seconds. `read` is the wait for the log
 * while it had more, and for rows; views that share a batch share the wait for the log, `write` and `commit`.
 */
export type Timing = Readonly<{ batches: number } & Record<Stage, number>>;
export type Stage = 'read' | 'fold' | 'write' | 'commit';

/** Adds up, in milliseconds of `performance.now()`. */
export class Stopwatch {
  #batches = 0;
  readonly #spent: Record<Stage, number> = { read: 0, fold: 0, write: 0, commit: 0 };

  batch(): void {
    this.#batches += 1;
  }

  spent(stage: Stage, milliseconds: number): void {
    this.#spent[stage] += milliseconds;
  }

  get timing(): Timing {
    const { read, fold, write, commit } = this.#spent;
    return {
      batches: this.#batches,
      ...{ read: read / 1000, fold: fold / 1000, write: write / 1000, commit: commit / 1000 },
    };
  }
}
