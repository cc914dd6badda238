import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventSealing, Unavailable } from '#application';
import { type EventShapes, type EventStoreDb, openEventStore } from '#event-store';
import { machineClock } from '#system';
import { buildServer, ServerProcess } from '../../libs/event-store-embedded/test/server-process.js';
import { diceOf, type Figure } from './figure.js';
import { secondsSince } from './kills.js';

export type Away = Readonly<{
  seed: number;
  times: number;
  writers: number;
  /** How long the store is away each time; milliseconds. */
  fromMs: number;
  toMs: number;
  /** A plant: an acknowledgement that nobody gave. */
  forge?: boolean;
}>;

/** R5, the store's side: it is killed and comes back after a while. */
export const storeRestarts = (away: Away): Promise<Figure> => storeGoes('R5-store', away, (line) => line.restart());

/** R6, the store's side: the way to it takes every call and never answers. */
export const storeFallsSilent = (away: Away): Promise<Figure> => storeGoes('R6-store', away, (line) => line.silence());

/** A command has its answer by the deadline of a caller that sets none, and one attempt more. */
const ANSWERED_WITHIN_MS = 14_000;
const RESUBSCRIBED_WITHIN_MS = 5_000;

const shapes: EventShapes = { version: () => 1, lift: (_, __, data) => data };
const plain: EventSealing = {
  seal: async (facts) => facts.map(({ fact: { data } }) => ({ data })),
  open: ({ data }) => data,
};
const meta = {
  commandId: randomUUID(),
  correlationId: randomUUID(),
  causationId: randomUUID(),
  occurredAt: '2026-03-01T09:00:00.000Z',
  zone: 'UTC',
  actor: { kind: 'system', id: 'reliability' },
  channel: 'test',
} as const;

const storeGoes = async (id: string, away: Away, goAway: (line: Line) => Promise<() => Promise<void>>) => {
  const began = performance.now();
  const dice = diceOf(away.seed);
  const line = await Line.begin();
  const store = openEventStore(line.url, { shapes, sealing: plain }, machineClock);
  const writers = new Writers(store);
  const reader = new Reader(store);
  try {
    const writing = writers.run(away.writers);
    const reading = reader.run();
    await until(() => writers.acknowledged > away.writers);
    let slowest = 0;
    for (let n = 0; n < away.times; n++) {
      const comeBack = await goAway(line);
      await pause(away.fromMs + dice.share() * (away.toMs - away.fromMs));
      await comeBack();
      const [back, seen] = [performance.now(), reader.seen.length];
      await until(() => reader.seen.length > seen);
      slowest = Math.max(slowest, performance.now() - back);
      await pause(dice.share() * 300);
    }
    writers.isOver = true;
    await writing;
    await until(() => reader.seen.length >= writers.acknowledged);
    reader.stop();
    await reading;
    if (away.forge) writers.written.get('away-0')?.push(randomUUID());
    const found = await compared(store, writers, reader.seen);
    if (writers.slowest > ANSWERED_WITHIN_MS || slowest > RESUBSCRIBED_WITHIN_MS) found.differing++;
    const volume =
      `${away.times} times for ${away.fromMs / 1000} to ${away.toMs / 1000} s, ${writers.acknowledged} commands, ` +
      `${writers.unknown} answered "unknown", the slowest after ${(writers.slowest / 1000).toFixed(1)} s, ` +
      `resubscribed within ${(slowest / 1000).toFixed(1)} s`;
    const { lost, doubled, differing } = found;
    const holds = lost + doubled + differing === 0;
    return { id, seed: away.seed, volume, lost, doubled, differing, seconds: secondsSince(began), holds };
  } finally {
    writers.isOver = true;
    reader.stop();
    await store.close();
    await line.end();
  }
};

/** The store in a process of its own, and the way to it, on which it can fall silent. */
class Line {
  private store: ServerProcess | undefined;
  private deaf = false;
  private readonly calls = new Set<Socket>();

  private constructor(
    private readonly build: ReturnType<typeof buildServer>,
    private readonly folder: string,
    private readonly server: Server,
  ) {}

  static async begin(): Promise<Line> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const line = new Line(buildServer(), mkdtempSync(join(tmpdir(), 'store-away-')), server);
    server.on('connection', (socket) => line.take(socket));
    await line.open();
    return line;
  }

  get url(): string {
    return `esdb://127.0.0.1:${(this.server.address() as { port: number }).port}?tls=false`;
  }

  async restart(): Promise<() => Promise<void>> {
    await this.store?.kill();
    return () => this.open();
  }

  /** Calls are taken and kept, old and new, and nothing comes back; in the end they break off. */
  async silence(): Promise<() => Promise<void>> {
    this.deaf = true;
    for (const call of this.calls) call.unpipe().resume();
    return async () => {
      this.deaf = false;
      for (const call of this.calls) call.destroy();
    };
  }

  async end(): Promise<void> {
    for (const call of this.calls) call.destroy();
    this.server.close();
    await this.store?.kill();
    this.build.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async open(): Promise<void> {
    this.store = await ServerProcess.start(this.build.folder, { folder: this.folder });
  }

  private take(socket: Socket): void {
    this.keep(socket);
    if (this.deaf) return void socket.resume();
    const { port } = new URL(this.store?.url.replace('esdb:', 'http:') ?? '');
    const onward = dial(Number(port), '127.0.0.1');
    this.keep(onward);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.pipe(other);
      one.once('close', () => other.destroy());
    }
  }

  private keep(socket: Socket): void {
    this.calls.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.calls.delete(socket));
  }
}

/** Each writes to its own stream, one command after the other, and repeats what has no answer as it was. */
class Writers {
  readonly written = new Map<string, string[]>();
  isOver = false;
  acknowledged = 0;
  unknown = 0;
  slowest = 0;

  constructor(private readonly store: EventStoreDb) {}

  async run(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, (_, number) => this.write(`away-${number}`)));
  }

  private async write(stream: string): Promise<void> {
    const ids: string[] = [];
    this.written.set(stream, ids);
    while (!this.isOver) {
      const id = randomUUID();
      const fact = { id, type: 'Happened', data: { count: ids.length }, meta, customers: [] };
      while (!(await this.append(stream, BigInt(ids.length) - 1n, fact)) && !this.isOver);
      if (this.isOver) return;
      ids.push(id);
      this.acknowledged++;
    }
  }

  private async append(stream: string, expected: bigint, fact: Parameters<EventStoreDb['append']>[2][number]) {
    const began = performance.now();
    try {
      await this.store.append(stream, expected, [fact]);
      return true;
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.unknown++;
      return false;
    } finally {
      this.slowest = Math.max(this.slowest, performance.now() - began);
    }
  }
}

/** Follows the log from where it was, again and again. */
class Reader {
  readonly seen: { id: string; position: bigint }[] = [];
  private readonly over = new AbortController();

  constructor(private readonly store: EventStoreDb) {}

  async run(): Promise<void> {
    for (let wait = 50; !this.over.signal.aborted; wait = Math.min(2_000, wait * 2)) {
      try {
        const after = this.seen.at(-1)?.position ?? null;
        for await (const entry of this.store.follow({ after, signal: this.over.signal })) {
          wait = 50;
          if (entry.kind === 'fact') this.seen.push({ id: entry.fact.id, position: entry.fact.position });
        }
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
      }
      await pause(Math.random() * wait);
    }
  }

  stop(): void {
    this.over.abort();
  }
}

const compared = async (store: EventStoreDb, writers: Writers, seen: Reader['seen']) => {
  const found = { lost: 0, doubled: 0, differing: 0 };
  for (const [stream, ids] of writers.written) {
    const there: string[] = [];
    for await (const { id } of store.read(stream)) there.push(id);
    found.lost += ids.filter((id) => !there.includes(id)).length;
    found.differing += ids.filter((id, revision) => there.includes(id) && there[revision] !== id).length;
    found.doubled += there.length - new Set(there).size;
  }
  const [known, told] = [new Set([...writers.written.values()].flat()), new Set(seen.map(({ id }) => id))];
  found.lost += [...known].filter((id) => !told.has(id)).length;
  found.doubled += seen.length - told.size;
  found.differing += seen.filter(({ position }, index) => position <= (seen[index - 1]?.position ?? -1n)).length;
  return found;
};

const until = async (holds: () => boolean): Promise<void> => {
  for (const end = performance.now() + 60_000; !holds(); await pause(10))
    if (performance.now() > end) throw new Error('it did not come to that within a minute');
};
