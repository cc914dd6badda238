import { endingOf, isExpired, isSpendable, type Lot, lapsedBy, loyaltyAccount } from '#domain';
import { type Language, phraseOf } from '../language.js';
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
  /** Points that count towards a tier only, once they are active. */
  qualifying: number;
  /**
   * Every batch that is still to expire, the next first; `expiresAt` null: never. `lastDay` is the last local day on which
   * its points may be spent, `reasons` say of each of its lots why.
   */
  batches: readonly Batch[];
}>;

type Batch = Readonly<{
  expiresAt: string | null;
  lastDay: string | null;
  points: number;
  reasons: readonly string[];
}>;

/** What an account is worth at an instant, whether or not an expiry or a lapse has been recorded since. */
export const balanceAt = (
  { member, programme, ...held }: Pick<PointsRow, 'member' | 'programme' | 'lots' | 'debt' | 'redemptions'>,
  instant: string,
  lang: Language = 'en',
): Balance => {
  const { account } = lapsedBy({ status: 'enrolled', member, programme, ...held }, instant);
  const { lots, debt, redemptions } = account;
  const alive = lots.filter((lot) => lot.currency === 'redeemable' && lot.remaining > 0 && !isExpired(lot, instant));
  const remaining = total(alive.map((lot) => lot.remaining));
  const spendable = total(alive.filter((lot) => isSpendable(lot, instant)).map((lot) => lot.remaining));
  const reserved = redemptions.filter(({ status }) => status === 'reserved').flatMap(({ allocations }) => allocations);
  const qualifying = lots.filter((lot) => lot.currency === 'qualifying' && isActive(lot, instant));
  return {
    balance: remaining - debt.redeemable,
    spendable,
    pending: remaining - spendable,
    reserved: total(reserved.map(({ points }) => points)),
    debt: debt.redeemable,
    qualifying: total(qualifying.map((lot) => lot.remaining)) - debt.qualifying,
    batches: batchesOf(alive, lang),
  };
};

const total = (points: readonly number[]) => points.reduce((sum, one) => sum + one, 0);

const isActive = (lot: Lot, instant: string) => lot.activatesAt <= instant && !isExpired(lot, instant);

const batchesOf = (lots: readonly Lot[], lang: Language): readonly Batch[] => {
  const ends = [...new Set(lots.map(({ expiresAt }) => expiresAt))].sort((a, b) =>
    (a ?? NEVER) < (b ?? NEVER) ? -1 : 1,
  );
  return ends.map((expiresAt) => {
    const ending = lots.filter((lot) => lot.expiresAt === expiresAt);
    return {
      expiresAt,
      lastDay: expiresAt === null ? null : (ending.find(({ lastDay }) => lastDay)?.lastDay ?? null),
      points: total(ending.map(({ remaining }) => remaining)),
      reasons: ending.flatMap((lot) => reasonOf(lot, lang)),
    };
  });
};

const reasonOf = (lot: Lot, lang: Language): readonly string[] => {
  const told = endingOf(lot);
  return told ? [phraseOf(`${loyaltyAccount.category}.${told.summary}`, told.params ?? null, lang)] : [];
};
/** Sorts behind every instant. */
const NEVER = '~';
