import { hash } from 'node:crypto';

const BLOCK_BYTES = { sha256: 64, sha512: 128 } as const;
type Hashing = keyof typeof BLOCK_BYTES;

/**
 * HMAC (RFC 2104) under a key no longer than a block of its hash. Of two one-shot hashes: `createHmac` has OpenSSL make an
 * object each time, which amid other work takes several times as long as the hashing.
 */
export const hmac = (key: Buffer, message: string | Buffer, hashing: Hashing = 'sha256'): Buffer => {
  const said = typeof message === 'string' ? Buffer.from(message) : message;
  return hashed(hashing, padded(hashing, key, 0x5c), hashed(hashing, padded(hashing, key, 0x36), said));
};

// As text, because a digest as bytes gets memory of its own, outside the pool of small buffers.
const hashed = (hashing: Hashing, block: Buffer, rest: Buffer): Buffer =>
  Buffer.from(hash(hashing, Buffer.concat([block, rest]), 'binary'), 'binary');

const padded = (hashing: Hashing, key: Buffer, filling: number): Buffer => {
  const length = BLOCK_BYTES[hashing];
  if (key.length > length) throw new RangeError('a longer key would have to be hashed first');
  const block = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) block[at] = (key[at] ?? 0) ^ filling;
  return block;
};
