import { type Decision, laterBy, type Meta, type Policies, reject } from '#kernel';
import { extendedBy, type LoyaltyPolicies } from './arriving.js';
import { allocate, isSpendable, remainingIn } from './lots.js';
import { type Enrolled, redemptionIn } from './loyalty-account.js';
import {
  type CommitRedemption,
  type LoyaltyEvent,
  MOST_ALLOCATIONS,
  type ReleaseRedemption,
  type ReserveRedemption,
  type ReverseRedemption,
} from './loyalty-account.messages.js';
import { isRenewed, restoredBy, returned } from './restoring.js';

const HOUR_MS = 3_600_000;

export const reserve = (
  account: Enrolled,
  data: ReserveRedemption,
  { occurredAt }: Meta,
  { programme }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  if (redemptionIn(account, data.redemptionId)) return [];
  if (!programme) return reject('programme-unknown');
  const lots = account.lots.filter((lot) => isSpendable(lot, occurredAt));
  // What is owed takes no points from a lot, but nobody spends beyond their balance either.
  if (remainingIn(lots) - account.debt.redeemable < data.points) return reject('not-enough-points');
  const allocations = allocate(lots, data.points);
  if (allocations.length > MOST_ALLOCATIONS) return reject('too-many-lots');
  const reservedUntil = laterBy(programme.body.reservationHours * HOUR_MS, occurredAt);
  return [{ type: 'RedemptionReserved', data: { ...data, allocations, reservedUntil } }];
};

export const commit = (
  account: Enrolled,
  { redemptionId }: CommitRedemption,
  { occurredAt }: Meta,
  { programme, company }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  const redemption = redemptionIn(account, redemptionId);
  if (!redemption) return reject('redemption-unknown');
  if (redemption.status === 'released') return reject('redemption-released');
  if (redemption.status === 'lapsed') return reject('redemption-lapsed');
  if (redemption.status !== 'reserved') return [];
  if (!programme) return reject('programme-unknown');
  return [
    { type: 'RedemptionCommitted', data: { redemptionId } },
    ...extendedBy(account, occurredAt, { programme, company }),
  ];
};

export const release = (
  account: Enrolled,
  { redemptionId }: ReleaseRedemption,
  { occurredAt }: Meta,
  { programme, company }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  const redemption = redemptionIn(account, redemptionId);
  if (!redemption) return reject('redemption-unknown');
  if (redemption.status === 'released' || redemption.status === 'lapsed') return [];
  if (redemption.status !== 'reserved') return reject('redemption-committed');
  if (!programme) return reject('programme-unknown');
  const restored = restoredBy(account.lots, redemption.allocations, { occurredAt, programme: programme.body, company });
  const data = { redemptionId, ...(restored.some(isRenewed) && { restored }) };
  return returned(account, { type: 'RedemptionReleased', data }, restored, occurredAt);
};

export const giveBack = (
  account: Enrolled,
  { redemptionId, reason }: ReverseRedemption,
  { occurredAt }: Meta,
  { programme, company }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  const redemption = redemptionIn(account, redemptionId);
  if (!redemption) return reject('redemption-unknown');
  if (redemption.status === 'reversed') return [];
  if (redemption.status !== 'committed') return reject('redemption-not-committed');
  if (!programme) return reject('programme-unknown');
  const restored = restoredBy(account.lots, redemption.allocations, { occurredAt, programme: programme.body, company });
  return returned(
    account,
    { type: 'RedemptionReversed', data: { redemptionId, restored, reason } },
    restored,
    occurredAt,
  );
};
