import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { type Files, filesIn } from '../src/log/files.js';
import { verifyStore } from '../src/maintenance.js';
import { startOn } from '../src/server.js';
import { type FaultReport, reportOf } from './faults.js';
import { seeded, systemError } from './simulated-disk.js';
import { collect } from './temporary-server.js';

type Acknowledged = { stream: string; revision: bigint; id: string };
type Found = { lost: number; doubled: number; differing: number };

const HOUR_MS = 3_600_000;

/** A disk that may be full: then a write leaves a part of its bytes, as real ones do, and fails. */
class Disk {
  isFull = false;
  /** Writes of events that were refused. */
  refused = 0;

  over(files: Files): Files {
    const write = (name: string, bytes: Uint8Array, offset: number, file: ReturnType<Files['open']>): void => {
      file.write(this.isFull ? bytes.subarray(0, Math.floor(bytes.length / 3)) : bytes, offset);
      if (!this.isFull) return;
      if (name.startsWith('events-')) this.refused++;
      throw systemError('ENOSPC');
    };
    return {
      ...files,
      open: (name, mode) => {
        const file = files.open(name, mode);
        return { ...file, write: (bytes, offset) => write(name, bytes, offset, file) };
      },
    };
  }
}

/** A clock that jumps, for everything in this process. */
class Clock {
  private readonly real = globalThis.Date;
  shift = 0;

  constructor() {
    const { real } = this;
    const now = () => real.now() + this.shift;
    globalThis.Date = class extends real {
      constructor(given: number = now()) {
        super(given);
      }
      static override now = now;
    } as DateConstructor;
  }

  giveBack(): void {
    globalThis.Date = this.real;
  }
}

/** Appends to streams of their own until told to stop; an append without an answer is repeated as it was. */
class Writers {
  readonly acknowledged: Acknowledged[] = [];
  readonly refusals = new Map<string, number>();
  isOver = false;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly believe: boolean,
  ) {}

  async run(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, number) => this.write(`written-${number}`)));
  }

  private async write(stream: string): Promise<void> {
    for (let revision = 0n; !this.isOver; revision++) {
      const id = randomUUID();
      const event = jsonEvent({ id, type: 'written', data: { stream, revision: String(revision) } });
      while (!this.isOver && !(await this.append(stream, revision, event))) await pause(20);
      if (!this.isOver) this.acknowledged.push({ stream, revision, id });
    }
  }

  private async append(stream: string, revision: bigint, event: ReturnType<typeof jsonEvent>): Promise<boolean> {
    const expectedRevision = revision === 0n ? ('no_stream' as const) : revision - 1n;
    try {
      const { nextExpectedRevision } = await this.client.appendToStream(stream, event, { expectedRevision });
      return nextExpectedRevision === revision;
    } catch (error) {
      const said = (error as Error).message;
      this.refusals.set(said, (this.refusals.get(said) ?? 0) + 1);
      return this.believe;
    }
  }
}

export type Trouble = Readonly<{
  seed: number;
  fills: number;
  jumps: number;
  writers: number;
  /** How long each lasts, at most; milliseconds. */
  lastsMs: number;
  /** A plant: writers that take a refusal for an acknowledgement. */
  believe?: boolean;
}>;

/**
 * R15: the disk fills up and the clock jumps by an hour, forth and back, while writers append through the real client. Nothing
 * acknowledged may be lost, doubled or moved, a full disk must be told in so many words, reads must go on meanwhile, appends
 * must go on by themselves afterwards, and every record and index must be in order in the end.
 */
export const diskAndClock = async (trouble: Trouble): Promise<FaultReport> => {
  const { seed, fills, jumps, writers: count, lastsMs, believe = false } = trouble;
  const started = performance.now();
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'store-trouble-'));
  const disk = new Disk();
  const clock = new Clock();
  const found = { lost: 0, doubled: 0, differing: 0 };
  const server = await startOn({ folder }, disk.over(filesIn(folder)));
  const client = EventStoreDBClient.connectionString(server.connectionString);
  const writers = new Writers(client, believe);
  const writing = writers.run(count);
  const comesFurther = async () => {
    const reached = writers.acknowledged.length;
    await until(() => writers.acknowledged.length > reached + count);
  };
  try {
    await comesFurther();
    for (let n = 0; n < fills; n++) {
      await pause(random() * lastsMs);
      const before = disk.refused;
      disk.isFull = true;
      await until(() => disk.refused > before);
      if (!(await collect(client.readAll())).length) found.differing++;
      await pause(random() * lastsMs);
      disk.isFull = false;
      await comesFurther();
    }
    if (![...writers.refusals.keys()].every((said) => said.includes('DiskFull'))) found.differing++;
    for (let n = 0; n < jumps; n++) {
      clock.shift += n % 2 ? HOUR_MS : -HOUR_MS;
      await comesFurther();
    }
    writers.isOver = true;
    await writing;
    await compare(client, writers.acknowledged, found);
    if (jumps > 0 && !(await wentBack(client))) found.differing++;
  } finally {
    writers.isOver = true;
    clock.giveBack();
    await client.dispose();
    await server.close();
  }
  const { problems } = await verifyStore({ folder });
  found.differing += problems.length;
  rmSync(folder, { recursive: true });
  const refused = [...writers.refusals.values()].reduce((sum, each) => sum + each, 0);
  const volume = `disk full ${fills} times, clock ±1 h ${jumps} times, ${count} writers, ${writers.acknowledged.length} events, ${refused} appends refused`;
  return reportOf('R15', seed, volume, { ...found, started });
};

const compare = async (client: EventStoreDBClient, acknowledged: readonly Acknowledged[], found: Found) => {
  const ids = new Map<string, string[]>();
  for (const stream of new Set(acknowledged.map((each) => each.stream)))
    ids.set(
      stream,
      (await collect(client.readStream(stream))).map(({ event }) => event?.id ?? ''),
    );
  for (const { stream, revision, id } of acknowledged) {
    const there = ids.get(stream) ?? [];
    if (!there.includes(id)) found.lost++;
    else if (there[Number(revision)] !== id) found.differing++;
  }
  for (const there of ids.values()) found.doubled += there.length - new Set(there).size;
};

/** Whether an event is older than the one before it: otherwise the clock did not jump, and nothing was tried. */
const wentBack = async (client: EventStoreDBClient): Promise<boolean> => {
  let last = 0;
  for await (const { event } of client.readStream('written-0')) {
    const created = event?.created.getTime() ?? 0;
    if (created < last) return true;
    last = created;
  }
  return false;
};

const until = async (holds: () => boolean): Promise<void> => {
  for (const end = performance.now() + 30_000; !holds(); await pause(5))
    if (performance.now() > end) throw new Error('it did not come to that in 30 s');
};
