import { type Company, dayNumber, laterBy } from '#kernel';
import { localDayOf } from '../vocabulary/calendar.js';
import { repaid } from './arriving.js';
import { daysLater, endOf, lifetimeOf, zoneOf } from './earning.js';
import { type Allocations, isExpired, type Lot } from './lots.js';
import { type Enrolled, lotIn } from './loyalty-account.js';
import type { LoyaltyEvent, RestoredPoints } from './loyalty-account.messages.js';
import type { LoyaltyProgramme, PointsRestoring } from './loyalty-programme.messages.js';

type Now = Readonly<{ occurredAt: string; programme: LoyaltyProgramme; company: Company }>;

type Restored = readonly Readonly<RestoredPoints>[];

/** How what a redemption took comes back: with the end its lot has, or with a new one where the programme gives one. */
export const restoredBy = (lots: readonly Lot[], allocations: Allocations, now: Now): Restored =>
  backIn(lots, allocations, (lot) => (isExpired(lot, now.occurredAt) ? renewed(lot, now) : undefined) ?? ownEnd(lot));

/** So many points back in their lots, with the ends that these have. */
export const backIn = (lots: readonly Lot[], allocations: Allocations, endIn = ownEnd): Restored =>
  allocations.flatMap(({ lotId, points }) => {
    const lot = lots.find((one) => one.lotId === lotId);
    return lot ? [{ lotId, points, ...endIn(lot) }] : [];
  });

const ownEnd = ({ expiresAt, lastDay }: Lot): Partial<RestoredPoints> => ({
  ...(expiresAt !== null && { expiresAt }),
  ...(lastDay !== undefined && { lastDay }),
});

const renewed = ({ expiresAt }: Lot, { occurredAt, programme, company }: Now): Partial<RestoredPoints> | undefined => {
  const { method, days = 0 }: PointsRestoring = programme.restoring ?? { method: 'forfeit' };
  if (method === 'forfeit' || expiresAt === null) return undefined;
  const zone = zoneOf(programme, company);
  const today = localDayOf(occurredAt, zone);
  if (method === 'grace') return { ...endOf(daysLater(today, days), zone), graceApplied: true };
  // An end is the first instant of the day after the last.
  const ended = localDayOf(laterBy(-1, expiresAt), zone);
  if (dayNumber(today) - dayNumber(ended) > days) return undefined;
  const { expiresAt: end, lastDay } = lifetimeOf(occurredAt, programme, company);
  if (end === undefined || lastDay === undefined) return { reinstated: true };
  return end > occurredAt ? { expiresAt: end, lastDay, reinstated: true } : undefined;
};

export const isRenewed = ({ graceApplied, reinstated }: RestoredPoints): boolean =>
  graceApplied === true || reinstated === true;

/** What a lot gets a new end for must not revive what was left in it when the old one came. */
export const leftBehind = (lots: readonly Lot[], restored: readonly RestoredPoints[]): readonly LoyaltyEvent[] => {
  const ids = new Set(restored.filter(isRenewed).map(({ lotId }) => lotId));
  return lots.filter(({ lotId, remaining }) => ids.has(lotId) && remaining > 0).map(expired);
};

/** All that is left of a lot expires. */
export const expired = ({ lotId, remaining, earnedOn, lastDay, ending }: Lot): LoyaltyEvent => ({
  type: 'PointsExpired',
  data: {
    ...{ lotId, points: remaining },
    ...(earnedOn !== undefined && { earnedOn }),
    ...(lastDay !== undefined && { lastDay }),
    ...(ending !== undefined && { ending }),
  },
});

/** What comes back alive repays first what is owed; what comes back expired is lost at once. */
export const returned = (
  account: Enrolled,
  fact: LoyaltyEvent,
  restored: readonly RestoredPoints[],
  occurredAt: string,
): readonly LoyaltyEvent[] => {
  const isLost = ({ expiresAt }: RestoredPoints) => expiresAt !== undefined && expiresAt <= occurredAt;
  const lost = restored.filter(isLost).flatMap(({ lotId, points }) => {
    const lot = lotIn(account, lotId);
    return lot ? [expired({ ...lot, remaining: lot.remaining + points })] : [];
  });
  const alive = restored.filter((points) => !isLost(points));
  return [...leftBehind(account.lots, restored), fact, ...repaid(account, 'redeemable', alive), ...lost];
};
