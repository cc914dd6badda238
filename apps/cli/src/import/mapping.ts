import { IsBoolean, IsIn, Matches } from 'class-validator';
import { IsCode, IsText, isZone, MayBeAbsent, Rule } from '#domain';
import type { Class } from '#kernel';
import { isDateFormat } from './dates.js';

// What a mapping file may say: the language of docs/how-to/import.md.

const Nested = (shape: Class) => Rule('nested', isPlain, 'an object', { shape });
const ListOf = (shape: Class) =>
  Rule('listOf', (value) => Array.isArray(value) && value.length > 0 && value.every(isPlain), 'a list of objects', {
    shapes: shape,
    max: 100,
  });
const Columns = () => Rule('columns', isListOfNames, 'a list of column names');
const isPlain = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfNames = (value: unknown): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '');

/** A choice by one column: it is exactly this text, or begins with it. */
export class When {
  @IsText(200) column!: string;
  @MayBeAbsent() @Rule('text', (value) => typeof value === 'string', 'a text (quote numbers)') is?: string;
  @MayBeAbsent() @IsText(200) startsWith?: string;
}

export class Saying {
  @IsText(60) type!: string;
  @MayBeAbsent() @Nested(When) when?: When;
  @Rule('plain', isPlain, 'an object') data!: Readonly<Record<string, unknown>>;
}

/** One stream that a row speaks to. Without `key` the row's own identity names it. */
export class StreamMapping {
  @IsText(60) slice!: string;
  @MayBeAbsent() @IsCode() name?: string;
  @MayBeAbsent() @Columns() key?: readonly string[];
  @MayBeAbsent() @IsBoolean() once?: boolean;
  @ListOf(Saying) commands!: readonly Saying[];
}

export class DateMapping {
  @IsText(200) column!: string;
  @Rule('dateFormat', isDateFormat, 'iso, or a format like dd.MM.yyyy HH:mm') format!: string;
  @Rule('isZone', isZone, 'a time zone like Europe/London') zone!: string;
}

export class Mapping {
  @IsCode() system!: string;
  @MayBeAbsent() @IsIn([',', ';', '\t', '|']) delimiter?: string;
  @Matches(/^[A-Z]{3}$/) currency!: string;
  @Nested(DateMapping) date!: DateMapping;
  @Rule('identity', (value) => value === 'content' || isListOfNames(value), 'a list of column names, or "content"')
  identity!: readonly string[] | 'content';
  @ListOf(StreamMapping) streams!: readonly StreamMapping[];
}

/** A text from a cell: `$as` says what it is, `$words` what it means. An empty cell leaves the field out. */
export class CellValue {
  @IsText(200) $column!: string;
  @MayBeAbsent() @IsIn(['text', 'number', 'money', 'money-reversed', 'day', 'instant']) $as?: string;
  @MayBeAbsent() @Rule('plain', isPlain, 'an object') $words?: Readonly<Record<string, unknown>>;
}

/** The id of another stream of the same row, by its name. */
export class IdValue {
  @IsText(60) $id!: string;
}

export const isCellValue = (value: unknown): value is CellValue => isPlain(value) && '$column' in Object(value);
export const isIdValue = (value: unknown): value is IdValue => isPlain(value) && '$id' in Object(value);

export const nameOf = ({ name, slice }: StreamMapping): string => name ?? slice;
export const delimiterOf = ({ delimiter = ',' }: Mapping): string => delimiter;
