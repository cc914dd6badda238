import { IsBoolean, IsIn, Matches } from 'class-validator';
import { IsCode, IsText, isZone, MayBeAbsent, Rule } from '#domain';
import type { Class } from '#kernel';
import { isDateFormat, type Twice } from './dates.js';

// What a mapping file may say: the language of docs/how-to/import.md.

const Nested = (shape: Class) => Rule('nested', isPlain, 'an object', { shape });
const ListOf = (shape: Class) =>
  Rule('listOf', (value) => Array.isArray(value) && value.length > 0 && value.every(isPlain), 'a list of objects', {
    shapes: shape,
    max: 100,
  });
const Columns = () => Rule('columns', isListOfNames, 'a list of column names');
const ColumnOrColumns = () =>
  Rule('columnOrColumns', (value) => isName(value) || isListOfNames(value), 'a column name, or a list of them');
const Days = () =>
  Rule(
    'days',
    (value) => Array.isArray(value) && value.length > 0 && value.every((days) => isName(days) || isCount(days)),
    'a list of column names and whole numbers',
  );
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isInteger(value) && Math.abs(value as number) <= MOST_DAYS;
/** A century: more is a slip. */
export const MOST_DAYS = 36_525;
const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfNames = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isName);

/** A choice by one column: it is exactly this text, or one of these, or begins with it. */
export class When {
  @IsText(200) column!: string;
  @MayBeAbsent() @Rule('text', (value) => typeof value === 'string', 'a text (quote numbers)') is?: string;
  @MayBeAbsent() @IsText(200) startsWith?: string;
  @MayBeAbsent() @Rule('texts', isListOfNames, 'a list of texts (quote numbers)') oneOf?: readonly string[];
}

export class Saying {
  @IsText(60) type!: string;
  @MayBeAbsent() @Nested(When) when?: When;
  @Rule('plain', isPlain, 'an object') data!: Readonly<Record<string, unknown>>;
}

/**
 * One stream that a row speaks to. Without `key` the row's own identity names it; a `prefix` keeps apart what two columns
 * number alike. `date` names one of the mapping's `dates`; without it, what is said is said when the row happened.
 */
export class StreamMapping {
  @IsText(60) slice!: string;
  @MayBeAbsent() @IsCode() name?: string;
  @MayBeAbsent() @Columns() key?: readonly string[];
  @MayBeAbsent() @IsText(30) prefix?: string;
  @MayBeAbsent() @IsText(60) date?: string;
  @MayBeAbsent() @IsBoolean() once?: boolean;
  @ListOf(Saying) commands!: readonly Saying[];
}

/** A date from one column, or from several read as one text with a space between them, and so many days before or after. */
export class DateMapping {
  @ColumnOrColumns() column!: string | readonly string[];
  @Rule('dateFormat', isDateFormat, 'iso, or a format like dd.MM.yyyy HH:mm') format!: string;
  @Rule('isZone', isZone, 'a time zone like Europe/London') zone!: string;
  /** Of a time that comes twice when clocks go back; left out: such a row is rejected. */
  @MayBeAbsent() @IsIn(['first', 'second']) twice?: Twice;
  @MayBeAbsent() @Days() plusDays?: readonly (string | number)[];
  @MayBeAbsent() @Days() minusDays?: readonly (string | number)[];
}

export class Mapping {
  @IsCode() system!: string;
  @MayBeAbsent() @IsIn([',', ';', '\t', '|']) delimiter?: string;
  @Matches(/^[A-Z]{3}$/) currency!: string;
  /** Texts that say that a cell is empty. */
  @MayBeAbsent() @Rule('texts', isListOfNames, 'a list of texts') empty?: readonly string[];
  @Nested(DateMapping) date!: DateMapping;
  /** Other dates of a row, by name. */
  @MayBeAbsent() @Rule('plain', isPlain, 'an object') dates?: Readonly<Record<string, DateMapping>>;
  @Rule('identity', (value) => value === 'content' || isListOfNames(value), 'a list of column names, or "content"')
  identity!: readonly string[] | 'content';
  @ListOf(StreamMapping) streams!: readonly StreamMapping[];
}

/**
 * A text from a cell: `$as` says what it is, `$words` what it means, `$prefix` what stands before it, `$times` that an
 * amount is one of each that these columns count together. An empty cell leaves the field out.
 */
export class CellValue {
  @IsText(200) $column!: string;
  @MayBeAbsent() @IsIn(['text', 'number', 'money', 'money-reversed', 'day', 'instant']) $as?: string;
  @MayBeAbsent() @Rule('plain', isPlain, 'an object') $words?: Readonly<Record<string, unknown>>;
  @MayBeAbsent() @Columns() $times?: readonly string[];
  @MayBeAbsent() @IsText(30) $prefix?: string;
}

/** The id of another stream of the same row, by its name; of several names the first that the row has. */
export class IdValue {
  @Rule('nameOrNames', (value) => isName(value) || isListOfNames(value), 'a name, or a list of them')
  $id!: string | readonly string[];
}

/** The instant of one of the mapping's `dates`. */
export class DateValue {
  @IsText(60) $date!: string;
}

export const isCellValue = (value: unknown): value is CellValue => isPlain(value) && '$column' in Object(value);
export const isIdValue = (value: unknown): value is IdValue => isPlain(value) && '$id' in Object(value);
export const isDateValue = (value: unknown): value is DateValue => isPlain(value) && '$date' in Object(value);

export const nameOf = ({ name, slice }: StreamMapping): string => name ?? slice;
export const delimiterOf = ({ delimiter = ',' }: Mapping): string => delimiter;
export const listOf = <T extends string>(one: T | readonly T[]): readonly T[] =>
  typeof one === 'string' ? [one] : one;
