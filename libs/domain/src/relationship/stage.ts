import { dayText } from '#kernel';
import type { History, Services } from './history.js';
import { firstDayThat } from './sorted-days.js';
import { type Stage, type StageRule, stageRules } from './stage-rules.js';

/** Shown beside the stage: back after a long silence. */
export type Overlay = 'reactivated';

/** What a rule looked at; days as `YYYY-MM-DD`. */
export type StageInputs = Readonly<{
  registeredOn: string | null;
  firstServiceOn: string | null;
  lastServiceOn: string | null;
  /** Distinct days with a completed service: ever, and of the last 365. */
  services: number;
  servicesInYear: number;
  /** Days after which the customer is expected again, and the line of business whose bounds apply. */
  expectedInterval: number | null;
  vertical: string | null;
}>;

/** Where a relationship stands, by which rule, and which events show it. Days as `YYYY-MM-DD`. */
export type Standing = Readonly<{
  stage: Stage;
  overlay: Overlay | null;
  /** The first day of the stage. */
  since: string;
  rule: string;
  inputs: StageInputs;
  evidence: readonly string[];
  /** The next day on which any of this changes though nothing happens; null: never. */
  nextChangeOn: string | null;
}>;

export const standingOn = (history: History, day: number): Standing => {
  const services = history.servicesOn(day);
  const { stage, rule, evidence } = ruleOn(history, day, services);
  const next = nextStandingChange(history, day);
  return {
    stage,
    overlay: overlayOn(history, services, stage),
    since: dayText(firstDayOf(history, day)),
    rule,
    inputs: inputsOf(history, services),
    evidence: evidence(history, day, services),
    nextChangeOn: next === null ? null : dayText(next),
  };
};

/** The stage alone, at a fraction of the price. */
export const stageOn = (history: History, day: number): Stage => ruleOn(history, day, history.servicesOn(day)).stage;

const ruleOn = (history: History, day: number, services: Services | null): StageRule =>
  stageRules.find(({ holds }) => holds(history, day, services)) as StageRule;

const ADMINISTRATIVE: readonly Stage[] = ['closed', 'blocked', 'erased'];

const overlayOn = ({ parameters: { silence } }: History, services: Services | null, stage: Stage): Overlay | null => {
  if (!services?.returnedAfter || ADMINISTRATIVE.includes(stage)) return null;
  const { gap, interval, returnedAfter } = services;
  const cameBack = returnedAfter.gap > silence.dormant * returnedAfter.interval;
  return cameBack && gap <= silence.reactivated * interval ? 'reactivated' : null;
};

const inputsOf = ({ state: { registered, vertical } }: History, services: Services | null): StageInputs => ({
  registeredOn: registered && dayText(registered.day),
  firstServiceOn: services && dayText(services.first),
  lastServiceOn: services && dayText(services.last),
  services: services?.count ?? 0,
  servicesInYear: services?.inYear ?? 0,
  expectedInterval: services?.interval ?? null,
  vertical: vertical?.name ?? null,
});

/** Days on which silence is not all that happens: between two of them a stage, once left, is not entered again. */
const turnsOf = ({ state, parameters, ...history }: History): readonly number[] => {
  const { firstSeen, days, registered, blocked, closed, erased } = state;
  const ours = history.cancelledByUs;
  const marks = [registered, blocked, closed, erased, ...ours, ...history.openBookings, ...history.missedCallbacks];
  const turns = [
    firstSeen,
    ...days,
    ...days.slice(0, 1).map((first) => first + parameters.loyalTenureDays),
    ...marks.flatMap((mark) => mark?.day ?? []),
    ...ours.map(({ day }) => day + parameters.churn.cancelledDays + 1),
    ...history.complaints.flatMap(({ spans }) => spans.flat().flatMap((day) => day ?? [])),
  ];
  return [...new Set(turns)].sort((a, b) => a - b);
};

/** The day from which on nothing changes any more though nothing happens. */
const lastTurnOf = ({ state, parameters, servicesOn }: History, day: number): number => {
  const services = servicesOn(day);
  if (!services) return (state.registered?.day ?? day) + parameters.leadDays + 1;
  const { last, interval, rhythm } = services;
  return last + Math.ceil(Math.max(parameters.silence.churned * interval, rhythm.churnDays, parameters.yearDays)) + 1;
};

const firstDayOf = (history: History, day: number): number => {
  const stage = stageOn(history, day);
  const holds = (on: number) => stageOn(history, on) === stage;
  let since = day;
  for (const turn of turnsOf(history)
    .filter((one) => one <= day)
    .reverse()) {
    if (!holds(turn)) return firstDayThat(holds, turn, since);
    since = turn;
    if (!holds(turn - 1)) return since;
  }
  return since;
};

/** The next day on which stage, rule, overlay or inputs change though nothing happens; null: never. */
export const nextStandingChange = (history: History, day: number): number | null => {
  const now = fingerprint(history, day);
  const differs = (on: number) => fingerprint(history, on) !== now;
  let from = day;
  for (const turn of [...turnsOf(history), lastTurnOf(history, day)]) {
    if (turn <= from) continue;
    if (differs(turn - 1)) return firstDayThat(differs, from, turn - 1);
    if (differs(turn)) return turn;
    from = turn;
  }
  return null;
};

const fingerprint = (history: History, day: number): string => {
  const services = history.servicesOn(day);
  const { stage, rule } = ruleOn(history, day, services);
  return [stage, rule, overlayOn(history, services, stage), services?.inYear].join();
};
