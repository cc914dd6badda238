import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderInUse, livingOwner, lockFolder, ownerHere } from '#event-store-embedded';
import { makeFolder } from './place.js';

/** Somebody who uses the stores of a data folder. */
export type Guest = Readonly<{
  /** Goes; `last` stops the stores and is only called when nobody else is there, who could come before it has ended. */
  leave(last: () => Promise<void>, otherwise: () => Promise<void>): Promise<void>;
}>;

/** PostgreSQL is given two minutes to stop, and nobody may come in the meantime. */
const PATIENCE_MS = 150_000;

const folderIn = (data: string): string => join(data, 'guests');

/**
 * Verbs, the supervisor and programs run by themselves share the stores of a data folder: whoever comes first starts
 * them, whoever goes last stops them. Who was killed counts no more.
 */
export const arrive = async (data: string): Promise<Guest> => {
  const folder = folderIn(data);
  await makeFolder(folder);
  const me = ownerHere();
  const path = join(folder, me.token);
  await alone(folder, () => writeFile(path, JSON.stringify(me), { mode: 0o600 }));
  return {
    leave: (last, otherwise) =>
      alone(folder, async () => {
        await rm(path, { force: true });
        await ((await isAnyoneIn(folder)) ? otherwise() : last());
      }),
  };
};

/** Does it when nobody uses the stores, who could come before it has ended. @returns whether it was done */
export const whenNobodyIsThere = async (data: string, work: () => Promise<void>): Promise<boolean> => {
  const folder = folderIn(data);
  await makeFolder(folder);
  return alone(folder, async () => {
    if (await isAnyoneIn(folder)) return false;
    await work();
    return true;
  });
};

const isAnyoneIn = async (folder: string): Promise<boolean> => {
  let found = false;
  for (const name of await readdir(folder)) {
    if (name.includes('.')) continue; // the lock
    const path = join(folder, name);
    if (livingOwner(await readFile(path, 'utf8'))) found = true;
    else await rm(path);
  }
  return found;
};

const alone = async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    let release: () => void;
    try {
      release = lockFolder(folder);
    } catch (error) {
      if (!(error instanceof FolderInUse) || performance.now() > deadline) throw error;
      await pause(20);
      continue;
    }
    try {
      return await work();
    } finally {
      release();
    }
  }
};
