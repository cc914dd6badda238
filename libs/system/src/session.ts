import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Access } from '#access';
import {
  CLAIM_BOOK,
  CLOCK,
  DecideHandler,
  EVENT_STORE,
  FINGERPRINTS,
  type Fingerprints,
  LOG_IDENTITY,
  type LogIdentity,
  POLICY_BOOK,
  type PolicyBook,
} from '#application';
import { reactions } from '#domain';
import { type EventStoreDb, openEventStore } from '#event-store';
import { type Postgres, poolOver, SQL, type Sql, sqlOver, startPostgres } from '#postgres';
import { fingerprints, type KeyRing, sealedEvents } from '#privacy';
import { BUSINESS_CLOCK, PERSONAL_ROWS, type PersonalRows } from '#read-models';
import { AccessLog } from './access-log.js';
import { BusinessClock, dayBefore } from './business-clock.js';
import { claimBookOf } from './claim-book.js';
import { lastClosed } from './days.js';
import { endStoreProcess, leaveStoreProcess, type StoreProcess, startStoreProcess } from './event-store-process.js';
import { Forgetting } from './forgetting.js';
import { arrive, type Guest } from './guests.js';
import { keyFor } from './keyed.js';
import { openMasterKeys, openSecrets, personalRoles, type Secrets } from './keys.js';
import type { Logger } from './logger.js';
import { openAccess } from './open-access.js';
import { beginDays, openLog } from './open-log.js';
import { personalRowsFor } from './personal-rows.js';
import { makeFolder } from './place.js';
import { publishDefaults, StreamedPolicies } from './policy-book.js';
import { announcements } from './reactions/announcements.js';
import { registerReactions } from './reactions/tables.js';
import { firstRoles, RolesInForce } from './roles-in-force.js';
import type { Settings } from './settings.js';
import { eventShapes } from './shapes.js';
import { StoredAnswers } from './stored-answers.js';

/** Both stores, wherever they are. */
export type Stores = Readonly<{
  eventStoreUrl: string;
  databaseUrl: string;
  /** What was started or found on this machine; undefined where a setting says where it is. */
  eventStore: StoreProcess | undefined;
  postgres: Postgres;
  /** This process, as one of those who use them. */
  guest: Guest;
}>;

const EVENT_STORE_PORT = 2113;

/** The data folder cannot be used, or a store is not there; the message says which, and what to do. */
export class CannotReachStores extends Error {}

/** Reaches both stores: where a setting says, else on this machine, starting what does not run. */
export const reachStores = async (settings: Settings, logger: Logger): Promise<Stores> => {
  await assertWritable(settings.data);
  const guest = await arrive(settings.data);
  const [eventStore, postgres] = await Promise.allSettled([
    eventStoreFor(settings, logger),
    postgresFor(settings, logger),
  ]);
  if (postgres.status === 'rejected') {
    const started = eventStore.status === 'fulfilled' ? eventStore.value : undefined;
    await leaveStores({ guest, eventStore: started, postgres: undefined });
    throw new CannotReachStores(messageOf(postgres.reason), { cause: postgres.reason });
  }
  if (eventStore.status === 'rejected') {
    await leaveStores({ guest, eventStore: undefined, postgres: postgres.value });
    throw eventStore.reason;
  }
  const eventStoreUrl = settings.eventStoreUrl ?? (eventStore.value as StoreProcess).url;
  const { url: databaseUrl } = postgres.value;
  return { eventStoreUrl, databaseUrl, eventStore: eventStore.value, postgres: postgres.value, guest };
};

const eventStoreFor = ({ eventStoreUrl, data }: Settings, logger: Logger) =>
  eventStoreUrl === undefined
    ? startStoreProcess(join(data, 'eventstore'), EVENT_STORE_PORT, logger)
    : Promise.resolve(undefined);

const postgresFor = ({ databaseUrl, data }: Settings, logger: Logger) =>
  startPostgres({
    folder: join(data, 'postgres'),
    ...(databaseUrl && { url: databaseUrl }),
    log: (message) => logger.info(message),
  });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const assertWritable = async (folder: string): Promise<void> => {
  const trial = join(folder, `.trial-${process.pid}`);
  try {
    await makeFolder(folder);
    await writeFile(trial, '');
    await rm(trial);
  } catch (error) {
    throw new CannotReachStores(
      `${folder} cannot be written (${messageOf(error)}): make it writable, or name another folder with TOUCHLINE_DATA`,
    );
  }
};

type Left = Readonly<{ guest: Guest; eventStore: StoreProcess | undefined; postgres: Postgres | undefined }>;

/** Stops what runs on this machine, or leaves it to the others who use it. */
export const leaveStores = ({ guest, eventStore, postgres }: Left): Promise<void> =>
  guest.leave(
    async () => void (await Promise.all([endStoreProcess(eventStore), postgres?.stop()])),
    async () => {
      leaveStoreProcess(eventStore);
      await postgres?.leave();
    },
  );

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
  fingerprints: Fingerprints;
  secrets: Secrets;
  /** Opens view rows for whoever is asking. */
  personal: PersonalRows;
  accessLog: AccessLog;
  forgetting: Forgetting;
  roles: RolesInForce;
  access: Access;
  /** Closes connections; the stores go on. */
  close(): Promise<void>;
}>;

/** Opens the log over both stores, begins it where there is none, and sets the business clock. */
export const openSession = async (settings: Settings, logger: Logger): Promise<Session> => {
  const masters = await openMasterKeys(settings);
  const stores = await reachStores(settings, logger);
  const pool = poolOver(stores.databaseUrl, { max: 10, onError: (error) => logger.warn({ err: error }, 'postgres') });
  const clock = new BusinessClock(settings.zone);
  if (settings.clock !== 'real') clock.standAfter(dayBefore(settings.clock));
  let secrets: Secrets | undefined;
  // The first fact of a log, which names the log that the keys belong to, is read before there are any.
  const keys = (): KeyRing => (secrets as Secrets).keys;
  const sealing = sealedEvents(keys, personalRoles);
  const store = openEventStore(stores.eventStoreUrl, { shapes: eventShapes, sealing }, clock);
  const accessLog = new AccessLog(store, clock, () => clock.zone, logger);
  let roles: RolesInForce | undefined;
  const close = async () => {
    roles?.close();
    await accessLog.close();
    await Promise.all([store.close(), pool.end(), secrets?.keys.close()]);
  };
  try {
    const sql = sqlOver(pool);
    const log = await openLog(store, settings, masters);
    secrets = await openSecrets(settings, log, masters);
    await beginDays(store, log, settings);
    clock.zone = log.company.zone;
    const last = await lastClosed(store);
    if (settings.clock !== 'real' && last) clock.standAfter(last.date);
    await publishDefaults(store, log, clock.now(), () => firstRoles(settings));
    // Before any door opens: whatever is recorded from here on is heard.
    await registerReactions({ pool, store }, [...reactions, ...announcements]);
    const policies = new StreamedPolicies(store);
    const elapsed = () => performance.now();
    // Before any door opens: without roles nobody may anything.
    roles = await RolesInForce.open({ policies, clock, logger, data: settings.data, elapsed });
    const said = fingerprints(keys, keyFor('payload', log));
    const claims = claimBookOf({ pool, store, log });
    const forgetting = new Forgetting({
      ...{ pool, sql, store, log, clock, claims },
      keys: secrets.keys,
      decide: new DecideHandler(store, policies, log, claims, said),
      answers: new StoredAnswers(pool, log),
    });
    // Before any door opens: a backup may have brought somebody back.
    await forgetting.completeAll();
    return {
      settings,
      logger,
      stores,
      store,
      pool,
      sql,
      log,
      clock,
      policies,
      fingerprints: said,
      secrets,
      personal: personalRowsFor(secrets, accessLog),
      accessLog,
      forgetting,
      roles,
      access: await openAccess(settings, log.logId, { roles, rows: sql, logger }),
      close,
    };
  } catch (error) {
    await close();
    await leaveStores(stores);
    throw error;
  }
};

/** What stands behind the ports of application and read models. */
export const portsOf = ({ store, pool, sql, log, clock, policies, fingerprints: said, personal }: Session) => [
  { provide: EVENT_STORE, useValue: store },
  { provide: SQL, useValue: sql },
  { provide: LOG_IDENTITY, useValue: log },
  { provide: CLOCK, useValue: clock },
  { provide: BUSINESS_CLOCK, useValue: clock },
  { provide: POLICY_BOOK, useValue: policies },
  { provide: CLAIM_BOOK, useValue: claimBookOf({ pool, store, log }) },
  { provide: FINGERPRINTS, useValue: said },
  { provide: PERSONAL_ROWS, useValue: personal },
];
