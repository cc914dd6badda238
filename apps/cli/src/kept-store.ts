import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Logger, type StoreProcess, startStoreProcess } from '#system';

const LOOK_EVERY_MS = 300;

/**
 * The embedded event store of a data folder, whoever had started it: when it is gone it is started again at the same
 * port, because everybody knows it by that, until the signal ends.
 */
export class KeptStore {
  private readonly watched: Promise<void>;

  constructor(
    private current: StoreProcess,
    private readonly data: string,
    private readonly logger: Logger,
    private readonly stopping: AbortSignal,
  ) {
    this.watched = this.watch();
  }

  /** The one that runs at last; once the signal has ended. */
  async last(): Promise<StoreProcess> {
    await this.watched;
    return this.current;
  }

  private async watch(): Promise<void> {
    const port = Number(new URL(this.current.url.replace('esdb:', 'http:')).port);
    while (!this.stopping.aborted) {
      await pause(LOOK_EVERY_MS, undefined, { signal: this.stopping }).catch(() => undefined);
      if (!this.stopping.aborted) await this.look(port);
    }
  }

  private async look(port: number): Promise<void> {
    try {
      const found = await startStoreProcess(join(this.data, 'eventstore'), port, this.logger, false);
      if (found.pid === this.current.pid) return;
      this.logger.warn('the event store ended by itself; it was started again');
      this.current = found;
    } catch (error) {
      this.logger.warn({ err: error }, 'the event store cannot be started; trying again');
    }
  }
}
