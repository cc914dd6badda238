import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type EmbeddedEventStore, type EventStoreOptions, startEventStore } from '../src/server.js';

/** A server on a folder of its own with a client, for one spec. */
export class TemporaryServer {
  readonly folder = mkdtempSync(join(tmpdir(), 'store-'));
  private server: EmbeddedEventStore | undefined;
  private connected: EventStoreDBClient | undefined;

  get client(): EventStoreDBClient {
    if (!this.connected) throw new Error('not started');
    return this.connected;
  }

  async start(options: Partial<EventStoreOptions> = {}): Promise<EmbeddedEventStore> {
    this.server = await startEventStore({ folder: this.folder, ...options });
    this.connected = EventStoreDBClient.connectionString(this.server.connectionString);
    return this.server;
  }

  async stop(): Promise<void> {
    await this.connected?.dispose();
    await this.server?.close();
    this.server = undefined;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const collect = async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
};
