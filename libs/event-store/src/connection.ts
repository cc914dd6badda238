import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { Channel } from '@grpc/grpc-js';

const GOODBYE_MS = 300;

/**
 * What the server may send before it waits for us. HTTP/2's own 64 kB are seventy events: while what has come is folded
 * the server would stand still.
 */
export const WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * One client, made anew when it stopped answering. An error on a client's batch stream fails every append in flight, and
 * a channel into a black hole stays silent until its keep-alive ends: a fresh client is the only sure way out.
 */
export class Connection {
  private client: EventStoreDBClient | undefined;
  private clients = 0;

  constructor(private readonly url: string) {}

  get current(): EventStoreDBClient {
    this.client ??= widened(EventStoreDBClient.connectionString(onItsOwn(this.url, this.clients++)));
    return this.client;
  }

  /** The next call gets a new client; what is still under way on this one fails. */
  replace(stale: EventStoreDBClient): void {
    if (this.client !== stale) return;
    this.client = undefined;
    // It fails with what was under way, which has failed by itself: unheard, it would end the process.
    stale.dispose().catch(() => undefined);
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
    const disposed = client.dispose().catch(() => undefined);
    await Promise.race([disposed.finally(() => gone.abort()), moment]);
  }
}

/** gRPC has an option for the window, the client none to hand it on: it is set before the channel connects. */
const widened = (client: EventStoreDBClient): EventStoreDBClient => {
  // biome-ignore lint/complexity/useLiteralKeys: `private`; that it is heeded is tested
  const create: () => Promise<Channel> = client['createChannel'];
  const wide = async () => {
    const channel = await create();
    Object.assign(Reflect.get(Reflect.get(channel, 'internalChannel'), 'options'), {
      'grpc-node.flow_control_window': WINDOW_BYTES,
    });
    return channel;
  };
  Object.assign(client, { createChannel: wide });
  return client;
};

const KEEP_ALIVE_TIMEOUT_MS = 10_000;

/**
 * gRPC lets clients with the same options share a connection, the silent one of the client before included: a
 * millisecond more for its keep-alive gives each client its own.
 */
const onItsOwn = (url: string, number: number): string => {
  const [given, milliseconds = String(KEEP_ALIVE_TIMEOUT_MS)] = /[?&]keepAliveTimeout=(-?\d+)/i.exec(url) ?? [];
  if (milliseconds.startsWith('-')) return url;
  const setting = `keepAliveTimeout=${Number(milliseconds) + (number % 1000)}`;
  if (given) return url.replace(given, `${given[0]}${setting}`);
  return `${url}${url.includes('?') ? '&' : '?'}${setting}`;
};
