import { sqlOver } from '#postgres';
import { MemoryLog } from '../test/memory-log.js';
import { Rig } from '../test/rig.js';
import { visits } from '../test/shop.js';
import { type Due, dueRows, nextDue, putAside } from './deadlines.js';
import type { View } from './view.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

/** Who bought is to be thanked at ten on that day. */
const thanking: View = {
  ...visits,
  table: { ...visits.table, columns: { ...visits.table.columns, thankAt: { type: 'timestamptz', nullable: true } } },
  projection: {
    ...visits.projection,
    fold: (row, fact, key, context) => {
      const next = visits.projection.fold(row, fact, key, context);
      const on = fact.type === 'Bought' ? `${(fact.data as { on: string }).on}T10:00:00.000Z` : null;
      return next && { ...next, thankAt: on };
    },
    deadline: {
      at: 'thankAt',
      says: ({ customer }) => ({ category: 'person', id: customer, command: { type: 'Thank', data: {} } }),
    },
  },
};
const NOW = '2024-01-01T00:00:00.000Z';
const EVER = '2100-01-01T00:00:00.000Z';

const filled = async (customers: number) => {
  const pool = rig.pool(await rig.database());
  const log = new MemoryLog();
  const bought = (n: number) => ({
    type: 'Bought',
    customers: [`c${n}`],
    data: { amount: 1, on: `2024-02-${String(1 + (n % 28)).padStart(2, '0')}` },
  });
  log.append(...Array.from({ length: customers }, (_, n) => bought(n)));
  const engine = rig.engine(pool, log, [thanking]);
  await engine.start();
  await engine.settled();
  return { sql: sqlOver(pool), engine };
};
const all = async (dues: AsyncGenerator<Due>) => {
  const found: Due[] = [];
  for await (const due of dues) found.push(due);
  return found;
};

describe('rows that promise something', () => {
  it('are found in the order of their times, page by page, each once, and say what they are to say', async () => {
    const { sql } = await filled(2_300);
    const found = await all(dueRows(sql, thanking, { by: EVER, now: NOW }));
    expect(found).toHaveLength(2_300);
    expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).sort());
    expect(new Set(found.map(({ key }) => key)).size).toBe(2_300);
    expect(found[0]?.says()).toEqual({ category: 'person', id: 'c0', command: { type: 'Thank', data: {} } });
    const early = await all(dueRows(sql, thanking, { by: '2024-02-01T10:00:00.000Z', now: NOW }));
    expect(early.map(({ at }) => at)).toEqual(early.map(() => '2024-02-01T10:00:00.000Z'));
    expect(early).toHaveLength(83);
  });

  it('are found by an index of their own, after a rebuild too', async () => {
    const { sql, engine } = await filled(2_000);
    const plans = async () => {
      await sql('analyze visits');
      const rows = await sql<{ 'QUERY PLAN': string }>(
        `explain select * from visits where thank_at <= '2024-02-01T10:00:00Z' order by thank_at, customer limit 10`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plans()).toContain('thank_at_customer_idx');
    await engine.rebuild(['visits']);
    expect(await plans()).toContain('thank_at_customer_idx');
  });

  it('are out of the way once put aside, until they are to be tried again or move', async () => {
    const { sql } = await filled(3);
    const [first, second] = await all(dueRows(sql, thanking, { by: EVER, now: NOW }));
    await putAside(sql, first as Due, { outcome: 'refused', why: 'no', againAt: null });
    const later = '2024-01-01T00:00:10.000Z';
    await putAside(sql, second as Due, { outcome: 'failed', why: 'TypeError', againAt: later });
    expect(await nextDue(sql, thanking, NOW)).toBe('2024-02-03T10:00:00.000Z');
    expect(await nextDue(sql, thanking, later)).toBe(second?.at);
    expect((await all(dueRows(sql, thanking, { by: EVER, now: later }))).map(({ tries }) => tries)).toEqual([1, 0]);
    await sql(`update visits set thank_at = '2024-01-15T10:00:00Z' where customer = 'c0'`);
    expect(await nextDue(sql, thanking, NOW)).toBe('2024-01-15T10:00:00.000Z');
    expect(await sql('select outcome from projection_deadlines')).toEqual([{ outcome: 'failed' }]);
  });

  it('are asked again once what they stand at has moved, though the instant has not', async () => {
    const standing = { ...thanking.projection.deadline, standing: 'spent' } as never;
    const counting = { ...thanking, projection: { ...thanking.projection, deadline: standing } };
    const { sql } = await filled(1);
    const [due] = await all(dueRows(sql, counting, { by: EVER, now: NOW }));
    await putAside(sql, due as Due, { outcome: 'unmoved', why: null, againAt: null });
    expect(await nextDue(sql, counting, NOW)).toBeNull();
    await sql(`update visits set spent = spent + 1`);
    expect(await nextDue(sql, counting, NOW)).toBe(due?.at);
    const [again] = await all(dueRows(sql, counting, { by: EVER, now: NOW }));
    expect(again?.standing).not.toBe(due?.standing);
    expect(await sql('select from projection_deadlines')).toHaveLength(0);
  });

  it('need a column of instants that may be null', () => {
    const pool = rig.pool('postgres://nowhere');
    const columns = { ...thanking.table.columns, thankAt: 'timestamptz' } as const;
    const wrong = { ...thanking, table: { ...thanking.table, columns } };
    expect(() => rig.engine(pool, new MemoryLog(), [wrong])).toThrow('timestamptz thankAt that may be null');
    const nowhere = { ...thanking.projection.deadline, standing: 'nowhere' } as never;
    const standing = { ...thanking, projection: { ...thanking.projection, deadline: nowhere } };
    expect(() => rig.engine(pool, new MemoryLog(), [standing])).toThrow('stands at is a column');
    const missing = { ...thanking, table: visits.table };
    expect(() => rig.engine(pool, new MemoryLog(), [missing])).toThrow('timestamptz thankAt that may be null');
  });
});
