import { type ClientBase, Pool, type PoolClient, types } from 'pg';
import { type Copy, copyOver } from './copy.js';

/** One statement with `$1`-style values; the rows come back as `poolOver` reads them. */
export type Sql = <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
export const SQL = Symbol('Sql');

export type PoolOptions = { max?: number; applicationName?: string; onError?: (error: Error) => void };

/**
 * A pool that reads instants as UTC text with milliseconds (`2024-02-29T23:59:59.123Z`), dates as `YYYY-MM-DD`,
 * int8 as bigint and numeric as text. Waits at most 10 s for a connection, then rejects.
 * `onError` hears of connections that broke while idle: the pool has already dropped them and nothing is lost.
 */
export const poolOver = (url: string, { max = 10, applicationName = 'touchline', onError }: PoolOptions = {}): Pool => {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    options: '-c timezone=UTC -c datestyle=ISO',
    types: { getTypeParser },
  });
  const idleConnectionBroke = (error: Error) => onError?.(error);
  pool.on('error', idleConnectionBroke);
  // A client in use reports a broken connection to its query; without a listener it would also end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
};

export const sqlOver =
  (connection: Pool | ClientBase): Sql =>
  async (text, values = []) =>
    (await connection.query({ text, values: [...values] })).rows;

/**
 * Runs `work` in one transaction on one connection; whatever it throws rolls back and is thrown on.
 * @param idleMs when it asks nothing for so many milliseconds PostgreSQL ends it, and frees what it has locked
 * @param isLax its commit does not wait for the disk: a crash of the database may take it, as a whole
 * @param work its third argument settles when what was asked has left this process: PostgreSQL is at it, whatever we do next
 * @throws when `work` hides a failed statement: PostgreSQL then answers the commit with a rollback
 */
export const inTransaction = async <T>(
  pool: Pool,
  work: (sql: Sql, copy: Copy, handedOver: () => Promise<void>) => Promise<T>,
  { idleMs, isLax = false }: Readonly<{ idleMs?: number; isLax?: boolean }> = {},
): Promise<T> => {
  const client = await pool.connect();
  try {
    const idle = idleMs ? `; set local idle_in_transaction_session_timeout to ${idleMs}` : '';
    await client.query(`begin${idle}${isLax ? '; set local synchronous_commit to off' : ''}`);
    const result = await work(sqlOver(client), copyOver(client), handedOverBy(client));
    const { command } = await client.query('commit');
    if (command !== 'COMMIT') throw new Error('The transaction was rolled back: one of its statements had failed');
    client.release();
    return result;
  } catch (error) {
    await client.query('rollback').then(
      () => client.release(),
      (broken: Error) => client.release(broken),
    );
    throw error;
  }
};

const handedOverBy =
  ({ connection: { stream } }: PoolClient) =>
  (): Promise<void> =>
    new Promise((resolve) => {
      stream.write('', () => resolve());
    });

const INSTANT = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?\+00$/;

const instant = (text: string): string => {
  const [, day, time, fraction = ''] = INSTANT.exec(text) ?? [];
  if (day === undefined) throw new RangeError(`"${text}" is not an instant of the years 1 to 9999 in UTC`);
  return `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
};

const asText = (text: string) => text;
const { TIMESTAMPTZ, INT8, DATE, NUMERIC } = types.builtins;
const readers = new Map<number, (text: string) => unknown>([
  [TIMESTAMPTZ, instant],
  [INT8, BigInt],
  [DATE, asText],
  [NUMERIC, asText],
]);

const elementOf = new Map<number, number>([
  [1185, TIMESTAMPTZ],
  [1016, INT8],
  [1182, DATE],
  [1231, NUMERIC],
]);

const getTypeParser = (type: number, format?: 'text' | 'binary'): ((value: string) => unknown) => {
  const read = readers.get(elementOf.get(type) ?? type);
  if (read === undefined) return types.getTypeParser(type, format as 'text');
  return elementOf.has(type) ? (text) => elements(text).map((one) => (one === null ? null : read(one))) : read;
};

const TEXT_ARRAY = 1009 as Parameters<typeof types.getTypeParser>[0];
const elements: (text: string) => readonly (string | null)[] = types.getTypeParser(TEXT_ARRAY, 'text');
