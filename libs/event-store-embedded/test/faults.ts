import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { DamagedRecord } from '../src/log/event-log.js';
import { filesIn } from '../src/log/files.js';
import { LogRefused } from '../src/log/segment.js';
import { unpack } from '../src/log/stored-event.js';
import { Store } from '../src/store/store.js';
import { buildServer, ServerProcess } from './server-process.js';
import { seeded } from './simulated-disk.js';

/** What a fault test found. `holds`: nothing acknowledged was lost, doubled or changed. */
export type FaultReport = Readonly<{
  id: string;
  seed: number;
  volume: string;
  lost: number;
  doubled: number;
  differing: number;
  seconds: number;
  holds: boolean;
}>;

type Found = { lost: number; doubled: number; differing: number };

export const reportOf = (id: string, seed: number, volume: string, found: Found & { started: number }): FaultReport => {
  const { lost, doubled, differing, started } = found;
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  return { id, seed, volume, lost, doubled, differing, seconds, holds: lost + doubled + differing === 0 };
};

/**
 * Kills the server with SIGKILL again and again while writers append through the real client; each repeats what was not
 * answered. In the end every acknowledged event must stand once, in order, at the revision that was acknowledged.
 */
export const killUnderWriters = async ({
  kills,
  writers,
  seed,
}: {
  kills: number;
  writers: number;
  seed: number;
}): Promise<FaultReport> => {
  const started = performance.now();
  const random = seeded(seed);
  const build = buildServer();
  const folder = mkdtempSync(join(tmpdir(), 'store-killed-'));
  const written = Array.from({ length: writers }, (): { id: string }[] => []);
  try {
    for (let kill = 0; kill < kills; kill++) {
      const server = await ServerProcess.start(build.folder, { folder });
      const round = writeRound(server.url, written);
      await sleep(30 + random() * 120);
      await server.kill();
      await round.end();
    }
    const server = await ServerProcess.start(build.folder, { folder });
    const found = await compare(server.url, written);
    await server.stop();
    const events = written.reduce((sum, { length }) => sum + length, 0);
    return reportOf('kill -9', seed, `${kills} kills, ${writers} writers, ${events} events`, { ...found, started });
  } finally {
    rmSync(folder, { recursive: true });
    build.remove();
  }
};

/** Every writer appends to its stream, one event after the other, until the server is gone. */
const writeRound = (url: string, written: { id: string }[][]): { end(): Promise<void> } => {
  const client = EventStoreDBClient.connectionString(url);
  let over = false;
  const writer = async (events: { id: string }[], number: number) => {
    while (!over) {
      const id = next(events, number);
      const expectedRevision = events.length === 0 ? ('no_stream' as const) : BigInt(events.length - 1);
      const event = jsonEvent({ id, type: 'written', data: { number, count: events.length } });
      const answer = await Promise.race([
        client.appendToStream(`killed-${number}`, event, { expectedRevision }),
        sleep(1000),
      ]).catch(() => undefined);
      if (!answer) return;
      if (answer.nextExpectedRevision === BigInt(events.length)) events.push({ id });
    }
  };
  const all = Promise.all(written.map(writer));
  return {
    end: async () => {
      over = true;
      await all;
      await client.dispose().catch(() => {});
    },
  };
};

const unanswered = new WeakMap<object, string>();

/** The id of the event that comes next: the same one until it is acknowledged. */
const next = (events: { id: string }[], _number: number): string => {
  const key = events[events.length - 1] ?? events;
  const id = unanswered.get(key) ?? randomUUID();
  unanswered.set(key, id);
  return id;
};

const compare = async (url: string, written: { id: string }[][]): Promise<Found> => {
  const client = EventStoreDBClient.connectionString(url);
  const found = { lost: 0, doubled: 0, differing: 0 };
  for (const [number, events] of written.entries()) {
    const ids: string[] = [];
    if (events.length) for await (const { event } of client.readStream(`killed-${number}`)) ids.push(event?.id ?? '');
    for (const [revision, { id }] of events.entries()) {
      if (!ids.includes(id)) found.lost++;
      else if (ids[revision] !== id) found.differing++;
    }
    found.doubled += ids.length - new Set(ids).size;
  }
  await client.dispose();
  return found;
};

/** Flips single bits and cuts files short, one damage at a time: it must be refused, named or without effect. */
export const damageFiles = async ({
  flips,
  truncations,
  seed,
}: {
  flips: number;
  truncations: number;
  seed: number;
}): Promise<FaultReport> => {
  const started = performance.now();
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'store-damaged-'));
  const intact = join(folder, 'intact');
  const damaged = join(folder, 'damaged');
  cpSync(await filled(join(folder, 'filling')), intact, { recursive: true });
  const expected = await contentsOf(intact);
  const found = { lost: 0, doubled: 0, differing: 0 };
  for (let count = 0; count < flips + truncations; count++) {
    rmSync(damaged, { recursive: true, force: true });
    cpSync(intact, damaged, { recursive: true });
    if (count < flips) flipBit(damaged, random);
    else truncate(damaged, random);
    const outcome = await contentsOf(damaged).catch((error) => {
      if (error instanceof LogRefused || error instanceof DamagedRecord) return expected;
      throw error;
    });
    if (outcome.length < expected.length) found.lost++;
    else if (outcome.join() !== expected.join()) found.differing++;
  }
  rmSync(folder, { recursive: true });
  return reportOf('damage', seed, `${flips} bit flips, ${truncations} truncations`, { ...found, started });
};

const open = (folder: string) =>
  Store.open({ files: filesIn(folder), fsync: { everyMs: 1000 }, segmentBytes: 32 * 1024, report: () => {} });

const filled = async (folder: string): Promise<string> => {
  const { mkdirSync } = await import('node:fs');
  mkdirSync(folder, { recursive: true });
  const store = await open(folder);
  for (let count = 0; count < 200; count++) {
    const data = Buffer.from(`event ${count} ${'x'.repeat((count * 37) % 600)}`);
    const event = {
      id: randomUUID(),
      type: `type-${count % 5}`,
      contentType: 'text/plain',
      metadata: new Uint8Array(0),
      data,
    };
    await store.write({ kind: 'append', stream: `stream-${count % 7}`, expected: 'any', events: [event] });
  }
  await store.close();
  return folder;
};

/** Everything the store serves: the log from end to end and every stream. */
const contentsOf = async (folder: string): Promise<string[]> => {
  const store = await open(folder);
  try {
    const { index } = store.events;
    const all = Array.from({ length: index.size }, (_, ordinal) => unpack(store.events.bodyAt(ordinal)));
    const inStreams = all.map(({ stream, revision }) => store.events.at(stream, revision ?? 0)?.id);
    return [...all.map(({ recorded }) => recorded.toString('base64')), ...inStreams.map(String)];
  } finally {
    await store.close().catch(() => {});
  }
};

const anyFile = (folder: string, random: () => number): string => {
  const names = readdirSync(folder).sort();
  return join(folder, names[Math.floor(random() * names.length)] as string);
};

const flipBit = (folder: string, random: () => number): void => {
  const path = anyFile(folder, random);
  const bytes = readFileSync(path);
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
  writeFileSync(path, bytes);
};

const truncate = (folder: string, random: () => number): void => {
  const path = anyFile(folder, random);
  truncateSync(path, Math.floor(random() * readFileSync(path).length));
};
