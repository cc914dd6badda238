import type { Clock } from '#application';
import { instantAt, localDayOf, timeOfDay } from '#domain';
import { dayNumber, dayText } from '#kernel';

/** A clock of the machine: the one place that asks it. */
export const machineClock: Clock = { now: () => new Date().toISOString() };

/**
 * Business time. Real: the machine's. Standing: the day after the last closed one, at the machine's time of day; the day
 * moves when a day is closed.
 */
export class BusinessClock implements Clock {
  private day: string | undefined;

  /** `zone` is the company's, as the log has it once it is open. */
  constructor(
    public zone: string,
    private readonly machine: Clock = machineClock,
  ) {}

  get isReal(): boolean {
    return this.day === undefined;
  }

  now(): string {
    const now = this.machine.now();
    return this.day === undefined ? now : instantAt(`${this.day}T${timeOfDay(now, this.zone)}`, this.zone);
  }

  /** The local day it is. */
  today(): string {
    return this.day ?? localDayOf(this.machine.now(), this.zone);
  }

  /** From now on it stands on the day after this one. */
  standAfter(closedDay: string): void {
    this.day = dayAfter(closedDay);
  }
}

export const dayAfter = (day: string): string => dayText(dayNumber(day) + 1);
export const dayBefore = (day: string): string => dayText(dayNumber(day) - 1);
