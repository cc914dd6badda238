import { millisecondsBetween, type Stamped } from '#kernel';
import {
  addBusiness,
  addWorkingDays,
  type BusinessCalendar,
  businessBetween,
  nextOpening,
} from '../vocabulary/business-time.js';
import { isSame } from '../vocabulary/same.js';
import type { Milestone, Pledge, Target } from '../vocabulary/service-levels.js';
import type { ComplaintEvent, Warning } from './complaint.messages.js';

// The algorithm of the clocks, pure: calendars come in, instants come out.

/** From one instant up to another in which our own clocks stood still. */
export type Hold = Readonly<{ from: string; to: string }>;

/** One clock of a complaint, as its facts have left it. What it is still to say: `nextMomentOf`. */
export type Clock = Readonly<{
  clock: string;
  endsWith: Milestone;
  pauses: boolean;
  isStatutory: boolean;
  target: Target;
  /** What else was promised: it counts where it is due first. */
  others?: readonly Pledge[];
  /** What it counts from, and when its time began to run. */
  since: string;
  startedAt: string;
  dueAt: string;
  warnAt: readonly Warning[];
  /** The highest threshold that was told; 0: none. */
  warned: number;
  breached: boolean;
  /** Of history from elsewhere: it is counted, but neither warns nor breaches. */
  isSilent: boolean;
  status: 'running' | 'paused' | 'stopped';
  /** Those that are over. */
  holds: readonly Hold[];
  pausedAt: string | null;
  remainingMs: number | null;
  stoppedAt: string | null;
  met: boolean | null;
  elapsedMs: number | null;
}>;

export type Times = Pick<Clock, 'startedAt' | 'dueAt' | 'warnAt'>;

const MINUTE_MS = 60_000;

/**
 * When a clock that counts from there starts, warns and is due. What begins while nobody works begins at the next opening,
 * except for a law. Of holds only working time counts, and only while the clock was not due yet.
 */
export const timesOf = (
  { target, warnAt, isStatutory }: Pledge & Pick<Clock, 'isStatutory'>,
  since: string,
  calendar: BusinessCalendar,
  holds: readonly Hold[] = [],
): Times => {
  const startedAt = isStatutory ? since : nextOpening(since, calendar);
  const dueAt = dueAfter(startedAt, target, calendar);
  const budget = warnAt.length === 0 ? 0 : businessBetween(startedAt, dueAt, calendar);
  const warnings = warnAt.map((threshold) => ({
    threshold,
    at: addBusiness(startedAt, Math.ceil((budget * threshold) / 100), calendar),
  }));
  const atFirst: Times = { startedAt, dueAt, warnAt: warnings };
  return holds.reduce((times, hold) => movedBy(times, hold, calendar), atFirst);
};

/** What was promised of a clock, that which counts first. */
export const pledgesOf = ({ target, warnAt, others = [] }: Clock): readonly Pledge[] => [
  { target, warnAt: warnAt.map(({ threshold }) => threshold) },
  ...others,
];

export type Counted = Times & Pick<Clock, 'target' | 'others'>;

/**
 * Of several promises that which is due first, as an instant, holds taken out; of several at one instant the first here.
 * The others are kept: other holds, or another calendar, may bring one of them forward.
 */
export const dueFirst = (
  pledges: readonly Pledge[],
  { since, isStatutory, holds = [] }: Pick<Clock, 'since' | 'isStatutory'> & Partial<Pick<Clock, 'holds'>>,
  calendarOf: (pledge: Pledge) => BusinessCalendar,
): Counted => {
  const [first, ...more] = pledges.map((pledge) => ({
    pledge,
    times: timesOf({ ...pledge, isStatutory }, since, calendarOf(pledge), holds),
  }));
  if (!first) throw new Error('nothing was promised');
  const { pledge, times } = more.reduce((one, other) => (other.times.dueAt < one.times.dueAt ? other : one), first);
  const others = pledges.filter((other) => other !== pledge);
  return { target: pledge.target, ...times, ...(others.length > 0 && { others }) };
};

/** Whether it was counted like this before. */
export const isAsCounted = ({ target, startedAt, dueAt, warnAt, others }: Clock, counted: Counted): boolean =>
  isSame({ target, startedAt, dueAt, warnAt, ...(others && { others }) }, counted);

const dueAfter = (startedAt: string, { minutes, workingDays }: Target, calendar: BusinessCalendar): string =>
  minutes === undefined
    ? addWorkingDays(startedAt, workingDays as number, calendar)
    : addBusiness(startedAt, minutes * MINUTE_MS, calendar);

/** What lay behind the beginning of a hold comes as much working time after its end. */
const moved = (instant: string, { from, to }: Hold, calendar: BusinessCalendar): string =>
  instant <= from ? instant : addBusiness(to, businessBetween(from, instant, calendar), calendar);

const movedBy = ({ startedAt, dueAt, warnAt }: Times, hold: Hold, calendar: BusinessCalendar): Times => ({
  startedAt,
  dueAt: moved(dueAt, hold, calendar),
  warnAt: warnAt.map(({ threshold, at }) => ({ threshold, at: moved(at, hold, calendar) })),
});

/** The working time that is left, in milliseconds; 0: it is due already. */
export const remainingAt = ({ dueAt }: Pick<Clock, 'dueAt'>, at: string, calendar: BusinessCalendar): number =>
  dueAt <= at ? 0 : businessBetween(at, dueAt, calendar);

/** When a clock that stands still is due if it goes on now: what was left then is left now. */
export const resumedAt = (clock: Clock, at: string, calendar: BusinessCalendar): Omit<Times, 'startedAt'> => {
  const { dueAt, remainingMs } = clock;
  const hold = holdUntil(clock, at);
  const isOverdue = dueAt <= hold.from;
  const { warnAt } = movedBy(clock, hold, calendar);
  return { dueAt: isOverdue ? dueAt : addBusiness(hold.to, remainingMs as number, calendar), warnAt };
};

/** The hold that a clock is in, were it over then. A clock on the wall that was set back ends no hold before it began. */
const holdUntil = ({ pausedAt }: Clock, at: string): Hold => {
  if (pausedAt === null) throw new Error('the clock is not held');
  return { from: pausedAt, to: later(pausedAt, at) };
};

/** Working time that a clock took until then, in milliseconds, the time it was held taken out, that of a hold under way too. */
export const elapsedAt = (clock: Clock, at: string, calendar: BusinessCalendar): number => {
  const { startedAt, holds, pausedAt } = clock;
  const end = later(startedAt, at);
  const all = pausedAt === null ? holds : [...holds, holdUntil(clock, at)];
  const within = all.map(({ from, to }) => [later(from, startedAt), earlier(to, end)] as const);
  return within
    .filter(([from, to]) => from < to)
    .reduce(
      (left, [from, to]) => left - businessBetween(from, to, calendar),
      businessBetween(startedAt, end, calendar),
    );
};

/** Whether what it waits for came in time, if it comes then. Nothing that comes during a hold came later than the hold. */
export const isMetAt = ({ dueAt, pausedAt }: Clock, at: string): boolean => earlier(pausedAt ?? at, at) <= dueAt;

export const isOpenClock = ({ status }: Clock): boolean => status !== 'stopped';

/** Whether it will say something of itself. */
const isTicking = ({ status, isSilent, breached }: Clock): boolean => status === 'running' && !isSilent && !breached;

/** When a clock next has something to say: a warning, or that it is due. Null: nothing, as things stand. */
export const nextMomentOf = (clocks: readonly Clock[]): string | null => {
  const moments = clocks.filter(isTicking).flatMap(({ warnAt, warned, dueAt }) => {
    const warnings = warnAt.filter(({ threshold }) => threshold > warned);
    return [...warnings.map(({ at }) => at), dueAt];
  });
  return moments.sort()[0] ?? null;
};

/** The clocks that are due, and have not said so. `isDue`: whether a promise for that instant is broken. */
export const breachesAt = (
  clocks: readonly Clock[],
  at: string,
  isDue: (dueAt: string) => boolean,
): readonly ComplaintEvent[] =>
  clocks
    .filter((clock) => isTicking(clock) && isDue(clock.dueAt))
    .map(({ clock, dueAt }) => {
      return { type: 'SlaBreached', data: { clock, dueAt, overdueMs: millisecondsBetween(dueAt, at) } };
    });

/** Of each clock the last warning that it has reached by then and not told. */
export const warningsAt = (clocks: readonly Clock[], at: string): readonly ComplaintEvent[] =>
  clocks.filter(isTicking).flatMap(({ clock, dueAt, warnAt, warned }) => {
    const reached = warnAt.filter((warning) => warning.at <= at && warning.threshold > warned).at(-1);
    return reached ? [{ type: 'SlaWarningRaised', data: { clock, threshold: reached.threshold, dueAt } }] : [];
  });

type Facts = { [E in ComplaintEvent as E['type']]: E['data'] };
type ClockFact = Extract<keyof Facts, `Sla${string}`>;
type Folds = { [T in Exclude<ClockFact, 'SlaClockStarted'>]: (clock: Clock, data: Facts[T], at: string) => Clock };

const folds: Folds = {
  SlaClockPaused: (clock, { remainingMs }, at) => ({ ...clock, status: 'paused', pausedAt: at, remainingMs }),
  SlaClockResumed: (clock, { dueAt, warnAt }, at) => ({
    ...clock,
    ...{ status: 'running', dueAt, warnAt, holds: [...clock.holds, holdUntil(clock, at)] },
    ...{ pausedAt: null, remainingMs: null },
  }),
  SlaClockStopped: (clock, { met = null, elapsedMs }, at) => ({
    ...clock,
    ...{ status: 'stopped', stoppedAt: at, met, elapsedMs, pausedAt: null, remainingMs: null },
  }),
  SlaWarningRaised: (clock, { threshold }) => ({ ...clock, warned: threshold }),
  SlaBreached: (clock) => ({ ...clock, breached: true }),
  SlaTargetChanged: (
    { others: _, ...clock },
    { target, startedAt, dueAt, warnAt, remainingMs = null, others },
    at,
  ) => ({
    ...clock,
    ...{ target, startedAt, dueAt, warnAt, remainingMs, ...(others && { others }) },
    breached: clock.breached && dueAt <= at,
  }),
};

const started = ({ data, meta }: Stamped<{ data: Facts['SlaClockStarted'] }>): Clock => ({
  ...data,
  ...{ warned: 0, breached: false, isSilent: meta.backfill === true, status: 'running', holds: [] },
  ...{ pausedAt: null, remainingMs: null, stoppedAt: null, met: null, elapsedMs: null },
});

/** The clocks of a complaint after a fact. One that starts anew takes the place of its namesake. */
export const clocksAfter = (clocks: readonly Clock[], fact: Stamped<ComplaintEvent>): readonly Clock[] => {
  if (fact.type === 'SlaClockStarted')
    return [...clocks.filter(({ clock }) => clock !== fact.data.clock), started(fact)];
  const fold = folds[fact.type as keyof Folds] as ((clock: Clock, data: object, at: string) => Clock) | undefined;
  if (!fold) return clocks;
  const name = Reflect.get(fact.data, 'clock');
  return clocks.map((clock) => (clock.clock === name ? fold(clock, fact.data, fact.meta.occurredAt) : clock));
};

const later = (one: string, other: string): string => (one > other ? one : other);
const earlier = (one: string, other: string): string => (one < other ? one : other);
