import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '#application';
import { type AnySlice, isRejection } from '#kernel';
import { type Core, leaveStores, loggerFor, openCore, openSession, readSettings, type Session } from '#system';
import { KeptProgram } from '../apps/cli/src/kept-program.js';

/** Both stores over an empty folder and a session in this process, as `touchline start` has them. */
export class Installation {
  private readonly programs: KeptProgram[] = [];
  private readonly stopping = new AbortController();

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

  /** The API or the projector in a process of its own. @returns where it listens, for one that says so */
  start(name: 'api' | 'projector'): Promise<string> {
    const { logger, stores } = this.session;
    const { eventStoreUrl, databaseUrl } = stores;
    const env = { PATH: process.env.PATH, ...this.own, EVENTSTORE_URL: eventStoreUrl, DATABASE_URL: databaseUrl };
    return new Promise((heard, failed) => {
      const program = new KeptProgram({ name, env: () => env, heard }, logger, this.stopping.signal);
      this.programs.push(program);
      if (name === 'api') program.ready.catch(failed);
      else heard('');
    });
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
    this.stopping.abort();
    await Promise.all(this.programs.map((program) => program.stop()));
    await this.core.close();
    await this.session.close();
    await leaveStores(this.session.stores);
    // PostgreSQL may lodge elsewhere, where its own user can get in.
    const cluster = await realpath(join(this.session.settings.data, 'postgres', 'cluster'));
    await rm(cluster, { recursive: true, force: true });
    await rm(this.folder, { recursive: true, force: true });
  }
}
