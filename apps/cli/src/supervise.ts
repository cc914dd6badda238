import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type Logger,
  leaveStores,
  programOf,
  reachStores,
  type Settings,
  type Stores,
  startStoreProcess,
} from '#system';

/** The whole system on this machine: both stores, API and projector, each in a process of its own, each kept alive. */
export type System = Readonly<{ url: string; stores: Stores; stop: () => Promise<void> }>;

const WAIT_BETWEEN_MS = 500;
const READY_WITHIN_MS = 60_000;

export const startSystem = async (settings: Settings, logger: Logger): Promise<System> => {
  const stores = await reachStores(settings, logger);
  const stopping = new AbortController();
  const env = { ...process.env, ...environmentOf(settings, stores) };
  const programs = ['projector', 'api'].map((name) => new Kept(name, env, logger, stopping.signal));
  const watch = keepEventStore(settings, stores, logger, stopping.signal);
  const stop = async () => {
    stopping.abort();
    await Promise.all(programs.map((program) => program.stop()));
    await watch;
    await leaveStores(stores);
  };
  try {
    const url = await (programs[1] as Kept).ready;
    return { url, stores, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const environmentOf = (settings: Settings, { eventStoreUrl, databaseUrl }: Stores) => ({
  TOUCHLINE_DATA: settings.data,
  TOUCHLINE_HOST: settings.host,
  TOUCHLINE_PORT: String(settings.port),
  TOUCHLINE_VERTICAL: settings.vertical,
  TOUCHLINE_ZONE: settings.zone,
  TOUCHLINE_CURRENCY: settings.currency,
  TOUCHLINE_LOCALE: settings.locale,
  TOUCHLINE_CLOCK: settings.clock,
  TOUCHLINE_LOG: settings.log,
  EVENTSTORE_URL: eventStoreUrl,
  DATABASE_URL: databaseUrl,
});

/** A program in a process of its own, started anew whenever it ends by itself. */
class Kept {
  /** The address it listens at, once it says so; fails when it ends for good or says nothing in time. */
  readonly ready: Promise<string>;
  private child: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly logger: Logger,
    private readonly stopping: AbortSignal,
  ) {
    const late = pause(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${name} did not start in time`);
    });
    this.ready = Promise.race([new Promise<string>((said) => this.launch(said)), late]);
    this.ready.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.child?.kill('SIGTERM');
    await this.ended;
  }

  private launch(said: (url: string) => void): void {
    const program = programOf(`apps/${this.name}/src/main.ts`);
    const child = spawn(process.execPath, [program], { env: this.env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    child.on('message', (message) => said(String(Reflect.get(Object(message), 'url'))));
    this.ended = new Promise((end) => {
      child.once('exit', async (code, signal) => {
        if (!this.stopping.aborted) {
          this.logger.warn({ program: this.name, code, signal }, 'ended by itself; it is started again');
          await pause(WAIT_BETWEEN_MS, undefined, { signal: this.stopping }).catch(() => undefined);
        }
        if (!this.stopping.aborted) this.launch(said);
        end();
      });
    });
  }
}

/** Until the signal ends: an embedded event store that is gone, whoever had started it, is started again at its port. */
const keepEventStore = async (settings: Settings, { eventStore }: Stores, logger: Logger, stopping: AbortSignal) => {
  if (!eventStore) return;
  const port = Number(new URL(eventStore.url.replace('esdb:', 'http:')).port);
  while (!stopping.aborted) {
    await pause(WAIT_BETWEEN_MS, undefined, { signal: stopping, ref: false }).catch(() => undefined);
    if (stopping.aborted) return;
    await startStoreProcess(join(settings.data, 'eventstore'), port, logger);
  }
};
