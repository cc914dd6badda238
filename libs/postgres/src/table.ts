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
/**
 * `personal` names the class of what only some may read: the field lies, with the row's other personal fields, in one
 * sealed column. `blind` names the field that says of which kind the value is: only its keyed fingerprint is stored.
 */
export type Column = ColumnType | Readonly<{ type: ColumnType; nullable?: true; personal?: string; blind?: string }>;
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
  /** The field that holds whose personal data a row has; each table with personal or blind columns names one. */
  subject?: Field<Row> | undefined;
  /** What becomes of rows whose subject is forgotten: their personal column is emptied, or they go. */
  forgotten?: 'emptied' | 'removed' | undefined;
}>;

/** The column in which a row's personal fields lie sealed; null: there are none. */
export const SEALED = 'sealed';
/** What it holds once the subject is forgotten. */
export const FORGOTTEN = 'forgotten';

/** The personal fields of a table, with their class. */
export const personalFieldsOf = <Row extends object>({ columns }: Table<Row>): readonly (readonly [string, string])[] =>
  Object.entries<Column>(columns).flatMap(([field, column]) => {
    const personal = typeof column === 'object' ? column.personal : undefined;
    return personal === undefined ? [] : [[field, personal] as const];
  });

/** What is stored as a column: the personal fields together are one. */
export const storedColumns = <Row extends object>({ columns }: Table<Row>): Readonly<Record<string, Column>> => {
  const entries = Object.entries<Column>(columns);
  const plain = entries.filter(([, column]) => typeof column === 'string' || column.personal === undefined);
  return {
    ...Object.fromEntries(plain),
    ...(plain.length < entries.length && { [SEALED]: { type: 'text', nullable: true } as const }),
  };
};

/** For `sql(...statement)`. */
export type Statement = readonly [text: string, values: readonly unknown[]];
export type Keys<Row> = readonly Readonly<Partial<Row>>[];

export const ddlOf = <Row extends object>(table: Table<Row>): string => {
  const { name, key, indexes } = table;
  const lines = Object.entries<Column>(storedColumns(table)).map(
    ([field, column]) => `  ${snake(field)} ${typeOf(column)}${isNullable(column) ? '' : ' not null'}`,
  );
  return [
    `create table ${quoted(name)} (\n${[...lines, `  primary key (${key.map(snake)})`].join(',\n')}\n)`,
    ...indexes.map((on) => `create index on ${quoted(name)} ${typeof on === 'string' ? on : `(${on.map(snake)})`}`),
  ].join(';\n');
};

/** `"booking_id" as "bookingId", …`, qualified by `of` where several tables are read; sealed as they lie there. */
export const columnsOf = <Row extends object>(table: Table<Row>, of = ''): string =>
  Object.keys(storedColumns(table))
    .map((field) => `${of && `${of}.`}${snake(field)} as "${field}"`)
    .join(', ');

/** Empties or removes the rows of people who were forgotten; undefined where the table has nothing personal. */
export const forget = <Row extends object>(table: Table<Row>, subjects: readonly string[]): Statement | undefined => {
  const { name, subject, forgotten, columns } = table;
  if (subject === undefined) return undefined;
  const theirs = `${snake(subject)} = any($1::${typeOf(columns[subject])}[])`;
  return forgotten === 'removed'
    ? [`delete from ${quoted(name)} where ${theirs}`, [subjects]]
    : [`update ${quoted(name)} set ${SEALED} = '${FORGOTTEN}' where ${theirs}`, [subjects]];
};

/**
 * Inserts or replaces any number of rows, sealed where they are personal, in one statement: one array a column. No two rows may have the same key.
 * A jsonb field holding null is stored as NULL.
 * @throws TypeError for a field that is undefined, or text that PostgreSQL would refuse (NUL) or alter (lone surrogate)
 */
export const upsert = <Row extends object>(table: Table<Row>, rows: readonly object[]): Statement => {
  const { name, key } = table;
  const columns = storedColumns(table);
  const fields = Object.keys(columns);
  const rest = fields.filter((field) => !key.includes(field as Field<Row>));
  const changes = rest.map((field) => `${snake(field)} = excluded.${snake(field)}`);
  return [
    `insert into ${quoted(name)} (${fields.map(snake)})
     select ${fields.map((field) => restored(field, columns[field] as Column))}
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

const parameters = <Row extends object>(table: Table<Row>, fields: readonly string[]) => {
  const columns = storedColumns(table);
  return fields.map((field, index) => `$${index + 1}::${travelsAs(columns[field] as Column)}[]`);
};

const restored = (field: string, column: Column) => {
  const value = `given.${snake(field)}`;
  if (typeOf(column) !== 'text[]') return value;
  return `case when ${value} is not null then array(select jsonb_array_elements_text(${value})) end`;
};

const arrays = <Row extends object>(table: Table<Row>, fields: readonly string[], rows: readonly object[]) => {
  const columns = storedColumns(table);
  return fields.map((field) =>
    rows.map((row) => travelling(Reflect.get(row, field), columns[field] as Column, `${table.name}.${field}`)),
  );
};

/** A value as it is sent. @throws TypeError for one that PostgreSQL would refuse or alter */
export const travelling = (value: unknown, column: Column, place: string): unknown => {
  if (value === undefined) throw new TypeError(`${place} is undefined`);
  if (value === null) return null;
  if (travelsAs(column) === 'jsonb') return JSON.stringify(value);
  if (typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()))
    throw new TypeError(`${place} holds a NUL or half a surrogate pair, which PostgreSQL cannot store`);
  return value;
};

const typeOf = (column: Column) => (typeof column === 'string' ? column : column.type);
const isNullable = (column: Column) => typeof column !== 'string' && column.nullable === true;
export const snake = (field: string) => `"${field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)}"`;
/** `schema.table` names a table of another schema. */
export const quoted = (name: string) =>
  name
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
