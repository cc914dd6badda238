import {
  assertNever,
  type Company,
  type Decision,
  defineSlice,
  isRejection,
  type Meta,
  type Policies,
  reject,
  type Stamped,
} from '#kernel';
import { extendedBy, type LoyaltyPolicies, repaid } from './arriving.js';
import { isStillborn, lifetimeOf, openingLot, pointsIn, zoneOf } from './earning.js';
import { lapsedAt, lapsedBy } from './lapsing.js';
import { dueOf, isExpired, takenBack } from './lots.js';
import { type Enrolled, evolve, type LoyaltyAccount, lotIn, participants } from './loyalty-account.js';
import {
  type BringOpeningBalance,
  commands,
  type EarnPoints,
  type EnrolMember,
  type ExpirePoints,
  events,
  type LoyaltyCommand,
  type LoyaltyEvent,
  type PointsEarned,
  type ReverseEarning,
} from './loyalty-account.messages.js';
import { touchpoint, words } from './loyalty-account.words.js';
import { commit, giveBack, release, reserve } from './redeeming.js';
import { expired } from './restoring.js';

const decide = (
  command: Stamped<LoyaltyCommand>,
  account: LoyaltyAccount,
  policies: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  if (command.type === 'EnrolMember') return enrol(account, command.data);
  if (account.status === 'none') return reject('not-enrolled');
  if (command.type === 'SweepLots') return sweep(account, command.meta);
  const { meta } = command;
  // History says itself what became of what it held.
  const { account: now, facts } = meta.backfill ? { account, facts: [] } : lapsedBy(account, meta.occurredAt);
  const decision = decideIn(command, now, policies);
  // Who has nothing to say leaves it to the sweep to say what lapsed.
  return isRejection(decision) || decision.length === 0 ? decision : [...facts, ...decision];
};

type Acting = Exclude<LoyaltyCommand, { type: 'EnrolMember' | 'SweepLots' }>;

const decideIn = (
  { type, data, meta }: Stamped<Acting>,
  account: Enrolled,
  policies: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  switch (type) {
    case 'EarnPoints':
      return earn(account, data, meta, policies);
    case 'ReserveRedemption':
      return reserve(account, data, meta, policies);
    case 'BringOpeningBalance':
      return bring(account, data, meta, policies);
    case 'CommitRedemption':
      return commit(account, data, meta, policies);
    case 'ReleaseRedemption':
      return release(account, data, meta, policies);
    case 'ReverseRedemption':
      return giveBack(account, data, meta, policies);
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
  const lifetime = lifetimeOf(occurredAt, programme.body, company);
  if (isStillborn(lifetime, occurredAt)) return reject('expires-before-active');
  const { lines: _, ...told } = data;
  const earned: PointsEarned = {
    ...{ currency: 'redeemable', ...told, ...points, ...lifetime },
    rule: programme.ref,
  };
  return [
    { type: 'PointsEarned', data: earned },
    ...repaid(account, earned.currency, [earned]),
    ...extendedBy(account, occurredAt, { programme, company }),
  ];
};

const bring = (
  account: Enrolled,
  data: BringOpeningBalance,
  { occurredAt }: Meta,
  { programme, company }: Policies<LoyaltyPolicies>,
): Decision<LoyaltyEvent> => {
  if (lotIn(account, data.lotId)) return [];
  if (!programme) return reject('programme-unknown');
  const lot = openingLot(data, occurredAt, zoneOf(programme.body, company));
  if (isStillborn(lot, occurredAt)) return reject('expires-before-active');
  return [{ type: 'OpeningBalanceBrought', data: lot }, ...repaid(account, lot.currency, [lot])];
};

const reverse = (account: Enrolled, { lotId, lineId, points, reason }: ReverseEarning): Decision<LoyaltyEvent> => {
  const lot = lotIn(account, lotId);
  if (!lot) return reject('lot-unknown');
  if (lineId !== undefined && !lot.lines?.some((line) => line.lineId === lineId)) return reject('line-unknown');
  const due = dueOf(lot, points, lineId);
  if (due <= 0) return [];
  const { rule } = lot;
  const because = { reason, ...(lineId !== undefined && { lineId }), ...(rule !== undefined && { rule }) };
  return [{ type: 'EarningReversed', data: { lotId, points: due, ...takenBack(lot, due), ...because } }];
};

const expire = (account: Enrolled, { lotId }: ExpirePoints, { occurredAt }: Meta): Decision<LoyaltyEvent> => {
  const lot = lotIn(account, lotId);
  if (!lot) return reject('lot-unknown');
  if (!isExpired(lot, occurredAt)) return reject('lot-not-expired');
  return lot.remaining === 0 ? [] : [expired(lot)];
};

/**
 * What lapses, begins or ends at this very instant. What came due before is somebody else's, or history that nobody
 * sweeps.
 */
const sweep = (account: Enrolled, { occurredAt }: Meta): readonly LoyaltyEvent[] => {
  const lapsed = lapsedAt(account, occurredAt);
  const swept = lapsed.account.lots.flatMap((lot): readonly LoyaltyEvent[] => {
    if (lot.remaining === 0) return [];
    if (lot.expiresAt === occurredAt) return [expired(lot)];
    const isDue = !lot.activated && lot.activatesAt === occurredAt;
    return isDue ? [{ type: 'PointsActivated', data: { lotId: lot.lotId, points: lot.remaining } }] : [];
  });
  return [...lapsed.facts, ...swept];
};

const WITHOUT_RULES: readonly LoyaltyCommand['type'][] = ['EnrolMember', 'ReverseEarning', 'ExpirePoints', 'SweepLots'];

const needs = ({ type }: LoyaltyCommand, account: LoyaltyAccount, _company: Company): { programme?: string } =>
  account.status === 'enrolled' && !WITHOUT_RULES.includes(type) ? { programme: `loyalty.${account.programme}` } : {};

export const loyaltyAccount = defineSlice<LoyaltyCommand, LoyaltyAccount, LoyaltyEvent, LoyaltyPolicies>({
  category: 'loyaltyAccount',
  collection: 'loyalty-accounts',
  openings: ['EnrolMember'],
  reserved: ['SweepLots'],
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
