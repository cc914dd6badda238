import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { CannotOpenKeys, masterKeysInFile } from '#privacy';
import { masterKeyFile } from './keys.js';
import { rewrapLogKey } from './open-log.js';
import type { Session } from './session.js';

/** Seals what comes under a new key of each person; what is there stays readable under the old ones. Returns how many. */
export const rotateSubjectKeys = ({ secrets }: Session): Promise<number> => secrets.keys.rotate();

/**
 * Wraps all keys under another master key. Where the data folder keeps it, a new one is made and the old one thrown away;
 * elsewhere the first of those given is the new one. Cut short anywhere, it is simply done again. Returns how many subjects.
 */
export const rotateMasterKey = async ({ settings, secrets }: Session): Promise<number> => {
  const own = masterKeyFile(settings.data);
  const isOwn = settings.masterKey === undefined && existsSync(own);
  if (isOwn) await replace(own, `${randomBytes(32).toString('base64')}\n${await readFile(own, 'utf8')}`);
  const source = isOwn ? masterKeysInFile(own) : secrets.masters;
  const rewrapped = await secrets.keys.rewrap();
  await rewrapLogKey(settings.data, source);
  if (isOwn) {
    const [first = ''] = (await readFile(own, 'utf8')).split('\n');
    if (first === '') throw new CannotOpenKeys(`${own} is empty`);
    await replace(own, `${first}\n`);
  }
  return rewrapped;
};

/** Under one name for all, so that a draft left by a process that was killed is overwritten, keys and all. */
const replace = async (path: string, content: string): Promise<void> => {
  const draft = `${path}.draft`;
  await writeFile(draft, content, { mode: 0o600, flush: true });
  await rename(draft, path);
};
