import type { RelationshipParameters, Rhythm } from './parameters.js';
import { expectedIntervals } from './rhythm.js';
import { countUpTo, firstNotBefore } from './sorted-days.js';
import type { ComplaintMemory, Mark, RelationshipState } from './state.js';

/** A customer's services as they stood on a day. */
export type Services = Readonly<{
  count: number;
  /** On how many days of the last year, the 365th day before today included. */
  inYear: number;
  first: number;
  last: number;
  /** Days of silence since the last. */
  gap: number;
  /** Days after which the customer is expected again. */
  interval: number;
  /** The silence that the last service ended, and the interval expected before it; null for the first service. */
  returnedAfter: Readonly<{ gap: number; interval: number }> | null;
  rhythm: Rhythm;
}>;

/** What is known of a customer, to be asked about any day: facts of later days count for nothing on it. */
export type History = Readonly<{
  state: RelationshipState;
  parameters: RelationshipParameters;
  complaints: readonly ComplaintMemory[];
  missedCallbacks: readonly Mark[];
  cancelledByUs: readonly Mark[];
  openBookings: readonly Mark[];
  /** Whether there is anything in these four. */
  hasCases: boolean;
  servicesOn: (day: number) => Services | null;
}>;

export const historyOf = (state: RelationshipState, parameters: RelationshipParameters): History => {
  const { days, vertical } = state;
  const rhythm = vertical && parameters.rhythms[vertical.name];
  const intervals = rhythm ? expectedIntervals(days, rhythm, parameters.ownInterval) : [];
  const dayAt = (index: number) => days[index] as number;
  const intervalAt = (index: number) => intervals[index] as number;

  const servicesOn = (day: number): Services | null => {
    const count = countUpTo(days, day);
    if (count === 0 || !rhythm) return null;
    const last = dayAt(count - 1);
    return {
      count,
      inYear: count - firstNotBefore(days, day - parameters.yearDays),
      first: dayAt(0),
      last,
      gap: day - last,
      interval: intervalAt(count - 1),
      returnedAfter: count > 1 ? { gap: last - dayAt(count - 2), interval: intervalAt(count - 2) } : null,
      rhythm,
    };
  };
  const complaints = inSteadyOrder(Object.values(state.complaints));
  const missedCallbacks = inSteadyOrder(Object.values(state.missedCallbacks));
  const cancelledByUs = inSteadyOrder(Object.values(state.cancelledByUs));
  const openBookings = inSteadyOrder(Object.values(state.bookings).filter(({ lines }) => lines.length > 0));
  const hasCases = [complaints, missedCallbacks, cancelledByUs, openBookings].some(({ length }) => length > 0);
  return { state, parameters, complaints, missedCallbacks, cancelledByUs, openBookings, hasCases, servicesOn };
};

/** The order of a record's keys is that of arrival, or of a database. */
const inSteadyOrder = <T extends Readonly<{ eventId: string }>>(found: readonly T[]): readonly T[] =>
  found.toSorted((a, b) => (a.eventId < b.eventId ? -1 : 1));

/** The events of service days from `first` to `last`, latest first; of the older ones in between none is kept. */
export const servicesBetween = (
  { days, services }: RelationshipState,
  first: number,
  last: number,
): readonly string[] =>
  days
    .slice(firstNotBefore(days, first), countUpTo(days, last))
    .toReversed()
    .flatMap((day) => services[day] ?? []);

/** The marks that stand on a day, and no longer than so many days. */
export const standing = (marks: readonly Mark[], day: number, forDays = Number.POSITIVE_INFINITY): readonly Mark[] =>
  marks.filter((mark) => mark.day <= day && day - mark.day <= forDays);

/** The complaints open on a day. */
export const openComplaints = ({ complaints }: History, day: number): readonly ComplaintMemory[] =>
  complaints.filter(({ spans }) => spans.some(([from, to]) => from <= day && (to === null || day < to)));
