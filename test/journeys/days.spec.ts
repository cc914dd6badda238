import type { RelationshipEvent } from '#domain';
import { dayNumber, dayText, laterBy, type Participant } from '#kernel';
import type { View } from '#projections';
import { views } from '#read-models';
import { CLOCK_STREAM, closeDaysUntil } from '#system';
import { MemoryLog } from '../../libs/projections/test/memory-log.js';
import { contentsOf, Rig } from '../../libs/projections/test/rig.js';
import { chance } from '../../libs/projections/test/shop.js';
import { startRunningSystem } from '../support/running-system.js';

const named = (...names: readonly string[]) =>
  views.filter(({ projection }) => names.includes(projection.name)) as unknown as readonly View[];
const kept = named('lifecycle', 'churn_risk');
const FIRST = dayNumber('2025-01-01');
const price = { amount: 4200, currency: 'CNY' };
const idOf = (kind: number, n: number) => `01900000-0000-7000-${8000 + kind}-${String(n).padStart(12, '0')}`;

describe('days', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await Rig.start();
  });
  afterEach(() => rig.rest());
  afterAll(() => rig.stop());

  const kinds: readonly (readonly [category: string, role: string, event: RelationshipEvent])[] = [
    ['customer', 'self', { type: 'IndividualRegistered', data: {} }],
    ['booking', 'booker', { type: 'ServiceCompleted', data: { vertical: 'retail', lineIds: ['1'], amount: price } }],
    ['booking', 'traveller', { type: 'ServiceCompleted', data: { vertical: 'retail', lineIds: ['1'], amount: price } }],
    ['booking', 'booker', { type: 'BookingCancelled', data: { by: 'operator', voluntary: false, lineIds: ['1'] } }],
    ['complaint', 'complainant', { type: 'ComplaintFiled', data: { complainant: idOf(1, 1), severity: 'sev2' } }],
    ['callback', 'requester', { type: 'CallbackMissed', data: { topic: 'bill', dueBy: '2025-01-01T00:00:00.000Z' } }],
  ];

  /** A log in which so many days close, with facts of the day and of long before among them. `told` hears of each day. */
  const live = async (log: MemoryLog, days: number, seed: number, told: () => Promise<unknown>) => {
    const next = chance(seed * 31);
    const tell = (
      event: { type: string; data: object },
      stream: string,
      at: string,
      customers: readonly Participant[],
    ) => {
      log.append({ ...event, stream, occurredAt: at });
      const entry = log.entries.at(-1);
      if (entry?.kind === 'fact') Object.assign(entry.fact, { customers });
    };
    tell({ type: 'LogOpened', data: { logId: 'l', zone: 'Asia/Shanghai', currency: 'CNY' } }, 'log-meta', at(0), []);
    for (let day = 0; day < days; day += 1) {
      for (let facts = Math.floor(next() * 3); facts > 0; facts -= 1) {
        const [category, role, event] = kinds[Math.floor(next() * kinds.length)] as (typeof kinds)[number];
        const late = next() < 0.3 ? Math.floor(next() * 200) : 0;
        const customers = [{ id: idOf(1, Math.floor(next() * 12)), role }];
        tell(event, `${category}-${idOf(2, log.entries.length)}`, at(day - late), customers);
      }
      const date = dayText(FIRST + day);
      tell({ type: 'DayClosed', data: { date, zone: 'Asia/Shanghai' } }, CLOCK_STREAM, at(day + 1), []);
      await told();
    }
  };
  const at = (day: number) => laterBy((FIRST + day) * 86_400_000 + 36_000_000, '1970-01-01T00:00:00.000Z');

  const bothWays = async (days: number, seed: number, these = kept) => {
    const log = new MemoryLog();
    const pool = rig.pool(await rig.database());
    const engine = rig.engine(pool, log, these);
    await engine.start();
    await live(log, days, seed, () => engine.settled());
    const other = rig.pool(await rig.database());
    const afterwards = rig.engine(other, log, these);
    await afterwards.start();
    await afterwards.settled();
    const [rebuilt] = await afterwards.rebuild(these.map(({ projection }) => projection.name));
    return { oneByOne: await contentsOf(pool, these), atOnce: await contentsOf(other, these), rebuilt };
  };

  it('four hundred of them, one by one and at once, give the same bytes, late facts among them', async () => {
    const { oneByOne, atOnce, rebuilt } = await bothWays(400, 1);
    expect(oneByOne.lifecycle?.length).toBeGreaterThan(8);
    expect(oneByOne).toEqual(atOnce);
    expect(rebuilt?.differences).toBe(0n);
  });

  it.each([2, 3, 4])('and fewer of them with other facts (seed %i)', async (seed) => {
    const { oneByOne, atOnce } = await bothWays(70, seed);
    expect(oneByOne).toEqual(atOnce);
  });

  it('would be noticed: a view that counts the days it is told of', async () => {
    const [lifecycle] = named('lifecycle') as [View];
    const { advance } = lifecycle.projection;
    const counting: View = {
      ...lifecycle,
      projection: {
        ...lifecycle.projection,
        advance: (row, today, context) => ({
          ...(advance?.(row, today, context) as object),
          state: { ...row.state, told: (row.state.told ?? 0) + 1 },
          nextChangeOn: dayText(dayNumber(today) + 1),
        }),
      },
    };
    const { oneByOne, atOnce } = await bothWays(30, 5, [counting]);
    expect(oneByOne).not.toEqual(atOnce);
  });
});

it('days that nobody closed for months are closed in their order, each once, and the views say what they would have said', async () => {
  const system = await startRunningSystem({ clock: '2026-01-10', zone: 'Europe/London' });
  try {
    const { session, api, engine } = system;
    const booker = (await api.post('/v1/customers', { name: 'Ann' })).body.id;
    const lines = [{ code: 'car', kind: 'base', price: { amount: 900, currency: 'CNY' } }];
    const { id } = (await api.post('/v1/bookings', { booker, lines })).body;
    await api.post(`/v1/bookings/${id}/complete-service`);
    const both = await Promise.all([1, 2].map(() => closeDaysUntil(session.store, session.log, '2026-07-20')));
    await engine.settled();
    const dates: string[] = [];
    for await (const { data } of session.store.read(CLOCK_STREAM)) dates.push(Reflect.get(data, 'date'));
    const expected = Array.from({ length: dates.length }, (_, n) => dayText(dayNumber('2026-01-09') + n));
    expect(dates).toEqual(expected);
    expect(dates.at(-1)).toBe('2026-07-20');
    // Who closes a day that another has just closed is told the same.
    expect([...new Set(both.flat())].sort()).toEqual(expected.slice(1));
    const rebuilt = await engine.rebuild(['lifecycle', 'churn_risk']);
    expect(rebuilt.map(({ differences }) => differences)).toEqual([0n, 0n]);
    const rows = await session.sql<{ next: string }>('select next_change_on as next from lifecycle');
    expect(rows).toHaveLength(1);
    expect(rows.every(({ next }) => next === null || next > '2026-07-21')).toBe(true);
  } finally {
    await system.stop();
  }
});
