import { IsInt, IsString, Max, Min } from 'class-validator';
import { MayBeAbsent, Rule, UUID } from '#domain';
import { isInstant } from '#kernel';

/** A part of a list, and where the next part begins; null: this was the last. */
export type Page<Item> = Readonly<{ items: readonly Item[]; cursor: string | null }>;

type Part = string | number;
type PartRule = (part: unknown) => boolean;

/** How many at most. */
export const IsLimit = () => (prototype: object, field: string) => {
  for (const rule of [MayBeAbsent(), Min(1), Max(500), IsInt()]) rule(prototype, field);
};

/** Where an earlier page of the same list ended. */
export const IsCursor =
  (...parts: readonly PartRule[]) =>
  (prototype: object, field: string) => {
    const isCursor = Rule('isCursor', (value) => fits(value, parts), 'the cursor of an earlier page');
    for (const rule of [MayBeAbsent(), IsString(), isCursor]) rule(prototype, field);
  };

const fits = (value: unknown, rules: readonly PartRule[]): boolean => {
  if (typeof value !== 'string' || value.length > 300 || !/^[\w-]+$/.test(value)) return false;
  try {
    const parts: unknown = JSON.parse(Buffer.from(value, 'base64url').toString());
    return Array.isArray(parts) && parts.length === rules.length && rules.every((rule, index) => rule(parts[index]));
  } catch {
    return false;
  }
};

// What fits here must fit PostgreSQL too: it knows no year 0, and no number beyond 64 bits.
export const isMoment: PartRule = (part) => isInstant(part) && part >= '0001';
export const isId: PartRule = (part) => typeof part === 'string' && UUID.test(part);
export const isWhole: PartRule = (part) =>
  typeof part === 'string' && /^-?\d{1,19}$/.test(part) && BigInt.asIntN(64, BigInt(part)) === BigInt(part);

export const cursorOf = (...parts: readonly Part[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** The parts of a cursor that fits; none for the first page. */
export const partsOf = (cursor: string | undefined): readonly Part[] =>
  cursor === undefined ? [] : JSON.parse(Buffer.from(cursor, 'base64url').toString());

/** One row more than shown was asked for: if it came, the next page begins behind the last row shown. */
export const pageOf = <Row>(rows: readonly Row[], limit: number, cursorAt: (row: Row) => string): Page<Row> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: last !== undefined && rows.length > limit ? cursorAt(last) : null };
};

/** The same page with other items. */
export const shown = <Row, Item>({ items, cursor }: Page<Row>, show: (row: Row) => Item): Page<Item> => ({
  items: items.map(show),
  cursor,
});
