import { loyaltyAccount } from '#domain';
import type { EventOf, Stamped } from '#kernel';
import { at, recorded, someCompany, view } from '#testing';
import { balanceAt } from './balance.js';
import { type PointsRow, points } from './points.projection.js';

type LoyaltyEvent = EventOf<typeof loyaltyAccount>;
const { given } = view(points);

describe('a loyalty account', () => {
  it('belongs to a member', () =>
    given({ stream: 'loyaltyAccount-1', events: [at(january, enrolled)] })
      .on('2026-03-01')
      .then({
        1: { accountId: '1', member: 'ann', programme: 'default', memberNumber: 'M1', enrolledAt: january, lots: [] },
      }));
  it('spends what expires first, and knows what is set aside', () =>
    worthAfter(earned('a', 100, february), earned('b', 100, march), reserved(120)).at(january, {
      balance: 80,
      spendable: 80,
      reserved: 120,
      batches: [{ expiresAt: march, points: 80 }],
    }));
  it('counts nothing past its end, whether or not the expiry was recorded', () => {
    const { at: worthAt } = worthAfter(earned('a', 100, february), earned('b', 30, null));
    worthAt(january, {
      balance: 130,
      batches: [
        { expiresAt: february, points: 100 },
        { expiresAt: null, points: 30 },
      ],
    });
    worthAt(february, { balance: 30, spendable: 30, batches: [{ expiresAt: null, points: 30 }] });
  });
  it('sets nothing aside any more once the time for it is over, whether or not that was recorded (R-31)', () => {
    const held = [earned('a', 100, april), earned('b', 100, february), reserved(120)];
    worthAfter(...held).at(january, { balance: 80, spendable: 80, reserved: 120 });
    worthAfter(...held).at(february, {
      ...{ balance: 100, spendable: 100, reserved: 0 },
      batches: [{ expiresAt: april, points: 100 }],
    });
    const lapsed: LoyaltyEvent = { type: 'RedemptionReleased', data: { redemptionId: 'r', cause: 'lapsed' } };
    worthAfter(...held, lapsed).at(february, { balance: 100, spendable: 100, reserved: 0 });
  });
  it('tells pending points from spendable ones', () =>
    worthAfter(earned('a', 70, march, february)).at(january, { balance: 70, spendable: 0, pending: 70 }));
  it('owes what was spent before it was taken back', () =>
    worthAfter(
      earned('a', 70, march),
      { ...reserved(60), data: { ...reserved(60).data, allocations: [{ lotId: 'a', points: 60 }] } },
      { type: 'RedemptionCommitted', data: { redemptionId: 'r' } },
      {
        type: 'EarningReversed',
        data: { lotId: 'a', points: 30, fromLotRemaining: 10, debtCreated: 20, reason: 'refund' },
      },
    ).at(january, { balance: -20, spendable: 0, reserved: 0, debt: 20, batches: [] }));
});

describe('the next instant at which a lot is to be swept', () => {
  const dueAfter = (nextDueAt: string | null, ...facts: readonly (LoyaltyEvent | Stamped<LoyaltyEvent>)[]) =>
    given({
      stream: 'loyaltyAccount-1',
      events: [enrolled, ...facts].map((fact) => ('meta' in fact ? fact : at(january, fact))),
    }).thenRow('1', { nextDueAt });
  const expired = (lotId: string, many: number): LoyaltyEvent => ({
    type: 'PointsExpired',
    data: { lotId, points: many },
  });

  it('is when a lock ends, then when the first lot does', () => {
    const pending = earned('a', 100, march, february);
    const activated: LoyaltyEvent = { type: 'PointsActivated', data: { lotId: 'a', points: 100 } };
    dueAfter(february, pending);
    dueAfter(march, pending, activated);
    dueAfter(march, pending, activated, earned('b', 1, null));
    dueAfter(null, pending, activated, expired('a', 100));
  });
  it('is none of a lot that is empty, until something comes back to it', () => {
    const spent = [earned('a', 100, february), earned('b', 20, march), reserved(120)];
    dueAfter(null, ...spent, { type: 'RedemptionCommitted', data: { redemptionId: 'r' } });
    dueAfter(february, ...spent, { type: 'RedemptionReleased', data: { redemptionId: 'r' } });
  });
  it('moves with its lot', () => {
    const whileActive = earned('a', 100, february, january, { ending: 'inactivity' });
    dueAfter(march, whileActive, { type: 'ExpiryExtended', data: { expiresAt: march, lastDay: '2026-02-28' } });
    const lot = { lotId: 'a', points: 100, expiresAt: march, lastDay: '2026-02-28', graceApplied: true };
    dueAfter(
      march,
      earned('a', 100, february),
      { ...reserved(100), data: { ...reserved(100).data, allocations: [{ lotId: 'a', points: 100 }] } },
      { type: 'RedemptionCommitted', data: { redemptionId: 'r' } },
      { type: 'RedemptionReversed', data: { redemptionId: 'r', restored: [lot], reason: 'cancelled' } },
    );
  });
  it('is none of what history promised before it was recorded here, which counts all the same (R-31, R-38)', () => {
    const history = (fact: LoyaltyEvent) => ({ ...fact, meta: { ...at(january, fact).meta, backfill: true as const } });
    // Recorded on 1 March, 09:00.
    dueAfter(null, history(earned('a', 100, march)));
    dueAfter(april, history(earned('a', 100, march)), history(earned('b', 100, april)));
    dueAfter(march, history(earned('a', 100, april)), earned('b', 100, march));
    const brought: LoyaltyEvent = {
      type: 'OpeningBalanceBrought',
      data: {
        ...{ lotId: 'o', points: 9, currency: 'redeemable', activatesAt: january, earnedOn: '2026-01-10' },
        expiresAt: april,
      },
    };
    dueAfter(april, history(brought));
    worthAfter(earned('a', 100, february), earned('b', 30, march)).at(february, { balance: 30, spendable: 30 });
  });
  it('is when a reservation lapses, unless it was ended, or history held it', () => {
    const held = [earned('a', 200, april), reserved(120)];
    dueAfter(february, ...held);
    dueAfter(april, ...held, { type: 'RedemptionCommitted', data: { redemptionId: 'r' } });
    dueAfter(april, ...held, { type: 'RedemptionReleased', data: { redemptionId: 'r', cause: 'lapsed' } });
    const { meta } = at(january, reserved(120));
    dueAfter(april, earned('a', 200, april), { ...reserved(120), meta: { ...meta, backfill: true } });
  });
  it('says a sweep of that account', () => {
    const row = { accountId: 'a1' } as PointsRow;
    expect(points.deadline?.at).toBe('nextDueAt');
    expect(points.deadline?.says(row)).toEqual({
      category: 'loyaltyAccount',
      id: 'a1',
      command: { type: 'SweepLots', data: {} },
    });
  });
  it('goes by, one sweep after the other, until none is left', () => {
    const events = [enrolled, earned('a', 100, march, february), earned('b', 30, february)].map((event) =>
      at(january, event),
    );
    const said: string[] = [];
    let facts: readonly Stamped<LoyaltyEvent>[] = events;
    for (;;) {
      const row = recorded<LoyaltyEvent>('loyaltyAccount-1', facts).reduce<PointsRow | null>(
        (before, fact) => points.fold(before, fact, '1', {}),
        null,
      );
      if (!row?.nextDueAt) break;
      const sweep = at(row.nextDueAt, points.deadline?.says(row).command as { type: 'SweepLots'; data: object });
      const state = facts.reduce(loyaltyAccount.evolve, loyaltyAccount.initial);
      const swept = loyaltyAccount.decide(sweep, state, { company: someCompany }) as readonly LoyaltyEvent[];
      said.push(...swept.map(({ type, data }) => `${row.nextDueAt} ${type} ${Reflect.get(data, 'points')}`));
      facts = [...facts, ...swept.map((fact) => ({ ...fact, meta: sweep.meta }))];
    }
    expect(said).toEqual([
      `${february} PointsActivated 100`,
      `${february} PointsExpired 30`,
      `${march} PointsExpired 100`,
    ]);
  });
});

const worthAfter = (...events: readonly LoyaltyEvent[]) => {
  const facts = [enrolled, ...events].map((event, index) => ({
    ...at(january, event),
    ...{ id: `${index}`, stream: 'loyaltyAccount-1', customers: [], revision: 0n, position: 0n, recordedAt: january },
  }));
  const row = facts.reduce<PointsRow | null>((before, fact) => points.fold(before, fact, '1', {}), null);
  return {
    at: (instant: string, worth: object, lang: 'en' | 'zh' = 'en') =>
      expect(balanceAt(row as PointsRow, instant, lang)).toMatchObject(worth),
  };
};

const january = '2026-01-10T09:00:00.000Z';
const february = '2026-02-01T00:00:00.000Z';
const march = '2026-03-01T00:00:00.000Z';
const april = '2026-04-01T00:00:00.000Z';
const enrolled: LoyaltyEvent = {
  type: 'MemberEnrolled',
  data: { member: 'ann', programme: 'default', memberNumber: 'M1' },
};
type Earned = Extract<LoyaltyEvent, { type: 'PointsEarned' }>;
const earned = (
  lotId: string,
  many: number,
  expiresAt: string | null,
  activatesAt = january,
  more: Partial<Earned['data']> = {},
): LoyaltyEvent => ({
  type: 'PointsEarned',
  data: { lotId, points: many, currency: 'redeemable', activatesAt, ...(expiresAt !== null && { expiresAt }), ...more },
});
const reserved = (many: number) => ({
  type: 'RedemptionReserved' as const,
  data: {
    redemptionId: 'r',
    points: many,
    allocations: [
      { lotId: 'a', points: 100 },
      { lotId: 'b', points: 20 },
    ],
    reservedUntil: february,
  },
});
