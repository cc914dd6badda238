import { isExpired, isSpendable, type Lot } from '#domain';
import type { PointsRow } from './points.projection.js';

export type Balance = Readonly<{
  /** What is left in lots that have not expired, spendable or not yet, less what is owed. */
  balance: number;
  spendable: number;
  /** Earned, but not active yet. */
  pending: number;
  /** Set aside for rewards that are not handed out yet. */
  reserved: number;
  debt: number;
  /** Points that count towards a tier only. */
  qualifying: number;
  /** Every batch that is still to expire, the next first; `expiresAt` null: never. */
  batches: readonly Readonly<{ expiresAt: string | null; points: number }>[];
}>;

/** What an account is worth at an instant, whether or not an expiry has been recorded since. */
export const balanceAt = (
  { lots, debt, redemptions }: Pick<PointsRow, 'lots' | 'debt' | 'redemptions'>,
  instant: string,
): Balance => {
  const alive = lots.filter((lot) => lot.currency === 'redeemable' && lot.remaining > 0 && !isExpired(lot, instant));
  const remaining = total(alive.map((lot) => lot.remaining));
  const spendable = total(alive.filter((lot) => isSpendable(lot, instant)).map((lot) => lot.remaining));
  const reserved = redemptions.filter(({ status }) => status === 'reserved').flatMap(({ allocations }) => allocations);
  const qualifying = lots.filter((lot) => lot.currency === 'qualifying' && !isExpired(lot, instant));
  return {
    balance: remaining - debt.redeemable,
    spendable,
    pending: remaining - spendable,
    reserved: total(reserved.map(({ points }) => points)),
    debt: debt.redeemable,
    qualifying: total(qualifying.map((lot) => lot.remaining)) - debt.qualifying,
    batches: batchesOf(alive),
  };
};

const total = (points: readonly number[]) => points.reduce((sum, one) => sum + one, 0);

const batchesOf = (lots: readonly Lot[]): Balance['batches'] => {
  const batches = new Map<string | null, number>();
  for (const { expiresAt, remaining } of lots) batches.set(expiresAt, (batches.get(expiresAt) ?? 0) + remaining);
  return [...batches]
    .map(([expiresAt, points]) => ({ expiresAt, points }))
    .sort((a, b) => ((a.expiresAt ?? NEVER) < (b.expiresAt ?? NEVER) ? -1 : 1));
};
/** Sorts behind every instant. */
const NEVER = '~';
