import { Temporal } from 'temporal-polyfill';
import { dayText, millisecondsBetween } from '#kernel';

/** The local day `YYYY-MM-DD` on which an instant falls in a zone. Asked for every fact, hence the memory below. */
export const localDayOf = (instant: string, zone: string): string => {
  const time = millisecondsBetween(EPOCH, instant);
  return dayText(Math.floor((time + offsetAt(time, zone)) / DAY_MS));
};

/** The instant at which a local day begins in a zone, daylight saving included. */
export const startOfLocalDay = (day: string, zone: string): string =>
  instantOf(Temporal.PlainDate.from(day).toZonedDateTime(zone));

/** The instant at which a local day ends in a zone: the first of the next day. */
export const endOfLocalDay = (day: string, zone: string): string =>
  instantOf(Temporal.PlainDate.from(day).add({ days: 1 }).toZonedDateTime(zone));

/** The instant of a local wall-clock time such as `2011-12-09T12:50:00`; in a gap the later, in an overlap the earlier one. */
export const instantAt = (local: string, zone: string): string =>
  instantOf(Temporal.PlainDateTime.from(local).toZonedDateTime(zone));

/** The instants at which clocks show a local wall-clock time: one, or none where they jump over it, or two where it comes twice. */
export const instantsAt = (local: string, zone: string): readonly string[] => {
  const shown = Temporal.PlainDateTime.from(local);
  const [first, second] = (['earlier', 'later'] as const).map((disambiguation) =>
    shown.toZonedDateTime(zone, { disambiguation }),
  ) as [Temporal.ZonedDateTime, Temporal.ZonedDateTime];
  if (!first.toPlainDateTime().equals(shown)) return [];
  return [...new Set([instantOf(first), instantOf(second)])];
};

/** The instant at which clocks show `HH:MM`, or `24:00`, of a local day; in an overlap the first time, in a gap when they jump. */
export const clockInstant = (day: string, time: string, zone: string): string => {
  if (time === '24:00') return endOfLocalDay(day, zone);
  const local = Temporal.PlainDateTime.from(`${day}T${time}`);
  const shown = local.toZonedDateTime(zone);
  if (shown.toPlainDateTime().equals(local)) return instantOf(shown);
  const before = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  return instantOf(before.getTimeZoneTransition('next') as Temporal.ZonedDateTime);
};

/** The time of day `HH:MM:SS.mmm` that an instant shows in a zone. */
export const timeOfDay = (instant: string, zone: string): string =>
  Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainTime().toString({ smallestUnit: 'millisecond' });

/** The day so many months later; the last of the month where that month is shorter. */
export const addMonths = (day: string, months: number): string =>
  Temporal.PlainDate.from(day).add({ months }).toString();

/** An IANA name in its own spelling such as `Europe/London`, or `UTC`. Offsets such as `+08:00` are no zones: they know no summer. */
export const isZone = (value: unknown): value is string => {
  if (typeof value !== 'string' || !/^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/.test(value)) return false;
  try {
    return zonedAt(0, value).timeZoneId === value;
  } catch {
    return false;
  }
};

const instantOf = (time: Temporal.ZonedDateTime): string => time.toInstant().toString({ smallestUnit: 'millisecond' });

const EPOCH = '1970-01-01T00:00:00.000Z';
const DAY_MS = 86_400_000;

/** From one change of a zone's clocks up to the next: epoch milliseconds, and how far the local time is ahead of UTC. */
type Season = Readonly<{ from: number; to: number; offset: number }>;

// Remembered seasons save an import most of its calendar time. They change no answer.
const seasonsOf = new Map<string, Season[]>();

const offsetAt = (time: number, zone: string): number => {
  const known = seasonsOf.get(zone) ?? [];
  const remembered = known.find(({ from, to }) => from <= time && time < to);
  if (remembered) return remembered.offset;
  const season = seasonAt(time, zone);
  seasonsOf.set(zone, [...known, season]);
  return season.offset;
};

const seasonAt = (time: number, zone: string): Season => {
  const moment = zonedAt(time, zone);
  const next = moment.getTimeZoneTransition('next');
  // "Previous" leaves out the moment itself, which may be the first of its season.
  const previous = zonedAt(time + 1, zone).getTimeZoneTransition('previous');
  return {
    from: previous?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    to: next?.epochMilliseconds ?? Number.POSITIVE_INFINITY,
    offset: moment.offsetNanoseconds / 1e6,
  };
};

const zonedAt = (time: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(time).toZonedDateTimeISO(zone);
