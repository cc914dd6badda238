import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { localAdministrator, rolesOf } from '#access';
import { localTokensIn, placeOf, programOf, readSettings, rolesKnownTo } from '#system';

export const PARTS = ['api', 'projector', 'eventstore', 'postgres'] as const;
export type Part = (typeof PARTS)[number];

const READY_WITHIN_MS = 60_000;

/** `bin/touchline start` in processes of its own over an empty folder, whose parts can be killed one by one. */
export class Deployment {
  private supervisor: ChildProcess | undefined;
  private said = '';
  /** The header of the local administrator. */
  authorization = '';

  private constructor(
    readonly data: string,
    readonly port: number,
    private readonly settings: NodeJS.ProcessEnv,
  ) {}

  /** @param settings environment variables beside those that place it */
  static async begin(settings: NodeJS.ProcessEnv = {}): Promise<Deployment> {
    const data = await mkdtemp(join(tmpdir(), 'touchline-killed-'));
    const deployment = new Deployment(data, await freePort(), settings);
    await deployment.start();
    return deployment;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const env = {
      ...process.env,
      TOUCHLINE_DATA: this.data,
      TOUCHLINE_PORT: String(this.port),
      TOUCHLINE_LOG: 'error',
      ...this.settings,
    };
    this.supervisor = spawn(process.execPath, [programOf('apps/cli/src/main.ts'), 'start'], { env, cwd: placeOf('.') });
    for (const stream of [this.supervisor.stdout, this.supervisor.stderr]) {
      stream?.on('data', (text) => {
        this.said = `${this.said}${text}`.slice(-4000);
      });
    }
    await this.ready();
    this.authorization ||= await administratorOf(this.data);
  }

  /** Resolves when both stores answer through the API. */
  async ready(): Promise<void> {
    const end = performance.now() + READY_WITHIN_MS;
    while (performance.now() < end) {
      const answer = await fetch(`${this.url}/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(50);
    }
    throw new Error(`not ready in time; it said: ${this.said}`);
  }

  /** `kill -9`. The supervisor brings the part back. */
  async kill(part: Part): Promise<void> {
    const pid = await this.pidOf(part);
    if (pid) process.kill(pid, 'SIGKILL');
  }

  /** `kill -9` of everything at once, the supervisor first, so that nothing comes back by itself. */
  async killAll(): Promise<void> {
    const pids = await Promise.all(PARTS.map((part) => this.pidOf(part)));
    const { supervisor } = this;
    supervisor?.kill('SIGKILL');
    for (const pid of pids) if (pid && isAlive(pid)) process.kill(pid, 'SIGKILL');
    if (supervisor?.exitCode === null && supervisor.signalCode === null) await once(supervisor, 'exit');
    for (const pid of pids) while (pid && isAlive(pid)) await pause(5);
  }

  async stop(): Promise<void> {
    const { supervisor } = this;
    if (!supervisor || supervisor.exitCode !== null || supervisor.signalCode !== null) return;
    supervisor.kill('SIGTERM');
    await once(supervisor, 'exit');
  }

  async remove(): Promise<void> {
    const cluster = await realpath(join(this.data, 'postgres', 'cluster')).catch(() => this.data);
    await rm(cluster, { recursive: true, force: true });
    await rm(this.data, { recursive: true, force: true });
  }

  async pidOf(part: Part): Promise<number | undefined> {
    if (part === 'eventstore') {
      const notice = await readFile(join(this.data, 'eventstore', 'server.json'), 'utf8').catch(() => '{}');
      return JSON.parse(notice).pid;
    }
    if (part === 'postgres') {
      const cluster = await realpath(join(this.data, 'postgres', 'cluster')).catch(() => '');
      const lines = await readFile(join(cluster, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
      return Number(lines.split('\n')[0]) || undefined;
    }
    return childRunning(this.supervisor?.pid as number, programOf(`apps/${part}/src/main.ts`));
  }
}

const administratorOf = async (data: string): Promise<string> => {
  const local = await localTokensIn(data);
  const roles = rolesOf(await rolesKnownTo(readSettings({})));
  return `Bearer ${await local?.issue(localAdministrator(roles), 'access', 86_400)}`;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The child process of `parent` that runs a program (Linux: read from /proc). */
const childRunning = async (parent: number, program: string): Promise<number | undefined> => {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8').catch(() => '');
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(program)) return Number(pid);
  }
  return undefined;
};

const freePort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return port;
};
