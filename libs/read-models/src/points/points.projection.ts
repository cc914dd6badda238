import { type Enrolled, loyaltyAccount, promisesOf } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type LoyaltyEvent = EventOf<typeof loyaltyAccount>;

export type PointsRow = Pick<Enrolled, 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'> &
  Readonly<{
    accountId: string;
    memberNumber: Personal<string> | null;
    enrolledAt: string;
    /** When the lot next to begin or to end does so; null: none will. */
    nextDueAt: string | null;
    /** Lots from elsewhere: what they promised until they were recorded here is history that nobody records again. */
    quietUntil: Readonly<Record<string, string>>;
  }>;

/** Every loyalty account with its lots, folded by the account's own rules, and the instant at which one is to be swept. */
export const points = defineProjection<PointsRow, LoyaltyEvent>({
  name: 'points',
  version: 2,
  hears: [
    'MemberEnrolled',
    'PointsEarned',
    'OpeningBalanceBrought',
    'PointsActivated',
    'ExpiryExtended',
    'RedemptionReserved',
    'RedemptionCommitted',
    'RedemptionReleased',
    'RedemptionReversed',
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
    const quietUntil = quietAfter(row, fact);
    const nextDueAt = nextDue(lots, quietUntil);
    return { ...identity(row, fact), member, programme, lots, debt, redemptions, quietUntil, nextDueAt };
  },
  deadline: {
    at: 'nextDueAt',
    says: ({ accountId: id }) => ({
      category: loyaltyAccount.category,
      id,
      command: { type: 'SweepLots', data: {} },
    }),
  },
});

const quietAfter = (row: PointsRow | null, fact: Recorded<LoyaltyEvent>): PointsRow['quietUntil'] => {
  const before = row?.quietUntil ?? {};
  const isHistory = fact.meta.backfill && (fact.type === 'PointsEarned' || fact.type === 'OpeningBalanceBrought');
  return isHistory ? { ...before, [fact.data.lotId]: fact.recordedAt } : before;
};

const nextDue = (lots: PointsRow['lots'], quietUntil: PointsRow['quietUntil']): string | null => {
  const due = lots.flatMap((lot) => promisesOf(lot).filter((instant) => instant > (quietUntil[lot.lotId] ?? '')));
  return due.reduce<string | null>((first, one) => (first === null || one < first ? one : first), null);
};

const identity = (row: PointsRow | null, { type, data, meta, stream }: Recorded<LoyaltyEvent>) => ({
  accountId: idIn(stream),
  memberNumber: (type === 'MemberEnrolled' ? data.memberNumber : row?.memberNumber) ?? null,
  enrolledAt: row?.enrolledAt ?? meta.occurredAt,
});
