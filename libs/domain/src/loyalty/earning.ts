import { type Company, dayNumber, dayText, type Rejection, reject } from '#kernel';
import { addMonths, endOfLocalDay, localDayOf, startOfLocalDay } from '../vocabulary/calendar.js';
import { exponentOf, type Money } from '../vocabulary/money.js';
import { type EarnPoints, type LoyaltyProgramme, MOST_POINTS, type PointsEarned } from './loyalty-account.messages.js';

/** How many points this earns: as told, or as the programme says for the amount spent. */
export const pointsIn = (
  { points, spend }: EarnPoints,
  { pointsPerUnit }: LoyaltyProgramme,
  { currency }: Company,
): Pick<PointsEarned, 'points'> | Rejection => {
  if (points !== undefined && spend === undefined) return { points };
  if (spend === undefined || points !== undefined) return reject('points-or-spend');
  if (spend.currency !== currency) return reject('currency-differs');
  const earned = pointsFor(spend, pointsPerUnit);
  if (earned > MOST_POINTS) return reject('too-many-points');
  return earned > 0 ? { points: earned } : reject('no-points');
};

// 15 digits: 100 units at 0.29 points are 29, where the binary product falls a hair short of it.
const pointsFor = ({ amount, currency }: Money, pointsPerUnit: number): number =>
  Math.floor(Number((Math.floor(amount / 10 ** exponentOf(currency)) * pointsPerUnit).toPrecision(15)));

/** From when to when points earned at that instant may be spent, by the days of the company's zone. */
export const lifetimeOf = (
  occurredAt: string,
  zone: string,
  { lockDays, expiryMonths }: LoyaltyProgramme,
): Pick<PointsEarned, 'activatesAt' | 'expiresAt'> => {
  const day = localDayOf(occurredAt, zone);
  return {
    activatesAt: lockDays > 0 ? startOfLocalDay(dayText(dayNumber(day) + lockDays), zone) : occurredAt,
    ...(expiryMonths !== undefined && { expiresAt: endOfLocalDay(addMonths(day, expiryMonths), zone) }),
  };
};
