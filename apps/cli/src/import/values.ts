import { localDayOf, minorUnits } from '#domain';
import { dateReader } from './dates.js';
import { type CellValue, isCellValue, isIdValue, type Mapping } from './mapping.js';
import { type Sentence, sentence } from './words.js';

/** The row a value is made from: its cells, the ids its streams have by name, and where to say what does not fit. */
export type Making = Readonly<{
  cells: readonly string[];
  ids: ReadonlyMap<string, string>;
  complain: (about: Sentence) => undefined;
}>;

/** Makes one value of a row; undefined leaves the field out. */
export type Maker = (making: Making) => unknown;
export type ColumnAt = (column: string) => number;

/** Compiles the fields of a command as a mapping has them: constants as they are, cells and ids filled in row by row. */
export const makerOf = (template: unknown, mapping: Mapping, at: ColumnAt): Maker => {
  if (isCellValue(template)) return cellMaker(template, mapping, at);
  if (isIdValue(template)) return ({ ids }) => ids.get(template.$id);
  if (Array.isArray(template)) return listMaker(template, mapping, at);
  if (typeof template === 'object' && template !== null) return objectMaker(template, mapping, at);
  return () => template;
};

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

const cellMaker = ({ $column: column, $as = 'text', $words }: CellValue, mapping: Mapping, at: ColumnAt): Maker => {
  const index = at(column);
  const read = $words ? lookUp($words, column) : readers[$as as keyof typeof readers](column, mapping);
  return ({ cells, complain }) => {
    const text = cells[index] as string;
    return text === '' ? undefined : read(text, complain);
  };
};

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

const date = (column: string, { date: { format, zone } }: Mapping): Reader => {
  const instantOf = dateReader(format, zone);
  return (text, complain) => instantOf(text) ?? complain(sentence('not-a-date', { column, format }));
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
