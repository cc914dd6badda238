import { fading, type Signal } from '../calibration/signals.js';
import { type Cohort, DAYS_PER_WEEK, historyAt } from '../models/history.js';
import type { Days, Ledger } from './ledger.js';
import type { Scorable } from './purchase-history.js';

const { floor, log, max } = Math;

/** Everybody who had bought by a day, as it was known at the end of that day. One row a customer. */
export interface Snapshot extends Cohort {
  readonly asOf: number;
  /** The ledger's number of each row's customer. */
  readonly customer: Uint32Array;
  readonly lnGaps: Float64Array;
  /** Weeks since the last purchase. */
  readonly silence: Float64Array;
  /** Transactions with a known, positive amount, and their mean (0 when there is none). */
  readonly paid: Float64Array;
  readonly meanSpend: Float64Array;
  /** Per signal what is left of it; a signal that nobody carries is absent. */
  readonly signals: Readonly<Partial<Record<Signal, Float64Array>>>;
}

export interface Outcome {
  /** Purchases (distinct days) in the window. */
  readonly count: Float64Array;
  /** What was spent in it; the count where no amount is known. */
  readonly value: Float64Array;
}

/** How many of a customer's days lie at or before `day`, as an index into the column. */
function until(days: Days, customer: number, day: number): number {
  let low = days.from[customer] as number;
  let high = days.from[customer + 1] as number;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((days.day[middle] as number) <= day) low = middle + 1;
    else high = middle;
  }
  return low;
}

function known(ledger: Ledger, asOf: number): Uint32Array {
  const { from, day } = ledger.purchases;
  return new Uint32Array(ledger.customers)
    .map((_, c) => c)
    .filter((c) => (from[c] as number) < (from[c + 1] as number) && (day[from[c] as number] as number) <= asOf);
}

function lnGapsOf(days: Int32Array): number {
  let sum = 0;
  for (let i = 1; i < days.length; i++) sum += log(((days[i] as number) - (days[i - 1] as number)) / DAYS_PER_WEEK);
  return sum;
}

/** The population at the end of day `asOf`. Later rows are not looked at. */
export function snapshotAt(ledger: Ledger, asOf: number): Snapshot {
  const customer = known(ledger, asOf);
  const { purchases, returns } = ledger;
  const column = () => new Float64Array(customer.length);
  const shot = {
    asOf,
    customer,
    repeats: column(),
    recency: column(),
    age: column(),
    weight: column().fill(1),
    lnGaps: column(),
    silence: column(),
    paid: column(),
    meanSpend: column(),
    signals: returns.day.length > 0 ? { cancelledByCustomer: column() } : {},
  };
  customer.forEach((c, i) => {
    const start = purchases.from[c] as number;
    const end = until(purchases, c, asOf);
    const first = purchases.day[start] as number;
    const last = purchases.day[end - 1] as number;
    shot.repeats[i] = end - start - 1;
    shot.recency[i] = (last - first) / DAYS_PER_WEEK;
    shot.age[i] = (asOf - first) / DAYS_PER_WEEK;
    shot.lnGaps[i] = lnGapsOf(purchases.day.subarray(start, end));
    shot.silence[i] = (asOf - last) / DAYS_PER_WEEK;
    const paid = purchases.amount.subarray(start, end).filter((amount) => amount > 0);
    shot.paid[i] = paid.length;
    shot.meanSpend[i] = paid.length > 0 ? paid.reduce((sum, amount) => sum + amount, 0) / paid.length : 0;
    const back = returns.day.subarray(returns.from[c] as number, until(returns, c, asOf));
    if (shot.signals.cancelledByCustomer)
      shot.signals.cancelledByCustomer[i] = back.reduce((sum, day) => sum + fading(asOf - day), 0);
  });
  return shot;
}

/** One customer of a snapshot, as a score takes him. */
export function seenAt(shot: Snapshot, i: number): Scorable {
  const signals = Object.entries(shot.signals).map(([name, column]) => [name, column[i] as number]);
  return {
    ...historyAt(shot, i),
    asOf: shot.asOf,
    silence: shot.silence[i] as number,
    meanSpend: shot.meanSpend[i] as number,
    paid: shot.paid[i] as number,
    signals: Object.fromEntries(signals),
  };
}

/** At most `most` customers of a snapshot, evenly chosen. */
export function thinnedSnapshot(shot: Snapshot, most: number): Snapshot {
  const n = shot.customer.length;
  if (n <= most) return shot;
  const chosen = Uint32Array.from({ length: most }, (_, i) => floor((i * n) / most));
  const pick = (column: Float64Array) => Float64Array.from(chosen, (i) => column[i] as number);
  return {
    asOf: shot.asOf,
    customer: chosen.map((i) => shot.customer[i] as number),
    repeats: pick(shot.repeats),
    recency: pick(shot.recency),
    age: pick(shot.age),
    weight: pick(shot.weight),
    lnGaps: pick(shot.lnGaps),
    silence: pick(shot.silence),
    paid: pick(shot.paid),
    meanSpend: pick(shot.meanSpend),
    signals: Object.fromEntries(Object.entries(shot.signals).map(([name, column]) => [name, pick(column)])),
  };
}

/** What the customers of a snapshot bought in the `days` days after it. */
export function outcomeOf(ledger: Ledger, snapshot: Snapshot, days: number): Outcome {
  const { purchases } = ledger;
  const count = new Float64Array(snapshot.customer.length);
  const value = new Float64Array(snapshot.customer.length);
  const priced = purchases.amount.some((amount) => amount > 0);
  snapshot.customer.forEach((c, i) => {
    const start = until(purchases, c, snapshot.asOf);
    const end = until(purchases, c, snapshot.asOf + days);
    count[i] = end - start;
    const amounts = purchases.amount.subarray(start, end);
    value[i] = priced
      ? amounts.reduce((sum, amount) => sum + (Number.isNaN(amount) ? 0 : max(0, amount)), 0)
      : end - start;
  });
  return { count, value };
}
