import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from './logger.js';
import { makeFolder, programOf } from './place.js';

/** The embedded event store in a process of its own. */
export type StoreProcess = Readonly<{
  url: string;
  pid: number;
  /** Undefined when another process has started it. */
  child: ChildProcess | undefined;
  /** Somebody runs it alone, in the foreground, and will stop it. */
  isForeground: boolean;
}>;

/** The embedded event store cannot be started; the message says why. */
export class CannotStartStore extends Error {}

const NOTICE = 'server.json';

/** Tells other processes of this machine where the store of this folder answers, and whether it is theirs to stop. */
export const announce = async (folder: string, url: string, isForeground: boolean): Promise<void> => {
  const draft = join(folder, `${NOTICE}.${process.pid}`);
  await writeFile(draft, JSON.stringify({ url, pid: process.pid, isForeground }), { mode: 0o600 });
  await rename(draft, join(folder, NOTICE));
};

/**
 * The one that runs on this folder, or a new one: at that port, 0 being any free one. A taken port is passed over, and
 * said, unless it must be this one.
 */
export const startStoreProcess = async (
  folder: string,
  port: number,
  logger: Logger,
  orAny = true,
): Promise<StoreProcess> => {
  await makeFolder(folder);
  const deadline = performance.now() + OTHERS_START_WITHIN_MS;
  for (;;) {
    const running = await announced(folder);
    if (running) return running;
    try {
      return await launch([folder, '--port', String(port), ...(orAny ? ['--or-any'] : [])], logger);
    } catch (error) {
      // Another process may be starting it on the same folder just now.
      if (!(error instanceof CannotStartStore) || !error.message.includes('in use') || performance.now() > deadline)
        throw error;
      await pause(100);
    }
  }
};
const OTHERS_START_WITHIN_MS = 5000;

const announced = async (folder: string): Promise<StoreProcess | undefined> => {
  try {
    const { url, pid, isForeground } = JSON.parse(await readFile(join(folder, NOTICE), 'utf8'));
    process.kill(pid, 0);
    return (await answers(url)) ? { url, pid, child: undefined, isForeground } : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
};

/** A process id may be another program's by now: somebody must take the call too. */
const answers = (url: string): Promise<boolean> => {
  const { hostname, port } = new URL(url.replace('esdb:', 'http:'));
  return new Promise((known) => {
    const call = connect({ host: hostname, port: Number(port), timeout: 1000 });
    const hangUp = (taken: boolean) => {
      call.destroy();
      known(taken);
    };
    call.once('connect', () => hangUp(true));
    for (const event of ['error', 'timeout']) call.once(event, () => hangUp(false));
  });
};

const launch = async (place: readonly string[], logger: Logger): Promise<StoreProcess> => {
  const args = [programOf('libs/system/src/event-store-main.ts'), '--data', ...place];
  // In a group of its own: Ctrl-C reaches only who started it, and who needs it until the end.
  const child = spawn(process.execPath, args, {
    env: bareEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const complaints: string[] = [];
  createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    if (complaints.length < 20) complaints.push(messageIn(line));
    logger.debug({ line }, 'event store');
  });
  const url = await new Promise<string>((started, failed) => {
    createInterface({ input: child.stdout as Readable }).once('line', started);
    child.once('error', failed);
    child.once('close', (code) =>
      failed(new CannotStartStore(complaints.join('\n') || `the event store ended with ${code}`)),
    );
  });
  return { url, pid: child.pid as number, child, isForeground: false };
};

/** Lets go of a store that others use: it outlives this process. */
export const leaveStoreProcess = (store: StoreProcess | undefined): void => {
  const { child } = store ?? {};
  if (child?.connected) child.disconnect();
  child?.stdout?.destroy();
  child?.stderr?.destroy();
  child?.unref();
};

/** Stops a store, whoever started it; one in the foreground goes on. */
export const endStoreProcess = async (store: StoreProcess | undefined): Promise<void> => {
  if (!store || store.isForeground) return;
  const { child, pid, url } = store;
  if (!child) {
    const deadline = performance.now() + ENDS_WITHIN_MS;
    for (let signal: NodeJS.Signals | 0 = 'SIGTERM'; (await answers(url)) && isThere(pid, signal); signal = 0) {
      if (performance.now() > deadline) throw new Error(`the event store (process ${pid}) does not stop`);
      await pause(20);
    }
    return;
  }
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
};
const ENDS_WITHIN_MS = 30_000;

const isThere = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

/** It is told its folder and its port: no password or key of ours is any business of it. */
const bareEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_OPTIONS'].map((name) => [name, process.env[name]]));

/** The log is JSON lines; what ends the process is a plain sentence. */
const messageIn = (line: string): string => {
  try {
    return String(JSON.parse(line).message);
  } catch {
    return line;
  }
};
