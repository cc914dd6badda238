import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localAdministrator, rolesOf } from '#access';
import { newId } from '#application';
import { callback, customer } from '#domain';
import { isRejection } from '#kernel';
import {
  type Core,
  leaveStores,
  loggerFor,
  openCore,
  openSession,
  programOf,
  readSettings,
  type Session,
} from '#system';
import type { Load } from './http-load.js';
import { inTurn, medianOf, type Result, rateOf, ratioOf } from './protocol.js';

const COUNT = 3000;
const AT_ONCE = 64;
const DURABILITY =
  'fdatasync before every acknowledgement of the event store, PostgreSQL with fsync and synchronous_commit on; client, API and both stores in processes of their own, loopback';

/** Both stores over an empty folder, a session, and the API in a process of its own, as `touchline start` runs it. */
class Bed {
  private constructor(
    readonly session: Session,
    readonly core: Core,
    readonly url: URL,
    private readonly folder: string,
    private readonly children: readonly ChildProcess[],
  ) {}

  static async begin(): Promise<Bed> {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
    await chmod(folder, 0o711);
    const own = {
      TOUCHLINE_DATA: join(folder, 'data'),
      TOUCHLINE_PORT: '0',
      TOUCHLINE_LOG: 'error',
      TOUCHLINE_RATE: '100000',
    };
    const session = await openSession(readSettings(own), loggerFor('bench', 'error'));
    const { eventStoreUrl, databaseUrl } = session.stores;
    const env = { PATH: process.env.PATH, ...own, EVENTSTORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl };
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const;
    const profiled = process.env.BENCH_CPU_PROFILES;
    const flags = profiled ? ['--cpu-prof', `--cpu-prof-dir=${profiled}`] : [];
    const api = spawn(process.execPath, [...flags, programOf('apps/api/src/main.ts')], { env, stdio: [...stdio] });
    const [{ url }] = (await once(api, 'message')) as [{ url: string }];
    const client = fork(programOf('bench/http-load.ts'));
    return new Bed(session, await openCore(session), new URL(url), folder, [api, client]);
  }

  /** Requests a second, each answered with 201. */
  async ask(load: Pick<Load, 'head' | 'body' | 'keyed'>): Promise<number> {
    const [, client] = this.children as readonly [ChildProcess, ChildProcess];
    client.send({ port: Number(this.url.port), count: COUNT, atOnce: AT_ONCE, ...load } satisfies Load);
    const [perSecond] = await Promise.race([
      once(client, 'message'),
      once(client, 'exit').then(() => {
        throw new Error('the client ended');
      }),
    ]);
    return perSecond as number;
  }

  async end(): Promise<void> {
    for (const child of this.children) {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await this.core.close();
    await this.session.close();
    await leaveStores(this.session.stores);
    await rm(this.folder, { recursive: true, force: true });
  }
}

const windows = [{ from: '2026-03-01T09:00:00.000Z', to: '2026-03-01T11:00:00.000Z' }];

/** P9: a command over HTTP, with token, validation and Idempotency-Key, against the same one in process. */
export const httpBenches = async (): Promise<readonly Result[]> => {
  const bed = await Bed.begin();
  const { log, clock, access } = bed.session;
  const say = async (slice: typeof callback | typeof customer, type: string, data: object) => {
    const [id, commandId] = [newId(), newId()];
    const meta = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      occurredAt: clock.now(),
      zone: log.company.zone,
      actor: { kind: 'person', id: 'bench' } as const,
      channel: 'bench',
    };
    const answer = await bed.core.decide({ slice, id, commands: [{ type, data }], meta });
    if (isRejection(answer)) throw new Error(answer.rejected);
    return id;
  };
  try {
    const requester = await say(customer, 'RegisterIndividual', { name: 'Ann Lee' });
    const said = { requester, topic: 'invoice', windows, note: 'Call the mobile, please, after lunch' };
    const token = await access.tokenFor(localAdministrator(rolesOf(access.policy)), 86_400);
    const head = `POST /v1/callbacks HTTP/1.1\r\nhost: ${bed.url.host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
    const asked = { head, body: JSON.stringify(said), keyed: true };
    const inProcess = () => rateOf(COUNT, AT_ONCE, () => say(callback, 'RequestCallback', said));
    const rates = await inTurn({ ours: () => bed.ask(asked), theirs: inProcess });
    const unkeyed = Math.round(await bed.ask({ ...asked, keyed: false }));
    const [ours, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
    const notes = `${ours} over HTTP against ${theirs} in process a second, ${AT_ONCE} in flight, ${COUNT} a run; ${unkeyed} a second without Idempotency-Key`;
    return [
      { id: 'P9', ...ratioOf(rates), floor: 0.45, goal: 0.6, unit: 'ratio of rates', durability: DURABILITY, notes },
    ];
  } finally {
    await bed.end();
  }
};
