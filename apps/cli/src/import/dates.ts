import { endOfLocalDay, instantAt, startOfLocalDay } from '#domain';
import { isInstant, isLocalDate, laterBy, millisecondsBetween } from '#kernel';

const TOKEN = /yyyy|MM?|dd?|HH?|mm?|ss?|SSS/g;
const DAY_MS = 86_400_000;
const DAYS_REMEMBERED = 20_000;

/** Whether a format names a year, a month and a day, each once: `dd.MM.yyyy HH:mm`. `iso` is an instant with its offset. */
export const isDateFormat = (format: unknown): format is string => {
  if (typeof format !== 'string') return false;
  const letters = (format.match(TOKEN) ?? []).map((token) => token[0]);
  const hasDay = ['y', 'M', 'd'].every((letter) => letters.includes(letter));
  return format === 'iso' || (hasDay && new Set(letters).size === letters.length);
};

/** Reads a text of that format, wall clock in that zone, as an instant; undefined when it is none. */
export const dateReader = (format: string, zone: string): ((text: string) => string | undefined) => {
  if (format === 'iso') return offsetInstant;
  const tokens = (format.match(TOKEN) ?? []).map((token) => token[0]);
  const pattern = patternOf(format);
  const instantOf = wallClock(zone);
  return (text) => {
    const found = pattern.exec(text);
    if (!found) return undefined;
    const part = (token: string, digits = 2) => (found[tokens.indexOf(token) + 1] ?? '').padStart(digits, '0');
    const at = (token: string, digits = 2) => (tokens.includes(token) ? part(token, digits) : '0'.repeat(digits));
    const time = `${at('H')}:${at('m')}:${at('s')}.${at('S', 3)}`;
    return instantOf(`${part('y', 4)}-${part('M')}-${part('d')}`, time);
  };
};

const patternOf = (format: string): RegExp => {
  const digits = (format.match(TOKEN) ?? []).map(({ length }) => (length === 1 ? '(\\d{1,2})' : `(\\d{${length}})`));
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
