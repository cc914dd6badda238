import { type Policies, type Policy, type Rejection, reject } from '#kernel';
import type { BusinessCalendar } from '../vocabulary/business-time.js';
import { type CalendarPolicies, calendarNamed, calendarNeeds } from '../vocabulary/named-calendars.js';
import { type ClockPromise, promisesFor } from '../vocabulary/promises.js';
import { isSame } from '../vocabulary/same.js';
import { type Milestone, milestones, type ServiceLevels } from '../vocabulary/service-levels.js';
import type { Complaint, Filed } from './complaint.js';
import type { ComplaintCommand, ComplaintEvent, Stop } from './complaint.messages.js';
import { type Clock, elapsedAt, isMetAt, isOpenClock, remainingAt, resumedAt, timesOf } from './sla-clock.js';

// What follows for the clocks from what happens to a complaint.

/** Where a company has published no service levels it promises nothing, and no clock runs. */
export type SlaPolicies = Readonly<{ sla?: Policy<ServiceLevels> }> & CalendarPolicies;

type Type = ComplaintCommand['type'];

/** These begin clocks, or give them other targets: they need the promises. */
const PROMISING: readonly Type[] = ['FileComplaint', 'ClassifyComplaint', 'ReopenComplaint'];
/** These leave the clocks as they are, or need no calendar for what they say. */
const TIMELESS: readonly Type[] = ['AssignComplaint', 'CloseComplaint', 'CheckSlaClocks'];

export const needs = (
  command: ComplaintCommand,
  complaint: Complaint,
  _company: object,
  found: Readonly<Partial<SlaPolicies>>,
): Readonly<Record<string, string>> => ({
  ...(PROMISING.includes(command.type) && { sla: 'sla.default' }),
  ...calendarNeeds(calendarsFor(command, complaint, found), found),
});

/** The calendars whose working time counts for what a command does to the clocks. */
const calendarsFor = (
  command: ComplaintCommand,
  complaint: Complaint,
  { sla }: Readonly<Partial<SlaPolicies>>,
): readonly string[] => {
  if (TIMELESS.includes(command.type)) return [];
  const open = complaint.status === 'none' ? [] : complaint.clocks.filter(isOpenClock);
  const promised = sla ? promisedBy(command, complaint, sla.body) : [];
  return [...new Set([...open, ...promised].map(({ target }) => target.calendar))];
};

const promisedBy = ({ type, data }: ComplaintCommand, complaint: Complaint, levels: ServiceLevels) => {
  if (type === 'FileComplaint') return promisesFor(levels, data.severity, data.regulatory ?? []);
  if (complaint.status === 'none') return [];
  if (type === 'ClassifyComplaint') return promisesFor(levels, data.severity, data.regulatory ?? complaint.regulatory);
  return type === 'ReopenComplaint' ? reopenedPromises(complaint, levels) : [];
};

const reopenedPromises = ({ severity }: Filed, levels: ServiceLevels): readonly ClockPromise[] =>
  promisesFor(levels, severity, []).filter(({ endsWith }) => endsWith === 'resolution');

/** Why the clocks cannot be told; undefined: they can. */
export const faultIn = (
  command: ComplaintCommand,
  complaint: Complaint,
  policies: Policies<SlaPolicies>,
): Rejection | undefined => {
  const regimes = 'regulatory' in command.data ? (command.data.regulatory ?? []) : [];
  const known = policies.sla?.body.statutory.map(({ regime }) => regime);
  if (known && regimes.some((regime) => !known.includes(regime))) return reject('regime-unknown');
  const calendars = calendarsFor(command, complaint, policies);
  return calendars.every((id) => calendarNamed(id, policies)) ? undefined : reject('calendar-unknown');
};

/** What a command did, and under which rules: the complaint before and after its facts. */
export type Turn = Readonly<{
  command: ComplaintCommand;
  before: Complaint;
  after: Filed;
  at: string;
  policies: Policies<SlaPolicies>;
}>;

/** What the clocks do because of that. `faultIn` was asked before. */
export const consequencesOf = (turn: Turn): readonly ComplaintEvent[] => {
  const of = consequences[turn.command.type];
  return of ? of(turn) : [];
};

const consequences: Readonly<Partial<Record<Type, (turn: Turn) => readonly ComplaintEvent[]>>> = {
  FileComplaint: (turn) => startedNow(turn, promisesOf(turn)),
  ReopenComplaint: (turn) =>
    startedNow(turn, turn.policies.sla ? reopenedPromises(turn.after, turn.policies.sla.body) : []),
  ClassifyComplaint: (turn) => [...retargeted(turn), ...underOtherLaws(turn)],
  AcknowledgeComplaint: (turn) => reached(turn, 'acknowledgement', 'acknowledged'),
  RecordFirstResponse: (turn) => reached(turn, 'first_response', 'responded'),
  ResolveComplaint: (turn) => reached(turn, 'resolution', 'resolved'),
  WithdrawComplaint: (turn) => openIn(turn).map((clock) => stopped(turn, clock, 'withdrawn')),
  PauseComplaint: paused,
  ResumeComplaint: resumed,
  RecomputeSlaClocks: (turn) =>
    openIn(turn).flatMap((clock) => targetChanged(turn, clock, { ...clock, warnAt: thresholdsOf(clock) }, 'calendar')),
};

const openIn = ({ after }: Turn): readonly Clock[] => after.clocks.filter(isOpenClock);
const promisesOf = ({ policies, after }: Turn): readonly ClockPromise[] =>
  policies.sla ? promisesFor(policies.sla.body, after.severity, after.regulatory) : [];

const calendarOf = ({ policies }: Turn, { target }: Pick<Clock, 'target'>): BusinessCalendar => {
  const calendar = calendarNamed(target.calendar, policies);
  if (!calendar) throw new Error(`nobody asked for the calendar ${target.calendar}`);
  return calendar;
};

const startedNow = (turn: Turn, promises: readonly ClockPromise[], since = turn.at): readonly ComplaintEvent[] =>
  promises.map((promise) => {
    const { warnAt: _, ...promised } = promise;
    const times = timesOf(promise, since, calendarOf(turn, promise));
    return { type: 'SlaClockStarted', data: { ...promised, since, ...times } };
  });

const stopped = (turn: Turn, clock: Clock, cause: Stop): ComplaintEvent => {
  const elapsedMs = elapsedAt(clock, turn.at, calendarOf(turn, clock));
  const isReached = cause !== 'withdrawn' && cause !== 'reclassified';
  const data = { clock: clock.clock, cause, elapsedMs, ...(isReached && { met: isMetAt(clock, turn.at) }) };
  return { type: 'SlaClockStopped', data };
};

/** Stops the clocks that waited for this, or for less. */
const reached = (turn: Turn, milestone: Milestone, cause: Stop): readonly ComplaintEvent[] =>
  openIn(turn)
    .filter(({ endsWith }) => milestones.indexOf(endsWith) <= milestones.indexOf(milestone))
    .map((clock) => stopped(turn, clock, cause));

function paused(turn: Turn): readonly ComplaintEvent[] {
  return openIn(turn)
    .filter(({ pauses, status }) => pauses && status === 'running')
    .map((clock) => {
      const remainingMs = remainingAt(clock, turn.at, calendarOf(turn, clock));
      return { type: 'SlaClockPaused', data: { clock: clock.clock, remainingMs } };
    });
}

function resumed(turn: Turn): readonly ComplaintEvent[] {
  return openIn(turn)
    .filter(({ status }) => status === 'paused')
    .map((clock) => {
      const times = resumedAt(clock, turn.at, calendarOf(turn, clock));
      return { type: 'SlaClockResumed', data: { clock: clock.clock, ...times } };
    });
}

/** Another severity promises something else from the start, minus what was held: only a changed one, whatever the rules are now. */
const retargeted = (turn: Turn): readonly ComplaintEvent[] => {
  const { before, after } = turn;
  if (before.status === 'none' || before.severity === after.severity) return [];
  return promisesOf(turn).flatMap((promise) => {
    const clock = openIn(turn).find((one) => one.clock === promise.clock && !one.isStatutory);
    if (!clock) return [];
    const isAsItWas = isSame(clock.target, promise.target) && isSame(thresholdsOf(clock), promise.warnAt);
    return isAsItWas ? [] : targetChanged(turn, clock, promise, 'priority');
  });
};

const thresholdsOf = ({ warnAt }: Pick<Clock, 'warnAt'>): readonly number[] => warnAt.map(({ threshold }) => threshold);

type Promised = Pick<ClockPromise, 'target' | 'warnAt' | 'isStatutory'>;

const targetChanged = (
  turn: Turn,
  clock: Clock,
  promised: Promised,
  cause: 'priority' | 'calendar',
): readonly ComplaintEvent[] => {
  const calendar = calendarOf(turn, promised);
  const times = timesOf(promised, clock.since, calendar, clock.holds);
  const { startedAt, dueAt, warnAt, pausedAt, target } = clock;
  if (isSame({ target, startedAt, dueAt, warnAt }, { target: promised.target, ...times })) return [];
  const left = pausedAt === null ? {} : { remainingMs: remainingAt(times, pausedAt, calendar) };
  const data = { clock: clock.clock, cause, target: promised.target, wasDueAt: dueAt, ...times, ...left };
  return [{ type: 'SlaTargetChanged', data }];
};

/** Clocks of laws that it falls under now count from receipt; those of others stop. */
const underOtherLaws = (turn: Turn): readonly ComplaintEvent[] => {
  const { after, policies } = turn;
  if (!policies.sla) return [];
  const wanted = promisesOf(turn).filter(({ isStatutory }) => isStatutory);
  const gone = openIn(turn).filter((clock) => clock.isStatutory && !wanted.some((one) => one.clock === clock.clock));
  const isReached = {
    acknowledgement: after.acknowledged || after.responded,
    first_response: after.responded,
    resolution: false,
  };
  const come = wanted.filter(
    (promise) =>
      !isReached[promise.endsWith] && !after.clocks.some((one) => one.clock === promise.clock && isOpenClock(one)),
  );
  return [...gone.map((clock) => stopped(turn, clock, 'reclassified')), ...startedNow(turn, come, after.filedAt)];
};
