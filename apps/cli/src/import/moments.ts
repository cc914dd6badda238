import { dateReader, type NoInstant } from './dates.js';
import { type DateMapping, listOf, MOST_DAYS } from './mapping.js';
import { type ColumnAt, type Making, wholeNumberIn } from './values.js';
import { type Sentence, sentence } from './words.js';

/** Reads one date of a row, or says why there is none. */
export type MomentReader = (cells: readonly string[]) => string | Sentence;

/** Compiles a date of a mapping: its columns read as one text, and so many days before or after. */
export const momentReader = (date: DateMapping, at: ColumnAt): MomentReader => {
  const { format, zone, twice, plusDays = [], minusDays = [] } = date;
  const columns = listOf(date.column);
  const indexes = columns.map(at);
  const read = dateReader(format, zone, twice);
  const [after, before] = [daysIn(plusDays, at), daysIn(minusDays, at)];
  const noInstant = (why: NoInstant['why']) => sentence(why, { column: columns.join(', '), format, zone });

  return (cells) => {
    const text = indexes.map((index) => cells[index]).join(' ');
    const [later, earlier] = [after(cells), before(cells)];
    if (typeof later !== 'number') return later;
    if (typeof earlier !== 'number') return earlier;
    const days = later - earlier;
    if (Math.abs(days) > MOST_DAYS) return noInstant('not-a-date');
    const instant = read(text, days);
    return typeof instant === 'string' ? instant : noInstant(instant.why);
  };
};

const daysIn = (
  days: readonly (string | number)[],
  at: ColumnAt,
): ((cells: readonly string[]) => number | Sentence) => {
  const constant = days.reduce<number>((sum, day) => sum + (typeof day === 'number' ? day : 0), 0);
  const columns = days.filter((day) => typeof day === 'string').map((column) => [column, at(column)] as const);
  return (cells) => {
    let sum = constant;
    for (const [column, index] of columns) {
      const count = wholeNumberIn(cells[index]);
      if (count === undefined) return sentence('not-a-whole-number', { column });
      sum += count;
    }
    return sum;
  };
};

/** The dates of one row by name, each read once, and only where it is asked for. */
export const momentsOf = (
  readers: ReadonlyMap<string, MomentReader>,
  cells: readonly string[],
  complain: Making['complain'],
): Making['momentOf'] => {
  const found = new Map<string, string | undefined>();
  return (name) => {
    if (!found.has(name)) {
      const moment = (readers.get(name) as MomentReader)(cells);
      found.set(name, typeof moment === 'string' ? moment : complain(moment));
    }
    return found.get(name);
  };
};
