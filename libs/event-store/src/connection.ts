import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';

const GOODBYE_MS = 300;

/**
 * One client, made anew when it stopped answering. An error on a client's batch stream fails every append in flight, and
 * a channel into a black hole stays silent until its keep-alive ends: a fresh client is the only sure way out.
 */
export class Connection {
  private client: EventStoreDBClient | undefined;

  constructor(private readonly url: string) {}

  get current(): EventStoreDBClient {
    this.client ??= EventStoreDBClient.connectionString(this.url);
    return this.client;
  }

  /** The next call gets a new client; what is still under way on this one fails. */
  replace(stale: EventStoreDBClient): void {
    if (this.client !== stale) return;
    this.client = undefined;
    void stale.dispose();
  }

  /** Disposing waits for streams that nobody reads to the end, for ever: it is given a moment. */
  async close(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    if (!client) return;
    const gone = new AbortController();
    const { signal } = gone;
    // The pause holds the process: one that has nothing else to do would end here, in the middle of its work.
    const moment = pause(GOODBYE_MS, undefined, { signal }).catch(() => undefined);
    await Promise.race([client.dispose().finally(() => gone.abort()), moment]);
  }
}
