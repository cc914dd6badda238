import type { Recorded } from '#kernel';
import { sqlOver } from '#postgres';
import { type Draft, MemoryLog } from '../test/memory-log.js';
import { contentsOf, Rig } from '../test/rig.js';
import { chance, moments, shop, story, visits } from '../test/shop.js';
import type { ProjectionEngine } from './engine.js';
import { listParked, type Parking } from './parked.js';
import type { Pool, View } from './view.js';

let mockForgets = false;
jest.mock('./parked.js', () => {
  const actual = jest.requireActual('./parked.js');
  const readParking = async (...args: unknown[]) => {
    const parking: ReadonlyMap<string, Parking> = await actual.readParking(...args);
    return mockForgets ? new Map() : parking;
  };
  return { ...actual, readParking };
});

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

let pool: Pool;
let log: MemoryLog;
beforeEach(async () => {
  mockForgets = false;
  pool = rig.pool(await rig.database());
  log = new MemoryLog();
});

type Bad = (fact: Recorded) => boolean;
const failing = (view: View, isBad: Bad): View => ({
  ...view,
  projection: {
    ...view.projection,
    fold: (row, fact, key, context) => {
      if (isBad(fact)) throw new Error('Ann Example, 7 Secret Lane');
      return view.projection.fold(row, fact, key, context);
    },
  },
});

/** Makes of a thirteen a row that its table refuses. */
const refused: View = {
  ...visits,
  projection: {
    ...visits.projection,
    fold: (row, fact, key, context) => {
      const next = visits.projection.fold(row, fact, key, context);
      return isThirteen(fact) ? { ...next, spent: 2 ** 40 } : next;
    },
  },
};

const bought = (customer: string, amount: number, stream = 'story-1'): Draft => ({
  type: 'Bought',
  customers: [customer],
  data: { amount, on: '2024-01-01' },
  stream,
});
const isThirteen: Bad = ({ data }) => 'amount' in data && data.amount === 13;

const parking = async (on: Pool, ...views: readonly View[]): Promise<ProjectionEngine> => {
  const engine = rig.engine(on, log, views, { poison: 'park' });
  await engine.start();
  await engine.settled();
  return engine;
};
const spent = async () => {
  const { rows } = await pool.query('select customer, spent from visits');
  return Object.fromEntries(rows.map(({ customer, spent }) => [customer, spent]));
};
const parkedIn = async (on: Pool) =>
  (await listParked(sqlOver(on))).map(({ position, key, state }) => `${position / 400n} ${key} ${state}`);

describe('a fact that cannot be folded', () => {
  it('is put aside with what follows for the same row; all else flows on', async () => {
    log.append(bought('ann', 1), bought('ann', 13), bought('ann', 2), bought('bob', 4));
    const engine = await parking(pool, failing(visits, isThirteen), moments);
    log.append(bought('ann', 8), bought('bob', 16));
    await engine.settled();
    expect(await spent()).toEqual({ ann: 1, bob: 20 });
    expect(await parkedIn(pool)).toEqual(['2 ann parked', '3 ann waiting', '5 ann waiting']);
    const status = (await engine.status()).find(({ view }) => view === 'visits');
    expect(status).toMatchObject({ state: 'running', parked: 1, waiting: 2 });
    expect(JSON.stringify(await listParked(sqlOver(pool), 'visits'), (_, value) => String(value))).not.toContain(
      'Lane',
    );
  });

  it('is folded when asked again, and what waited after it', async () => {
    log.append(bought('ann', 1), bought('ann', 13), bought('ann', 2), bought('bob', 4), bought('ann', 8));
    const engine = await parking(pool, failing(visits, isThirteen));
    await expect(engine.retry('visits', 800n)).resolves.toMatchObject({
      folded: 0,
      error: expect.stringMatching(/^Error/),
    });
    await engine.stop();
    const fixed = await parking(
      pool,
      failing(visits, ({ position }) => position === 2000n),
    );
    await expect(fixed.retry('visits', 800n)).resolves.toMatchObject({
      folded: 2,
      error: expect.stringMatching(/^Error/),
    });
    expect(await spent()).toEqual({ ann: 16, bob: 4 });
    expect(await parkedIn(pool)).toEqual(['5 ann parked']);
    log.append(bought('ann', 32));
    await fixed.settled();
    expect(await spent()).toEqual({ ann: 16, bob: 4 });
    await fixed.stop();
    const healthy = await parking(pool, visits);
    await expect(healthy.retry('visits', 2000n)).resolves.toEqual({ folded: 2, error: null });
    log.append(bought('ann', 64));
    await healthy.settled();
    expect(await spent()).toEqual({ ann: 120, bob: 4 });
    await expect(healthy.retry('visits', 2000n)).rejects.toThrow('visits has parked nothing at position 2000');
  });

  it('may be left out for a reason, which a rebuild respects', async () => {
    log.append(bought('ann', 1), bought('ann', 13), bought('ann', 2));
    const engine = await parking(pool, failing(visits, isThirteen));
    await expect(engine.skip('visits', 800n, 'entered twice')).resolves.toEqual({ folded: 1, error: null });
    expect(await spent()).toEqual({ ann: 3 });
    await expect(engine.rebuild(['visits'])).resolves.toMatchObject([{ differences: 0n }]);
    log.append(bought('ann', 4));
    await engine.settled();
    expect(await spent()).toEqual({ ann: 7 });
    expect(await listParked(sqlOver(pool))).toMatchObject([
      { state: 'skipped', reason: 'entered twice', position: 800n },
    ]);
  });

  it('holds its stream while not even its rows are known', async () => {
    log.append(bought('ann', 1, 's-1'), bought('bob', 2, 's-2'));
    const position = log.appendUnreadable('Bought');
    log.append(bought('cat', 4, 'broken-1'), bought('ann', 8, 's-1'));
    const engine = await parking(pool, visits);
    expect(await spent()).toEqual({ ann: 9, bob: 2 });
    expect((await parkedIn(pool)).filter((one) => one.includes('waiting'))).toEqual(['4  waiting']);
    await expect(engine.retry('visits', position)).resolves.toEqual({ folded: 0, error: 'it still cannot be read' });
    await engine.skip('visits', position, 'lost in a power cut');
    expect(await spent()).toEqual({ ann: 9, bob: 2, cat: 4 });
    await expect(engine.rebuild(['visits'])).resolves.toMatchObject([{ differences: 0n }]);
  });

  it('may be one whose row the table refuses', async () => {
    log.append(...Array.from({ length: 30 }, (_, index) => bought(`c-${index % 3}`, index === 17 ? 13 : 1)));
    await parking(pool, refused);
    expect(await spent()).toEqual({ 'c-0': 10, 'c-1': 10, 'c-2': 5 });
    expect((await parkedIn(pool))[0]).toBe('18 c-2 parked');
  });

  it('may be one whose row the table refuses among many that a rebuild writes as one', async () => {
    log.append(...Array.from({ length: 26_000 }, (_, index) => bought(`c-${index % 7}`, index === 21_000 ? 13 : 1)));
    const engine = await parking(pool, refused);
    const parked = await parkedIn(pool);
    expect(parked[0]).toBe('21001 c-0 parked');
    await expect(engine.rebuild(['visits'])).resolves.toMatchObject([{ events: 26_000n, differences: 0n }]);
    expect(await parkedIn(pool)).toEqual(parked);
  });

  it('stops the view after all when every row turns on it', async () => {
    log.append(bought('ann', 1));
    log.appendUnreadable('DayClosed');
    const engine = rig.engine(pool, log, [visits], { poison: 'park' });
    await engine.start();
    await expect(engine.settled()).rejects.toThrow('visits stops at DayClosed in broken-1@0');
  });

  it('leaves lines of a timeline free to follow', async () => {
    log.append(bought('ann', 1), bought('ann', 13), bought('ann', 2));
    const engine = await parking(pool, failing(moments, isThirteen));
    expect((await pool.query('select id from moments order by 1')).rows).toEqual([
      { id: '1200.ann' },
      { id: '400.ann' },
    ]);
    await engine.stop();
    const healthy = await parking(pool, moments);
    await expect(healthy.retry('moments', 800n)).resolves.toEqual({ folded: 1, error: null });
    expect((await pool.query('select id from moments order by 1')).rows).toHaveLength(3);
  });
});

describe('however the log is cut into batches and restarts', () => {
  const isTenth: Bad = ({ position }) => (position / 400n) % 10n === 7n;
  const broken = shop.map((view) => failing(view, isTenth));

  const live = async (seed: number) => {
    const next = chance(seed);
    const drafts = story(300, seed, 15).filter(({ type }) => type !== 'PatienceChanged' && type !== 'DayClosed');
    let engine = await parking(pool, ...broken);
    while (drafts.length > 0) {
      log.append(...drafts.splice(0, 1 + Math.floor(next() * 40)));
      if (next() < 0.6) await engine.settled();
      if (next() > 0.3) continue;
      await engine.stop();
      engine = await parking(pool, ...broken);
    }
    await engine.settled();
    return engine;
  };
  const atOnce = async (views: readonly View[]) => {
    const other = rig.pool(await rig.database());
    await (await parking(other, ...views)).stop();
    return { contents: await contentsOf(other, shop), parked: await parkedIn(other) };
  };

  it.each([1, 2])('the same facts are parked and the same rows result (seed %i)', async (seed) => {
    const engine = await live(seed);
    const scratch = await atOnce(broken);
    expect(scratch.parked.length).toBeGreaterThan(30);
    expect({ contents: await contentsOf(pool, shop), parked: await parkedIn(pool) }).toEqual(scratch);
    const rebuilt = await engine.rebuild(['visits', 'moments', 'articles']);
    expect(rebuilt.map(({ differences }) => differences)).toEqual([0n, 0n, 0n]);
    expect(await parkedIn(pool)).toEqual(scratch.parked);
    await engine.stop();
    const healthy = await parking(pool, ...shop);
    for (const { view, position, state } of await listParked(sqlOver(pool)))
      if (state === 'parked') await healthy.retry(view, position).catch(() => undefined);
    expect(await parkedIn(pool)).toEqual([]);
    await healthy.stop();
    expect(await contentsOf(pool, shop)).toEqual((await atOnce(shop)).contents);
  });

  it('would notice a row released too early', async () => {
    mockForgets = true;
    await (await live(1)).stop();
    const parked = await parkedIn(pool);
    mockForgets = false;
    expect(parked).not.toEqual((await atOnce(broken)).parked);
  });
});
