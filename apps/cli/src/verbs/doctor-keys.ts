import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { logIdIn, masterKeyFile, openMasterKeys, type Settings, subjectKeysFile } from '#system';
import type { Phrase } from '../words.js';

/** What was looked at, how it is, and, where something is wrong, what to do. */
export type Finding = Readonly<{ check: string; is: string; advice?: string }>;

/** Whether a key is for its owner's eyes only; undefined where there is none. */
export const keyAt = async (path: string): Promise<Finding | undefined> => {
  const key = await stat(path).catch(() => undefined);
  if (!key) return undefined;
  const mode = (key.mode & 0o777).toString(8).padStart(4, '0');
  const finding = { check: basename(path), is: mode };
  return mode === '0600' ? finding : { ...finding, advice: `chmod 600 ${path}` };
};

/** The keys that hide what is personal: which master key wraps them, and who may read their files. */
export const keysOfPeople = async (settings: Settings, phrase: Phrase): Promise<readonly Finding[]> => {
  const { data, masterKey, destroyedKeys } = settings;
  const given = masterKey?.startsWith('file:') ? [masterKey.slice('file:'.length)] : [];
  const paths = [...(masterKey === undefined ? [masterKeyFile(data)] : given), subjectKeysFile(data), destroyedKeys];
  const files = await Promise.all(paths.map(keyAt));
  return [await wrappingKey(settings, phrase), ...files.filter((one) => one !== undefined)];
};

const wrappingKey = async (settings: Settings, phrase: Phrase): Promise<Finding> => {
  const check = phrase('master key', '主密钥');
  if ((await logIdIn(settings.data)) === undefined) return { check, is: phrase('no log yet', '还没有日志') };
  const found = await openMasterKeys(settings).catch((error: Error) => error);
  if (found instanceof Error) return { check, is: phrase('cannot be used', '无法使用'), advice: found.message };
  const [{ id }, ...others] = found.keys();
  return { check, is: [id, ...others.map((one) => `(${one.id})`)].join(' ') };
};
