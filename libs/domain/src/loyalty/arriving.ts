import type { Policies, Policy } from '#kernel';
import { lifetimeOf } from './earning.js';
import { type Allocations, settled } from './lots.js';
import { type Enrolled, isExtendable } from './loyalty-account.js';
import type { LoyaltyEvent, PointsDebtSettled, PointsEarned } from './loyalty-account.messages.js';
import type { LoyaltyProgramme } from './loyalty-programme.messages.js';

export type LoyaltyPolicies = { programme?: Policy<LoyaltyProgramme> };

/** Whoever is active keeps what lasts while they are. */
export const extendedBy = (
  { lots }: Enrolled,
  occurredAt: string,
  { programme, company }: Policies<Required<LoyaltyPolicies>>,
): readonly LoyaltyEvent[] => {
  if (programme.body.expiry?.method !== 'inactivity') return [];
  const { expiresAt, lastDay } = lifetimeOf(occurredAt, programme.body, company);
  if (expiresAt === undefined || lastDay === undefined) throw new Error('inactivity without an end');
  const isLonger = lots.some((lot) => isExtendable(lot, expiresAt, occurredAt));
  return isLonger ? [{ type: 'ExpiryExtended', data: { expiresAt, lastDay } }] : [];
};

/** What is owed is paid first by what arrives. */
export const repaid = (
  { debt }: Enrolled,
  currency: PointsEarned['currency'],
  arrivals: Allocations,
): readonly LoyaltyEvent[] => settled(debt[currency], arrivals).map(debtSettled);

const debtSettled = (data: PointsDebtSettled): LoyaltyEvent => ({ type: 'PointsDebtSettled', data });
