import { type Enrolled, loyaltyAccount } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type LoyaltyEvent = EventOf<typeof loyaltyAccount>;

export type PointsRow = Pick<Enrolled, 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'> &
  Readonly<{ accountId: string; memberNumber: Personal<string> | null; enrolledAt: string }>;

/** Every loyalty account with its lots, folded by the account's own rules. */
export const points = defineProjection<PointsRow, LoyaltyEvent>({
  name: 'points',
  version: 1,
  hears: [
    'MemberEnrolled',
    'PointsEarned',
    'RedemptionReserved',
    'RedemptionCommitted',
    'RedemptionReleased',
    'EarningReversed',
    'PointsDebtSettled',
    'PointsExpired',
  ],
  keys: perStream,
  fold: (row, fact) => {
    const before = row ? { status: 'enrolled' as const, ...row } : loyaltyAccount.initial;
    const account = loyaltyAccount.evolve(before, fact);
    if (account.status === 'none') return null;
    const { member, programme, lots, debt, redemptions } = account;
    return { ...identity(row, fact), member, programme, lots, debt, redemptions };
  },
});

const identity = (row: PointsRow | null, { type, data, meta, stream }: Recorded<LoyaltyEvent>) => ({
  accountId: idIn(stream),
  memberNumber: (type === 'MemberEnrolled' ? data.memberNumber : row?.memberNumber) ?? null,
  enrolledAt: row?.enrolledAt ?? meta.occurredAt,
});
