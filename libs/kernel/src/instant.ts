// The one file of the core that says `Date`: as arithmetic on what it is given, never to ask for the time.

const DAY_MS = 86_400_000;

/** UTC with milliseconds, so that the order of the texts is the order of the times. */
export const isInstant = (value: unknown): value is string =>
  typeof value === 'string' &&
  /^\d{4}-/.test(value) &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString() === value;

/** A day of a calendar, `YYYY-MM-DD`, in a zone that is known from elsewhere. */
export const isLocalDate = (value: unknown): value is string =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && isInstant(`${value}T00:00:00.000Z`);

/** Days since 1970-01-01 of a day `YYYY-MM-DD`. */
export const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

/** The day `YYYY-MM-DD` that lies `number` days after 1970-01-01. */
export const dayText = (number: number): string => new Date(number * DAY_MS).toISOString().slice(0, 10);

/** Milliseconds from one instant to the next; negative when `to` lies before `from`. */
export const millisecondsBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);

/** The instant so many milliseconds later. */
export const laterBy = (milliseconds: number, instant: string): string =>
  new Date(Date.parse(instant) + milliseconds).toISOString();
