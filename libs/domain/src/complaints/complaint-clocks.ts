import { type Policies, type Policy, type Rejection, reject, type Stamped } from '#kernel';
import type { BusinessCalendar } from '../vocabulary/business-time.js';
import { type CalendarPolicies, calendarNamed, calendarNeeds } from '../vocabulary/named-calendars.js';
import {
  type ClockPromise,
  calendarsOf,
  contractPolicy,
  policiesBeside,
  promisesFor,
  type Standing,
} from '../vocabulary/promises.js';
import { isSame } from '../vocabulary/same.js';
import { type Milestone, milestones, type Pledge, type ServiceLevels } from '../vocabulary/service-levels.js';
import type { Complaint, Filed } from './complaint.js';
import type { Cause, ComplaintCommand, ComplaintEvent, Stop } from './complaint.messages.js';
import {
  type Clock,
  clocksAfter,
  dueFirst,
  elapsedAt,
  isAsCounted,
  isMetAt,
  isOpenClock,
  pledgesOf,
  remainingAt,
  resumedAt,
} from './sla-clock.js';

// What follows for the clocks from what happens to a complaint.

/** Where a company has published no service levels it promises nothing, and no clock runs. */
export type SlaPolicies = Readonly<{
  sla?: Policy<ServiceLevels>;
  [beside: `sla.${string}`]: Policy<ServiceLevels>;
}> &
  CalendarPolicies;

type Type = ComplaintCommand['type'];

/** These begin clocks, or give them other targets: they need the promises. */
const PROMISING: readonly Type[] = ['FileComplaint', 'ClassifyComplaint', 'ReopenComplaint'];
/** These leave the clocks as they are, or need no calendar for what they say. */
const TIMELESS: readonly Type[] = ['AssignComplaint', 'EscalateComplaint', 'CloseComplaint', 'CheckSlaClocks'];

export const needs = (
  command: ComplaintCommand,
  complaint: Complaint,
  _company: object,
  found: Readonly<Partial<SlaPolicies>>,
): Readonly<Record<string, string>> => ({
  ...(PROMISING.includes(command.type) && {
    sla: 'sla.default',
    ...Object.fromEntries(policiesBeside(standingOf(command, complaint)).map((name) => [name, name])),
  }),
  ...calendarNeeds(calendarsFor(command, complaint, found), found),
});

/** For whom it is promised after the command. */
const standingOf = ({ data }: ComplaintCommand, complaint: Complaint): Standing => {
  const { tierAtFiling, contracts }: Standing = complaint.status === 'none' ? {} : complaint;
  const said = data as Standing;
  return { tierAtFiling: said.tierAtFiling ?? tierAtFiling, contracts: said.contracts ?? contracts };
};

/** What is promised to everybody, and to them: as far as it was published. */
const levelsFor = (standing: Standing, policies: Readonly<Partial<SlaPolicies>>): readonly ServiceLevels[] =>
  [policies.sla, ...policiesBeside(standing).map((name) => policies[name])].flatMap((policy) => policy?.body ?? []);

/** The calendars whose working time counts for what a command does to the clocks. */
const calendarsFor = (
  command: ComplaintCommand,
  complaint: Complaint,
  found: Readonly<Partial<SlaPolicies>>,
): readonly string[] => {
  if (TIMELESS.includes(command.type)) return [];
  const open = complaint.status === 'none' ? [] : complaint.clocks.filter(isOpenClock);
  const promised = promisedBy(command, complaint, levelsFor(standingOf(command, complaint), found));
  return calendarsOf([...open.map((clock) => ({ promised: pledgesOf(clock) })), ...promised]);
};

const promisedBy = ({ type, data }: ComplaintCommand, complaint: Complaint, levels: readonly ServiceLevels[]) => {
  if (type === 'FileComplaint') return promisesFor(levels, data.severity, data.regulatory ?? []);
  if (complaint.status === 'none') return [];
  if (type === 'ClassifyComplaint') return promisesFor(levels, data.severity, data.regulatory ?? complaint.regulatory);
  return type === 'ReopenComplaint' ? reopenedPromises(complaint, levels) : [];
};

const reopenedPromises = ({ severity }: Filed, levels: readonly ServiceLevels[]): readonly ClockPromise[] =>
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
  const contracts = 'contracts' in command.data ? (command.data.contracts ?? []) : [];
  if (!contracts.every((contract) => policies[contractPolicy(contract)])) return reject('contract-unknown');
  const calendars = calendarsFor(command, complaint, policies);
  return calendars.every((id) => calendarNamed(id, policies)) ? undefined : reject('calendar-unknown');
};

/** What a command did, and under which rules: the complaint before and after its facts. */
export type Turn = Readonly<{
  command: Stamped<ComplaintCommand>;
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
  ReopenComplaint: (turn) => startedNow(turn, reopenedPromises(turn.after, levelsFor(turn.after, turn.policies))),
  ClassifyComplaint: (turn) => [...retargeted(turn), ...underOtherLaws(turn)],
  AcknowledgeComplaint: (turn) => reached(turn, 'acknowledgement', 'acknowledged'),
  RecordFirstResponse: (turn) => reached(turn, 'first_response', 'responded'),
  ResolveComplaint: (turn) => reached(turn, 'resolution', 'resolved'),
  WithdrawComplaint: (turn) => openIn(turn).map((clock) => stopped(turn, clock, 'withdrawn')),
  PauseComplaint: paused,
  ResumeComplaint: resumed,
  RecomputeSlaClocks: (turn) =>
    openIn(turn).flatMap((clock) => targetChanged(turn, clock, pledgesOf(clock), 'calendar')),
};

const openIn = ({ after }: Turn): readonly Clock[] => after.clocks.filter(isOpenClock);
const promisesOf = ({ policies, after }: Turn): readonly ClockPromise[] =>
  promisesFor(levelsFor(after, policies), after.severity, after.regulatory);

const calendarOf = ({ policies }: Turn, { target }: Pick<Pledge, 'target'>): BusinessCalendar => {
  const calendar = calendarNamed(target.calendar, policies);
  if (!calendar) throw new Error(`nobody asked for the calendar ${target.calendar}`);
  return calendar;
};

const startedNow = (turn: Turn, promises: readonly ClockPromise[], since = turn.at): readonly ComplaintEvent[] =>
  promises.map(({ promised, ...promise }) => {
    const counted = dueFirst(promised, { ...promise, since }, (pledge) => calendarOf(turn, pledge));
    return { type: 'SlaClockStarted', data: { ...promise, since, ...counted } };
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
    .flatMap((clock) => {
      const times = resumedAt(clock, turn.at, calendarOf(turn, clock));
      const event: ComplaintEvent = { type: 'SlaClockResumed', data: { clock: clock.clock, ...times } };
      return [event, ...overtaken(turn, clock, event)];
    });
}

/** A hold takes more from who works at night too: of several promises another may be due first after it. */
const overtaken = (turn: Turn, held: Clock, event: ComplaintEvent): readonly ComplaintEvent[] => {
  const [clock] = clocksAfter([held], { ...event, meta: turn.command.meta });
  if (!clock?.others) return [];
  const { dueAt } = dueFirst(clock.others, clock, (pledge) => calendarOf(turn, pledge));
  return dueAt < clock.dueAt ? targetChanged(turn, clock, pledgesOf(clock), 'hold') : [];
};

/**
 * Another severity, tier or contract promises something else from the start, minus what was held: only a changed one,
 * whatever the rules are now.
 */
const retargeted = (turn: Turn): readonly ComplaintEvent[] => {
  const { before, after } = turn;
  if (before.status === 'none' || isSame(standsFor(before), standsFor(after))) return [];
  return promisesOf(turn).flatMap((promise) => {
    const clock = openIn(turn).find((one) => one.clock === promise.clock && !one.isStatutory);
    if (!clock) return [];
    return areSame(pledgesOf(clock), promise.promised) ? [] : targetChanged(turn, clock, promise.promised, 'priority');
  });
};

const standsFor = ({ severity, tierAtFiling, contracts }: Filed) => ({ severity, tierAtFiling, contracts });

/** Whether two say the same, in whatever order. */
const areSame = (some: readonly Pledge[], others: readonly Pledge[]): boolean =>
  some.length === others.length && some.every((one) => others.some((other) => isSame(one, other)));

const targetChanged = (
  turn: Turn,
  clock: Clock,
  pledges: readonly Pledge[],
  cause: Cause,
): readonly ComplaintEvent[] => {
  const counted = dueFirst(pledges, clock, (pledge) => calendarOf(turn, pledge));
  const { dueAt, pausedAt } = clock;
  if (isAsCounted(clock, counted)) return [];
  const left = pausedAt === null ? {} : { remainingMs: remainingAt(counted, pausedAt, calendarOf(turn, counted)) };
  const data = { clock: clock.clock, cause, wasDueAt: dueAt, ...counted, ...left };
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
