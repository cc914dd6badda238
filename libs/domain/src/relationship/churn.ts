import { type History, openComplaints, type Services, servicesBetween, standing } from './history.js';
import type { RelationshipParameters } from './parameters.js';
import { firstDayThat } from './sorted-days.js';

export const bands = ['low', 'medium', 'high', 'critical'] as const;
export type Band = (typeof bands)[number];
type Weighed = keyof RelationshipParameters['churn']['points'];
export const signals = [
  'overdue',
  'open_complaint',
  'missed_callback',
  'cancelled_by_us',
  'open_booking',
  'limit',
] as const satisfies readonly (Weighed | 'limit')[];

/**
 * A part of the score, in whole points. `value` is what was found and `baseline` what would be usual: days of silence
 * and the expected interval for `overdue`, a number of cases for the others, the plain sum and the bound for `limit`.
 */
export type Contribution = Readonly<{
  signal: (typeof signals)[number];
  points: number;
  value: number;
  baseline: number;
  eventIds: readonly string[];
}>;

/** From 0 to 100: the sum of the contributions' points, exactly. */
export type Risk = Readonly<{ score: number; band: Band; contributions: readonly Contribution[] }>;

/** Whether the risk is such that it makes a stage of its own. Asked for many days, hence without the reasons. */
export const isHighRisk = (history: History, services: Services | null, day: number): boolean => {
  const { parameters } = history;
  const overdue = services ? overduePoints(services, parameters) : 0;
  const { bands } = parameters.churn;
  if (!history.hasCases) return overdue >= bands.high;
  return riskOn(history, day).score >= bands.high;
};

/** How likely the customer is to leave, as it stands on a day. */
export const riskOn = (history: History, day: number): Risk => {
  const found = [overdueOn(history, day), ...casesOn(history, day)].filter(({ points }) => points !== 0);
  const sum = found.reduce((total, { points }) => total + points, 0);
  const score = Math.min(Math.max(sum, 0), 100);
  const limit: Contribution = { signal: 'limit', points: score - sum, value: sum, baseline: score, eventIds: [] };
  return {
    score,
    band: bandOf(score, history.parameters),
    contributions: score === sum ? found : [...found, limit],
  };
};

const bandOf = (score: number, { churn: { bands } }: RelationshipParameters): Band => {
  if (score >= bands.critical) return 'critical';
  if (score >= bands.high) return 'high';
  return score >= bands.medium ? 'medium' : 'low';
};

/** Silence beyond the own rhythm; it weighs in full, and grows no further, from three intervals on. */
const overduePoints = ({ gap, interval }: Services, { churn }: RelationshipParameters): number =>
  Math.round(churn.points.overdue * Math.min(Math.max((gap / interval - 1) / 2, 0), 1));
const FULL = 3;

const overdueOn = ({ state, parameters, servicesOn }: History, day: number): Contribution => {
  const services = servicesOn(day);
  if (!services) return { signal: 'overdue', points: 0, value: 0, baseline: 0, eventIds: [] };
  const { gap, interval, last } = services;
  return {
    signal: 'overdue',
    points: overduePoints(services, parameters),
    value: Math.min(gap, Math.ceil(FULL * interval)),
    baseline: interval,
    eventIds: servicesBetween(state, last, last),
  };
};

const casesOn = (history: History, day: number): readonly Contribution[] => {
  const { cancelledDays } = history.parameters.churn;
  return [
    cases(history, 'open_complaint', openComplaints(history, day)),
    cases(history, 'missed_callback', standing(history.missedCallbacks, day)),
    cases(history, 'cancelled_by_us', standing(history.cancelledByUs, day, cancelledDays)),
    cases(history, 'open_booking', standing(history.openBookings, day)),
  ];
};

const cases = (
  { parameters }: History,
  signal: Weighed,
  found: readonly Readonly<{ eventId: string }>[],
): Contribution => ({
  signal,
  points: found.length > 0 ? parameters.churn.points[signal] : 0,
  value: found.length,
  baseline: 0,
  eventIds: found.map(({ eventId }) => eventId),
});

/** Minor units of the company's currency served and paid on the last 365 days, less refunds. */
export const netRevenueOn = ({ state, parameters }: History, day: number): number =>
  Object.entries(state.revenue)
    .filter(([on]) => Number(on) <= day && day - Number(on) <= parameters.yearDays)
    .reduce((sum, [, amount]) => sum + amount, 0);

/** The next day on which risk or revenue change though nothing happens; null: never. */
export const nextRiskChange = (history: History, day: number): number | null => {
  const { state, parameters } = history;
  const days = [
    nextOverdueChange(history, day),
    ...Object.values(state.cancelledByUs).map((mark) => mark.day + parameters.churn.cancelledDays + 1),
    ...Object.keys(state.revenue).map((on) => Number(on) + parameters.yearDays + 1),
  ].filter((next) => next > day);
  return days.length > 0 ? Math.min(...days) : null;
};

const nextOverdueChange = (history: History, day: number): number => {
  const services = history.servicesOn(day);
  if (!services) return day;
  const { last, interval } = services;
  const points = (on: number) => overduePoints({ ...services, gap: on - last }, history.parameters);
  const full = last + Math.ceil(FULL * interval);
  if (day >= full) return day;
  return points(day) > 0 ? day + 1 : firstDayThat((on) => points(on) > 0, Math.max(day, last), full);
};
