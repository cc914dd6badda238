import type { Policy } from '#kernel';
import { type BusinessCalendar, businessCalendar } from './business-time.js';
import type { HolidayList, WorkingHours } from './working-hours.js';

/** Calendars and holiday lists as the shell found them, each under the name of its policy. */
export type CalendarPolicies = Readonly<{
  [name: `calendar.${string}`]: Policy<WorkingHours>;
  [name: `holidays.${string}`]: Policy<HolidayList>;
}>;

/** What `needs` says for calendars of these ids: first they, and once they are found the lists of holidays that they name. */
export const calendarNeeds = (
  ids: readonly string[],
  found: Partial<CalendarPolicies>,
): Readonly<Record<string, string>> => {
  const names = ids.flatMap((id) => {
    const holidays = found[`calendar.${id}`]?.body.holidays ?? [];
    return [`calendar.${id}`, ...holidays.map((list) => `holidays.${list}`)];
  });
  return Object.fromEntries(names.map((name) => [name, name]));
};

type Known = Readonly<{ lists: readonly HolidayList[]; calendar: BusinessCalendar }>;

// Openings cost more than all the rest, and a version of a rule is the same for ever: remembered, it changes no answer.
const calendarsOf = new WeakMap<WorkingHours, Known>();

/** The calendar of that id; undefined where it, or a list of holidays that it names, was not found. */
export const calendarNamed = (id: string, found: Partial<CalendarPolicies>): BusinessCalendar | undefined => {
  const hours = found[`calendar.${id}`]?.body;
  const lists = hours?.holidays.flatMap((name) => found[`holidays.${name}`]?.body ?? []);
  if (!hours || lists?.length !== hours.holidays.length) return undefined;
  const known = calendarsOf.get(hours);
  if (known?.lists.every((list, at) => list === lists[at])) return known.calendar;
  const calendar = businessCalendar(hours, lists);
  calendarsOf.set(hours, { lists, calendar });
  return calendar;
};
