import { mkdirSync } from 'node:fs';
import { lockFolder } from './folder-lock.js';
import { type Files, filesIn } from './log/files.js';
import type { FsyncPolicy, LogLine } from './log/log-options.js';
import { Groups } from './persistent/groups.js';
import { gossipService, monitoringService, serverFeatures } from './services/node-services.js';
import { persistentService } from './services/persistent-service.js';
import { streamsService } from './services/streams-service.js';
import { Store } from './store/store.js';
import { type Handler, listen } from './wire/grpc-server.js';

/** A running server. `close` waits for the writes on their way, then gives port and folder back. */
export type EmbeddedEventStore = {
  readonly port: number;
  /** `esdb://<host>:<port>?tls=false` */
  readonly connectionString: string;
  close(): Promise<void>;
};

export type EventStoreOptions = {
  /** Where everything is kept; created when missing. One process at a time. */
  folder: string;
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  /** 'always': an append is acknowledged after it is synced. `{ everyMs }`: at most so much may be lost with the power. */
  fsync?: FsyncPolicy;
  log?: (line: LogLine) => void;
};

/**
 * Starts a server of the EventStoreDB protocol on a folder.
 * @throws an error with code EADDRINUSE (port taken), EBUSY (folder in use by another process), EACCES, EROFS or ENOSPC
 * (folder cannot be written), or a LogRefused that names what is damaged or too new.
 */
export const startEventStore = (options: EventStoreOptions): Promise<EmbeddedEventStore> =>
  startOn(options, filesIn(options.folder));

/** The same on other files than the folder's own: how tests put a disk that fails under the server. */
export const startOn = async (options: EventStoreOptions, files: Files): Promise<EmbeddedEventStore> => {
  const { folder, port = 0, host = '127.0.0.1', fsync = 'always', log = () => {} } = options;
  const unlock = claim(folder);
  try {
    const store = await Store.open({ files, fsync, report: log });
    const server = await serve(store, { port, host, log }).catch(async (error) => {
      await store.close();
      throw error;
    });
    log({
      level: 'info',
      message: 'event store ready',
      folder,
      host,
      port: server.port,
      fsync,
      events: store.events.index.size,
    });
    return {
      port: server.port,
      connectionString: `esdb://${host}:${server.port}?tls=false`,
      close: once(async () => {
        await server.close();
        await store.close();
        unlock();
        log({ level: 'info', message: 'event store closed', folder });
      }),
    };
  } catch (error) {
    unlock();
    throw error;
  }
};

const claim = (folder: string): (() => void) => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return lockFolder(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY') throw error;
    throw Object.assign(new Error(`the folder ${folder} cannot be written: ${message}`), { code });
  }
};

const serve = (store: Store, { port, host, log }: { port: number; host: string; log: (line: LogLine) => void }) => {
  let listening: number = port;
  const handlers = new Map<string, Handler>(streamsService(store.events, store.writer));
  const groups = new Groups(store, log);
  for (const [path, handler] of persistentService(groups)) handlers.set(path, handler);
  handlers.set(...gossipService(() => ({ host, port: listening })));
  handlers.set(...monitoringService(store.events));
  handlers.set(...serverFeatures(() => [...handlers.keys()]));
  const onError = (error: Error) => log({ level: 'warn', message: 'a connection failed', error: error.message });
  return listen({ handlers, port, host, onError }).then((server) => {
    listening = server.port;
    const close = () => {
      groups.close();
      return server.close();
    };
    return { port: server.port, close };
  });
};

const once = <Result>(action: () => Promise<Result>): (() => Promise<Result>) => {
  let running: Promise<Result> | undefined;
  return () => {
    running ??= action();
    return running;
  };
};
