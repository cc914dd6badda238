export type ColumnType =
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'double precision'
  | 'text'
  | 'uuid'
  | 'timestamptz'
  | 'date'
  | 'jsonb'
  | 'text[]';
export type Column = ColumnType | Readonly<{ type: ColumnType; nullable?: true; personal?: true }>;
type Field<Row> = keyof Row & string;

/**
 * A view's table, written down once: DDL, select list, upsert, delete and select are read off it.
 * Fields are camelCase, their columns snake_case. `indexes` holds fields, or what follows `create index on <name>`.
 */
export type Table<Row extends object> = Readonly<{
  name: string;
  key: readonly Field<Row>[];
  columns: Readonly<Record<Field<Row>, Column>>;
  indexes: readonly (readonly Field<Row>[] | string)[];
}>;

/** For `sql(...statement)`. */
export type Statement = readonly [text: string, values: readonly unknown[]];
export type Keys<Row> = readonly Readonly<Partial<Row>>[];

export const ddlOf = <Row extends object>({ name, key, columns, indexes }: Table<Row>): string => {
  const lines = Object.entries<Column>(columns).map(
    ([field, column]) => `  ${snake(field)} ${typeOf(column)}${isNullable(column) ? '' : ' not null'}`,
  );
  return [
    `create table ${quoted(name)} (\n${[...lines, `  primary key (${key.map(snake)})`].join(',\n')}\n)`,
    ...indexes.map((on) => `create index on ${quoted(name)} ${typeof on === 'string' ? on : `(${on.map(snake)})`}`),
  ].join(';\n');
};

/** `"booking_id" as "bookingId", …` */
export const columnsOf = <Row extends object>({ columns }: Table<Row>): string =>
  Object.keys(columns)
    .map((field) => `${snake(field)} as "${field}"`)
    .join(', ');

/**
 * Inserts or replaces any number of rows in one statement: one array a column. No two rows may have the same key.
 * A jsonb field holding null is stored as NULL.
 * @throws TypeError for a field that is undefined, or text that PostgreSQL would refuse (NUL) or alter (lone surrogate)
 */
export const upsert = <Row extends object>(table: Table<Row>, rows: readonly Row[]): Statement => {
  const { name, key, columns } = table;
  const fields = Object.keys(columns) as Field<Row>[];
  const rest = fields.filter((field) => !key.includes(field));
  const changes = rest.map((field) => `${snake(field)} = excluded.${snake(field)}`);
  return [
    `insert into ${quoted(name)} (${fields.map(snake)})
     select ${fields.map((field) => restored(field, columns[field]))}
     from unnest(${parameters(table, fields)}) as given (${fields.map(snake)})
     on conflict (${key.map(snake)}) do ${changes.length > 0 ? `update set ${changes}` : 'nothing'}`,
    arrays(table, fields, rows),
  ];
};

export const deleteByKeys = <Row extends object>(table: Table<Row>, keys: Keys<Row>): Statement => [
  `delete from ${quoted(table.name)} where ${isAmong(table)}`,
  arrays(table, table.key, keys),
];

/** The rows that exist, in no particular order. */
export const selectByKeys = <Row extends object>(table: Table<Row>, keys: Keys<Row>): Statement => [
  `select ${columnsOf(table)} from ${quoted(table.name)} where ${isAmong(table)}`,
  arrays(table, table.key, keys),
];

const isAmong = <Row extends object>(table: Table<Row>) =>
  `(${table.key.map(snake)}) in (select * from unnest(${parameters(table, table.key)}))`;

/** An array of arrays must be rectangular in PostgreSQL, so lists travel as jsonb. */
const travelsAs = (column: Column) => (typeOf(column) === 'text[]' ? 'jsonb' : typeOf(column));

const parameters = <Row extends object>({ columns }: Table<Row>, fields: readonly Field<Row>[]) =>
  fields.map((field, index) => `$${index + 1}::${travelsAs(columns[field])}[]`);

const restored = (field: string, column: Column) => {
  const value = `given.${snake(field)}`;
  if (typeOf(column) !== 'text[]') return value;
  return `case when ${value} is not null then array(select jsonb_array_elements_text(${value})) end`;
};

const arrays = <Row extends object>(table: Table<Row>, fields: readonly Field<Row>[], rows: readonly Partial<Row>[]) =>
  fields.map((field) => rows.map((row) => outgoing(row[field], table.columns[field], `${table.name}.${field}`)));

const outgoing = (value: unknown, column: Column, place: string): unknown => {
  if (value === undefined) throw new TypeError(`${place} is undefined`);
  if (value === null) return null;
  if (travelsAs(column) === 'jsonb') return JSON.stringify(value);
  if (typeof value === 'string' && (value.includes('\0') || LONE_SURROGATE.test(value)))
    throw new TypeError(`${place} holds a NUL or half a surrogate pair, which PostgreSQL cannot store`);
  return value;
};

const LONE_SURROGATE = /\p{Surrogate}/u;
const typeOf = (column: Column) => (typeof column === 'string' ? column : column.type);
const isNullable = (column: Column) => typeof column !== 'string' && column.nullable === true;
const snake = (field: string) => `"${field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}"`;
/** `schema.table` names a table of another schema. */
const quoted = (name: string) =>
  name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
