import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asking, localAdministrator } from '#access';
import { Unavailable } from '#application';
import { type EventStoreDb, openEventStore } from '#event-store';
import { type EmbeddedEventStore, startEventStore } from '#event-store-embedded';
import type { Fact, Recorded } from '#kernel';
import { AccessLog } from './access-log.js';
import { withoutKeys } from './keys.js';
import { loggerTo } from './logger.js';
import { eventShapes } from './shapes.js';

const somebody = (id: string, purpose = 'service'): Asking => ({
  principal: { ...localAdministrator([]), id },
  fields: new Set(),
  scope: 'all',
  purpose,
  action: 'CustomerOverview',
});
const [ANN, BOB] = ['01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002'];
const person = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;

let now = '2026-03-01T09:00:00.000Z';
const clock = { now: () => now };
let folder: string;
let server: EmbeddedEventStore;
const stores: EventStoreDb[] = [];
const lines: string[] = [];
const logger = loggerTo({ write: (line) => void lines.push(line) }, 'test', 'warn');

const opened = () => {
  const parts = { shapes: eventShapes, sealing: withoutKeys };
  const store = openEventStore(server.connectionString, parts, clock, { attemptMs: 500, totalMs: 1000 });
  stores.push(store);
  return store;
};
const logOver = (store: Pick<EventStoreDb, 'append' | 'lastRevision'>) =>
  new AccessLog(store, clock, () => 'Asia/Shanghai', logger);
const recorded = async (stream = 'access-2026-03-01'): Promise<readonly Recorded[]> => {
  const facts: Recorded[] = [];
  for await (const fact of opened().read(stream)) facts.push(fact);
  return facts;
};
const told = (facts: readonly Fact[]) =>
  facts.map(({ data, meta: { actor } }) => {
    const { subject, fields } = data as { subject: string; fields: readonly string[] };
    return `${actor.id} ${Number(subject.slice(-12))} ${fields}`;
  });

beforeEach(async () => {
  now = '2026-03-01T09:00:00.000Z';
  lines.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'access-'));
  server = await startEventStore({ folder });
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await server.close();
  await rm(folder, { recursive: true });
});

describe('the access log', () => {
  it('records who read what of whom and what for, in one append, merged and in order', async () => {
    const store = opened();
    const appends = jest.spyOn(store, 'append');
    const log = logOver(store);
    const [first, second] = [somebody('ann', 'complaint_handling'), somebody('bob')];
    log.viewed(first, ANN, ['name']);
    log.viewed(first, ANN, ['name', 'contactPoints']);
    log.viewed(first, BOB, ['name']);
    log.viewed(second, BOB, ['text']);
    log.viewed(somebody('bob'), BOB, ['text']); // another request
    log.denied(second);
    await log.flush();
    expect(appends).toHaveBeenCalledTimes(1);
    const facts = await recorded();
    expect(told(facts.slice(0, -1))).toEqual(['ann 1 name,contactPoints', 'ann 2 name', 'bob 2 text', 'bob 2 text']);
    expect(facts[0]).toMatchObject({
      type: 'PersonalDataViewed',
      data: { subject: ANN, purpose: 'complaint_handling', through: 'CustomerOverview' },
      meta: { actor: { kind: 'person', id: 'ann' }, occurredAt: now, channel: 'access' },
      customers: [],
    });
    expect(facts.at(-1)).toMatchObject({ type: 'AccessDenied', data: { through: 'CustomerOverview' } });
    await log.close();
  });

  it('loses nothing that is read while a batch is on its way', async () => {
    const store = opened();
    const log = logOver(store);
    const reader = somebody('ann');
    log.viewed(reader, ANN, ['name']);
    const append = store.append.bind(store);
    jest.spyOn(store, 'append').mockImplementationOnce((...args) => {
      log.viewed(reader, ANN, ['documents']);
      return append(...args);
    });
    await log.flush();
    expect(told(await recorded())).toEqual(['ann 1 name', 'ann 1 documents']);
    await log.close();
  });

  it('keeps each day apart, by the company’s own midnight', async () => {
    const log = logOver(opened());
    const read = (at: string, subject: string) => {
      now = at;
      log.viewed(somebody('ann'), subject, ['name']);
    };
    read('2026-03-01T15:59:59.999Z', ANN);
    read('2026-03-01T16:00:00.000Z', BOB);
    read('2026-03-01T16:00:00.001Z', ANN);
    await log.close();
    expect(told(await recorded())).toEqual(['ann 1 name']);
    expect(told(await recorded('access-2026-03-02'))).toEqual(['ann 2 name', 'ann 1 name']);
  });

  it('is written by two processes at once, nothing lost, nothing twice, each in its order', async () => {
    const logs = [logOver(opened()), logOver(opened())];
    for (let n = 0; n < 1200; n++) {
      for (const [index, log] of logs.entries()) log.viewed(somebody(`p${index}`), person(n), ['name']);
      if (n % 100 === 0) await Promise.all(logs.map((log) => log.flush()));
    }
    await Promise.all(logs.map((log) => log.close()));
    const facts = told(await recorded());
    const wanted = Array.from({ length: 1200 }, (_, n) => `${n} name`);
    for (const who of ['p0 ', 'p1 '])
      expect(facts.filter((fact) => fact.startsWith(who)).map((fact) => fact.slice(3))).toEqual(wanted);
    expect(facts).toHaveLength(2400);
  });

  it('records once what it could not know to be recorded', async () => {
    const store = opened();
    const append = store.append.bind(store);
    jest.spyOn(store, 'append').mockImplementationOnce(async (...args) => {
      await append(...args);
      throw new Unavailable('the outcome is unknown');
    });
    const log = logOver(store);
    log.viewed(somebody('ann'), ANN, ['name']);
    await log.close();
    expect(told(await recorded())).toEqual(['ann 1 name']);
  });

  it('waits for a store that is away, and says so', async () => {
    const store = opened();
    const log = logOver(store);
    log.viewed(somebody('ann'), ANN, ['name']);
    await log.flush();
    const { port } = server;
    await server.close();
    log.viewed(somebody('ann'), BOB, ['name']);
    const flushed = log.flush();
    while (!lines.some((line) => line.includes('cannot be written'))) await new Promise(setImmediate);
    log.viewed(somebody('bob'), BOB, ['text']);
    server = await startEventStore({ folder, port });
    await flushed;
    await log.close();
    expect(told(await recorded())).toEqual(['ann 1 name', 'ann 2 name', 'bob 2 text']);
  });

  it('shows nothing more while too much is unrecorded', async () => {
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    const store = opened();
    const append = store.append.bind(store);
    jest.spyOn(store, 'append').mockImplementation(async (...args) => {
      await held;
      return append(...args);
    });
    const log = logOver(store);
    const view = (n: number) => log.viewed(somebody('ann'), person(n), ['name']);
    for (let n = 0; n < 10_000; n++) view(n);
    expect(() => view(10_000)).toThrow(Unavailable);
    expect(() => log.denied(somebody('ann'))).toThrow(Unavailable);
    go();
    await log.flush();
    view(10_001);
    await log.close();
    const facts = told(await recorded());
    expect([facts.length, facts.at(-2), facts.at(-1)]).toEqual([10_001, 'ann 9999 name', 'ann 10001 name']);
  });
});

describe('with a clock that is held', () => {
  const reads: string[] = [];
  const store = {
    append: async (_: string, expected: bigint, facts: readonly Fact[]) => {
      reads.push(...told(facts));
      return { revision: expected + BigInt(facts.length), position: 0n };
    },
    lastRevision: async () => -1n,
  };
  beforeEach(() => {
    reads.length = 0;
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'performance'] });
  });
  afterEach(() => void jest.useRealTimers());

  it('a kill loses what was read in the last fifth of a second, and nothing before', async () => {
    const log = logOver(store as unknown as EventStoreDb);
    for (let n = 0; n < 1000; n += 10) {
      log.viewed(somebody('ann'), person(n), ['name']);
      await jest.advanceTimersByTimeAsync(10);
      // Killed now: the milliseconds at which those were read that are lost.
      const lost = Array.from({ length: n / 10 + 1 }, (_, k) => k * 10).filter(
        (at) => !reads.includes(`ann ${at} name`),
      );
      expect(lost.filter((at) => n + 10 - at > 200)).toEqual([]);
    }
    expect(reads.length).toBeGreaterThan(70);
  });

  it('gives up on a store that is gone, in ten seconds, and says how much is lost', async () => {
    const gone = { ...store, append: () => Promise.reject(new Unavailable('gone')) };
    const log = logOver(gone as unknown as EventStoreDb);
    for (let n = 0; n < 1500; n++) log.viewed(somebody('ann'), person(n), ['name']);
    const closed = log.close();
    await jest.advanceTimersByTimeAsync(10_000);
    await closed;
    expect(JSON.parse(lines.at(-1) ?? '{}')).toMatchObject({ level: 50, reads: 1500 });
  });
});
