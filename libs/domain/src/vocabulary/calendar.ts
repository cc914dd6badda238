import { Temporal } from 'temporal-polyfill';

/** The local day `YYYY-MM-DD` on which an instant falls in a zone. */
export const localDayOf = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();

/** The instant at which a local day begins in a zone, daylight saving included. */
export const startOfLocalDay = (day: string, zone: string): string =>
  instantOf(Temporal.PlainDate.from(day).toZonedDateTime(zone));

/** The instant at which a local day ends in a zone: the first of the next day. */
export const endOfLocalDay = (day: string, zone: string): string =>
  instantOf(Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(zone));

/** The instant of a local wall-clock time such as `2011-12-09T12:50:00`; in a gap the later, in an overlap the earlier one. */
export const instantAt = (local: string, zone: string): string =>
  instantOf(Temporal.PlainDateTime.from(local).toZonedDateTime(zone));

/** The time of day `HH:MM:SS.mmm` that an instant shows in a zone. */
export const timeOfDay = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'millisecond' });

/** The day so many months later; the last of the month where that month is shorter. */
export const addMonths = (day: string, months: number): string =>
  Temporal.PlainDate.from(day).add({ months }).toString();

/** An IANA name such as `Europe/London`, or `UTC`. Offsets such as `+08:00` are no zones: they know no summer. */
export const isZone = (value: unknown): value is string => {
  if (typeof value !== 'string' || !/^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/.test(value)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value);
    return true;
  } catch {
    return false;
  }
};

const instantOf = (time: Temporal.ZonedDateTime): string => time.toInstant().toString({ smallestUnit: 'millisecond' });
