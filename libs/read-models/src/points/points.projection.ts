import { type Enrolled, loyaltyAccount, promisesOf } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type LoyaltyEvent = EventOf<typeof loyaltyAccount>;

export type PointsRow = Pick<Enrolled, 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'> &
  Readonly<{
    accountId: string;
    memberNumber: Personal<string> | null;
    enrolledAt: string;
    /** When the next lot begins or ends, or the next reservation lapses; null: none will. */
    nextDueAt: string | null;
    /** Which fact of its stream it stands at: whatever is due at an instant, a later fact may make more due at it. */
    revision: bigint;
    /** From elsewhere: what it promised until it was recorded here is history that nobody records again. */
    quietUntil: Readonly<Record<'lots' | 'redemptions', Readonly<Record<string, string>>>>;
  }>;

/** Every loyalty account with its lots, folded by the account's own rules, and the instant at which one is to be swept. */
export const points = defineProjection<PointsRow, LoyaltyEvent>({
  name: 'points',
  version: 3,
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
    const nextDueAt = nextDue(account, quietUntil);
    return { ...identity(row, fact), member, programme, lots, debt, redemptions, quietUntil, nextDueAt };
  },
  deadline: {
    at: 'nextDueAt',
    standing: 'revision',
    says: ({ accountId: id }) => ({
      category: loyaltyAccount.category,
      id,
      command: { type: 'SweepLots', data: {} },
    }),
  },
});

const quietAfter = (row: PointsRow | null, { type, data, meta, recordedAt }: Recorded<LoyaltyEvent>) => {
  const before = row?.quietUntil ?? { lots: {}, redemptions: {} };
  if (!meta.backfill) return before;
  if (type === 'RedemptionReserved')
    return { ...before, redemptions: { ...before.redemptions, [data.redemptionId]: recordedAt } };
  const isLot = type === 'PointsEarned' || type === 'OpeningBalanceBrought';
  return isLot ? { ...before, lots: { ...before.lots, [data.lotId]: recordedAt } } : before;
};

const nextDue = (
  { lots, redemptions }: Pick<Enrolled, 'lots' | 'redemptions'>,
  quiet: PointsRow['quietUntil'],
): string | null => {
  const ofLots = lots.flatMap((lot) => promisesOf(lot).filter((instant) => instant > (quiet.lots[lot.lotId] ?? '')));
  const lapsing = redemptions
    .filter(({ status, reservedUntil: until, redemptionId: id }) => {
      return status === 'reserved' && until > (quiet.redemptions[id] ?? '');
    })
    .map(({ reservedUntil }) => reservedUntil);
  return [...ofLots, ...lapsing].reduce<string | null>(
    (first, one) => (first === null || one < first ? one : first),
    null,
  );
};

const identity = (row: PointsRow | null, { type, data, meta, stream, revision }: Recorded<LoyaltyEvent>) => ({
  accountId: idIn(stream),
  revision,
  memberNumber: (type === 'MemberEnrolled' ? data.memberNumber : row?.memberNumber) ?? null,
  enrolledAt: row?.enrolledAt ?? meta.occurredAt,
});
