import type { loyaltyAccount } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
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

const worthAfter = (...events: readonly LoyaltyEvent[]) => {
  const facts = [enrolled, ...events].map((event, index) => ({
    ...at(january, event),
    ...{ id: `${index}`, stream: 'loyaltyAccount-1', customers: [], revision: 0n, position: 0n, recordedAt: january },
  }));
  const row = facts.reduce<PointsRow | null>((before, fact) => points.fold(before, fact, '1', {}), null);
  return { at: (instant: string, worth: object) => expect(balanceAt(row as PointsRow, instant)).toMatchObject(worth) };
};

const january = '2026-01-10T09:00:00.000Z';
const february = '2026-02-01T00:00:00.000Z';
const march = '2026-03-01T00:00:00.000Z';
const enrolled: LoyaltyEvent = {
  type: 'MemberEnrolled',
  data: { member: 'ann', programme: 'default', memberNumber: 'M1' },
};
const earned = (lotId: string, many: number, expiresAt: string | null, activatesAt = january): LoyaltyEvent => ({
  type: 'PointsEarned',
  data: { lotId, points: many, currency: 'redeemable', activatesAt, ...(expiresAt !== null && { expiresAt }) },
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
