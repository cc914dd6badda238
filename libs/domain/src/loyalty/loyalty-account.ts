import { assertNever, type Participant, type Stamped } from '#kernel';
import { type Allocations, type Debt, isExpired, type Lot } from './lots.js';
import type {
  EarningReversed,
  ExpiryExtended,
  LoyaltyEvent,
  PointsEarned,
  RestoredPoints,
} from './loyalty-account.messages.js';

export type Redemption = Readonly<{
  redemptionId: string;
  status: 'reserved' | 'committed' | 'released' | 'lapsed' | 'reversed';
  allocations: Allocations;
  /** From this instant on nothing is held any more, whether or not that was recorded. */
  reservedUntil: string;
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
    case 'OpeningBalanceBrought':
      return { ...account, lots: [...account.lots, lotOf({ ...data, ending: 'own' }, meta.occurredAt)] };
    case 'ExpiryExtended':
      return { ...account, lots: extended(account.lots, data, meta.occurredAt) };
    default:
      return counted(account, { type, data } as Counted);
  }
};

/** Facts that are counted alike whenever they happened. */
export type Counted = Exclude<
  LoyaltyEvent,
  { type: 'MemberEnrolled' | 'PointsEarned' | 'OpeningBalanceBrought' | 'ExpiryExtended' }
>;

export const counted = (account: Enrolled, { type, data }: Counted): Enrolled => {
  switch (type) {
    case 'PointsActivated':
      return owing(account, data.lotId, 0, (lot) => ({ ...lot, activated: true }));
    case 'EarningReversed':
      return owing(account, data.lotId, data.debtCreated, (lot) => takenBackFrom(lot, data));
    case 'PointsDebtSettled':
      return owing(account, data.lotId, -data.points, (lot) => ({ ...lot, remaining: lot.remaining - data.points }));
    case 'PointsExpired':
      return owing(account, data.lotId, 0, (lot) => ({
        ...lot,
        remaining: lot.remaining - data.points,
        expired: lot.expired + data.points,
      }));
    default:
      return redeemed(account, { type, data } as RedemptionEvent);
  }
};

type RedemptionEvent = Extract<LoyaltyEvent, { type: `Redemption${string}` }>;

const redeemed = (account: Enrolled, { type, data }: RedemptionEvent): Enrolled => {
  switch (type) {
    case 'RedemptionReserved': {
      const { redemptionId, allocations, reservedUntil } = data;
      const reserved = { redemptionId, status: 'reserved' as const, allocations, reservedUntil };
      const redemptions = [...account.redemptions, reserved];
      return { ...account, redemptions, lots: moved(account.lots, allocations, -1) };
    }
    case 'RedemptionCommitted':
      return { ...account, redemptions: ended(account, data.redemptionId, 'committed') };
    case 'RedemptionReleased': {
      const back = data.restored ?? redemptionIn(account, data.redemptionId)?.allocations ?? [];
      const redemptions = ended(account, data.redemptionId, data.cause ?? 'released');
      return { ...account, redemptions, lots: moved(account.lots, back, 1) };
    }
    case 'RedemptionReversed': {
      const redemptions = ended(account, data.redemptionId, 'reversed');
      return { ...account, redemptions, lots: moved(account.lots, data.restored, 1) };
    }
    default:
      return assertNever(type);
  }
};

const lotOf = ({ lotId, currency, points, activatesAt, expiresAt, ...more }: PointsEarned, earnedAt: string): Lot => ({
  lotId,
  currency,
  earned: points,
  remaining: points,
  reversed: 0,
  expired: 0,
  earnedAt,
  activatesAt,
  activated: activatesAt <= earnedAt,
  expiresAt: expiresAt ?? null,
  ...grounds(more),
});

/** Why a lot ends when it does, and what its lines gave. */
const grounds = ({ earnedOn, lastDay, ending, rule, lines }: Partial<PointsEarned>): Partial<Lot> => ({
  ...(earnedOn !== undefined && { earnedOn }),
  ...(lastDay !== undefined && { lastDay }),
  ...(ending !== undefined && { ending }),
  ...(rule !== undefined && { rule }),
  ...(lines && { lines: lines.map(({ lineId, points }) => ({ lineId, points, reversed: 0 })) }),
});

const extended = (lots: readonly Lot[], end: ExpiryExtended, instant: string): readonly Lot[] =>
  lots.map((lot) => (isExtendable(lot, end.expiresAt, instant) ? { ...lot, ...end } : lot));

/** Whether a lot that lasts while its member is active would last longer. */
export const isExtendable = (lot: Lot, expiresAt: string, instant: string): boolean =>
  lot.ending === 'inactivity' && !isExpired(lot, instant) && lot.expiresAt !== null && lot.expiresAt < expiresAt;

const takenBackFrom = (lot: Lot, { points, fromLotRemaining, debtCreated, lineId }: EarningReversed): Lot => ({
  ...lot,
  remaining: lot.remaining - fromLotRemaining,
  reversed: lot.reversed + points,
  expired: lot.expired - (points - fromLotRemaining - debtCreated),
  ...(lot.lines && {
    lines: lot.lines.map((line) => (line.lineId === lineId ? { ...line, reversed: line.reversed + points } : line)),
  }),
});

export const lotIn = ({ lots }: Enrolled, id: string) => lots.find(({ lotId }) => lotId === id);
export const redemptionIn = ({ redemptions }: Enrolled, id: string) =>
  redemptions.find(({ redemptionId }) => redemptionId === id);

/** Points leave their lots or come back; what comes back may bring its lot a new end. */
const moved = (lots: readonly Lot[], points: readonly RestoredPoints[], sign: 1 | -1): readonly Lot[] => {
  const movedIn = new Map(points.map((one) => [one.lotId, one]));
  return lots.map((lot) => {
    const one = movedIn.get(lot.lotId);
    return one ? { ...lot, remaining: lot.remaining + sign * one.points, ...newEnd(one) } : lot;
  });
};

const newEnd = ({ graceApplied, reinstated, expiresAt, lastDay }: RestoredPoints): Partial<Lot> =>
  graceApplied || reinstated
    ? {
        ending: graceApplied ? 'grace' : 'reinstatement',
        expiresAt: expiresAt ?? null,
        ...(lastDay !== undefined && { lastDay }),
      }
    : {};

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
