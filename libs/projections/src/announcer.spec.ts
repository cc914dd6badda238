import type { AnyAnnouncement } from '#kernel';
import { watchBatches } from '../test/batches.js';
import { type Draft, MemoryLog } from '../test/memory-log.js';
import { Rig } from '../test/rig.js';
import { articles, chance, day, moments, story, visits } from '../test/shop.js';
import { Announcer } from './announcer.js';
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

const told = (column: string): AnyAnnouncement => ({
  ...{ name: `when-${column}-changed-then-say`, column, category: 'visit', policyVersion: 'patience@1' },
  says: (now, was) => ({ type: 'Say', data: { now: now[column], was: was?.[column] ?? null } }),
});
const announcing: View = {
  ...visits,
  projection: { ...visits.projection, announces: [told('isSilent'), told('silentFor')] },
};

/** For each row what was announced of it, in order. Facts are told by where they lie: their ids differ from log to log. */
const announced = async (on: Pool): Promise<Readonly<Record<string, readonly string[]>>> => {
  const { rows } = await on.query('select * from projection_intents order by key, id');
  const all: Record<string, string[]> = {};
  for (const { key, column, was, becomes, evidence, position } of rows)
    all[key] = [...(all[key] ?? []), `${column} ${was} → ${becomes} by ${position ?? evidence}`];
  return all;
};

/** What is announced while the log comes in those pieces. */
const inPieces = async (...pieces: readonly (readonly Draft[])[]) => {
  const on = rig.pool(await rig.database());
  const own = new MemoryLog();
  const engine = rig.engine(on, own, [announcing]);
  await engine.start();
  for (const piece of pieces) {
    own.append(...piece);
    await engine.settled();
  }
  await engine.stop();
  return announced(on);
};
const pieces = (drafts: readonly Draft[], seed: number): readonly (readonly Draft[])[] => {
  const next = chance(seed);
  const rest = [...drafts];
  const cut: Draft[][] = [];
  while (rest.length > 0) cut.push(rest.splice(0, 1 + Math.floor(next() * 30)));
  return cut;
};

const bought = (customer: string, on: string, more: Partial<Draft> = {}): Draft => ({
  type: 'Bought',
  customers: [customer],
  stream: `person-${customer}`,
  data: { amount: 5, on },
  ...more,
});
const closed = (number: number): Draft => ({
  type: 'DayClosed',
  data: { date: day(number) },
  stream: 'clock-company',
});
const policy = (days: number): Draft => ({ type: 'PatienceChanged', data: { days }, stream: 'policy-1' });

describe('an announcement', () => {
  it('names what changed, from what to what, and by which fact or day', async () => {
    const told = await inPieces(
      [closed(0), bought('ann', day(1)), bought('bob', day(1))],
      [closed(8), closed(9), closed(10), closed(11), bought('ann', day(12)), closed(12)],
    );
    expect(told).toEqual({
      ann: [
        'isSilent null → false by 800',
        'silentFor null → 0 by 800',
        `isSilent false → true by ${day(11)}`,
        `silentFor 0 → 10 by ${day(11)}`,
        'isSilent true → false by 3200',
        'silentFor 10 → 0 by 3200',
      ],
      bob: [
        'isSilent null → false by 1200',
        'silentFor null → 0 by 1200',
        `isSilent false → true by ${day(11)}`,
        `silentFor 0 → 10 by ${day(11)}`,
      ],
    });
  });

  it.each([1, 2, 3])('is the same however the log is cut into batches (seed %i)', async (seed) => {
    const drafts = story(300, seed, 12);
    const atOnce = await inPieces(drafts);
    expect(Object.values(atOnce).flat().length).toBeGreaterThan(20);
    expect(await inPieces(...pieces(drafts, seed))).toEqual(atOnce);
  });

  it.each([1, 2, 3])('is the same with history from elsewhere in between (seed %i)', async (seed) => {
    const isHistory = ({ type }: Draft, n: number) => type === 'Bought' && n % 3 > 0;
    const drafts = story(400, seed, 12).map((draft, n) =>
      isHistory(draft, n) ? { ...draft, backfill: true as const } : draft,
    );
    const atOnce = await inPieces(drafts);
    expect(Object.values(atOnce).flat().length).toBeGreaterThan(10);
    expect(await inPieces(...drafts.map((draft) => [draft]))).toEqual(atOnce);
  });

  it('would be missed by who looks only at what a batch ends with', async () => {
    const drafts = story(300, 1, 12);
    const atOnce = await inPieces(drafts);
    const naive = jest.spyOn(Announcer.prototype, 'upToDate').mockImplementation((_, row) => row);
    const told = await inPieces(drafts);
    naive.mockRestore();
    expect(told).not.toEqual(atOnce);
  });

  it('is made once, whoever keeps the view', async () => {
    const drafts = story(300, 4, 12);
    const engines = [1, 2].map(() => rig.engine(pool, log, [announcing]));
    await Promise.all(engines.map((engine) => engine.start()));
    for (const piece of pieces(drafts, 9)) {
      log.append(...piece);
      await Promise.all(engines.map((engine) => engine.settled()));
    }
    expect(await announced(pool)).toEqual(await inPieces(drafts));
  });

  it.each([
    ['quick', 0, 0],
    ['slow', 1, 2],
  ])(
    'of many rows goes in small statements, and a %s day never leaves PostgreSQL without a word',
    async (_, ms, words) => {
      const { advance } = announcing.projection;
      if (!advance) throw new Error('no days');
      const working: View['projection']['advance'] = (row, day, context) => {
        for (const end = performance.now() + ms; performance.now() < end; );
        return advance(row, day, context);
      };
      const said: string[] = [];
      const rewrite = (text: string) => said[said.push(text) - 1] as string;
      watchBatches(pool, { rewrite });
      const engine = rig.engine(pool, log, [
        { ...announcing, projection: { ...announcing.projection, advance: working } },
      ]);
      await engine.start();
      const people = Array.from({ length: 1_100 }, (_, n) => `p-${n}`);
      log.append(closed(0), ...people.map((person) => bought(person, day(1), { backfill: true })), closed(1));
      await engine.settled();
      said.length = 0;
      log.append(closed(11));
      await engine.settled();
      const ours = (text: string) => said.filter((one) => one.includes(text)).length;
      expect((await pool.query('select 1 from projection_intents')).rowCount).toBe(2 * people.length);
      expect(ours('insert into projection_intents')).toBe(5);
      expect(said.filter((text) => text === 'select 1').length).toBeGreaterThanOrEqual(words);
      if (ms === 0) expect(said).not.toContain('select 1');
    },
  );

  it('is not made of a row that was not written', async () => {
    const refused: View = {
      ...announcing,
      projection: {
        ...announcing.projection,
        fold: (row, fact, key, context) => {
          const next = announcing.projection.fold(row, fact, key, context);
          return fact.type === 'Bought' && key === 'bob' ? { ...next, spent: 2 ** 40 } : next;
        },
      },
    };
    const engine = rig.engine(pool, log, [refused], { poison: 'park' });
    await engine.start();
    log.append(closed(0), bought('ann', day(1)), bought('bob', day(1)));
    await engine.settled();
    expect(Object.keys(await announced(pool))).toEqual(['ann']);
  });
});

describe('nothing is announced', () => {
  it('of history from elsewhere, of a policy, or of days and facts before the view was new', async () => {
    log.append(closed(0), bought('old', day(1)), closed(20));
    const engine = rig.engine(pool, log, [announcing]);
    await engine.start();
    await engine.settled();
    expect(await announced(pool)).toEqual({});
    log.append(bought('ann', day(2), { backfill: true }), bought('old', day(2), { backfill: true }));
    log.append(policy(100));
    await engine.settled();
    expect(await announced(pool)).toEqual({});
    log.append(bought('ann', day(10)), policy(3));
    await engine.settled();
    expect(await announced(pool)).toEqual({});
    log.append(bought('ann', day(24)));
    await engine.settled();
    expect(await announced(pool)).toEqual({ ann: ['isSilent true → false by 3600', 'silentFor 3 → 0 by 3600'] });
  });

  it('by a rebuild, a refold, a retry or a new version, nor is anything missed behind it', async () => {
    const [first, second] = [story(200, 5, 12), story(100, 6, 12)];
    const engine = rig.engine(pool, log, [announcing]);
    await engine.start();
    log.append(...first);
    await engine.settled();
    const before = await announced(pool);
    await expect(engine.rebuild(['visits'])).resolves.toMatchObject([{ differences: 0n }]);
    await engine.refold('visits', 'p-1');
    expect(await announced(pool)).toEqual(before);
    await engine.stop();
    log.append(...second);
    const next = rig.engine(pool, log, [{ ...announcing, projection: { ...announcing.projection, version: 2 } }]);
    await next.start();
    await next.settled();
    expect(await announced(pool)).toEqual(await inPieces(first, second));
  });

  it('by a view whose rows do not change', () => {
    const wrong = { ...moments, projection: { ...moments.projection, announces: [told('kind')] } };
    expect(() => rig.engine(pool, log, [wrong, articles])).toThrow('announce nothing');
  });
});
