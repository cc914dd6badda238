import { Matches } from 'class-validator';
import { dayNumber, dayText } from '#kernel';
import { clockInstant, localDayOf } from './calendar.js';
import type { TimeWindow } from './time-window.js';

// Part of the bodies of policies: of the storage format.

/** From one wall-clock time to another, over midnight where the second is not later; where both are the same, never. */
export class QuietHours {
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/) from!: string;
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/) to!: string;
}

/**
 * The instant itself where nobody is asleep in that zone, else the end of the quiet hours. Where clocks jump over their
 * beginning or end it is the moment of the jump; where a time comes twice, the first.
 */
export const nextWaking = (instant: string, { from, to }: QuietHours, zone: string): string => {
  if (from === to) return instant;
  const today = dayNumber(localDayOf(instant, zone));
  for (const day of [today - 1, today]) {
    const begins = clockInstant(dayText(day), from, zone);
    const ends = clockInstant(dayText(from < to ? day : day + 1), to, zone);
    if (begins <= instant && instant < ends) return ends;
  }
  return instant;
};

/** Whether no moment of the window lies outside the quiet hours. */
export const isWhollyQuiet = ({ from, to }: TimeWindow, quiet: QuietHours, zone: string): boolean =>
  nextWaking(from, quiet, zone) >= to;
