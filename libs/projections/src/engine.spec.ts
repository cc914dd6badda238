import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, Rig } from '../test/rig.js';
import { articles, chance, day, repriced, shop, story, visits } from '../test/shop.js';
import type { Pool, View } from './view.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

let pool: Pool;
let log: MemoryLog;
beforeEach(async () => {
  pool = rig.pool(await rig.database());
  log = new MemoryLog();
});

/** What the views hold when the whole log is folded at once into an empty database. */
const fromScratch = async (views: readonly View[] = shop) => {
  const other = rig.pool(await rig.database());
  const engine = rig.engine(other, log, views);
  await engine.start();
  await engine.settled();
  await engine.stop();
  return contentsOf(other, views);
};

describe('following the log', () => {
  it('folds what is there and what comes', async () => {
    log.append({ type: 'Bought', customers: ['ann'], data: { amount: 5, on: '2024-01-01' } });
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    await engine.settled();
    log.append(
      { type: 'Bought', customers: ['ann'], data: { amount: 7, on: '2024-01-02' } },
      { type: 'Bought', customers: ['bob'], data: { amount: 1, on: '2024-01-02' } },
    );
    await engine.settled();
    const { rows } = await pool.query('select customer, spent, visits from visits order by customer');
    expect(rows).toEqual([
      { customer: 'ann', spent: 12, visits: 2 },
      { customer: 'bob', spent: 1, visits: 1 },
    ]);
    const index = await pool.query('select * from facts_by_customer order by position');
    expect(index.rows.map(({ customer, revision }) => [customer, revision])).toEqual([
      ['ann', 0n],
      ['ann', 1n],
      ['bob', 2n],
    ]);
  });

  it('passes positions at which there is nothing for it', async () => {
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    log.appendCheckpoint();
    await engine.settled();
    expect((await engine.status()).map(({ position }) => position)).toEqual([400n, 400n, 400n, 400n]);
  });

  it('lets one fact touch five hundred rows', async () => {
    log.append(repriced(0, 500, 3), repriced(100, 500, 4));
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    await engine.settled();
    const { rows } = await pool.query('select price, changes, count(*) from articles group by 1, 2 order by 1, 2');
    expect(rows).toEqual([
      { price: 3, changes: 1, count: 100n },
      { price: 4, changes: 1, count: 100n },
      { price: 4, changes: 2, count: 400n },
    ]);
  });

  it('removes rows that fold to nothing, and may begin them anew', async () => {
    const bought = { type: 'Bought', customers: ['ann'], data: { amount: 5, on: '2024-01-01' } };
    log.append(bought);
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    await engine.settled();
    log.append({ type: 'Forgot', customers: ['ann'] });
    await engine.settled();
    expect((await pool.query('select * from visits')).rows).toEqual([]);
    log.append(bought);
    await engine.settled();
    expect((await pool.query('select visits from visits')).rows).toEqual([{ visits: 1 }]);
  });

  it('goes on where it ended, and lets views that are behind or new read for themselves', async () => {
    log.append(...story(300, 3));
    const first = rig.engine(pool, log, [visits]);
    await first.start();
    await first.settled();
    await first.stop();
    log.append(...story(300, 4));
    const second = rig.engine(pool, log, [visits, articles]);
    await second.start();
    await second.settled();
    await second.stop();
    log.append(...story(300, 5));
    const third = rig.engine(pool, log, shop);
    await third.start();
    await third.settled();
    await third.stop();
    expect(await contentsOf(pool, shop)).toEqual(await fromScratch());
  });

  it('shares one read once all are near', async () => {
    log.append(...story(500, 3));
    const first = rig.engine(pool, log, [visits]);
    await first.start();
    await first.settled();
    await first.stop();
    const second = rig.engine(pool, log, shop);
    await second.start();
    await second.settled();
    log.append(...story(10, 4));
    await second.settled();
    expect([...second.packs].map(({ members }) => members.map(({ name }) => name))).toEqual([
      ['articles', 'facts_by_customer', 'moments', 'visits'],
    ]);
  });

  it('makes its tables once when two processes start at the same time', async () => {
    const engines = [1, 2, 3].map(() => rig.engine(rig.pool(poolUrl(pool)), log, shop));
    await Promise.all(engines.map((engine) => engine.start()));
    log.append(...story(200, 8));
    await Promise.all(engines.map((engine) => engine.settled()));
    await Promise.all(engines.map((engine) => engine.stop()));
    expect(await contentsOf(pool, shop)).toEqual(await fromScratch());
  });

  it('refuses views that it could not keep', () => {
    expect(() => rig.engine(pool, log, [visits, visits])).toThrow('Two views are called visits');
    const wide = { ...visits, table: { ...visits.table, key: ['customer', 'lastOn'] } };
    expect(() => rig.engine(pool, log, [wide])).toThrow('a row key is the value of one column');
    const { nextChangeOn: _, ...columns } = visits.table.columns;
    expect(() => rig.engine(pool, log, [{ ...visits, table: { ...visits.table, columns } }])).toThrow('nextChangeOn');
  });
});

describe('time', () => {
  it.each([1, 2, 3, 4])('gives the same rows however the log is cut into batches (seed %i)', async (seed) => {
    const next = chance(seed * 77);
    const drafts = story(400, seed);
    const engine = rig.engine(pool, log, shop);
    await engine.start();
    while (drafts.length > 0) {
      log.append(...drafts.splice(0, 1 + Math.floor(next() * (next() < 0.5 ? 2 : 60))));
      if (next() < 0.7) await engine.settled();
    }
    await engine.settled();
    await engine.stop();
    expect(await contentsOf(pool, shop)).toEqual(await fromScratch());
  });

  const dayByDay = async (views: readonly View[], days: number) => {
    const engine = rig.engine(pool, log, views);
    await engine.start();
    log.append(...story(200, 9));
    for (let number = 0; number < days; number += 1) {
      log.append({ type: 'DayClosed', data: { date: day(30 + number) }, stream: 'clock-company' });
      await engine.settled();
    }
    await engine.stop();
    return { oneByOne: await contentsOf(pool, views), atOnce: await fromScratch(views) };
  };

  it('gives the same rows whether four hundred days close one by one or at once', async () => {
    const { oneByOne, atOnce } = await dayByDay(shop, 400);
    expect(oneByOne).toEqual(atOnce);
  });

  it('would notice a view that counts the days it is told of', async () => {
    const counting: View = {
      ...visits,
      projection: {
        ...visits.projection,
        advance: (row, today) => ({
          ...row,
          silentFor: Number(row.silentFor) + 1,
          isSilent: null,
          nextChangeOn: today,
        }),
      },
    };
    const { oneByOne, atOnce } = await dayByDay([counting], 20);
    expect(oneByOne.visits).not.toEqual(atOnce.visits);
  });
});

const poolUrl = (one: Pool): string => String(one.options.connectionString);
