import { Conflict, type EventStore, idFrom, type LogIdentity } from '#application';
import { type DayClosed, endOfLocalDay } from '#domain';
import { dayNumber, dayText, type Event, type Fact, type Recorded } from '#kernel';
import { dayAfter } from './business-clock.js';
import { systemMeta } from './system-meta.js';

export const CLOCK_STREAM = 'clock-company';

/** So many days at most in one append. */
const STEP = 1000;

type Closed = Readonly<{ revision: bigint; date: string }>;

/**
 * Closes every day that is over and not yet closed, in order, each once however many try: up to and with `last`.
 * The first day a log ever closes is `last` itself. Returns the days this call closed.
 */
export const closeDaysUntil = async (store: EventStore, log: LogIdentity, last: string): Promise<readonly string[]> => {
  const closed: string[] = [];
  for (;;) {
    const before = await lastClosed(store);
    const first = before ? dayAfter(before.date) : last;
    const count = Math.min(STEP, dayNumber(last) - dayNumber(first) + 1);
    if (count <= 0) return closed;
    const days = Array.from({ length: count }, (_, index) => dayText(dayNumber(first) + index));
    try {
      await store.append(CLOCK_STREAM, before?.revision ?? -1n, days.map(dayClosed(log)));
      closed.push(...days);
    } catch (error) {
      if (!(error instanceof Conflict)) throw error; // somebody closes days too: look again
    }
  }
};

const dayClosed =
  ({ logId, company: { zone } }: LogIdentity) =>
  (date: string): Fact => {
    const id = idFrom(logId, date);
    return {
      id,
      type: 'DayClosed',
      data: { date, zone },
      meta: systemMeta(id, endOfLocalDay(date, zone), zone),
      customers: [],
    };
  };

/** The last day that was closed; undefined in a log without any. */
export const lastClosed = async (store: EventStore): Promise<Closed | undefined> => {
  let last: Recorded | undefined;
  for await (const fact of store.read(CLOCK_STREAM)) last = fact;
  return last && { revision: last.revision, date: (last as Recorded<Event<'DayClosed', DayClosed>>).data.date };
};
