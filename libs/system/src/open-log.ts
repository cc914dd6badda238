import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict, type EventStore, idFrom, type LogIdentity, newId, newLogSecret } from '#application';
import { type LogOpened, localDayOf } from '#domain';
import { type Event, type Fact, isLocalDate, type Recorded } from '#kernel';
import { type MasterKeySource, unwrapped, wrapped } from '#privacy';
import { dayBefore, machineClock } from './business-clock.js';
import { closeDaysUntil, lastClosed } from './days.js';
import { makeFolder, makeOnce } from './place.js';
import type { Settings } from './settings.js';
import { systemMeta } from './system-meta.js';

export const META_STREAM = 'log-meta';

/** The log cannot be opened; the message says what to do. */
export class CannotOpenLog extends Error {}

/** The log's secret, wrapped by that master key. */
type Key = Readonly<{ logId: string; master: string; secret: string }>;
type Opened = Recorded<Event<'LogOpened', LogOpened>>;

/**
 * Opens the log, or begins it: the secret in `log.key`, `LogOpened`, the day before the first closed. Any number of
 * processes may do it at once. Zone and currency are the log's for ever: later settings do not change them.
 */
export const openLog = async (
  store: EventStore,
  settings: Settings,
  masters: MasterKeySource,
): Promise<LogIdentity> => {
  await makeFolder(settings.data);
  const opened = (await openedIn(store)) ?? (await begin(store, settings, masters));
  const key = await keyIn(settings.data);
  const { logId, zone, currency } = opened.data;
  if (!key) throw new CannotOpenLog(`${keyFile(settings.data)} is missing: restore it from the backup of this log`);
  if (key.logId !== logId) {
    throw new CannotOpenLog(`${settings.data} belongs to another log: choose another TOUCHLINE_DATA or another store`);
  }
  const secret = secretIn(key, masters);
  return { logId, secret, company: { zone, currency, vertical: settings.vertical } };
};

/** Closes the day before the log's first, unless days are closed already. */
export const beginDays = async (store: EventStore, log: LogIdentity, settings: Settings): Promise<void> => {
  if (await lastClosed(store)) return;
  const first = isLocalDate(settings.clock) ? settings.clock : localDayOf(machineClock.now(), log.company.zone);
  await closeDaysUntil(store, log, dayBefore(first));
};

const openedIn = async (store: EventStore): Promise<Opened | undefined> => {
  for await (const fact of store.read(META_STREAM)) return fact as Opened;
  return undefined;
};

const begin = async (store: EventStore, settings: Settings, masters: MasterKeySource): Promise<Opened> => {
  const { logId } = await madeKey(settings.data, masters);
  const { zone, currency, clock } = settings;
  const id = idFrom(logId, 'LogOpened');
  const occurredAt = isLocalDate(clock) ? `${clock}T00:00:00.000Z` : machineClock.now();
  const fact: Fact = {
    id,
    type: 'LogOpened',
    data: { logId, zone, currency },
    meta: systemMeta(id, occurredAt, zone),
    customers: [],
  };
  await store.append(META_STREAM, -1n, [fact]).catch((error: unknown) => {
    if (!(error instanceof Conflict)) throw error; // another process began it: its word counts
  });
  const opened = await openedIn(store);
  if (!opened) throw new CannotOpenLog('the log was opened and cannot be read');
  return opened;
};

const keyFile = (data: string) => join(data, 'log.key');

/** Whose log the keys of a data folder belong to; undefined where none was begun. */
export const logIdIn = async (data: string): Promise<string | undefined> => (await keyIn(data))?.logId;

const keyIn = async (data: string): Promise<Key | undefined> => {
  try {
    return JSON.parse(await readFile(keyFile(data), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

const about = ({ logId }: Pick<Key, 'logId'>) => `log secret|${logId}`;

/** On disk before anything is recorded under it. */
const madeKey = async (data: string, masters: MasterKeySource): Promise<Key> => {
  const made = () => {
    const [master] = masters.keys();
    const logId = newId();
    const secret = wrapped(master, newLogSecret(), about({ logId })).toString('base64');
    return `${JSON.stringify({ logId, master: master.id, secret } satisfies Key)}\n`;
  };
  return JSON.parse(await makeOnce(keyFile(data), made));
};

const secretIn = (key: Key, masters: MasterKeySource): Buffer => {
  const master = masters.keys().find(({ id }) => id === key.master);
  if (!master) throw new CannotOpenLog(`the master key ${key.master} is not there: TOUCHLINE_MASTER_KEY needs it`);
  return unwrapped(master, Buffer.from(key.secret, 'base64'), about(key));
};

/** Wraps the log's secret anew under the first master key. */
export const rewrapLogKey = async (data: string, masters: MasterKeySource): Promise<void> => {
  const key = await keyIn(data);
  if (!key) throw new CannotOpenLog(`${keyFile(data)} is missing`);
  const [master] = masters.keys();
  const secret = wrapped(master, secretIn(key, masters), about(key)).toString('base64');
  const draft = `${keyFile(data)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify({ ...key, master: master.id, secret })}\n`, { mode: 0o600, flush: true });
  await rename(draft, keyFile(data));
};
