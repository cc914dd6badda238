import type { Clock } from '#application';
import { instantAt, localDayOf, timeOfDay } from '#domain';
import { dayNumber, dayText, laterBy, millisecondsBetween } from '#kernel';

/** A clock of the machine: the one place that asks it. */
export const machineClock: Clock = { now: () => new Date().toISOString() };

/**
 * Business time. Real: the machine's. Standing: the day after the last closed one, at the machine's time of day; the day
 * moves when a day is closed, and never back.
 */
export class BusinessClock implements Clock {
  private day: string | undefined;
  /** How far business time is from the machine's, reckoned anew each minute of the machine's: zone rules cost much. */
  private shift: Readonly<{ minute: string; day: string; milliseconds: number }> | undefined;

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
    return this.day === undefined ? now : laterBy(this.shiftAt(now, this.day), now);
  }

  /** The local day it is. */
  today(): string {
    return this.day ?? localDayOf(this.machine.now(), this.zone);
  }

  /** From now on it stands on the day after this one. */
  standAfter(closedDay: string): void {
    const next = dayAfter(closedDay);
    if (this.day === undefined || next > this.day) this.day = next;
  }

  private shiftAt(now: string, day: string): number {
    const minute = now.slice(0, 'YYYY-MM-DDTHH:MM'.length);
    if (this.shift?.minute !== minute || this.shift.day !== day) {
      const there = instantAt(`${day}T${timeOfDay(now, this.zone)}`, this.zone);
      this.shift = { minute, day, milliseconds: millisecondsBetween(now, there) };
    }
    return this.shift.milliseconds;
  }
}

export const dayAfter = (day: string): string => dayText(dayNumber(day) + 1);
export const dayBefore = (day: string): string => dayText(dayNumber(day) - 1);
