import type { loyaltyAccount } from '#domain';
import type { EventOf } from '#kernel';
import { at } from '#testing';
import { nothingOutstanding, outstandingWith, weightOf } from './liability.js';
import { type PointsRow, points } from './points.projection.js';

type LoyaltyEvent = EventOf<typeof loyaltyAccount>;

/** A hundred points buy one euro; a fifth is expected to expire. */
const valuation = { points: 100, worth: { amount: 100, currency: 'EUR' }, expectedBreakage: 0.2 };
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const [january, march, fifth, grace] = [
  '2026-01-10T09:00:00.000Z',
  '2026-03-02T00:00:00.000Z',
  '2026-03-05T10:00:00.000Z',
  '2026-04-05T00:00:00.000Z',
] as const;

const held = (...events: readonly LoyaltyEvent[]) => {
  const enrolled: LoyaltyEvent = { type: 'MemberEnrolled', data: { member: 'ann', programme: 'default' } };
  const facts = [enrolled, ...events].map((event, index) => ({
    ...at(january, event),
    ...{ id: `${index}`, stream: 'loyaltyAccount-1', customers: [], revision: BigInt(index), position: 0n },
    recordedAt: january,
  }));
  const row = facts.reduce<PointsRow | null>((before, fact) => points.fold(before, fact, '1', {}), null) as PointsRow;
  return (instant: string, one = nothingOutstanding) => outstandingWith(one, row, instant);
};
const weighed = (outstanding: ReturnType<ReturnType<typeof held>>) => ({
  points: [outstanding.active, outstanding.reserved, outstanding.expired],
  ...weightOf(outstanding, valuation),
});
const lot = (lotId: string, many: number, expiresAt: string, activatesAt: string = january): LoyaltyEvent => ({
  type: 'PointsEarned',
  data: { lotId, points: many, currency: 'redeemable', activatesAt, expiresAt },
});

describe('what points weigh in the books (rule 9, R-33)', () => {
  const reserved: LoyaltyEvent = {
    type: 'RedemptionReserved',
    data: {
      ...{ redemptionId: 'r', points: 50, allocations: [{ lotId: 'a', points: 50 }] },
      reservedUntil: '2026-03-01T00:00:00.000Z',
    },
  };
  const committed: LoyaltyEvent = { type: 'RedemptionCommitted', data: { redemptionId: 'r' } };

  it('is what active lots hold at its worth, less what is expected to expire', () =>
    expect(weighed(held(lot('a', 80, march))(january))).toEqual({
      points: [80, 0, 0],
      liability: eur(64),
      breakage: eur(0),
    }));
  it('counts what is set aside, but not what is redeemed, not active yet, or owed', () => {
    expect(weighed(held(lot('a', 80, march), reserved)(january))).toMatchObject({ liability: eur(64) });
    expect(weighed(held(lot('a', 80, march), reserved, committed)(january))).toMatchObject({ liability: eur(24) });
    const locked = held(lot('a', 80, march, '2026-02-01T00:00:00.000Z'))(january);
    expect(locked).toMatchObject({ active: 0, pending: 80 });
    expect(weightOf(locked, valuation).liability).toEqual(eur(0));
  });
  it('becomes breakage when a lot ends, whether or not that was recorded', () => {
    const gone = { points: [0, 0, 80], liability: eur(0), breakage: eur(80) };
    expect(weighed(held(lot('a', 80, march))(march))).toEqual(gone);
    const expired: LoyaltyEvent = { type: 'PointsExpired', data: { lotId: 'a', points: 80 } };
    expect(weighed(held(lot('a', 80, march), expired)(march))).toEqual(gone);
    expect(weighed(held(lot('a', 80, march), reserved)(march))).toEqual(gone);
  });
  it('L5: is a liability again when a reward comes back, and breakage again when its grace is over', () => {
    const history: readonly LoyaltyEvent[] = [
      ...[lot('a', 80, march), reserved, committed],
      { type: 'PointsExpired', data: { lotId: 'a', points: 30 } },
    ];
    expect(weighed(held(...history)(fifth))).toEqual({ points: [0, 0, 30], liability: eur(0), breakage: eur(30) });
    const back = { lotId: 'a', points: 50, expiresAt: grace, lastDay: '2026-04-04', graceApplied: true };
    const restored = held(...history, {
      type: 'RedemptionReversed',
      data: { redemptionId: 'r', restored: [back], reason: 'cancelled' },
    });
    expect(weighed(restored(fifth))).toEqual({ points: [50, 0, 30], liability: eur(40), breakage: eur(30) });
    expect(weighed(restored(grace))).toEqual({ points: [0, 0, 80], liability: eur(0), breakage: eur(80) });
  });
  it('adds up over accounts', () =>
    expect(held(lot('a', 1, march))(january, held(lot('b', 2, march))(january))).toMatchObject({
      accounts: 2,
      active: 3,
    }));
  it('is not known, and not zero, where the programme does not say what points are worth', () =>
    expect(weightOf(held(lot('a', 80, march))(january), null)).toEqual({ liability: null, breakage: null }));
});
