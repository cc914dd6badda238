import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** 32 random bytes that wrap all other keys. `id`, 8 hex digits, tells which one it is and nothing else. */
export type MasterKey = Readonly<{ id: string; key: Buffer }>;

/** Where the master keys come from; the first wraps what is new, the others still open what they wrapped. */
export interface MasterKeySource {
  keys(): readonly [MasterKey, ...MasterKey[]];
}

/** The keys cannot be used; the message says which, and what to do. */
export class CannotOpenKeys extends Error {}

/** Bytes of what `wrapped` returns for a key of 32 bytes. */
export const WRAPPED_BYTES = 60;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const masterKeyOf = (key: Buffer): MasterKey => ({
  id: createHmac('sha256', key).update('touchline master key').digest('hex').slice(0, 8),
  key,
});

/** `secret` under AES-256-GCM: nonce, ciphertext, tag. `about` must be said again to open it. */
export const wrapped = ({ key }: MasterKey, secret: Buffer, about: string): Buffer => {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
};

/** @throws when the box was not wrapped by that key, about that */
export const unwrapped = ({ key }: MasterKey, box: Buffer, about: string): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(about));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
};

/** Base64 of 32 bytes, several separated by commas or line ends, the one in use first. @throws CannotOpenKeys */
export const masterKeysIn = (text: string, place: string): readonly [MasterKey, ...MasterKey[]] => {
  const words = text.split(/[\s,]+/).filter(Boolean);
  const [first, ...others] = words.map((word) => Buffer.from(word, 'base64')).map((key) => masterKeyOf(key));
  const isWhole = words.every((word) => /^[A-Za-z0-9+/]{43}=$/.test(word));
  if (first && isWhole) return [first, ...others];
  throw new CannotOpenKeys(
    `${place} must hold 32 bytes in base64, for example one made by: openssl rand -base64 32. Nothing was touched.`,
  );
};

/** Master keys in a file, read again whenever they are asked for: they may be rotated meanwhile. */
export const masterKeysInFile = (path: string): MasterKeySource => ({
  keys: () => masterKeysIn(readFileSync(path, 'utf8'), path),
});
