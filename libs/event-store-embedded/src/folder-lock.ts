import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'store.lock';

/** The folder belongs to a process that runs. */
export class FolderInUse extends Error {
  readonly code = 'EBUSY';
}

/** A process, or a part of one. */
type Owner = Readonly<{ pid: number; started: string; token: string }>;

export const ownerHere = (): Owner => ({
  pid: process.pid,
  started: runningSince(process.pid) ?? '',
  token: randomUUID(),
});

/** Takes a folder for this process alone; the returned function gives it back. A lock whose owner died is taken over. */
export const lockFolder = (folder: string): (() => void) => {
  const path = join(folder, NAME);
  const mine = JSON.stringify(ownerHere());
  for (let attempt = 0; attempt < 10; attempt++) {
    if (created(path, mine)) return () => release(path, mine);
    evict(path, folder);
  }
  throw new FolderInUse(`${folder} is being taken by another process`);
};

const created = (path: string, content: string): boolean => {
  try {
    const descriptor = openSync(path, 'wx', 0o600);
    writeSync(descriptor, content);
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a dead owner's lock, or says who the living one is. */
const evict = (path: string, folder: string): void => {
  const content = contentOf(path);
  if (content === undefined) return;
  const owner = livingOwner(content);
  if (owner) throw new FolderInUse(`${folder} is in use by process ${owner.pid}; stop it first`);
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Between reading and renaming, another process may have evicted the dead owner and taken the folder: give its lock back.
  if (contentOf(aside) !== content) linkSync(aside, path);
  unlinkSync(aside);
};

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Whom a file names, while they live: undefined too for what somebody who was killed has half written. */
export const livingOwner = (content: string): Owner | undefined => {
  const owner = parsed(content);
  return owner && isAlive(owner) ? owner : undefined;
};

const parsed = (content: string): Owner | undefined => {
  try {
    return JSON.parse(content) as Owner;
  } catch {
    return undefined;
  }
};

const isAlive = ({ pid, started }: Owner): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return runningSince(pid) === started;
};

/**
 * When a process began, so that a new process with an old number is not taken for the owner. Empty where the system
 * does not tell; undefined for a dead process that nobody has reaped.
 */
const runningSince = (pid: number): string | undefined => {
  try {
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
    return state === 'Z' ? undefined : (rest[18] ?? '');
  } catch {
    return '';
  }
};

const release = (path: string, mine: string): void => {
  if (contentOf(path) === mine) unlinkSync(path);
};
