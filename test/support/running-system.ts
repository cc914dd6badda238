import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '@nestjs/common';
import { localAdministrator, rolesOf } from '#access';
import { startEventStore } from '#event-store-embedded';
import type { ProjectionEngine } from '#projections';
import {
  closeDaysUntil,
  dayBefore,
  engineOver,
  leaveStores,
  loggerFor,
  openSession,
  portsOf,
  readSettings,
  type Session,
} from '#system';
import { createApi } from '../../apps/api/src/create-api.js';
import { doorPortsOf } from '../../apps/api/src/door-ports.js';

type Headers = Readonly<Record<string, string>>;

/** What came back; `body` is what the JSON says, or the text where it is none. */
// biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what it believes an answer to be
export type Answer = Readonly<{ status: number; body: any; headers: globalThis.Headers }>;

/** HTTP to the running API; paths as `/v1/customers`. An answer that is no is an answer, not an error. */
export type Api = Readonly<{
  get: (path: string, headers?: Headers) => Promise<Answer>;
  post: (path: string, body?: object, headers?: Headers) => Promise<Answer>;
}>;

export type RunningSystem = Readonly<{
  /** `http://127.0.0.1:<port>` */
  url: string;
  /** The header of the local administrator, which `api` sends unless another is given. */
  authorization: string;
  api: Api;
  session: Session;
  /** `await engine.settled()`: every view has seen what has been written so far. */
  engine: ProjectionEngine;
  /** Lets a standing clock go on to that day (`YYYY-MM-DD`): every day before it is closed and every view has seen it. */
  advance: (day: string) => Promise<void>;
  /** Ends everything and leaves nothing on disk. */
  stop: () => Promise<void>;
}>;

export type RunningOptions = Readonly<{
  /** `real`, or the day to stand at as `YYYY-MM-DD`. */
  clock?: string;
  zone?: string;
  currency?: string;
  locale?: string;
  /** What stands behind ports in place of the real thing. */
  ports?: (session: Session) => readonly Provider[];
  /** From this level on the log goes to stderr. */
  log?: string;
  /** Settings by their names, beside those above. */
  settings?: Readonly<Record<string, string>>;
}>;

/** Tests come from one address and are refused on purpose. */
const PATIENT = { TOUCHLINE_FAILURES: '1000000' };

/** API, views and both stores, all real, in this process over an empty folder of their own. */
export const startRunningSystem = async (options: RunningOptions = {}): Promise<RunningSystem> => {
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return { ...(await start(options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const start = async (options: RunningOptions, undo: (() => Promise<unknown>)[]) => {
  const { clock, zone, currency, locale, ports = () => [], log = 'error', settings: others } = options;
  const data = await mkdtemp(join(tmpdir(), 'touchline-'));
  undo.push(() => rm(data, { recursive: true, force: true }));
  // The user PostgreSQL runs as walks through both: its cluster stays inside, and goes with them.
  await chmod(data, 0o711);
  await mkdir(join(data, 'postgres'), { mode: 0o711 });
  const eventStore = await startEventStore({ folder: join(data, 'eventstore') });
  undo.push(() => eventStore.close());

  const settings = readSettings({
    TOUCHLINE_DATA: data,
    EVENTSTORE_URL: eventStore.connectionString,
    TOUCHLINE_CLOCK: clock,
    TOUCHLINE_ZONE: zone,
    TOUCHLINE_CURRENCY: currency,
    TOUCHLINE_LOCALE: locale,
    ...PATIENT,
    ...others,
  });
  const logger = loggerFor('test', log);
  const session = await openSession(settings, logger);
  undo.push(async () => {
    await session.close();
    await leaveStores(session.stores);
  });
  const engine = engineOver(session);
  undo.push(() => engine.stop());
  await engine.start();

  const app = await createApi(logger, ...portsOf(session), ...doorPortsOf(session), ...ports(session));
  undo.push(() => app.close());
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const authorization = await administratorOf(session);

  const advance = async (day: string) => {
    const last = dayBefore(day);
    await closeDaysUntil(session.store, session.log, last);
    session.clock.standAfter(last);
    await engine.settled();
  };
  return { url, authorization, api: apiAt(url, { authorization }), session, engine, advance };
};

const administratorOf = async ({ access }: Session): Promise<string> =>
  `Bearer ${await access.tokenFor(localAdministrator(rolesOf(access.policy)), 3600)}`;

const apiAt = (url: string, who: Headers): Api => ({
  get: async (path, headers = {}) => answered(await fetch(`${url}${path}`, { headers: { ...who, ...headers } })),
  post: async (path, body = {}, headers = {}) =>
    answered(
      await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...who, ...headers },
        body: JSON.stringify(body),
      }),
    ),
});

const answered = async (response: Response): Promise<Answer> => {
  const text = await response.text();
  const body = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  return { status: response.status, body, headers: response.headers };
};
