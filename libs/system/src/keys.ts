import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogIdentity } from '#application';
import { eventClasses } from '#domain';
import { type Class, idIn, personalFields, type Recorded } from '#kernel';
import {
  CannotOpenKeys,
  KeyRing,
  type MasterKeySource,
  masterKeysIn,
  masterKeysInFile,
  SealedRows,
  sealedEvents,
} from '#privacy';
import { spelling } from '#read-models';
import { blindIndexOf } from './keyed.js';
import { makeOnce } from './place.js';
import type { Settings } from './settings.js';

const IN_FILE = 'file:';
const logKeyFile = (data: string) => join(data, 'log.key');
export const subjectKeysFile = (data: string) => join(data, 'subject.keys');

/**
 * The master keys: from the environment, a file it names, or `master.key` in the data folder, made there when nothing was
 * ever wrapped. Looks before anything is started or touched. @throws CannotOpenKeys with what to do
 */
export const openMasterKeys = async (settings: Settings): Promise<MasterKeySource> => {
  const source = settings.masterKey === undefined ? await ownMasterKey(settings) : givenMasterKey(settings.masterKey);
  const wrapping = wrappingKeyOf(settings.data);
  if (wrapping !== undefined && !source.keys().some(({ id }) => id === wrapping))
    throw new CannotOpenKeys(
      `the master key is not the one that wrapped the keys in ${settings.data} (${wrapping}): give that one with TOUCHLINE_MASTER_KEY, or restore master.key. Nothing was touched.`,
    );
  return source;
};

const givenMasterKey = (given: string): MasterKeySource => {
  if (!given.startsWith(IN_FILE)) {
    const keys = masterKeysIn(given, 'TOUCHLINE_MASTER_KEY');
    return { keys: () => keys };
  }
  const path = given.slice(IN_FILE.length);
  if (!existsSync(path))
    throw new CannotOpenKeys(`${path}, which TOUCHLINE_MASTER_KEY names, does not exist. Nothing was touched.`);
  return masterKeysInFile(path);
};

const ownMasterKey = async ({ data }: Settings): Promise<MasterKeySource> => {
  const path = masterKeyFile(data);
  if (!existsSync(path) && [logKeyFile(data), subjectKeysFile(data)].some(existsSync))
    throw new CannotOpenKeys(
      `${path} is missing: restore it, or give the key with TOUCHLINE_MASTER_KEY. Without it nothing personal in ${data} can be read. Nothing was touched.`,
    );
  await makeOnce(path, () => `${randomBytes(32).toString('base64')}\n`);
  return masterKeysInFile(path);
};
export const masterKeyFile = (data: string) => join(data, 'master.key');

/** Which master key this data folder was written under. */
const wrappingKeyOf = (data: string): string | undefined => {
  const path = logKeyFile(data);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).master : undefined;
};

/** Whose each personal field of an event type is. */
export const personalRoles = (type: string): Readonly<Record<string, string>> => roles[type] ?? NONE;
const NONE = {};
const roles: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
  Object.entries<Class>(eventClasses).map(([type, shape]) => [type, personalFields(shape)]),
);

/** For who looks at a log without its keys: nothing personal can be written or read. */
export const withoutKeys = sealedEvents(() => {
  throw new CannotOpenKeys('the keys are not open');
}, personalRoles);

/** Whose personal data goes with that fact; null: nobody's. */
export const forgottenBy = ({ type, stream }: Recorded): string | null =>
  type === 'PersonalDataErased' ? idIn(stream) : null;

/** What opens once the log is known: the keys of its subjects, and what they seal. */
export type Secrets = Readonly<{
  masters: MasterKeySource;
  keys: KeyRing;
  rows: SealedRows;
  blindIndex: (kind: string, value: string) => string;
}>;

export const openSecrets = async (settings: Settings, log: LogIdentity, masters: MasterKeySource): Promise<Secrets> => {
  const places = { keys: subjectKeysFile(settings.data), destroyed: settings.destroyedKeys, log: log.logId };
  const keys = await KeyRing.open(places, masters);
  // A phone that is sought without its country is one of ours.
  const region = /-([A-Z]{2})$/.exec(settings.locale)?.[1] as Parameters<typeof spelling>[2];
  const blindIndex = (kind: string, value: string) => blindIndexOf(log, kind, spelling(kind, value, region));
  return { masters, keys, blindIndex, rows: new SealedRows(() => keys, blindIndex) };
};
