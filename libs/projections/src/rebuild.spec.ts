import { perStream } from '#kernel';
import { sqlOver } from '#postgres';
import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { moments, shop, story, visits } from '../test/shop.js';
import { BeingRebuilt } from './claiming.js';
import type { ProjectionEngine } from './engine.js';
import { type Log, positionOf } from './log.js';
import { askForRebuild, type Progress } from './rebuilds.js';
import { CannotRefold } from './refold.js';
import { readStatus } from './status.js';
import type { Pool, Row, View } from './view.js';
import { waitFor } from './wait-for.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

let pool: Pool;
let log: MemoryLog;
let url: string;
beforeEach(async () => {
  url = await rig.database();
  pool = rig.pool(url);
  log = new MemoryLog();
});

const running = async (...views: readonly View[]): Promise<ProjectionEngine> => {
  const engine = rig.engine(pool, log, views.length > 0 ? views : shop);
  await engine.start();
  await engine.settled();
  return engine;
};

const indexesOf = async (table: string): Promise<readonly string[]> => {
  const { rows } = await pool.query(
    `select regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '') as index from pg_index
     where indrelid = $1::regclass order by 1`,
    [table],
  );
  return rows.map(({ index }) => index);
};

/** `visits` with one more column: another version. */
const visits2: View = {
  table: { ...visits.table, columns: { ...visits.table.columns, doubled: 'integer' } },
  projection: {
    ...visits.projection,
    version: 2,
    fold: (row, fact, key, context) => {
      const next: Row | null = visits.projection.fold(row, fact, key, context);
      return next && { ...next, doubled: Number(next.spent) * 2 };
    },
  },
};

/** The log, which says no more behind that many entries until it is let go on. */
const heldBehind = (many: bigint) => {
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const slow: Log = {
    head: () => log.head(),
    read: (...from) => log.read(...from),
    follow: async function* (options) {
      for await (const entry of log.follow(options)) {
        yield entry;
        if (positionOf(entry) === many * 400n) await gate;
      }
    },
  };
  return { slow, goOn: () => goOn() };
};

describe('a rebuild', () => {
  it('gives the same rows and indexes while the views are read and written', async () => {
    log.append(...story(600, 5));
    const engine = await running();
    const before = await indexesOf('visits');
    const names = ['visits', 'moments', 'articles', 'facts_by_customer'];
    const seen: number[] = [];
    let isRebuilding = true;
    const reading = (async () => {
      while (isRebuilding) seen.push(Number((await pool.query('select count(*) from moments')).rows[0].count));
    })();
    const writing = (async () => {
      for (let seed = 1; isRebuilding; seed += 1) {
        log.append(...story(5, seed));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    const rebuilt = await engine.rebuild(names);
    isRebuilding = false;
    await Promise.all([reading, writing]);
    await engine.settled();
    expect(rebuilt.map(({ view, differences }) => [view, differences])).toEqual(names.map((name) => [name, 0n]));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen[0]).toBeGreaterThan(300);
    expect(await indexesOf('visits')).toEqual(before);
    await engine.stop();
    const after = await contentsOf(pool, shop);
    pool = rig.pool(await rig.database());
    await running();
    expect(after).toEqual(await contentsOf(pool, shop));
    expect((await pool.query(`select 1 from pg_class where relname like '%\\_\\_next'`)).rows).toEqual([]);
  });

  it('says how many rows were not what the log says, and puts them right', async () => {
    log.append(...story(300, 6));
    const engine = await running();
    await pool.query(`update visits set spent = spent + 1 where customer in ('p-1', 'p-2')`);
    await pool.query(`delete from visits where customer = 'p-3'`);
    const [rebuilt] = await engine.rebuild(['visits']);
    expect(rebuilt).toMatchObject({ view: 'visits', differences: 3n });
    await expect(engine.rebuild(['visits'])).resolves.toMatchObject([{ differences: 0n }]);
  });

  it('tells how far it is, can be cut short, and goes on from there', async () => {
    log.append(...story(26_000, 7));
    const engine = await running(visits);
    const { slow } = heldBehind(20_000n);
    const builder = rig.engine(rig.pool(url), slow, [visits]);
    const cut = new AbortController();
    const told: Progress[] = [];
    const onProgress = (progress: Progress) => {
      told.push(progress);
      if (progress.percent > 10) cut.abort();
    };
    await expect(builder.rebuild(['visits'], { onProgress, signal: cut.signal })).rejects.toThrow('abort');
    const { events, percent, perSecond, secondsLeft } = told.at(-1) as Progress;
    expect(percent).toBeGreaterThan(10);
    expect(percent).toBeLessThan(100);
    expect(perSecond).toBeGreaterThan(0);
    expect(secondsLeft).not.toBeNull();
    const later: Progress[] = [];
    const [rebuilt] = await engine.rebuild(['visits'], { onProgress: (progress) => later.push(progress) });
    expect(later[0]?.events).toBeGreaterThanOrEqual(events);
    expect(rebuilt).toMatchObject({ events: 26_000n, differences: 0n });
  });

  it('tells by what it does itself, not by what was filled before, how fast it is', async () => {
    log.append(...story(21_000, 7));
    await running(visits);
    const { slow, goOn } = heldBehind(20_000n);
    const cut = new AbortController();
    const onProgress = ({ events }: Progress) => {
      if (events > 15_000n) cut.abort();
    };
    const first = rig.engine(rig.pool(url), slow, [visits]).rebuild(['visits'], { onProgress, signal: cut.signal });
    await expect(first).rejects.toThrow('abort');
    goOn();
    const { rows } = await pool.query(
      `select events from projection_checkpoints where view = 'visits' and slot = 'next'`,
    );
    const had = Number(rows[0].events);
    expect(had).toBeGreaterThan(15_000);
    const told: (readonly [perSecond: number, own: number])[] = [];
    const again = rig.engine(rig.pool(url), log, [visits]);
    const from = performance.now();
    await again.rebuild(['visits'], {
      onProgress: ({ events, perSecond }) =>
        told.push([perSecond, (Number(events) - had) / ((performance.now() - from) / 1000)]),
    });
    expect(told.length).toBeGreaterThan(0);
    for (const [perSecond, own] of told) expect(perSecond).toBeLessThanOrEqual(own * 2 + 1);
  });

  it('belongs to one process at a time', async () => {
    log.append(...story(2_000, 7));
    const [one, other] = [await running(visits), rig.engine(rig.pool(url), log, [visits])];
    const first = one.rebuild(['visits'], { onProgress: () => undefined });
    await eventually(
      async () => (await pool.query(`select 1 from projection_checkpoints where slot = 'next'`)).rows.length > 0,
    );
    await expect(other.rebuild(['visits'])).rejects.toThrow('visits is being rebuilt by another process');
    await first;
    await expect(other.rebuild(['visits'])).resolves.toMatchObject([{ differences: 0n }]);
  });

  it('fails at a fact that cannot be folded, and leaves the old rows', async () => {
    log.append(...story(100, 7));
    const engine = await running(visits);
    const before = await contentsOf(pool, [visits]);
    const broken: View = { ...visits, projection: { ...visits.projection, fold: () => ({}) } };
    const other = rig.engine(rig.pool(url), log, [broken]);
    await expect(other.rebuild(['visits'])).rejects.toThrow('visits stops at Bought');
    expect(await contentsOf(pool, [visits])).toEqual(before);
    await engine.settled();
  });

  it('takes up a view that had stopped', async () => {
    log.append(...story(50, 7));
    log.appendUnreadable('Returned');
    const engine = rig.engine(pool, log, [visits]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('stops at Returned');
    log.entries.splice(50, 1);
    log.append(...story(50, 8));
    await engine.rebuild(['visits']);
    await engine.rebuild(['facts_by_customer']);
    await engine.settled();
  });
});

describe('a rebuild as others see it', () => {
  const rebuildOf = async (view: string) =>
    (await readStatus(sqlOver(pool))).find((status) => status.view === view)?.rebuild ?? null;
  const isBeside = async () =>
    (await pool.query(`select 1 from pg_class where relname = 'visits__next'`)).rowCount === 1;

  it('is told while it runs, and ends when any process cancels it: what was filled is gone', async () => {
    log.append(...story(26_000, 7));
    const { slow, goOn } = heldBehind(20_000n);
    await running(visits);
    expect(await rebuildOf('visits')).toBeNull();
    const builder = rig.engine(rig.pool(url), slow, [visits]);
    const other = rig.engine(rig.pool(url), log, [visits]);
    const rebuilding = builder.rebuild(['visits']);
    rebuilding.catch(() => undefined);
    await eventually(async () => Number((await rebuildOf('visits'))?.percent) > 0);
    const { state, percent } = (await rebuildOf('visits')) ?? {};
    expect(state).toBe('running');
    expect(percent).toBeLessThan(100);
    await other.cancelRebuild(['visits']);
    await expect(rebuilding).rejects.toThrow('The rebuild of visits was cancelled');
    goOn();
    expect(await rebuildOf('visits')).toMatchObject({ state: 'cancelled', differences: null });
    expect(await isBeside()).toBe(false);
  });

  it('goes on for the views that nobody cancelled, though they share its read', async () => {
    log.append(...story(26_000, 7));
    const { slow, goOn } = heldBehind(20_000n);
    await running(visits, moments);
    const keeper = rig.engine(rig.pool(url), slow, [visits, moments]);
    const rebuilding = keeper.rebuild(['visits', 'moments'], { byRequest: true });
    rebuilding.catch(() => undefined);
    await eventually(async () => Number((await rebuildOf('visits'))?.percent) > 0);
    await keeper.cancelRebuild(['visits']);
    await expect(rebuilding).rejects.toThrow('The rebuild of visits was cancelled');
    expect(await rebuildOf('visits')).toMatchObject({ state: 'cancelled' });
    expect(await isBeside()).toBe(false);
    expect(await rebuildOf('moments')).toMatchObject({ state: 'paused' });
    goOn();
    await rig.engine(rig.pool(url), log, [visits, moments]).start();
    await eventually(async () => (await rebuildOf('moments'))?.state === 'done');
    expect(await rebuildOf('moments')).toMatchObject({ differences: 0n });
    expect(await rebuildOf('visits')).toMatchObject({ state: 'cancelled' });
  });

  it('is paused when cut short or killed; cancelled then, what was filled goes too', async () => {
    log.append(...story(26_000, 7));
    const engine = await running(visits);
    const cut = new AbortController();
    const rebuilding = engine.rebuild(['visits'], { onProgress: () => cut.abort(), signal: cut.signal });
    await expect(rebuilding).rejects.toThrow('abort');
    expect(await rebuildOf('visits')).toMatchObject({ state: 'paused', error: null });
    expect(await isBeside()).toBe(true);
    await pool.query(`update projection_rebuilds set state = 'running', seen_at = now() - interval '11 s'`);
    expect(await rebuildOf('visits')).toMatchObject({ state: 'paused' });
    await engine.cancelRebuild(['visits']);
    expect(await isBeside()).toBe(false);
    expect(await rebuildOf('visits')).toMatchObject({ state: 'cancelled' });
  });

  it('is cancelled a moment later where another process has it in hand without having said so', async () => {
    log.append(...story(300, 6));
    const engine = await running(visits);
    const another = await pool.connect();
    await another.query(`select pg_advisory_lock(hashtextextended('rebuild ' || current_schema() || '.visits', 0))`);
    let isOver = false;
    const cancelling = engine.cancelRebuild(['visits']).finally(() => {
      isOver = true;
    });
    await expect(engine.rebuild(['visits'])).rejects.toThrow(BeingRebuilt);
    expect(isOver).toBe(false);
    await another.query('select pg_advisory_unlock_all()');
    another.release();
    await cancelling;
  });

  it('may be asked of whoever keeps the views, and is taken up after a kill', async () => {
    log.append(...story(300, 6));
    const engine = await running();
    await pool.query(`update visits set spent = spent + 1 where customer = 'p-1'`);
    await askForRebuild(sqlOver(rig.pool(url)), ['visits', 'moments']);
    await eventually(async () => (await rebuildOf('moments'))?.state === 'done');
    await eventually(async () => (await rebuildOf('visits'))?.state === 'done');
    expect(await rebuildOf('visits')).toMatchObject({ state: 'done', percent: 100, differences: 1n, events: 300n });
    await engine.stop();
    await pool.query(`update projection_rebuilds set state = 'running', seen_at = now() - interval '11 s'`);
    await running();
    await eventually(async () => (await rebuildOf('visits'))?.state === 'done');
    expect(await rebuildOf('visits')).toMatchObject({ differences: 0n });
  });

  it('says at what it failed, without data, and is not tried for ever', async () => {
    log.append(...story(100, 7));
    await (await running(visits)).stop();
    const fold = () => {
      throw new Error('Ann Example, 7 Secret Lane');
    };
    const engine = rig.engine(pool, log, [{ ...visits, projection: { ...visits.projection, fold } }]);
    await engine.start();
    await askForRebuild(sqlOver(pool), ['visits']);
    await eventually(async () => (await rebuildOf('visits'))?.state === 'failed');
    const { error } = (await rebuildOf('visits')) ?? {};
    expect(error).toMatch(/^visits stops at Bought in person-p-\d+@0/);
    expect(error).not.toContain('Ann');
  });
});

describe('a new version of a view', () => {
  it('is served once it has caught up, and the old process stands down', async () => {
    log.append(...story(400, 5));
    const old = await running(visits, moments);
    const engine = rig.engine(rig.pool(url), log, [visits2, moments]);
    await engine.start();
    await engine.settled();
    log.append(...story(50, 6));
    await engine.settled();
    await old.settled();
    expect((await pool.query('select sum(doubled) = 2 * sum(spent) as ok from visits')).rows).toEqual([{ ok: true }]);
    expect(old.kept.get('visits')?.state).toBe('superseded');
    expect(old.kept.get('moments')?.state).toBe('running');
    await old.stop();
    const restarted = rig.engine(rig.pool(url), log, [visits, moments]);
    await restarted.start();
    await restarted.settled();
    expect(restarted.kept.get('visits')?.state).toBe('superseded');
  });

  it('is deployed for changed columns even when nobody raised the version', async () => {
    log.append(...story(100, 5));
    await (await running(visits)).stop();
    const engine = rig.engine(rig.pool(url), log, [{ ...visits2, projection: { ...visits2.projection, version: 1 } }]);
    await engine.start();
    await engine.settled();
    expect((await pool.query('select sum(doubled) = 2 * sum(spent) as ok from visits')).rows).toEqual([{ ok: true }]);
  });
});

describe('one customer folded afresh', () => {
  it('gets the row that the log says, under the fence of the view', async () => {
    log.append(...story(500, 5));
    const engine = await running();
    const before = await contentsOf(pool, shop);
    await pool.query(`update visits set spent = 0, evidence = '[]' where customer = 'p-1'`);
    await engine.refold('visits', 'p-1');
    expect(await contentsOf(pool, shop)).toEqual(before);
    log.append(...story(100, 6));
    await engine.settled();
    await engine.stop();
    const after = await contentsOf(pool, shop);
    pool = rig.pool(await rig.database());
    await running();
    expect(after).toEqual(await contentsOf(pool, shop));
  });

  it('may have been recorded under several ids', async () => {
    const bought = (customer: string, amount: number) => ({
      type: 'Bought',
      customers: [customer],
      stream: `person-${customer}`,
      data: { amount, on: '2024-01-01' },
    });
    log.append(bought('ann', 1), bought('anna', 2), bought('bob', 4), bought('ann', 8));
    const engine = await running(visits);
    await expect(engine.refold('visits', 'ann', ['ann', 'anna'])).resolves.toEqual({ facts: 3, isThere: true });
    const { rows } = await pool.query('select customer, spent, visits from visits order by 1');
    expect(rows).toEqual([
      { customer: 'ann', spent: 11, visits: 3 },
      { customer: 'bob', spent: 4, visits: 1 },
    ]);
  });
});

describe('one row that is not about a customer', () => {
  /** What is spent in a stream, by the customers of its facts. */
  const perTill: View = {
    ...visits,
    table: { ...visits.table, name: 'tills' },
    projection: { ...visits.projection, name: 'tills', keys: perStream },
  };
  const bought = (customers: readonly string[], till: string, amount: number) => ({
    type: 'Bought',
    customers,
    stream: `till-${till}`,
    data: { amount, on: '2024-01-01' },
  });

  it('is folded from the facts of its own stream, whoever they name', async () => {
    log.append(bought(['ann', 'bob'], 'a-1', 1), bought([], 'a-1', 2), bought(['ann'], 'b-1', 4));
    log.append({ type: 'DayClosed', data: { date: '2024-03-01' }, stream: 'clock-company' });
    const engine = await running(perTill, visits);
    const before = await contentsOf(pool, [perTill, visits]);
    await pool.query(`update tills set spent = 99, silent_for = null where customer = 'a-1'`);
    await expect(engine.refold('tills', 'a-1')).resolves.toEqual({ facts: 2, isThere: true });
    expect(await contentsOf(pool, [perTill, visits])).toEqual(before);
    await expect(engine.refold('tills', 'c-1')).resolves.toEqual({ facts: 0, isThere: false });
    expect(await contentsOf(pool, [perTill, visits])).toEqual(before);
  });

  it('is refused, and left as it is, where its own facts cannot be told', async () => {
    log.append(...story(100, 6));
    const engine = await running();
    const before = await contentsOf(pool, shop);
    for (const [view, key] of [
      ['articles', 'article-1'],
      ['moments', '400.p-1'],
      ['facts_by_customer', 'p-1'],
    ] as const)
      await expect(engine.refold(view, key)).rejects.toThrow(CannotRefold);
    expect(await contentsOf(pool, shop)).toEqual(before);
  });
});

describe('what others see', () => {
  it('tells where each view stands, to any process', async () => {
    log.append(...story(100, 5));
    const engine = await running();
    await eventually(async () => (await engine.status()).every(({ head }) => head !== null));
    const elsewhere = await readStatus(sqlOver(rig.pool(url)));
    expect(elsewhere).toHaveLength(4);
    for (const one of elsewhere)
      expect(one).toMatchObject({
        state: 'running',
        position: log.last,
        head: log.last,
        events: 100n,
        lagEvents: 0,
        lagSeconds: 0,
        caughtUpSince: expect.any(String),
        stoppedAt: null,
        isAlive: true,
      });
    expect(await readStatus(sqlOver(rig.pool(url)), Date.now() + 60_000)).toMatchObject([
      { isAlive: false },
      {},
      {},
      {},
    ]);
  });

  it('counts what a view lacks', async () => {
    log.append(...story(100, 5));
    await (await running(visits)).stop();
    log.append(...story(100, 6));
    const paused = rig.engine(pool, log, [visits, moments]);
    log.silent = true;
    await paused.start();
    await eventually(async () => (await paused.status()).some(({ head }) => head === log.last));
    const status = (await paused.status()).find(({ view }) => view === 'visits');
    expect(status).toMatchObject({ lagEvents: 100, caughtUpSince: null, waitingSince: expect.any(String) });
    expect(status?.lagSeconds).toBeGreaterThan(0);
  });

  it('waits for what was written, but never past the deadline', async () => {
    const engine = await running();
    const sql = sqlOver(rig.pool(url));
    const position = log.append(...story(10, 5));
    await expect(waitFor(sql, 'visits', position, 5_000)).resolves.toBe(true);
    const from = performance.now();
    await expect(waitFor(sql, 'visits', position + 1n, 150)).resolves.toBe(false);
    await expect(waitFor(() => new Promise(() => undefined), 'visits', position, 150)).resolves.toBe(false);
    expect(performance.now() - from).toBeLessThan(5_000);
    await engine.stop();
  });
});
