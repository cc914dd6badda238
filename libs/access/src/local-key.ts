import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
} from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** What signs tokens of this machine's own. */
export type LocalKey = Readonly<{ privateKey: KeyObject; publicKey: KeyObject }>;

/** The key in a file; undefined where there is none. */
export const localKeyIn = async (file: string): Promise<LocalKey | undefined> => {
  try {
    return keyOf(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Makes the key, for its owner's eyes only: whole or not at all. Of several processes one makes it, and all get that one. */
export const makeLocalKey = async (file: string): Promise<LocalKey> => {
  const draft = `${file}.${randomUUID()}`;
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  await writeFile(draft, `${JSON.stringify(key)}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, file);
    return keyOf(key);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await localKeyIn(file)) as LocalKey; // another process made it a moment ago
  } finally {
    await rm(draft);
  }
};

const keyOf = (key: JsonWebKey): LocalKey => {
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
};
