import { createCipheriv, createDecipheriv, createHmac, randomFillSync } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const pool = Buffer.alloc(NONCE_BYTES * 512);
let used = pool.length;

/** Twelve random bytes: good for 2³² messages under one key, more than one person's facts. */
export const randomNonce = (): Buffer => {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += NONCE_BYTES;
  return Buffer.from(pool.subarray(used - NONCE_BYTES, used));
};

/** A nonce from what is sealed and where it lies: the same text in the same place gives the same bytes, and only then. */
export const nonceOf = (key: Buffer, place: string, text: string): Buffer =>
  createHmac('sha256', key).update(`${place}\0${text}`).digest().subarray(0, NONCE_BYTES);

/** AES-256-GCM: base64 of nonce, ciphertext and tag. `place` must be said again to open it. */
export const sealText = (key: Buffer, nonce: Buffer, place: string, text: string): string => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place));
  const sealed = cipher.update(text, 'utf8');
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64');
};

/** @throws when it was sealed under another key, for another place, or was changed since */
export const openText = (key: Buffer, place: string, box: string): string => {
  const bytes = Buffer.from(box, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(place));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  decipher.final();
  return text.toString('utf8');
};
