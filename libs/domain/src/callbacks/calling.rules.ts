import { dayNumber, dayText, laterBy, type Rejection, reject } from '#kernel';
import { localDayOf, startOfLocalDay } from '../vocabulary/calendar.js';
import { isWhollyQuiet, nextWaking } from '../vocabulary/quiet-hours.js';
import { isEmpty, type TimeWindow } from '../vocabulary/time-window.js';
import type { CallbackRules } from './callback.messages.js';

export const HOUR_MS = 3_600_000;

/** When a call is thought of: in whose zone, within which windows they asked for, after which calls of ours. */
export type Calling = Readonly<{ zone: string; windows: readonly TimeWindow[]; calls: readonly string[] }>;

/**
 * Why nobody can promise these windows; undefined: somebody can. One that lies partly in quiet hours can be promised:
 * it is what the customer asks for.
 */
export const windowsRefused = (
  windows: readonly TimeWindow[],
  { at, zone, rules }: Readonly<{ at: string; zone: string; rules: CallbackRules | undefined }>,
): Rejection | undefined => {
  if (windows.some(isEmpty)) return reject('window-is-empty');
  if (windows.some(({ to }) => to <= at)) return reject('window-in-the-past');
  if (rules && windows.some((window) => isWhollyQuiet(window, rules.quietHours, zone)))
    return reject('window-in-quiet-hours');
  return undefined;
};

/** The first instant from `at` on at which we may call: awake, or as they asked; not too soon, not too often in a day. */
export const nextCall = (at: string, calling: Calling, rules: CallbackRules): string => {
  const spaced = nextSpaced(at, calling, rules);
  if (calling.windows.some(({ from, to }) => from <= spaced && spaced < to)) return spaced;
  const awake = nextWaking(spaced, rules.quietHours, calling.zone);
  if (awake === spaced) return spaced;
  const asked = calling.windows.map(({ from }) => from).filter((from) => spaced < from && from < awake);
  return nextCall([awake, ...asked].sort()[0] as string, calling, rules);
};

const nextSpaced = (at: string, calling: Calling, rules: CallbackRules): string => {
  const { zone, calls } = calling;
  const apart = [at, ...calls.map((call) => laterBy(rules.hoursApart * HOUR_MS, call))].sort().at(-1) as string;
  const day = localDayOf(apart, zone);
  if (calls.filter((call) => localDayOf(call, zone) === day).length < rules.mostADay) return apart;
  return nextSpaced(startOfLocalDay(dayText(dayNumber(day) + 1), zone), calling, rules);
};

/** Why we may not call then; undefined: we may. Says when we may. */
export const callRefused = (at: string, calling: Calling, rules: CallbackRules): Rejection | undefined => {
  const nextAt = nextCall(at, calling, rules);
  if (nextAt === at) return undefined;
  return reject(nextSpaced(at, calling, rules) === at ? 'call-in-quiet-hours' : 'call-too-soon', { nextAt });
};
