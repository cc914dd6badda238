import { existsSync } from 'node:fs';
import { FolderInUse, lockFolder } from '#event-store-embedded';
import {
  accessKeyFile,
  CannotReachStores,
  type Logger,
  leaveStores,
  makeFolder,
  openMasterKeys,
  reachStores,
  type Settings,
  type Stores,
} from '#system';
import { announceAddress, withdrawAddress } from './address.js';
import { KeptProgram } from './kept-program.js';
import { KeptStore } from './kept-store.js';

/** The whole system on this machine: both stores, API and projector, each in a process of its own, each kept alive. */
export type System = Readonly<{
  url: string;
  stores: Stores;
  /** Nobody has been let in here before. */
  isFresh: boolean;
  stop: () => Promise<void>;
}>;

/**
 * Starts everything; PostgreSQL is kept by its own driver.
 * @param interrupted ends the start
 * @throws `CannotReachStores`, `CannotOpenKeys` with what to do, such as when another Touchline runs on the folder
 */
export const startSystem = async (settings: Settings, logger: Logger, interrupted: AbortSignal): Promise<System> => {
  const release = await claim(settings.data);
  try {
    await openMasterKeys(settings); // with the wrong one nothing is started
    return await startOver(await reachStores(settings, logger), settings, { logger, interrupted, release });
  } catch (error) {
    release();
    throw error;
  }
};

const claim = async (data: string): Promise<() => void> => {
  try {
    await makeFolder(data);
    return lockFolder(data);
  } catch (error) {
    if (error instanceof FolderInUse) throw new CannotReachStores(error.message, { cause: error });
    throw new CannotReachStores(
      `${data} cannot be written (${(error as Error).message}): make it writable, or name another folder with TOUCHLINE_DATA`,
    );
  }
};

type Keeping = Readonly<{ logger: Logger; interrupted: AbortSignal; release: () => void }>;

const startOver = async (
  stores: Stores,
  settings: Settings,
  { logger, interrupted, release }: Keeping,
): Promise<System> => {
  const isFresh = !existsSync(accessKeyFile(settings.data));
  const stopping = new AbortController();
  const { signal } = stopping;
  const env = environmentOf(settings, stores);
  let address = '';
  const heard = (url: string) => {
    address = url;
    // Started anew it listens where it did before.
    env.TOUCHLINE_PORT = new URL(url).port;
    void announceAddress(settings.data, { url, pid: process.pid }).catch((error) => logger.warn({ err: error }));
  };
  const ofItsOwn = settings.processes === 'many';
  const projector = ofItsOwn ? new KeptProgram({ name: 'projector', env: () => env }, logger, signal) : undefined;
  const api = new KeptProgram({ name: 'api', env: () => env, heard }, logger, signal);
  const store = stores.eventStore && new KeptStore(stores.eventStore, settings.data, logger, signal);
  const stop = async () => {
    stopping.abort();
    await Promise.all([api.stop(), projector?.stop()]);
    await Promise.all([leaveStores({ ...stores, eventStore: await store?.last() }), withdrawAddress(settings.data)]);
    release();
  };
  try {
    await Promise.race([api.ready, ended(interrupted, signal)]);
    return { url: address, stores, isFresh, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Fails when the first signal ends. */
const ended = (interrupted: AbortSignal, over: AbortSignal): Promise<never> =>
  new Promise((_, fail) => {
    if (interrupted.aborted) fail(new Interrupted());
    interrupted.addEventListener('abort', () => fail(new Interrupted()), { signal: over });
  });

/** The person pressed Ctrl-C before it was there. */
class Interrupted extends Error {
  override readonly name = 'AbortError';
}

/** One more projector, over stores that others may be using: it takes its share of the views. */
export const startProjector = async (settings: Settings, logger: Logger): Promise<Pick<System, 'stores' | 'stop'>> => {
  await openMasterKeys(settings);
  const stores = await reachStores(settings, logger);
  const stopping = new AbortController();
  const env = environmentOf(settings, stores);
  const projector = new KeptProgram({ name: 'projector', env: () => env }, logger, stopping.signal);
  const stop = async () => {
    stopping.abort();
    await projector.stop();
    await leaveStores(stores);
  };
  return { stores, stop };
};

const environmentOf = (settings: Settings, stores: Stores): NodeJS.ProcessEnv => {
  const { TOUCHLINE_TOKEN: _, ...inherited } = process.env;
  return { ...inherited, ...settingsFor(settings, stores) };
};

const settingsFor = (settings: Settings, { eventStoreUrl, databaseUrl }: Stores) => ({
  TOUCHLINE_DATA: settings.data,
  TOUCHLINE_HOST: settings.host,
  TOUCHLINE_PORT: String(settings.port),
  TOUCHLINE_PROCESSES: settings.processes,
  TOUCHLINE_VERTICAL: settings.vertical,
  TOUCHLINE_ZONE: settings.zone,
  TOUCHLINE_CURRENCY: settings.currency,
  TOUCHLINE_LOCALE: settings.locale,
  TOUCHLINE_CLOCK: settings.clock,
  TOUCHLINE_LOG: settings.log,
  TOUCHLINE_ISSUER: settings.issuer,
  TOUCHLINE_AUDIENCE: settings.audience,
  TOUCHLINE_JWKS: settings.jwks,
  TOUCHLINE_ROLES_CLAIM: settings.rolesClaim,
  TOUCHLINE_ROLES: settings.roles,
  EVENTSTORE_URL: eventStoreUrl,
  DATABASE_URL: databaseUrl,
});
