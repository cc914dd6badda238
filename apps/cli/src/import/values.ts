import { localDayOf, minorUnits } from '#domain';
import { dateReader } from './dates.js';
import { type CellValue, isCellValue, isDateValue, isIdValue, listOf, type Mapping } from './mapping.js';
import { type Sentence, sentence } from './words.js';

/** The row a value is made from: its cells, its ids and dates by name, and where to say what does not fit. */
export type Making = Readonly<{
  cells: readonly string[];
  ids: ReadonlyMap<string, string>;
  momentOf: (name: string) => string | undefined;
  complain: (about: Sentence) => undefined;
}>;

/** Makes one value of a row; undefined leaves the field out. */
export type Maker = (making: Making) => unknown;
export type ColumnAt = (column: string) => number;

/** Compiles the fields of a command as a mapping has them: constants as they are, cells and ids filled in row by row. */
export const makerOf = (template: unknown, mapping: Mapping, at: ColumnAt): Maker => {
  if (isCellValue(template)) return cellMaker(template, mapping, at);
  if (isIdValue(template)) return idMaker(listOf(template.$id));
  if (isDateValue(template)) return ({ momentOf }) => momentOf(template.$date);
  if (Array.isArray(template)) return listMaker(template, mapping, at);
  if (typeof template === 'object' && template !== null) return objectMaker(template, mapping, at);
  return () => template;
};

const idMaker =
  (names: readonly string[]): Maker =>
  ({ ids }) =>
    names.map((name) => ids.get(name)).find((id) => id !== undefined);

const listMaker = (template: readonly unknown[], mapping: Mapping, at: ColumnAt): Maker => {
  const items = template.map((item) => makerOf(item, mapping, at));
  return (making) => items.map((make) => make(making)).filter((item) => item !== undefined);
};

const objectMaker = (template: object, mapping: Mapping, at: ColumnAt): Maker => {
  const fields = Object.entries(template).map(([field, value]) => [field, makerOf(value, mapping, at)] as const);
  return (making) => {
    const made: Record<string, unknown> = {};
    for (const [field, make] of fields) {
      const value = make(making);
      if (value !== undefined) made[field] = value;
    }
    return made;
  };
};

const cellMaker = (cell: CellValue, mapping: Mapping, at: ColumnAt): Maker => {
  const { $column: column, $as = 'text', $words, $times, $prefix } = cell;
  const index = at(column);
  const read = $words ? lookUp($words, column) : readers[$as as keyof typeof readers](column, mapping);
  const multiply = $times && multiplier($times, column, at);
  return ({ cells, complain }) => {
    const text = cells[index] as string;
    const value = text === '' ? undefined : read($prefix ? `${$prefix}${text}` : text, complain);
    return multiply && value !== undefined ? multiply(value as Money, cells, complain) : value;
  };
};

type Money = Readonly<{ amount: number; currency: string }>;

/** Times what several columns count together: exact, or no amount. */
const multiplier = (columns: readonly string[], of: string, at: ColumnAt) => {
  const counts = columns.map((column) => [column, at(column)] as const);
  return ({ amount, currency }: Money, cells: readonly string[], complain: Making['complain']): Money | undefined => {
    let times = 0;
    for (const [column, index] of counts) {
      const count = wholeNumberIn(cells[index]);
      if (count === undefined) return complain(sentence('not-a-whole-number', { column }));
      times += count;
    }
    const product = amount * times;
    if (!Number.isSafeInteger(product)) return complain(sentence('not-an-amount', { column: of, currency }));
    return { amount: product === 0 ? 0 : product, currency };
  };
};

/** A count as a file has it; undefined where the cell holds none. */
export const wholeNumberIn = (cell: string | undefined): number | undefined =>
  cell !== undefined && /^\d{1,9}$/.test(cell) ? Number(cell) : undefined;

type Reader = (text: string, complain: Making['complain']) => unknown;

const lookUp = (known: Readonly<Record<string, unknown>>, column: string): Reader => {
  const meanings = new Map(Object.entries(known));
  return (text, complain) =>
    meanings.has(text) ? (meanings.get(text) ?? undefined) : complain(sentence('no-word', { column }));
};

const money =
  (sign: 1 | -1) =>
  (column: string, { currency }: Mapping): Reader =>
  (text, complain) => {
    const amount = minorUnits(text, currency);
    if (amount === undefined) return complain(sentence('not-an-amount', { column, currency }));
    return { amount: amount === 0 ? 0 : amount * sign, currency };
  };

const date = (column: string, { date: { format, zone, twice } }: Mapping): Reader => {
  const instantOf = dateReader(format, zone, twice);
  return (text, complain) => {
    const instant = instantOf(text);
    return typeof instant === 'string' ? instant : complain(sentence(instant.why, { column, format, zone }));
  };
};

const readers = {
  text: (): Reader => (text) => text,
  number:
    (column: string): Reader =>
    (text, complain) =>
      /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : complain(sentence('not-a-number', { column })),
  money: money(1),
  'money-reversed': money(-1),
  instant: date,
  day: (column: string, mapping: Mapping): Reader => {
    const read = date(column, mapping);
    return (text, complain) => {
      const instant = read(text, complain) as string | undefined;
      return instant && localDayOf(instant, mapping.date.zone);
    };
  },
};
