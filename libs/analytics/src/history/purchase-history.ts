import { type FadedSignals, fading, type Signal } from '../calibration/signals.js';
import { DAYS_PER_WEEK, type History } from '../models/history.js';

const { log, max, min } = Math;

/** What happened, as far as the models care. Days are counted from 1970-01-01; ids are the event's or the booking's own. */
export type PurchaseFact =
  | {
      readonly kind: 'purchased';
      readonly id: string;
      /** The day it was booked, not the day it was used. */
      readonly day: number;
      /** In one unit of one currency throughout. */
      readonly amount?: number;
      /** The last day of the service, where it lies after the booking. */
      readonly serviceEnd?: number;
    }
  | {
      readonly kind: 'cancelled';
      /** The purchase it cancels. */
      readonly id: string;
      readonly day: number;
      readonly by: 'customer' | 'company';
    }
  | { readonly kind: 'signalled'; readonly id: string; readonly day: number; readonly signal: Signal };

type Of<K extends PurchaseFact['kind']> = Extract<PurchaseFact, { kind: K }>;

/**
 * All that is kept of one customer: plain JSON, by day and id. Lists rather than sums, because a cancellation, a back-dated fact or a
 * merge of customers cannot be undone in a sum.
 */
export interface PurchaseHistory {
  readonly purchases: readonly Of<'purchased'>[];
  readonly cancellations: readonly Of<'cancelled'>[];
  readonly signals: readonly Of<'signalled'>[];
}

export const EMPTY_HISTORY: PurchaseHistory = { purchases: [], cancellations: [], signals: [] };

type Dated = { readonly day: number; readonly id: string };

const order = (a: Dated, b: Dated): number => a.day - b.day || (a.id < b.id ? -1 : Number(a.id > b.id));

/** Appends where the fact is the latest, which is nearly always; the same id twice is the same fact. */
function inserted<F extends Dated>(list: readonly F[], fact: F): readonly F[] {
  const last = list.at(-1);
  const others = list.some(({ id }) => id === fact.id) ? list.filter(({ id }) => id !== fact.id) : list;
  const inOrder = last === undefined || others !== list || order(last, fact) <= 0;
  return inOrder && others === list ? [...list, fact] : [...others, fact].sort(order);
}

export function evolveHistory(history: PurchaseHistory, fact: PurchaseFact): PurchaseHistory {
  switch (fact.kind) {
    case 'purchased':
      return { ...history, purchases: inserted(history.purchases, fact) };
    case 'cancelled':
      return { ...history, cancellations: inserted(history.cancellations, fact) };
    case 'signalled':
      return { ...history, signals: inserted(history.signals, fact) };
  }
}

/** Two customers who are one: as if all had happened to one. */
export const mergeHistories = (a: PurchaseHistory, b: PurchaseHistory): PurchaseHistory =>
  [...b.purchases, ...b.cancellations, ...b.signals].reduce<PurchaseHistory>(evolveHistory, a);

/** A customer as the models see him on a day. Computed when read: the age grows without any event. */
export interface Standing extends History {
  readonly asOf: number;
  readonly firstDay: number;
  /** The last purchase or, where later, the end of its service: silence counts from here. */
  readonly lastDay: number;
  /** Weeks since `lastDay`. */
  readonly silence: number;
  readonly lnGaps: number;
  /** Days with a known, positive amount, and their mean. */
  readonly paid: number;
  readonly meanSpend: number;
  readonly signals: FadedSignals;
  /** A service that is booked and not over yet: alive, whatever the silence says. */
  readonly openBooking: boolean;
  /** Less than four weeks old: no tier, no verdict. */
  readonly isNew: boolean;
}

/** What a score needs of a standing; a row of a snapshot has it too. */
export type Scorable = Pick<
  Standing,
  'asOf' | 'repeats' | 'recency' | 'age' | 'silence' | 'meanSpend' | 'paid' | 'signals'
> &
  Partial<Pick<Standing, 'openBooking' | 'isNew'>>;

const REBOOKED_WITHIN = 7;
const NEW_FOR_WEEKS = 4;

const serviceEndOf = (purchase: Of<'purchased'>): number => max(purchase.day, purchase.serviceEnd ?? purchase.day);

function validAt({ purchases, cancellations }: PurchaseHistory, asOf: number): Of<'purchased'>[] {
  const void_ = new Map(cancellations.filter(({ day }) => day <= asOf).map(({ id, day }) => [id, day]));
  const undone = (purchase: Of<'purchased'>): boolean => {
    const cancelled = void_.get(purchase.id);
    return cancelled !== undefined && (purchase.serviceEnd === undefined || cancelled <= purchase.serviceEnd);
  };
  return purchases.filter((purchase) => purchase.day <= asOf && !undone(purchase));
}

/** A customer's own cancellation that he followed with another booking within a week was a change of plan. */
function isChangeOfPlan(cancelled: Of<'cancelled'>, valid: readonly Of<'purchased'>[]): boolean {
  const soon = ({ day }: Dated) => day >= cancelled.day && day <= cancelled.day + REBOOKED_WITHIN;
  return cancelled.by === 'customer' && valid.some(soon);
}

function signalsAt(history: PurchaseHistory, valid: readonly Of<'purchased'>[], asOf: number): FadedSignals {
  const faded: Partial<Record<Signal, number>> = {};
  const add = (signal: Signal, day: number) => {
    faded[signal] = (faded[signal] ?? 0) + fading(asOf - day);
  };
  for (const { signal, day } of history.signals) if (day <= asOf) add(signal, day);
  for (const cancelled of history.cancellations)
    if (cancelled.day <= asOf && !isChangeOfPlan(cancelled, valid))
      add(cancelled.by === 'company' ? 'cancelledByCompany' : 'cancelledByCustomer', cancelled.day);
  return faded;
}

/** Amounts by distinct day, ascending. */
function byDay(valid: readonly Of<'purchased'>[]): Map<number, number> {
  const days = new Map<number, number>();
  for (const { day, amount } of valid) days.set(day, (days.get(day) ?? 0) + (amount ?? 0));
  return days;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The customer at the end of day `asOf`, from what had happened by then; undefined before the first purchase. */
export function standingAt(history: PurchaseHistory, asOf: number): Standing | undefined {
  const valid = validAt(history, asOf);
  const days = byDay(valid);
  const ordered = [...days.keys()];
  const [firstDay] = ordered;
  if (firstDay === undefined) return undefined;
  const lastDay = max(...valid.map((purchase) => min(asOf, serviceEndOf(purchase))));
  const amounts = [...days.values()].filter((amount) => amount > 0);
  const age = (asOf - firstDay) / DAYS_PER_WEEK;
  return {
    asOf,
    firstDay,
    lastDay,
    repeats: ordered.length - 1,
    recency: ordered.length > 1 || lastDay > firstDay ? (lastDay - firstDay) / DAYS_PER_WEEK : 0,
    age,
    silence: (asOf - lastDay) / DAYS_PER_WEEK,
    lnGaps: sum(ordered.slice(1).map((day, i) => log((day - (ordered[i] as number)) / DAYS_PER_WEEK))),
    paid: amounts.length,
    meanSpend: amounts.length > 0 ? sum(amounts) / amounts.length : 0,
    signals: signalsAt(history, valid, asOf),
    openBooking: valid.some((purchase) => serviceEndOf(purchase) > asOf),
    isNew: age < NEW_FOR_WEEKS,
  };
}

/** The ids of everything that counts by `asOf`, so that each can be left out in turn. */
export function factsOf({ purchases, cancellations, signals }: PurchaseHistory, asOf: number): readonly PurchaseFact[] {
  return [...purchases, ...cancellations, ...signals].filter(({ day }) => day <= asOf).sort(order);
}

export function without(history: PurchaseHistory, left: PurchaseFact): PurchaseHistory {
  const keep = <F extends PurchaseFact>(list: readonly F[]): F[] =>
    list.filter((fact) => fact !== (left as PurchaseFact));
  return {
    purchases: keep(history.purchases),
    cancellations: keep(history.cancellations),
    signals: keep(history.signals),
  };
}
