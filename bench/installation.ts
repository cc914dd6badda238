import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#application';
import { type AnySlice, isRejection } from '#kernel';
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

/** Both stores over an empty folder and a session in this process, as `touchline start` has them. */
export class Installation {
  private readonly children: ChildProcess[] = [];

  private constructor(
    private readonly folder: string,
    private readonly own: NodeJS.ProcessEnv,
    readonly session: Session,
    readonly core: Core,
  ) {}

  static async begin(): Promise<Installation> {
    const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
    await chmod(folder, 0o711);
    const own = { TOUCHLINE_DATA: join(folder, 'data'), TOUCHLINE_PORT: '0', TOUCHLINE_LOG: 'error' };
    const env = { ...own, TOUCHLINE_RATE: '1000000', TOUCHLINE_LOCALE: 'en-GB' };
    const session = await openSession(readSettings(env), loggerFor('bench', 'error'));
    return new Installation(folder, env, session, await openCore(session));
  }

  /** One of its programs in a process of its own, with what it says to its parent. */
  start(app: 'api' | 'projector'): ChildProcess {
    const { eventStoreUrl, databaseUrl } = this.session.stores;
    const env = { PATH: process.env.PATH, ...this.own, EVENTSTORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl };
    const child = spawn(process.execPath, [programOf(`apps/${app}/src/main.ts`)], {
      env,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.children.push(child);
    return child;
  }

  /** Says one command, to a new instance unless its id is given. @returns the instance's id */
  async say(slice: AnySlice, type: string, data: object, id = newId()): Promise<string> {
    const { clock, log } = this.session;
    const commandId = newId();
    const meta = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      occurredAt: clock.now(),
      zone: log.company.zone,
      actor: { kind: 'person', id: 'bench' } as const,
      channel: 'bench',
    };
    const answer = await this.core.decide({ slice, id, commands: [{ type, data }], meta });
    if (isRejection(answer)) throw new Error(answer.rejected);
    return id;
  }

  async end(): Promise<void> {
    for (const child of this.children) await ended(child);
    await this.core.close();
    await this.session.close();
    await leaveStores(this.session.stores);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Ends a process that was started here. */
export const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
};
