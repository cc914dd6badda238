import { isExpired } from './lots.js';
import { type Counted, counted, type Enrolled, type Redemption } from './loyalty-account.js';
import type { LoyaltyEvent } from './loyalty-account.messages.js';
import { backIn, expired, returned } from './restoring.js';

/** An account in which reservations have lapsed, and what is to be recorded of that. */
export type Lapsed = Readonly<{ account: Enrolled; facts: readonly LoyaltyEvent[] }>;

/** What lapses at that very instant. */
export const lapsedAt = (account: Enrolled, instant: string): Lapsed =>
  lapsedIn(account, ({ reservedUntil }) => reservedUntil === instant);

/** What an account is at an instant, whether or not anybody has recorded what lapsed until then. */
export const lapsedBy = (account: Enrolled, instant: string): Lapsed => {
  const isOver = ({ reservedUntil }: Redemption) => reservedUntil <= instant;
  const lapsed = lapsedIn(account, isOver);
  const lotIds = new Set(openIn(account, isOver).flatMap(({ allocations }) => allocations.map(({ lotId }) => lotId)));
  // What came back may have ended since.
  const isLost = (lot: Enrolled['lots'][number]) =>
    lotIds.has(lot.lotId) && lot.remaining > 0 && isExpired(lot, instant);
  return recording(lapsed, lapsed.account.lots.filter(isLost).map(expired));
};

type IsOver = (redemption: Redemption) => boolean;

const lapsedIn = (account: Enrolled, isOver: IsOver): Lapsed =>
  openIn(account, isOver).reduce(lapse, { account, facts: [] });

/** Reservations that nobody ended, in the order of their ends. */
const openIn = ({ redemptions }: Enrolled, isOver: IsOver): readonly Redemption[] =>
  redemptions
    .filter((redemption) => redemption.status === 'reserved' && isOver(redemption))
    .sort((one, other) =>
      one.reservedUntil < other.reservedUntil ? -1 : Number(one.reservedUntil > other.reservedUntil),
    );

/** Nobody cancelled anything: the points are back in their lots with the ends that these have, and no grace is given. */
const lapse = (lapsed: Lapsed, { redemptionId, allocations, reservedUntil }: Redemption): Lapsed => {
  const { account } = lapsed;
  const released: LoyaltyEvent = { type: 'RedemptionReleased', data: { redemptionId, cause: 'lapsed' } };
  return recording(lapsed, returned(account, released, backIn(account.lots, allocations), reservedUntil));
};

const recording = ({ account, facts }: Lapsed, more: readonly LoyaltyEvent[]): Lapsed => ({
  account: more.reduce((before, fact) => counted(before, fact as Counted), account),
  facts: [...facts, ...more],
});
