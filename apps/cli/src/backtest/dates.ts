/** The order of a date whose parts do not tell it: 03/04/2011. */
export type DateOrder = 'mdy' | 'dmy';

const DAY_MS = 86_400_000;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Days since 1970-01-01; undefined for a day that is in no calendar. */
function dayNumber(year: number, month: number, day: number): number | undefined {
  const at = new Date(Date.UTC(year, month - 1, day));
  const exists = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  return exists ? at.getTime() / DAY_MS : undefined;
}

export const isoOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

const YEAR_FIRST = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:\D|$)/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(?:T.*)?$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?:\D|$)/;
const CHINESE = /^(\d{4})年(\d{1,2})月(\d{1,2})日/;
const NAMED = /^(?:(\d{1,2})[- ])?([A-Za-z]{3})[a-z]*\.?[- ](?:(\d{1,2}),? )?(\d{4})(?:\D|$)/;
const SECONDS = /^\d{10}$/;
const MILLISECONDS = /^\d{13}$/;

const fullYear = (text: string): number =>
  text.length === 2 ? Number(text) + (Number(text) < 70 ? 2000 : 1900) : Number(text);

function yearLast([, first = '', mark, second = '', year = '']: RegExpExecArray, order: DateOrder): number | undefined {
  const dayFirst = mark === '.' || order === 'dmy';
  const [month, day] = dayFirst ? [second, first] : [first, second];
  return dayNumber(fullYear(year), Number(month), Number(day));
}

function named([, before, name = '', after, year = '']: RegExpExecArray): number | undefined {
  return dayNumber(Number(year), MONTHS.indexOf(name.toLowerCase()) + 1, Number(before ?? after));
}

/** Reads a day in the formats that purchase files use; times of day and zones are left out. Undefined when it is none. */
export function parseDay(text: string, order: DateOrder): number | undefined {
  const parts = YEAR_FIRST.exec(text) ?? COMPACT.exec(text) ?? CHINESE.exec(text);
  if (parts) return dayNumber(Number(parts[1]), Number(parts[2]), Number(parts[3]));
  const late = YEAR_LAST.exec(text);
  if (late) return yearLast(late, order);
  const worded = NAMED.exec(text);
  if (worded) return named(worded);
  if (SECONDS.test(text)) return Math.floor((Number(text) * 1000) / DAY_MS);
  return MILLISECONDS.test(text) ? Math.floor(Number(text) / DAY_MS) : undefined;
}

/** What the dates themselves say about their order; undefined when none of them tells. Dotted dates are always day first. */
export function orderOf(texts: readonly string[]): DateOrder | undefined {
  for (const text of texts) {
    const [, first, mark, second] = YEAR_LAST.exec(text) ?? [];
    if (mark === '.' || mark === undefined) continue;
    if (Number(first) > 12) return 'dmy';
    if (Number(second) > 12) return 'mdy';
  }
  return undefined;
}

/** Whether any of the dates needs an order to be read. */
export const needsOrder = (texts: readonly string[]): boolean =>
  texts.some((text) => YEAR_LAST.exec(text)?.[2] !== '.' && YEAR_LAST.test(text));
