import { assertNever, type Participant, type Stamped } from '#kernel';
import type { Allocations, Debt, Lot } from './lots.js';
import type { LoyaltyEvent, PointsEarned } from './loyalty-account.messages.js';

type Redemption = Readonly<{
  redemptionId: string;
  status: 'reserved' | 'committed' | 'released';
  allocations: Allocations;
}>;

export type Enrolled = Readonly<{
  status: 'enrolled';
  member: string;
  programme: string;
  lots: readonly Lot[];
  debt: Debt;
  redemptions: readonly Redemption[];
}>;

export type LoyaltyAccount = Readonly<{ status: 'none' }> | Enrolled;

export const evolve = (account: LoyaltyAccount, fact: Stamped<LoyaltyEvent>): LoyaltyAccount => {
  if (fact.type === 'MemberEnrolled') {
    const { member, programme } = fact.data;
    return {
      status: 'enrolled',
      member,
      programme,
      lots: [],
      debt: { redeemable: 0, qualifying: 0 },
      redemptions: [],
    };
  }
  return account.status === 'enrolled' ? carriedOn(account, fact) : account;
};

const carriedOn = (
  account: Enrolled,
  { type, data, meta }: Stamped<Exclude<LoyaltyEvent, { type: 'MemberEnrolled' }>>,
): Enrolled => {
  switch (type) {
    case 'PointsEarned':
      return { ...account, lots: [...account.lots, lotOf(data, meta.occurredAt)] };
    case 'RedemptionReserved': {
      const { redemptionId, allocations } = data;
      const redemptions = [...account.redemptions, { redemptionId, status: 'reserved' as const, allocations }];
      return { ...account, redemptions, lots: moved(account.lots, allocations, -1) };
    }
    case 'RedemptionCommitted':
      return { ...account, redemptions: ended(account, data.redemptionId, 'committed') };
    case 'RedemptionReleased': {
      const allocations = account.redemptions
        .filter(({ redemptionId }) => redemptionId === data.redemptionId)
        .flatMap((redemption) => redemption.allocations);
      const redemptions = ended(account, data.redemptionId, 'released');
      return { ...account, redemptions, lots: moved(account.lots, allocations, 1) };
    }
    case 'EarningReversed': {
      const { lotId, points, fromLotRemaining, debtCreated } = data;
      return owing(account, lotId, debtCreated, (lot) => ({
        ...lot,
        remaining: lot.remaining - fromLotRemaining,
        reversed: lot.reversed + points,
        expired: lot.expired - (points - fromLotRemaining - debtCreated),
      }));
    }
    case 'PointsDebtSettled':
      return owing(account, data.lotId, -data.points, (lot) => ({ ...lot, remaining: lot.remaining - data.points }));
    case 'PointsExpired':
      return owing(account, data.lotId, 0, (lot) => ({
        ...lot,
        remaining: lot.remaining - data.points,
        expired: lot.expired + data.points,
      }));
    default:
      return assertNever(type);
  }
};

const lotOf = ({ lotId, currency, points, activatesAt, expiresAt }: PointsEarned, earnedAt: string): Lot => ({
  lotId,
  currency,
  earned: points,
  remaining: points,
  reversed: 0,
  expired: 0,
  earnedAt,
  activatesAt,
  expiresAt: expiresAt ?? null,
});

export const lotIn = ({ lots }: Enrolled, id: string) => lots.find(({ lotId }) => lotId === id);
export const redemptionIn = ({ redemptions }: Enrolled, id: string) =>
  redemptions.find(({ redemptionId }) => redemptionId === id);

const moved = (lots: readonly Lot[], allocations: Allocations, sign: 1 | -1): readonly Lot[] => {
  const pointsOf = new Map(allocations.map(({ lotId, points }) => [lotId, points]));
  return lots.map((lot) => {
    const points = pointsOf.get(lot.lotId);
    return points === undefined ? lot : { ...lot, remaining: lot.remaining + sign * points };
  });
};

const ended = ({ redemptions }: Enrolled, id: string, status: Redemption['status']): readonly Redemption[] =>
  redemptions.map((redemption) => (redemption.redemptionId === id ? { ...redemption, status } : redemption));

/** One lot changes, and with it what is owed in its currency. */
const owing = (account: Enrolled, id: string, more: number, change: (lot: Lot) => Lot): Enrolled => {
  const owed = (currency: Lot['currency']) =>
    account.debt[currency] + (account.lots.some((lot) => lot.lotId === id && lot.currency === currency) ? more : 0);
  return {
    ...account,
    lots: account.lots.map((lot) => (lot.lotId === id ? change(lot) : lot)),
    debt: { redeemable: owed('redeemable'), qualifying: owed('qualifying') },
  };
};

export const participants = (account: LoyaltyAccount): readonly Participant[] =>
  account.status === 'none' ? [] : [{ id: account.member, role: 'member' }];
