import {
  assertNever,
  type Company,
  type Decision,
  defineSlice,
  isRejection,
  laterBy,
  type Meta,
  type Policies,
  type Policy,
  reject,
  type Stamped,
} from '#kernel';
import { lifetimeOf, pointsIn } from './earning.js';
import { allocate, isExpired, isSpendable, remainingIn, settled, takenBack } from './lots.js';
import { type Enrolled, evolve, type LoyaltyAccount, lotIn, participants, redemptionIn } from './loyalty-account.js';
import {
  type CommitRedemption,
  commands,
  type EarnPoints,
  type EnrolMember,
  type ExpirePoints,
  events,
  type LoyaltyCommand,
  type LoyaltyEvent,
  type LoyaltyProgramme,
  MOST_ALLOCATIONS,
  type PointsDebtSettled,
  type PointsEarned,
  type ReleaseRedemption,
  type ReserveRedemption,
  type ReverseEarning,
} from './loyalty-account.messages.js';
import { touchpoint, words } from './loyalty-account.words.js';

type LoyaltyPolicies = { programme?: Policy<LoyaltyProgramme> };
const HOUR_MS = 3_600_000;

const decide = (
  command: Stamped<LoyaltyCommand>,
  account: LoyaltyAccount,
  policies: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  if (command.type === 'EnrolMember') return enrol(account, command.data);
  if (account.status === 'none') return reject('not-enrolled');
  const { type, data, meta } = command;
  switch (type) {
    case 'EarnPoints':
      return earn(account, data, meta, policies);
    case 'ReserveRedemption':
      return reserve(account, data, meta, policies);
    case 'CommitRedemption':
      return commit(account, data);
    case 'ReleaseRedemption':
      return release(account, data);
    case 'ReverseEarning':
      return reverse(account, data);
    case 'ExpirePoints':
      return expire(account, data, meta);
    default:
      return assertNever(type);
  }
};

const enrol = (account: LoyaltyAccount, data: EnrolMember): Decision<LoyaltyEvent> => {
  const enrolled = { programme: 'default', ...data };
  if (account.status === 'none') return [{ type: 'MemberEnrolled', data: enrolled }];
  const isRepeat = account.member === enrolled.member && account.programme === enrolled.programme;
  return isRepeat ? [] : reject('account-id-taken');
};

const earn = (
  account: Enrolled,
  data: EarnPoints,
  { occurredAt }: Meta,
  { programme, company }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  if (lotIn(account, data.lotId)) return [];
  if (!programme) return reject('programme-unknown');
  const points = pointsIn(data, programme.body, company);
  if (isRejection(points)) return points;
  const lifetime = lifetimeOf(occurredAt, company.zone, programme.body);
  const earned: PointsEarned = { currency: 'redeemable', ...data, ...points, ...lifetime };
  const repaid = settled(account.debt[earned.currency], [earned]);
  return [{ type: 'PointsEarned', data: earned }, ...repaid.map(debtSettled)];
};

const debtSettled = (data: PointsDebtSettled): LoyaltyEvent => ({ type: 'PointsDebtSettled', data });

const reserve = (
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

const commit = (account: Enrolled, { redemptionId }: CommitRedemption): Decision<LoyaltyEvent> => {
  const redemption = redemptionIn(account, redemptionId);
  if (!redemption) return reject('redemption-unknown');
  if (redemption.status === 'released') return reject('redemption-released');
  return redemption.status === 'committed' ? [] : [{ type: 'RedemptionCommitted', data: { redemptionId } }];
};

const release = (account: Enrolled, { redemptionId }: ReleaseRedemption): Decision<LoyaltyEvent> => {
  const redemption = redemptionIn(account, redemptionId);
  if (!redemption) return reject('redemption-unknown');
  if (redemption.status === 'committed') return reject('redemption-committed');
  if (redemption.status === 'released') return [];
  const repaid = settled(account.debt.redeemable, redemption.allocations);
  return [{ type: 'RedemptionReleased', data: { redemptionId } }, ...repaid.map(debtSettled)];
};

const reverse = (account: Enrolled, { lotId, points, reason }: ReverseEarning): Decision<LoyaltyEvent> => {
  const lot = lotIn(account, lotId);
  if (!lot) return reject('lot-unknown');
  const due = Math.min(points ?? lot.earned, lot.earned) - lot.reversed;
  return due > 0 ? [{ type: 'EarningReversed', data: { lotId, points: due, ...takenBack(lot, due), reason } }] : [];
};

const expire = (account: Enrolled, { lotId }: ExpirePoints, { occurredAt }: Meta): Decision<LoyaltyEvent> => {
  const lot = lotIn(account, lotId);
  if (!lot) return reject('lot-unknown');
  if (!isExpired(lot, occurredAt)) return reject('lot-not-expired');
  return lot.remaining === 0 ? [] : [{ type: 'PointsExpired', data: { lotId, points: lot.remaining } }];
};

const needs = ({ type }: LoyaltyCommand, account: LoyaltyAccount, _company: Company): { programme?: string } =>
  account.status === 'enrolled' && (type === 'EarnPoints' || type === 'ReserveRedemption')
    ? { programme: `loyalty.${account.programme}` }
    : {};

export const loyaltyAccount = defineSlice<LoyaltyCommand, LoyaltyAccount, LoyaltyEvent, LoyaltyPolicies>({
  category: 'loyaltyAccount',
  collection: 'loyalty-accounts',
  openings: ['EnrolMember'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  needs,
  evolve,
  decide,
  participants,
  touchpoint,
  words,
});
