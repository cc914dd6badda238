import { endOfLocalDay, instantAt, startOfLocalDay } from '#domain';
import { dayNumber, dayText, isInstant, isLocalDate, laterBy, millisecondsBetween } from '#kernel';

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

/** Reads a text of that format, wall clock in that zone and so many days later, as an instant; undefined when it is none. */
export const dateReader = (format: string, zone: string): ((text: string, days?: number) => string | undefined) => {
  if (format === 'iso') return offsetInstant;
  const tokens = (format.match(TOKEN) ?? []).map((token) => token[0]);
  const isNamed = format.includes('MMMM');
  const pattern = patternOf(format);
  const instantOf = wallClock(zone);
  return (text, days = 0) => {
    const found = pattern.exec(text);
    if (!found) return undefined;
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

const offsetInstant = (text: string): string | undefined => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  if (!isLocalDate(text.slice(0, 10)) || Number.isNaN(Date.parse(text))) return undefined;
  const instant = new Date(text).toISOString();
  return isInstant(instant) ? instant : undefined;
};

/** Days without a change of the clocks are counted from their start: asking the calendar for every row would take most of an import. */
const wallClock = (zone: string) => {
  const starts = new Map<string, string | undefined>();
  const steadyStart = (day: string) => {
    if (!starts.has(day)) {
      const start = startOfLocalDay(day, zone);
      if (starts.size > DAYS_REMEMBERED) starts.clear();
      starts.set(day, millisecondsBetween(start, endOfLocalDay(day, zone)) === DAY_MS ? start : undefined);
    }
    return starts.get(day);
  };
  return (day: string, time: string): string | undefined => {
    const sinceMidnight = millisecondsBetween(`${DAY_ZERO}T00:00:00.000Z`, `${DAY_ZERO}T${time}Z`);
    if (!isLocalDate(day) || Number.isNaN(sinceMidnight) || sinceMidnight >= DAY_MS) return undefined;
    const start = steadyStart(day);
    return start === undefined ? instantAt(`${day}T${time}`, zone) : laterBy(sinceMidnight, start);
  };
};
const DAY_ZERO = '2000-01-01';
