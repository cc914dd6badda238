import { type Company, dayNumber, dayText, isRejection, type Rejection, reject } from '#kernel';
import { addMonths, endOfLocalDay, localDayOf, startOfLocalDay } from '../vocabulary/calendar.js';
import { exponentOf, type Money } from '../vocabulary/money.js';
import {
  type BringOpeningBalance,
  type EarningLine,
  type EarnPoints,
  MOST_POINTS,
  type OpeningBalanceBrought,
  type PointsEarned,
} from './loyalty-account.messages.js';
import type { LoyaltyProgramme, PointsExpiry } from './loyalty-programme.messages.js';

/** How many points this earns: as told, as the programme says for the amount spent, or line by line. */
export const pointsIn = (
  { points, spend, lines }: EarnPoints,
  programme: LoyaltyProgramme,
  company: Company,
): Pick<PointsEarned, 'points' | 'lines'> | Rejection => {
  if ([points, spend, lines].filter((told) => told !== undefined).length !== 1) return reject('points-or-spend');
  const each = lines ?? [{ ...(points !== undefined && { points }), ...(spend && { spend }) }];
  if (new Set(lines?.map(({ lineId }) => lineId)).size < (lines?.length ?? 0)) return reject('line-twice');
  const earned = each.map((line) => pointsOf(line, programme, company));
  const refused = earned.find(isRefused);
  if (refused) return refused;
  const total = (earned as number[]).reduce((sum, one) => sum + one, 0);
  if (total > MOST_POINTS) return reject('too-many-points');
  if (total === 0) return reject('no-points');
  const given = lines?.map(({ lineId, spend: paid }, n) => ({
    ...{ lineId, points: earned[n] as number },
    ...(paid && { spend: paid }),
  }));
  return { points: total, ...(given && { lines: given }) };
};

const isRefused = (earned: number | Rejection): earned is Rejection =>
  typeof earned !== 'number' && isRejection(earned);

const pointsOf = (
  { points, spend }: Omit<EarningLine, 'lineId'>,
  { pointsPerUnit }: LoyaltyProgramme,
  { currency }: Company,
): number | Rejection => {
  if (points === undefined && spend === undefined) return reject('points-or-spend');
  if (spend && spend.currency !== currency) return reject('currency-differs');
  return (points ?? 0) + (spend ? pointsFor(spend, pointsPerUnit) : 0);
};

// 15 digits: 100 units at 0.29 points are 29, where the binary product falls a hair short of it.
const pointsFor = ({ amount, currency }: Money, pointsPerUnit: number): number =>
  Math.floor(Number((Math.floor(amount / 10 ** exponentOf(currency)) * pointsPerUnit).toPrecision(15)));

/** Whose days count for a programme. */
export const zoneOf = ({ zone }: LoyaltyProgramme, company: Company): string => zone ?? company.zone;

type Life = Pick<PointsEarned, 'activatesAt' | 'expiresAt' | 'earnedOn' | 'lastDay' | 'ending'>;

/** From when to when points earned at that instant may be spent, by the days of the programme's zone. */
export const lifetimeOf = (occurredAt: string, programme: LoyaltyProgramme, company: Company): Life => {
  const zone = zoneOf(programme, company);
  const day = localDayOf(occurredAt, zone);
  const { lockDays, expiry } = programme;
  const ending = expiry?.method ?? (programme.expiryMonths === undefined ? 'never' : 'after_months');
  return {
    activatesAt: lockDays > 0 ? startOfLocalDay(daysLater(day, lockDays), zone) : occurredAt,
    ...{ earnedOn: day, ending },
    ...endOf(lastDayFrom(day, programme), zone),
  };
};

/** The end of a lot whose last day that is, if there is one. */
export const endOf = (lastDay: string | undefined, zone: string): Pick<Life, 'expiresAt' | 'lastDay'> =>
  lastDay === undefined ? {} : { expiresAt: endOfLocalDay(lastDay, zone), lastDay };

const lastDayFrom = (day: string, { expiry, expiryMonths }: LoyaltyProgramme): string | undefined => {
  if (expiry) return lastDays[expiry.method](day, expiry);
  return expiryMonths === undefined ? undefined : addMonths(day, expiryMonths);
};

/** What a method counts with is there: the door saw to that. */
const lastDays: Readonly<Record<PointsExpiry['method'], (day: string, expiry: PointsExpiry) => string | undefined>> = {
  after_days: (day, { days }) => daysLater(day, days as number),
  after_months: (day, { months }) => addMonths(day, months as number),
  inactivity: (day, { months }) => addMonths(day, months as number),
  end_of_month: (day, { months }) => daysLater(addMonths(`${day.slice(0, 7)}-01`, (months as number) + 1), -1),
  end_of_year: (day, { years }) => daysLater(addMonths(`${day.slice(0, 4)}-01-01`, 12 * ((years as number) + 1)), -1),
  fixed_date: (_, { on }) => on as string,
  never: () => undefined,
};

export const daysLater = (day: string, days: number): string => dayText(dayNumber(day) + days);

/** A lot from before, whose days are told. */
export const openingLot = (
  { lotId, points, currency = 'redeemable', activatesOn, lastDay }: BringOpeningBalance,
  occurredAt: string,
  zone: string,
): OpeningBalanceBrought => ({
  ...{ lotId, points, currency },
  activatesAt: activatesOn === undefined ? occurredAt : startOfLocalDay(activatesOn, zone),
  earnedOn: localDayOf(occurredAt, zone),
  ...endOf(lastDay, zone),
});

/** Points nobody could ever spend are a mistake. */
export const isStillborn = (
  { activatesAt, expiresAt }: Pick<Life, 'activatesAt' | 'expiresAt'>,
  now: string,
): boolean => expiresAt !== undefined && (expiresAt <= activatesAt || expiresAt <= now);
