import type {
  EarningReversed,
  Ending,
  PointsDebtSettled,
  PointsEarned,
  RedemptionReserved,
} from './loyalty-account.messages.js';

/** Points that were earned together and expire together. What is reserved or redeemed is no longer `remaining`. */
export type Lot = Readonly<{
  lotId: string;
  currency: PointsEarned['currency'];
  earned: number;
  remaining: number;
  /** Taken back so far, whether from what remained, as debt, or from what had expired. */
  reversed: number;
  /** Lost to expiry and not yet taken back by a reversal. */
  expired: number;
  earnedAt: string;
  activatesAt: string;
  /** Whether its lock has ended, as far as that was recorded. */
  activated: boolean;
  expiresAt: string | null;
  /** Local days in the programme's zone: when it was earned, and the last on which it may be spent. */
  earnedOn?: string;
  lastDay?: string;
  /** By which rule it ends, and which version of the programme granted it. */
  ending?: Ending;
  rule?: string;
  /** What each line gave, and how much of that was taken back. */
  lines?: readonly Readonly<{ lineId: string; points: number; reversed: number }>[];
}>;

/** Points owed, because they were spent before their earning was reversed. Each currency owes for itself. */
export type Debt = Readonly<Record<Lot['currency'], number>>;
export type Allocations = RedemptionReserved['allocations'];

export const isExpired = ({ expiresAt }: Lot, instant: string): boolean => expiresAt !== null && expiresAt <= instant;

/** Whether a lot may pay for a reward at that instant, whether or not its expiry has been recorded. */
export const isSpendable = (lot: Lot, instant: string): boolean =>
  lot.currency === 'redeemable' && lot.remaining > 0 && lot.activatesAt <= instant && !isExpired(lot, instant);

/** The instants at which a lot begins and ends, as far as that was not recorded yet. */
export const promisesOf = ({ remaining, activated, activatesAt, expiresAt }: Lot): readonly string[] =>
  remaining === 0 ? [] : [...(activated ? [] : [activatesAt]), ...(expiresAt === null ? [] : [expiresAt])];

export const remainingIn = (lots: readonly Lot[]): number => lots.reduce((sum, { remaining }) => sum + remaining, 0);

/** Takes so many points, which the lots must hold, from those that expire first; those without an end come last. */
export const allocate = (lots: readonly Lot[], points: number): Allocations => {
  let open = points;
  return [...lots].sort(inSpendingOrder).flatMap(({ lotId, remaining }) => {
    const taken = Math.min(open, remaining);
    open -= taken;
    return taken > 0 ? [{ lotId, points: taken }] : [];
  });
};

const inSpendingOrder = (one: Lot, other: Lot): number =>
  inOrder(one.expiresAt ?? NEVER, other.expiresAt ?? NEVER) ||
  inOrder(one.earnedAt, other.earnedAt) ||
  inOrder(one.lotId, other.lotId);
const inOrder = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
/** Sorts behind every instant. */
const NEVER = '~';

/**
 * Takes so many points of a lot back: first what remains of it, then what had expired, for nobody used that. Only the
 * rest was spent, and is owed. Other lots are never touched.
 */
export const takenBack = (lot: Lot, points: number): Pick<EarningReversed, 'fromLotRemaining' | 'debtCreated'> => {
  const fromLotRemaining = Math.min(points, lot.remaining);
  return { fromLotRemaining, debtCreated: Math.max(0, points - fromLotRemaining - lot.expired) };
};

/** How many points of a lot, or of one of its lines, are still to be taken back, when so many are in all. */
export const dueOf = ({ earned, reversed, lines }: Lot, points: number | undefined, lineId?: string): number => {
  const line = lines?.find((one) => one.lineId === lineId) ?? { points: earned, reversed };
  return Math.min(Math.min(points ?? line.points, line.points) - line.reversed, earned - reversed);
};

/** What arrives while points are owed pays for them first. */
export const settled = (debt: number, arrivals: Allocations): readonly PointsDebtSettled[] => {
  let open = debt;
  return arrivals.flatMap(({ lotId, points }) => {
    const paid = Math.min(open, points);
    open -= paid;
    return paid > 0 ? [{ lotId, points: paid }] : [];
  });
};
