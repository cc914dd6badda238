import { dayNumber, dayText, laterBy, millisecondsBetween } from '#kernel';
import { clockInstant, localDayOf } from './calendar.js';
import type { HolidayList, Shift, WorkingHours } from './working-hours.js';

/** From one instant up to another, in milliseconds since 1970. */
type Opening = readonly [from: number, to: number];

/** When somebody works, day by day. */
export type BusinessCalendar = Readonly<{ zone: string; openingsOn: (day: string) => readonly Opening[] }>;

/** A calendar in which no time would ever pass. Its `code` is what a refusal says. */
export class NoWorkingTime extends Error {
  readonly code = 'calendar-without-working-time';
}

/**
 * The calendar of these hours and the holidays of these regions; what one list takes off, no other makes up for.
 * @throws NoWorkingTime when no day of the week has a shift
 */
export const businessCalendar = (hours: WorkingHours, lists: readonly HolidayList[]): BusinessCalendar => {
  const { zone, week, makeUpDay } = hours;
  if (Object.values(week).every((shifts) => shifts.length === 0)) throw new NoWorkingTime('no day has a shift');
  const daysOff = new Set(lists.flatMap((list) => list.daysOff));
  const makeUpDays = new Set(lists.flatMap((list) => list.makeUpDays));
  const shiftsOn = (day: string): readonly Shift[] => {
    if (daysOff.has(day)) return [];
    return makeUpDays.has(day) && makeUpDay.length > 0 ? makeUpDay : week[weekdayOf(day)];
  };
  // A wall-clock time costs more than all the rest, and many deadlines share a day.
  const known = new Map<string, readonly Opening[]>();
  const openingsOn = (day: string): readonly Opening[] => {
    const openings =
      known.get(day) ??
      shiftsOn(day)
        .map((shift) => openingOf(shift, day, zone))
        .filter(isSome);
    known.set(day, openings);
    return openings;
  };
  return { zone, openingsOn };
};

/** The instant itself while somebody works, else the next at which somebody does. */
export const nextOpening = (instant: string, calendar: BusinessCalendar): string => {
  const time = timeOf(instant);
  for (const [from] of openingsFrom(time, calendar)) return textOf(Math.max(from, time));
  throw new NoWorkingTime();
};

/**
 * The instant by which so many milliseconds of working time have passed since another; what begins outside of it begins at the
 * next opening. Zero gives the instant itself.
 * @throws RangeError for less than zero
 */
export const addBusiness = (instant: string, milliseconds: number, calendar: BusinessCalendar): string => {
  if (!(milliseconds >= 0)) throw new RangeError('working time only passes forwards');
  const time = timeOf(instant);
  if (milliseconds === 0) return textOf(time);
  let left = milliseconds;
  for (const [from, to] of openingsFrom(time, calendar)) {
    const begin = Math.max(from, time);
    if (left <= to - begin) return textOf(begin + left);
    left -= to - begin;
  }
  throw new NoWorkingTime();
};

/**
 * The milliseconds of working time from one instant up to another.
 * @throws RangeError when the second is before the first
 */
export const businessBetween = (from: string, to: string, calendar: BusinessCalendar): number => {
  const [begin, end] = [timeOf(from), timeOf(to)];
  if (!(begin <= end)) throw new RangeError('working time only passes forwards');
  let passed = 0;
  for (const [opens, closes] of openingsFrom(begin, calendar)) {
    if (opens >= end) break;
    passed += Math.min(closes, end) - Math.max(opens, begin);
  }
  return passed;
};

/**
 * The closing time of the n-th working day after the local day of an instant, as statutes count: that day itself is not one.
 * @throws RangeError for less than one day
 */
export const addWorkingDays = (instant: string, days: number, calendar: BusinessCalendar): string => {
  if (!(days >= 1)) throw new RangeError('the first working day is the next');
  let left = days;
  for (let day = dayNumber(localDayOf(instant, calendar.zone)) + 1; ; day++) {
    const last = calendar.openingsOn(dayText(day)).at(-1);
    if (last && --left === 0) return textOf(last[1]);
  }
};

function* openingsFrom(time: number, calendar: BusinessCalendar): Generator<Opening> {
  for (let day = dayNumber(localDayOf(textOf(time), calendar.zone)); ; day++)
    for (const opening of calendar.openingsOn(dayText(day))) if (opening[1] > time) yield opening;
}

/** None, where the clocks jump over all of it. */
const openingOf = ({ from, to }: Shift, day: string, zone: string): Opening | undefined => {
  const [opens, closes] = [from, to].map((time) => timeOf(clockInstant(day, time, zone))) as [number, number];
  return opens < closes ? [opens, closes] : undefined;
};

const isSome = <T>(value: T | undefined): value is T => value !== undefined;
const EPOCH = '1970-01-01T00:00:00.000Z';
const timeOf = (instant: string): number => millisecondsBetween(EPOCH, instant);
const textOf = (time: number): string => laterBy(time, EPOCH);

const WEEKDAYS = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday'] as const;
const weekdayOf = (day: string) => WEEKDAYS[((dayNumber(day) % 7) + 7) % 7] as (typeof WEEKDAYS)[number];
