import { setTimeout as pause } from 'node:timers/promises';
import type { DayClosed } from '#domain';
import type { Event, Recorded } from '#kernel';
import { dayBefore } from './business-clock.js';
import { CLOCK_STREAM, closeDaysUntil } from './days.js';
import type { Session } from './session.js';

const LOOK_EVERY_MS = 1000;

/** Until the signal ends: the standing clock of this process follows the days that are closed anywhere. */
export const followDays = async ({ store, clock, logger }: Session, signal: AbortSignal): Promise<void> => {
  if (clock.isReal) return;
  await again(signal, logger, async () => {
    for await (const fact of store.followStream(CLOCK_STREAM, signal)) {
      clock.standAfter((fact as Recorded<Event<'DayClosed', DayClosed>>).data.date);
    }
  });
};

/** Until the signal ends: closes each day when it is over, and after downtime every missing one. A standing clock closes none. */
export const keepDays = async ({ store, log, clock, logger }: Session, signal: AbortSignal): Promise<void> => {
  if (!clock.isReal) return;
  let closed = '';
  await again(signal, logger, async () => {
    while (!signal.aborted) {
      const last = dayBefore(clock.today());
      if (last !== closed) await closeDaysUntil(store, log, last);
      closed = last;
      await rest(LOOK_EVERY_MS, signal);
    }
  });
};

const again = async (signal: AbortSignal, logger: Session['logger'], work: () => Promise<void>): Promise<void> => {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error }, 'the clock cannot reach the event store; trying again');
    }
    await rest(LOOK_EVERY_MS, signal);
  }
};

const rest = (milliseconds: number, signal: AbortSignal) =>
  pause(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
