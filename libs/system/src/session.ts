import { join } from 'node:path';
import type { Pool } from 'pg';
import { CLOCK, EVENT_STORE, LOG_IDENTITY, type LogIdentity, POLICY_BOOK, type PolicyBook } from '#application';
import { type EventStoreDb, openEventStore } from '#event-store';
import { type Postgres, poolOver, SQL, type Sql, sqlOver, startPostgres } from '#postgres';
import { BUSINESS_CLOCK } from '#read-models';
import { BusinessClock } from './business-clock.js';
import { lastClosed } from './days.js';
import { type StoreProcess, startStoreProcess } from './event-store-process.js';
import type { Logger } from './logger.js';
import { beginDays, openLog } from './open-log.js';
import { StreamedPolicies } from './policy-book.js';
import type { Settings } from './settings.js';
import { eventShapes } from './shapes.js';

/** Both stores, wherever they are. */
export type Stores = Readonly<{
  eventStoreUrl: string;
  databaseUrl: string;
  /** What was started or found on this machine; undefined where a setting says where it is. */
  eventStore: StoreProcess | undefined;
  postgres: Postgres;
}>;

const EVENT_STORE_PORT = 2113;

/** Reaches both stores: where a setting says, else on this machine, starting what does not run. */
export const reachStores = async (settings: Settings, logger: Logger): Promise<Stores> => {
  const [eventStore, postgres] = await Promise.all([
    settings.eventStoreUrl ? undefined : startStoreProcess(join(settings.data, 'eventstore'), EVENT_STORE_PORT, logger),
    startPostgres({
      folder: join(settings.data, 'postgres'),
      ...(settings.databaseUrl && { url: settings.databaseUrl }),
      log: (message) => logger.info(message),
    }),
  ]);
  const eventStoreUrl = settings.eventStoreUrl ?? (eventStore as StoreProcess).url;
  return { eventStoreUrl, databaseUrl: postgres.url, eventStore, postgres };
};

/** Stops what this process started, and leaves alone what it found. */
export const leaveStores = async ({ eventStore, postgres }: Stores): Promise<void> => {
  const child = eventStore?.child;
  const ended = child && child.exitCode === null && new Promise((end) => child.once('exit', end));
  child?.kill('SIGTERM');
  await Promise.all([ended, postgres.stop()]);
};

/** Everything a process of ours works with, opened. */
export type Session = Readonly<{
  settings: Settings;
  logger: Logger;
  stores: Stores;
  store: EventStoreDb;
  pool: Pool;
  sql: Sql;
  log: LogIdentity;
  clock: BusinessClock;
  policies: PolicyBook;
  /** Closes connections; the stores go on. */
  close(): Promise<void>;
}>;

/** Opens the log over both stores, begins it where there is none, and sets the business clock. */
export const openSession = async (settings: Settings, logger: Logger): Promise<Session> => {
  const stores = await reachStores(settings, logger);
  const pool = poolOver(stores.databaseUrl, { max: 10, onError: (error) => logger.warn({ err: error }, 'postgres') });
  const clock = new BusinessClock(settings.zone);
  const store = openEventStore(stores.eventStoreUrl, eventShapes, clock);
  const close = async () => {
    await Promise.all([store.close(), pool.end()]);
  };
  try {
    const log = await openLog(store, settings);
    await beginDays(store, log, settings);
    clock.zone = log.company.zone;
    const last = await lastClosed(store);
    if (settings.clock !== 'real' && last) clock.standAfter(last.date);
    return {
      settings,
      logger,
      stores,
      store,
      pool,
      sql: sqlOver(pool),
      log,
      clock,
      policies: new StreamedPolicies(store),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
};

/** What stands behind the ports of application and read models. */
export const portsOf = ({ store, sql, log, clock, policies }: Session) => [
  { provide: EVENT_STORE, useValue: store },
  { provide: SQL, useValue: sql },
  { provide: LOG_IDENTITY, useValue: log },
  { provide: CLOCK, useValue: clock },
  { provide: BUSINESS_CLOCK, useValue: clock },
  { provide: POLICY_BOOK, useValue: policies },
];
