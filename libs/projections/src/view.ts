import { createHash } from 'node:crypto';
import type { AnyProjection, Recorded } from '#kernel';
import { ddlOf, personalFieldsOf, type poolOver, type Table } from '#postgres';

export type Pool = ReturnType<typeof poolOver>;
/** A row, handled without knowing of which view. */
export type Row = Readonly<Record<string, unknown>>;

/** A fold and the table it fills. */
export type View = Readonly<{
  projection: AnyProjection;
  table: Table<Row>;
  /** A row is what one fact says and is never folded on: no row is read before it is written. */
  appendOnly?: true;
  /** Hears the facts that name no customer too. */
  everyFact?: true;
}>;

export const NEXT_CHANGE = 'nextChangeOn';

/** The column that holds the row key. */
export const keyFieldOf = ({ table }: View): string => String(table.key[0]);

/** Where a row is kept: the key as `keys(fact)` gives it, or for rows never folded on, the whole of the table's key. */
export const placeOf = ({ table }: View, row: Row): string =>
  table.key.map((field) => String(row[field])).join('\u0000');

/** Whether the view folds that fact. */
export const hearing = ({ projection, everyFact }: View): ((fact: Recorded) => boolean) => {
  if (everyFact) return () => true;
  if (projection.hears === 'everything') return ({ customers }) => customers.length > 0;
  const types = new Set<string>(projection.hears);
  return ({ type }) => types.has(type);
};

/** Whether a fact of that type, whoever it names, may matter to the view or its context. */
export const mayHear = ({ projection, everyFact }: View, type: string): boolean =>
  everyFact === true ||
  projection.hears === 'everything' ||
  projection.hears.includes(type) ||
  projection.context?.hears.includes(type) === true;

/** The table with an index of the rows that promise something: finding what is due costs what is due. */
export const indexed = ({ projection, table }: View): View['table'] => {
  const at = projection.deadline?.at;
  if (at === undefined) return table;
  const columns = [at, ...table.key].map(columnOf).join(', ');
  return { ...table, indexes: [...table.indexes, `(${columns}) where ${columnOf(at)} is not null`] };
};

/** The column of a field. */
export const columnOf = (field: string): string => field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

/** Changes with the columns, so that a changed table is rebuilt even when nobody raised the version. */
export const shapeOf = (view: View): string =>
  createHash('sha256')
    .update(ddlOf<Row>(indexed(view)) + personalFieldsOf(view.table).flat().join())
    .digest('hex')
    .slice(0, 16);

/** @throws for a view that the engine could not keep. */
export const assertSound = (views: readonly View[]): void => {
  const names = views.map(({ projection }) => projection.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`Two views are called ${twice}`);
  for (const { projection, table, appendOnly } of views) {
    if (projection.announces && appendOnly)
      throw new Error(`${projection.name}: rows that are never folded on do not change, and announce nothing`);
    if (table.key.length !== 1 && !appendOnly)
      throw new Error(
        `${projection.name}: a row key is the value of one column, ${table.name} has ${table.key.length}`,
      );
    if (projection.advance && (appendOnly || !(NEXT_CHANGE in table.columns)))
      throw new Error(`${projection.name}: advance needs rows that are folded on and a column ${NEXT_CHANGE}`);
    assertDeadline({ projection, table, ...(appendOnly && { appendOnly }) });
  }
};

const assertDeadline = ({ projection: { name, deadline }, table, appendOnly }: View): void => {
  if (!deadline) return;
  const column = table.columns[deadline.at];
  const isInstant = typeof column === 'object' && column.type === 'timestamptz' && column.nullable === true;
  if (appendOnly || !isInstant || column.personal !== undefined)
    throw new Error(
      `${name}: a deadline needs rows that are folded on and a timestamptz ${deadline.at} that may be null`,
    );
  const { standing } = deadline;
  const stands = standing === undefined ? 'text' : table.columns[standing];
  if (stands === undefined || (typeof stands === 'object' && stands.personal !== undefined))
    throw new Error(`${name}: what a deadline stands at is a column that is not personal`);
};
