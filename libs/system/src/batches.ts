import { setTimeout as pause } from 'node:timers/promises';

type Waiting<Item, Result> = Readonly<{
  item: Item;
  done: (result: Result) => void;
  failed: (error: unknown) => void;
}>;

const MOST = 1000;
/** Batches begin no more often than this: under load many statements of a few rows would keep both sides busy. */
const APART_MS = 4;

/**
 * Work asked for one by one and done many at a time: what comes in one tick goes into one batch, and so does what comes
 * while one is under way or has just begun.
 * `work` gives a result for each item, in their order.
 */
export class Batches<Item, Result> {
  private readonly waiting: Waiting<Item, Result>[] = [];
  private isBusy = false;

  constructor(private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>) {}

  /** Rejects with what the batch rejected with. */
  do(item: Item): Promise<Result> {
    return new Promise((done, failed) => {
      this.waiting.push({ item, done, failed });
      if (this.isBusy) return;
      this.isBusy = true;
      setImmediate(() => void this.run());
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const earliest = performance.now() + APART_MS;
      const batch = this.waiting.splice(0, MOST);
      await this.work(batch.map(({ item }) => item)).then(
        (results) => batch.forEach(({ done }, index) => void done(results[index] as Result)),
        (error) => batch.forEach(({ failed }) => void failed(error)),
      );
      const early = earliest - performance.now();
      if (early > 0) await pause(early);
    }
    this.isBusy = false;
  }
}
