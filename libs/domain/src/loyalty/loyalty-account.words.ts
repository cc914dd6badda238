import { assertNever, type Meaning, type Words } from '#kernel';
import type {
  EarningReversed,
  Ending,
  LoyaltyEvent,
  OpeningBalanceBrought,
  PointsEarned,
  PointsExpired,
  RedemptionReversed,
} from './loyalty-account.messages.js';

export const touchpoint = (fact: LoyaltyEvent): Meaning => {
  switch (fact.type) {
    case 'MemberEnrolled':
      return { sentiment: 1, summary: 'enrolled', params: { programme: fact.data.programme } };
    case 'EarningReversed':
      return reversed(fact.data);
    case 'PointsDebtSettled':
      return { sentiment: 0, summary: 'debt-settled', params: { points: fact.data.points } };
    case 'PointsExpired':
      return expired(fact.data);
    default:
      return lotsAndRewards(fact);
  }
};

type Rest = Exclude<
  LoyaltyEvent,
  { type: 'MemberEnrolled' | 'EarningReversed' | 'PointsDebtSettled' | 'PointsExpired' }
>;

const lotsAndRewards = (fact: Rest): Meaning => {
  switch (fact.type) {
    case 'PointsEarned':
      return earned(fact.data);
    case 'OpeningBalanceBrought':
      return brought(fact.data);
    case 'PointsActivated':
      return { sentiment: 1, summary: 'activated', params: { points: fact.data.points } };
    case 'ExpiryExtended':
      return { sentiment: 1, summary: 'extended', params: { lastDay: fact.data.lastDay } };
    default:
      return redemption(fact);
  }
};

const earned = ({ currency, points }: PointsEarned): Meaning => ({
  sentiment: 1,
  summary: currency === 'redeemable' ? 'earned' : 'earned-towards-tier',
  params: { points },
});

const brought = ({ points, lastDay }: OpeningBalanceBrought): Meaning =>
  lastDay === undefined
    ? { sentiment: 1, summary: 'brought', params: { points } }
    : { sentiment: 1, summary: 'brought-until', params: { points, lastDay } };

const reversed = ({ points, debtCreated }: EarningReversed): Meaning =>
  debtCreated > 0
    ? { sentiment: -1, summary: 'reversed-into-debt', params: { points, debt: debtCreated } }
    : { sentiment: -1, summary: 'reversed', params: { points } };

/** Why a lot ends, as a key of the words: `expired-<why>` once it has, `ends-<why>` before. */
const WHY: Readonly<Record<Ending, string>> = {
  after_days: 'age',
  after_months: 'age',
  end_of_month: 'month',
  end_of_year: 'year',
  fixed_date: 'date',
  inactivity: 'inactivity',
  own: 'own',
  grace: 'grace',
  reinstatement: 'reinstatement',
  never: 'never',
};

const expired = ({ points, earnedOn, lastDay, ending }: PointsExpired): Meaning =>
  earnedOn !== undefined && lastDay !== undefined && ending !== undefined
    ? { sentiment: -1, summary: `expired-${WHY[ending]}`, params: { points, earnedOn, lastDay } }
    : { sentiment: -1, summary: 'expired', params: { points } };

type Ends = Readonly<{
  remaining: number;
  expiresAt: string | null;
  earnedOn?: string;
  lastDay?: string;
  ending?: Ending;
}>;

/** When what is left of a lot will end and why, as a key of the slice's words; null where its facts do not tell. */
export const endingOf = ({
  remaining,
  expiresAt,
  earnedOn,
  lastDay,
  ending,
}: Ends): Omit<Meaning, 'sentiment'> | null => {
  if (ending === undefined || earnedOn === undefined) return null;
  const params = { points: remaining, earnedOn };
  return expiresAt === null || lastDay === undefined
    ? { summary: 'ends-never', params }
    : { summary: `ends-${WHY[ending]}`, params: { ...params, lastDay } };
};

type RedemptionEvent = Extract<LoyaltyEvent, { type: `Redemption${string}` }>;

const redemption = ({ type, data }: RedemptionEvent): Meaning => {
  switch (type) {
    case 'RedemptionReserved':
      return { sentiment: 0, summary: 'reserved', params: { points: data.points } };
    case 'RedemptionCommitted':
      return { sentiment: 1, summary: 'redeemed' };
    case 'RedemptionReleased':
      return { sentiment: 0, summary: data.cause ?? 'released' };
    case 'RedemptionReversed':
      return restored(data);
    default:
      return assertNever(type);
  }
};

const restored = ({ restored: back }: Pick<RedemptionReversed, 'restored'>): Meaning => {
  const points = back.reduce((sum, one) => sum + one.points, 0);
  const graced = back.filter(({ graceApplied }) => graceApplied);
  const [first] = graced;
  if (!first?.lastDay) return { sentiment: 0, summary: 'restored', params: { points } };
  const late = graced.reduce((sum, one) => sum + one.points, 0);
  return { sentiment: 0, summary: 'restored-with-grace', params: { points, late, lastDay: first.lastDay } };
};

export const words: Words = {
  en: {
    enrolled: 'Joined the loyalty programme ({programme})',
    earned: 'Earned points: {points}',
    'earned-towards-tier': 'Earned points towards the next tier: {points}',
    brought: 'Points carried over from before: {points}',
    'brought-until': 'Points carried over from before: {points}, to be spent until {lastDay}',
    activated: 'Points may be spent from now on: {points}',
    extended: 'Was active, so points last until {lastDay}',
    reserved: 'Set points aside for a reward: {points}',
    redeemed: 'Received the reward for the points set aside',
    released: 'Did not take the reward, and has the points back',
    lapsed: 'The time to take the reward is over, and the points set aside are back',
    restored: 'The reward was cancelled, and the points are back: {points}',
    'restored-with-grace':
      'The reward was cancelled, and the points are back: {points}, of which {late} had expired and may be spent until {lastDay}',
    reversed: 'We took back points for a service that was returned: {points}',
    'reversed-into-debt':
      'We took back points for a service that was returned: {points}, of which {debt} were already spent and are owed',
    'debt-settled': 'Points repaid what was owed: {points}',
    expired: 'Points expired unused: {points}',
    'expired-age': 'Points expired unused: {points}, earned on {earnedOn} and good until {lastDay}',
    'expired-month': 'Points expired unused: {points}, earned on {earnedOn} and good to the end of a month, {lastDay}',
    'expired-year': 'Points expired unused: {points}, earned on {earnedOn} and good to the end of a year, {lastDay}',
    'expired-date': 'Points expired unused: {points}, as all points of the programme did after {lastDay}',
    'expired-inactivity':
      'Points expired unused: {points}, earned on {earnedOn}; nothing was earned or redeemed for too long before {lastDay}',
    'expired-own': 'Points expired unused: {points}, carried over from before and good until {lastDay}',
    'expired-grace':
      'Points expired unused: {points}, back from a cancelled reward and good for some days more, until {lastDay}',
    'expired-reinstatement': 'Points expired unused: {points}, back from a cancelled reward and good until {lastDay}',
    'expired-never': 'Points expired unused: {points}',
    'ends-age': '{points} points earned on {earnedOn}, good until {lastDay}',
    'ends-month': '{points} points earned on {earnedOn}, good to the end of a month, {lastDay}',
    'ends-year': '{points} points earned on {earnedOn}, good to the end of a year, {lastDay}',
    'ends-date': '{points} points earned on {earnedOn}; all points of the programme end after {lastDay}',
    'ends-inactivity':
      '{points} points earned on {earnedOn}, good until {lastDay} and longer if something is earned or redeemed',
    'ends-own': '{points} points carried over from before, good until {lastDay}',
    'ends-grace': '{points} points back from a cancelled reward, good for some days more, until {lastDay}',
    'ends-reinstatement': '{points} points back from a cancelled reward, good until {lastDay}',
    'ends-never': '{points} points earned on {earnedOn}, without an end',
  },
  zh: {
    enrolled: '加入会员计划（{programme}）',
    earned: '获得 {points} 积分',
    'earned-towards-tier': '获得 {points} 定级积分',
    brought: '转入此前的 {points} 积分',
    'brought-until': '转入此前的 {points} 积分，可用至 {lastDay}',
    activated: '{points} 积分从现在起可用',
    extended: '有新的活动，积分有效期延至 {lastDay}',
    reserved: '为兑换奖励预留 {points} 积分',
    redeemed: '用预留积分兑换了奖励',
    released: '未领取奖励，预留积分已退回',
    lapsed: '预留期已过，未领取奖励，预留积分已退回',
    restored: '奖励已取消，退回 {points} 积分',
    'restored-with-grace': '奖励已取消，退回 {points} 积分，其中 {late} 积分本已过期，宽限至 {lastDay}',
    reversed: '因服务退订，我们收回 {points} 积分',
    'reversed-into-debt': '因服务退订，我们收回 {points} 积分，其中 {debt} 积分已被使用，记为欠分',
    'debt-settled': '{points} 积分用于抵偿欠分',
    expired: '{points} 积分未使用，已过期',
    'expired-age': '{points} 积分未使用，已过期：{earnedOn} 获得，有效至 {lastDay}',
    'expired-month': '{points} 积分未使用，已过期：{earnedOn} 获得，有效至月末 {lastDay}',
    'expired-year': '{points} 积分未使用，已过期：{earnedOn} 获得，有效至年末 {lastDay}',
    'expired-date': '{points} 积分未使用，已过期：本计划全部积分有效至 {lastDay}',
    'expired-inactivity': '{points} 积分未使用，已过期：{earnedOn} 获得，长期没有获得或兑换积分，有效至 {lastDay}',
    'expired-own': '{points} 积分未使用，已过期：此前转入，有效至 {lastDay}',
    'expired-grace': '{points} 积分未使用，已过期：因奖励取消退回，宽限至 {lastDay}',
    'expired-reinstatement': '{points} 积分未使用，已过期：因奖励取消退回，有效至 {lastDay}',
    'expired-never': '{points} 积分未使用，已过期',
    'ends-age': '{points} 积分，{earnedOn} 获得，有效至 {lastDay}',
    'ends-month': '{points} 积分，{earnedOn} 获得，有效至月末 {lastDay}',
    'ends-year': '{points} 积分，{earnedOn} 获得，有效至年末 {lastDay}',
    'ends-date': '{points} 积分，{earnedOn} 获得；本计划全部积分有效至 {lastDay}',
    'ends-inactivity': '{points} 积分，{earnedOn} 获得，有效至 {lastDay}，再次获得或兑换积分即可延长',
    'ends-own': '{points} 积分，此前转入，有效至 {lastDay}',
    'ends-grace': '{points} 积分，因奖励取消退回，宽限至 {lastDay}',
    'ends-reinstatement': '{points} 积分，因奖励取消退回，有效至 {lastDay}',
    'ends-never': '{points} 积分，{earnedOn} 获得，长期有效',
  },
};
