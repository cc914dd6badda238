import { isExpired, lapsedBy, type PointsValuation } from '#domain';

import { balanceAt } from './balance.js';
import type { PointsRow } from './points.projection.js';

type Money = PointsValuation['worth'];
type Held = Pick<PointsRow, 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'>;

/** What the accounts of a programme hold together. */
export type Outstanding = Readonly<{
  accounts: number;
  /** In lots that are active. */
  active: number;
  /** Set aside for rewards that are not handed out yet. */
  reserved: number;
  /** Earned, but not active yet. */
  pending: number;
  /** Owed to us. */
  owed: number;
  /** Expired unused, whether or not that was recorded. */
  expired: number;
}>;

export const nothingOutstanding: Outstanding = { accounts: 0, active: 0, reserved: 0, pending: 0, owed: 0, expired: 0 };

/** What is outstanding with one more account. */
export const outstandingWith = (sum: Outstanding, row: Held, instant: string): Outstanding => {
  const { spendable, reserved, pending, debt } = balanceAt(row, instant);
  const { member, programme, lots, debt: owing, redemptions } = row;
  const { account } = lapsedBy({ status: 'enrolled', member, programme, lots, debt: owing, redemptions }, instant);
  const gone = account.lots
    .filter(({ currency }) => currency === 'redeemable')
    .map((lot) => lot.expired + (isExpired(lot, instant) ? lot.remaining : 0));
  return {
    accounts: sum.accounts + 1,
    active: sum.active + spendable,
    reserved: sum.reserved + reserved,
    pending: sum.pending + pending,
    owed: sum.owed + debt,
    expired: gone.reduce((total, points) => total + points, sum.expired),
  };
};

/** What points weigh in the books; null where the programme does not say what they are worth: not known, and never zero. */
export type Weight = Readonly<{
  /** What may still be redeemed, less the part that is expected to expire. */
  liability: Money | null;
  /** What expired unused. A reward that comes back makes a liability of its points again. */
  breakage: Money | null;
}>;

export const weightOf = ({ active, reserved, expired }: Outstanding, valuation: PointsValuation | null): Weight => {
  if (!valuation) return { liability: null, breakage: null };
  const { points, worth, expectedBreakage } = valuation;
  const worthOf = (many: number, part = 1): Money => ({
    amount: Math.round(Number(((many * worth.amount * part) / points).toPrecision(15))),
    currency: worth.currency,
  });
  return { liability: worthOf(active + reserved, 1 - expectedBreakage), breakage: worthOf(expired) };
};
