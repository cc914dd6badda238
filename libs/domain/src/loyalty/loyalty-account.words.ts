import { assertNever, type Meaning, type Words } from '#kernel';
import type { EarningReversed, LoyaltyEvent, PointsEarned } from './loyalty-account.messages.js';

export const touchpoint = (fact: LoyaltyEvent): Meaning => {
  switch (fact.type) {
    case 'MemberEnrolled':
      return { sentiment: 1, summary: 'enrolled', params: { programme: fact.data.programme } };
    case 'PointsEarned':
      return earned(fact.data);
    case 'EarningReversed':
      return reversed(fact.data);
    case 'PointsDebtSettled':
      return { sentiment: 0, summary: 'debt-settled', params: { points: fact.data.points } };
    case 'PointsExpired':
      return { sentiment: -1, summary: 'expired', params: { points: fact.data.points } };
    default:
      return redemption(fact);
  }
};

const earned = ({ currency, points }: PointsEarned): Meaning => ({
  sentiment: 1,
  summary: currency === 'redeemable' ? 'earned' : 'earned-towards-tier',
  params: { points },
});

const reversed = ({ points, debtCreated }: EarningReversed): Meaning =>
  debtCreated > 0
    ? { sentiment: -1, summary: 'reversed-into-debt', params: { points, debt: debtCreated } }
    : { sentiment: -1, summary: 'reversed', params: { points } };

type RedemptionEvent = Extract<LoyaltyEvent, { type: `Redemption${string}` }>;

const redemption = ({ type, data }: RedemptionEvent): Meaning => {
  switch (type) {
    case 'RedemptionReserved':
      return { sentiment: 0, summary: 'reserved', params: { points: data.points } };
    case 'RedemptionCommitted':
      return { sentiment: 1, summary: 'redeemed' };
    case 'RedemptionReleased':
      return { sentiment: 0, summary: 'released' };
    default:
      return assertNever(type);
  }
};

export const words: Words = {
  en: {
    enrolled: 'Joined the loyalty programme ({programme})',
    earned: 'Earned points: {points}',
    'earned-towards-tier': 'Earned points towards the next tier: {points}',
    reserved: 'Set points aside for a reward: {points}',
    redeemed: 'Received the reward for the points set aside',
    released: 'Did not take the reward, and has the points back',
    reversed: 'We took back points for a service that was returned: {points}',
    'reversed-into-debt':
      'We took back points for a service that was returned: {points}, of which {debt} were already spent and are owed',
    'debt-settled': 'Points repaid what was owed: {points}',
    expired: 'Points expired unused: {points}',
  },
  zh: {
    enrolled: '加入会员计划（{programme}）',
    earned: '获得 {points} 积分',
    'earned-towards-tier': '获得 {points} 定级积分',
    reserved: '为兑换奖励预留 {points} 积分',
    redeemed: '用预留积分兑换了奖励',
    released: '未领取奖励，预留积分已退回',
    reversed: '因服务退订，我们收回 {points} 积分',
    'reversed-into-debt': '因服务退订，我们收回 {points} 积分，其中 {debt} 积分已被使用，记为欠分',
    'debt-settled': '{points} 积分用于抵偿欠分',
    expired: '{points} 积分未使用，已过期',
  },
};
