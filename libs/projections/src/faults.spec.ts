import type { Recorded } from '#kernel';
import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { moments, shop, story, visits } from '../test/shop.js';
import type { Pool, Row, View } from './view.js';

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

const bought = (customer: string, amount: number) => ({
  type: 'Bought',
  customers: [customer],
  data: { amount, on: '2024-01-01', note: 'Ann Example, 7 Secret Lane' },
});

/** `visits` that fail at an amount of 13. */
const brittle = (fold: View['projection']['fold'] = visits.projection.fold): View => ({
  ...visits,
  projection: {
    ...visits.projection,
    fold: (row: Row | null, fact: Recorded, key: string, context: object) => {
      const { amount, note } = fact.data as { amount: number; note: string };
      if (amount === 13) throw new Error(`Cannot fold ${note}`);
      return fold(row, fact, key, context);
    },
  },
});

const spentBy = async (): Promise<Record<string, number>> => {
  const { rows } = await pool.query('select customer, spent from visits');
  return Object.fromEntries(rows.map(({ customer, spent }) => [customer, spent]));
};

describe('a fact that a view cannot fold', () => {
  it('stops that view and names the fact without its data; the others go on', async () => {
    log.append(bought('ann', 1), bought('bob', 2), bought('ann', 13), bought('bob', 4));
    const engine = rig.engine(pool, log, [brittle(), moments]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('visits stops at Bought in story-1@2 (position 1200): Error');
    expect(await spentBy()).toEqual({ ann: 1, bob: 2 });
    await eventually(async () => (await pool.query('select 1 from moments')).rows.length === 4);
    const status = (await engine.status()).find(({ view }) => view === 'visits');
    expect(status).toMatchObject({ state: 'stopped', position: 800n, stoppedAt: { position: 1200n, type: 'Bought' } });
    expect(JSON.stringify(await pool.query('select * from projection_checkpoints'), String)).not.toContain('Secret');
    expect(status?.stoppedAt?.error).toMatch(/^Error \(at faults\.spec\.ts:\d+:\d+\)$/);
  });

  it('is taken up again by a fixed fold after a restart', async () => {
    log.append(bought('ann', 1), bought('ann', 13), bought('bob', 4));
    const engine = rig.engine(pool, log, [brittle()]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('visits stops');
    await engine.stop();
    const fixed = rig.engine(pool, log, [visits]);
    await fixed.start();
    await fixed.settled();
    expect(await spentBy()).toEqual({ ann: 14, bob: 4 });
    expect((await fixed.status()).find(({ view }) => view === 'visits')?.stoppedAt).toBeNull();
  });

  it('is tried once more before the view stops', async () => {
    let failures = 0;
    const flaky = brittle((row, fact, key, context) => {
      const { amount } = fact.data as { amount: number };
      if (amount === 7 && failures++ === 0) throw new Error('once');
      return visits.projection.fold(row, fact, key, context);
    });
    log.append(bought('ann', 1), bought('ann', 7));
    const engine = rig.engine(pool, log, [flaky]);
    await engine.start();
    await engine.settled();
    expect(await spentBy()).toEqual({ ann: 8 });
    expect(failures).toBe(2);
  });

  it('stops only the views that would have heard what cannot be read', async () => {
    log.append(bought('ann', 1));
    log.appendUnreadable('Returned');
    log.append(bought('ann', 2));
    const deaf: View = { ...moments, projection: { ...moments.projection, hears: ['Bought'] } };
    const engine = rig.engine(pool, log, [visits, deaf]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('stops at Returned in broken-1@0 (position 800): no JSON');
    await eventually(async () => (await pool.query('select 1 from moments')).rows.length === 2);
    expect(await spentBy()).toEqual({ ann: 1 });
  });

  it.each([
    ['a row that the table refuses', { spent: 2 ** 40 }, /integer/],
    ['a row that lacks a field', { lastOn: undefined }, /visits.lastOn is undefined/],
    ['a text that PostgreSQL cannot store', { customer: 'a\u0000b' }, /NUL/],
  ])('may be %s: found among many', async (_, change, message) => {
    const broken: View = {
      ...visits,
      projection: {
        ...visits.projection,
        fold: (row, fact, key, context) => {
          const next = visits.projection.fold(row, fact, key, context);
          return (fact.data as { amount: number }).amount === 13 ? { ...next, ...change } : next;
        },
        advance: (row) => ({ ...row, nextChangeOn: null, silentFor: null, isSilent: null }),
      },
    };
    log.append(...Array.from({ length: 40 }, (_, index) => bought(`c-${index % 7}`, index === 29 ? 13 : 1)));
    const engine = rig.engine(pool, log, [broken, moments]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow(message);
    const status = (await engine.status()).find(({ view }) => view === 'visits');
    expect(status).toMatchObject({ position: 29n * 400n, stoppedAt: { position: 30n * 400n, type: 'Bought' } });
    await eventually(async () => (await pool.query('select 1 from moments')).rows.length === 40);
  });

  it('may be a day for which a row cannot be derived', async () => {
    const dated: View = {
      ...visits,
      projection: {
        ...visits.projection,
        advance: (row, today, context) => {
          if (today >= '2024-01-11') throw new RangeError('no such day');
          return visits.projection.advance?.(row, today, context) as never;
        },
      },
    };
    log.append({ type: 'DayClosed', data: { date: '2024-01-01' } }, bought('ann', 1));
    log.append(
      { type: 'DayClosed', data: { date: '2024-01-10' } },
      { type: 'DayClosed', data: { date: '2024-01-11' } },
    );
    const engine = rig.engine(pool, log, [dated]);
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('visits stops at DayClosed in story-1@2');
  });
});

describe('stores that go away', () => {
  const grow = async (settled: () => Promise<void>, harm: () => Promise<void> | void) => {
    for (const seed of [1, 2, 3]) {
      log.append(...story(150, seed));
      await harm();
    }
    await settled();
  };

  const fromScratch = async () => {
    const other = rig.pool(await rig.database());
    const engine = rig.engine(other, log, shop);
    await engine.start();
    await engine.settled();
    await engine.stop();
    return contentsOf(other, shop);
  };

  it('goes on when the log comes back', async () => {
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    await grow(
      () => engine.settled(),
      async () => {
        const { refusals } = log;
        log.goAway();
        await eventually(() => log.refusals > refusals + 1);
        log.comeBack();
      },
    );
    await engine.stop();
    expect(await contentsOf(pool, shop)).toEqual(await fromScratch());
  });

  it('goes on when PostgreSQL has cut every connection', async () => {
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    const admin = rig.pool(rig.postgres.url);
    await grow(
      () => engine.settled(),
      async () => {
        await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [
          new URL(url.replace('postgres://', 'http://')).pathname.slice(1),
        ]);
      },
    );
    await engine.stop();
    expect(await contentsOf(rig.pool(url), shop)).toEqual(await fromScratch());
  });

  it('asks a log again that has more and says nothing', async () => {
    const engine = rig.engine(pool, log, [moments]);
    log.append(bought('ann', 1));
    log.silent = true;
    await engine.start();
    await eventually(() => log.follows > 0);
    log.silent = false;
    for (const { reader } of engine.packs) if (reader) reader.lastHeard -= 20_000;
    await engine.settled();
    expect(log.follows).toBe(2);
  });
});
