import { endOfLocalDay, instantsAt, startOfLocalDay } from '#domain';
import { dayNumber, dayText, isInstant, isLocalDate, laterBy, millisecondsBetween } from '#kernel';

/** Why a text is no instant: a key of what an import says. */
export type NoInstant = Readonly<{ why: 'not-a-date' | 'time-left-out' | 'time-twice' }>;
/** Which is meant of two instants at which clocks show the same. */
export type Twice = 'first' | 'second';

const TOKEN = /yyyy|MMMM|MM?|dd?|HH?|mm?|ss?|SSS/g;
const DAY_MS = 86_400_000;
const DAYS_REMEMBERED = 20_000;
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** Whether a format names a year, a month and a day, each once: `dd.MM.yyyy HH:mm`. `MMMM` is its English name, `iso` is an instant with its offset. */
export const isDateFormat = (format: unknown): format is string => {
  if (typeof format !== 'string') return false;
  const letters = (format.match(TOKEN) ?? []).map((token) => token[0]);
  const hasDay = ['y', 'M', 'd'].every((letter) => letters.includes(letter));
  return format === 'iso' || (hasDay && new Set(letters).size === letters.length);
};

/** Reads a text of that format, wall clock in that zone and so many days later, as an instant, or says why it is none. */
export const dateReader = (
  format: string,
  zone: string,
  twice?: Twice,
): ((text: string, days?: number) => string | NoInstant) => {
  if (format === 'iso') return offsetInstant;
  const tokens = (format.match(TOKEN) ?? []).map((token) => token[0]);
  const isNamed = format.includes('MMMM');
  const pattern = patternOf(format);
  const instantOf = tokens.some((token) => 'HmsS'.includes(String(token))) ? wallClock(zone, twice) : startOfDay(zone);
  return (text, days = 0) => {
    const found = pattern.exec(text);
    if (!found) return NOT_A_DATE;
    const part = (token: string, digits = 2) => (found[tokens.indexOf(token) + 1] ?? '').padStart(digits, '0');
    const at = (token: string, digits = 2) => (tokens.includes(token) ? part(token, digits) : '0'.repeat(digits));
    const time = `${at('H')}:${at('m')}:${at('s')}.${at('S', 3)}`;
    const month = isNamed ? String(MONTHS.indexOf(part('M')) + 1).padStart(2, '0') : part('M');
    const day = `${part('y', 4)}-${month}-${part('d')}`;
    return instantOf(days === 0 ? day : daysLater(day, days), time);
  };
};

/** As it is where it is no day: whoever reads it next says so. */
const daysLater = (day: string, days: number): string => (isLocalDate(day) ? dayText(dayNumber(day) + days) : day);

const patternOf = (format: string): RegExp => {
  const digits = (format.match(TOKEN) ?? []).map((token) => {
    if (token === 'MMMM') return `(${MONTHS.join('|')})`;
    return token.length === 1 ? '(\\d{1,2})' : `(\\d{${token.length}})`;
  });
  const parts = format.split(TOKEN).map((text, index) => `${escaped(text)}${digits[index] ?? ''}`);
  return new RegExp(`^${parts.join('')}$`);
};

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');

const offsetInstant = (text: string): string | NoInstant => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return NOT_A_DATE;
  if (!isLocalDate(text.slice(0, 10)) || Number.isNaN(Date.parse(text))) return NOT_A_DATE;
  const instant = new Date(text).toISOString();
  return isInstant(instant) ? instant : NOT_A_DATE;
};

type Day = Readonly<{ start: string; isSteady: boolean }>;

/** Days by their start, and whether the clocks stay as they are: asking the calendar for every row would take most of an import. */
const daysOf = (zone: string) => {
  const known = new Map<string, Day>();
  return (day: string): Day => {
    const found = known.get(day);
    if (found) return found;
    const start = startOfLocalDay(day, zone);
    const asked = { start, isSteady: millisecondsBetween(start, endOfLocalDay(day, zone)) === DAY_MS };
    if (known.size > DAYS_REMEMBERED) known.clear();
    known.set(day, asked);
    return asked;
  };
};

const wallClock = (zone: string, twice?: Twice) => {
  const known = daysOf(zone);
  return (day: string, time: string): string | NoInstant => {
    const sinceMidnight = millisecondsBetween(`${DAY_ZERO}T00:00:00.000Z`, `${DAY_ZERO}T${time}Z`);
    if (!isLocalDate(day) || Number.isNaN(sinceMidnight) || sinceMidnight >= DAY_MS) return NOT_A_DATE;
    const { start, isSteady } = known(day);
    return isSteady ? laterBy(sinceMidnight, start) : oneOf(instantsAt(`${day}T${time}`, zone), twice);
  };
};

/** A time that clocks never show, or show twice, is a slip, or of another zone: nobody guesses which instant was meant. */
const oneOf = ([first, second]: readonly string[], twice?: Twice): string | NoInstant => {
  if (first === undefined) return { why: 'time-left-out' };
  if (second === undefined || twice === 'first') return first;
  return twice === 'second' ? second : { why: 'time-twice' };
};

/** A day without a time is meant from its beginning, also where midnight is left out or comes twice. */
const startOfDay = (zone: string) => {
  const known = daysOf(zone);
  return (day: string): string | NoInstant => (isLocalDate(day) ? known(day).start : NOT_A_DATE);
};

const DAY_ZERO = '2000-01-01';
const NOT_A_DATE: NoInstant = { why: 'not-a-date' };
