import { spawn } from 'node:child_process';
import { open, readFile, rename, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type DatabaseError } from 'pg';
import { findBinaries, madeRunnable, type Place, renameUnlessThere } from './binaries.js';
import { type Lodging, PORT, socketFolderFor } from './lodging.js';
import { bareEnvironment, explain, run } from './run.js';

export const USER = 'touchline';

type Connection = Client & { ref(): void; unref(): void };
/** A server that answers, and the connection on which it did. */
export type Running = { readonly pid: number; readonly socketFolder: string; readonly connection: Connection };
export type Cluster = Lodging & { readonly places: readonly Place[]; readonly log: (message: string) => void };

const PATIENCE_MS = 120_000;

/**
 * The cluster's server, started unless it runs. PostgreSQL's own lock on the data folder decides between starters:
 * all of them end up with one server.
 * @throws when it cannot be started, or runs and does not answer for two minutes
 */
export const runningServer = async (cluster: Cluster): Promise<Running> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (let child: Child | undefined; ; await pause(20)) {
    const server = await greet(cluster);
    if (server) return server;
    const lastWords = await child?.lastWords();
    if (lastWords !== undefined) {
      if (!OTHERS_ARE_THERE.test(lastWords)) throw new Error(`PostgreSQL did not start: ${lastWords}`);
      child = undefined;
      await pause(100);
    }
    child ??= await launchUnlessServing(cluster);
    if (performance.now() > deadline) throw new Error(`PostgreSQL does not answer: see ${logFileOf(cluster)}`);
  }
};

const OTHERS_ARE_THERE = /lock file ".*" already exists|shared memory block .* is still in use/;

/** Ends the server as a clean shutdown; resolves when it is gone. */
export const stopServer = async ({ data }: Cluster, pid: number): Promise<void> => {
  if (!(await isServing(pid, data))) return;
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + PATIENCE_MS;
  while (await isServing(pid, data)) {
    if (performance.now() > deadline) throw new Error(`PostgreSQL (process ${pid}) does not stop`);
    await pause(10);
  }
};

export const logFileOf = ({ home }: Lodging) => join(home, 'server.log');

type Lock = { readonly pid: number; readonly socketFolder: string; readonly text: string };

const lockOf = async (data: string): Promise<Lock | undefined> => {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const [pid, , , , socketFolder] = text.split('\n');
  return pid ? { pid: Number(pid), socketFolder: socketFolder ?? '', text } : undefined;
};

const greet = async ({ data }: Cluster): Promise<Running | undefined> => {
  const lock = await lockOf(data);
  if (!lock?.socketFolder) return undefined;
  const { pid, socketFolder } = lock;
  const connection = new Client({
    host: socketFolder,
    port: PORT,
    user: USER,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: 5000,
  }) as Connection;
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    return { pid, socketFolder, connection };
  } catch (error) {
    if (isComingOrGoing(error as DatabaseError)) return undefined;
    throw error;
  }
};

const NOT_YET_OR_NO_MORE = ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P03', '57P01', '57P02', '53300'];
const isComingOrGoing = ({ code, message }: DatabaseError) =>
  NOT_YET_OR_NO_MORE.includes(String(code)) || /terminated|timeout/.test(message);

const isServing = async (pid: number, data: string): Promise<boolean> => {
  if (process.platform !== 'linux') {
    const { output } = await run('ps', ['-p', `${pid}`, '-o', 'stat=,command=']);
    return !output.startsWith('Z') && output.includes(data);
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(data);
};

const launchUnlessServing = async (cluster: Cluster): Promise<Child | undefined> => {
  const lock = await lockOf(cluster.data);
  if (lock && (await isServing(lock.pid, cluster.data))) return undefined;
  if (lock && isTaken(lock.pid)) await clear(cluster, lock);
  return launch(cluster);
};

/** PostgreSQL clears what a dead server left, but takes a dead process nobody reaped, or a reused number, for alive. */
const isTaken = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Takes the lock file away before it looks at it again, so that it never removes one written in between. */
const clear = async ({ data, log }: Cluster, { pid, socketFolder, text }: Lock): Promise<void> => {
  const aside = join(data, `postmaster.pid.${process.pid}`);
  try {
    await rename(join(data, 'postmaster.pid'), aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if ((await readFile(aside, 'utf8')) !== text) return rename(aside, join(data, 'postmaster.pid'));
  log(`Clearing what a dead PostgreSQL server (process ${pid}) left behind`);
  await unlink(aside);
  if (socketFolder) await rm(join(socketFolder, `.s.PGSQL.${PORT}.lock`), { force: true });
};

const SETTINGS = {
  listen_addresses: '',
  port: PORT,
  unix_socket_permissions: '0700',
  fsync: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // The log must not quote personal data: errors and the statements that caused them stay out of it.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  logging_collector: 'off',
};
const LONGEST_LOG_BYTES = 10_000_000;

/** A server process that may still turn out to be superfluous; `lastWords` is what it logged, once it has ended. */
type Child = { lastWords(): Promise<string | undefined> };

const launch = async (cluster: Cluster): Promise<Child> => {
  const { home, data, account } = cluster;
  const folder = await programsFor(cluster);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const logFile = await open(logFileOf(cluster), 'a+', 0o600);
  const { size } = await logFile.stat();
  if (size > LONGEST_LOG_BYTES) await logFile.truncate();
  const start = size > LONGEST_LOG_BYTES ? 0 : size;
  const child = spawn(join(folder, 'postgres'), ['-D', data, '-k', await socketFolderFor(cluster), ...settings], {
    ...account,
    cwd: home,
    env: bareEnvironment(),
    // A server of its own: neither Ctrl-C nor the end of this process takes it along.
    detached: true,
    stdio: ['ignore', logFile.fd, logFile.fd],
  });
  child.unref();
  let fault: string | undefined;
  child.on('error', (error) => {
    fault = error.message;
  });
  await logFile.close();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const logged = async () => (await readFile(logFileOf(cluster))).subarray(start).toString();
  return { lastWords: async () => fault ?? (hasEnded() ? logged() : undefined) };
};

/** The programs that fit the data; makes the data first where there is none. */
const programsFor = async ({ home, data, account, places, log }: Cluster): Promise<string> => {
  const major = await readFile(join(data, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  const { folder, version } = await madeRunnable(await findBinaries(places, major?.trim()), account, home);
  if (major !== undefined) return folder;
  log(`Creating a PostgreSQL ${version} database in ${home}`);
  const made = `${data}.${process.pid}`;
  const outcome = await run(join(folder, 'initdb'), ['-D', made, '-U', USER, ...FORM], { ...account, cwd: home });
  if (outcome.code !== 0) throw new Error(`PostgreSQL's initdb failed: ${explain(outcome)}`);
  await renameUnlessThere(made, data);
  return folder;
};

const FORM = ['--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'];
