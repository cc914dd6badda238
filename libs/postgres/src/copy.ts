import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type Column, quoted, snake, storedColumns, type Table, travelling } from './table.js';

/** Adds rows to a table, in the transaction of its connection. */
export type Copy = <Row extends object>(table: Table<Row>, rows: readonly object[]) => Promise<void>;

/** How many rows are turned into text at a time. */
const CHUNK = 1_000;

/**
 * Inserts any number of rows, sealed where they are personal, at a third of what `upsert` costs; they replace none.
 * @throws TypeError as `upsert` does, and what PostgreSQL says of a row
 */
export const copyOver =
  (client: ClientBase): Copy =>
  async (table, rows) => {
    const columns = Object.entries(storedColumns(table));
    const names = columns.map(([field]) => snake(field)).join(', ');
    // Whole before the first is sent: a value that cannot be leaves the connection as it was.
    const chunks = Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, chunk) =>
      rows
        .slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        .map((row) => lineOf(table.name, columns, row))
        .join(''),
    );
    await pipeline(chunks, client.query(copyFrom(`copy ${quoted(table.name)} (${names}) from stdin`)));
  };

const lineOf = (table: string, columns: readonly (readonly [string, Column])[], row: object): string =>
  `${columns.map(([field, column]) => text(Reflect.get(row, field), column, `${table}.${field}`)).join('\t')}\n`;

const text = (value: unknown, column: Column, place: string): string => {
  if (value === null) return '\\N';
  const isList = Array.isArray(value) && (typeof column === 'string' ? column : column.type) === 'text[]';
  return escaped(isList ? listOf(value, place) : String(travelling(value, column, place)));
};

/** An array as PostgreSQL writes it. */
const listOf = (elements: readonly unknown[], place: string): string => {
  const quotedOf = (one: unknown) => `"${String(travelling(one, 'text', place)).replace(/["\\]/g, '\\$&')}"`;
  return `{${elements.map((one) => (one === null ? 'NULL' : quotedOf(one))).join()}}`;
};

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escaped = (given: string): string =>
  /[\\\t\n\r]/.test(given) ? given.replace(/[\\\t\n\r]/g, (one) => ESCAPES[one] as string) : given;
