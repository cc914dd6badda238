import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 (RFC 2104) under a key of 32 bytes. Of two one-shot hashes: `createHmac` has OpenSSL make an object each
 * time, which amid other work takes several times as long as the hashing.
 */
export const hmac = (key: Buffer, message: string | Buffer): Buffer => {
  const inner = sha256(padded(key, 0x36), typeof message === 'string' ? Buffer.from(message) : message);
  return sha256(padded(key, 0x5c), inner);
};

// As hex, because a digest as bytes gets memory of its own, outside the pool of small buffers.
const sha256 = (block: Buffer, rest: Buffer): Buffer =>
  Buffer.from(hash('sha256', Buffer.concat([block, rest]), 'hex'), 'hex');

const padded = (key: Buffer, filling: number): Buffer => {
  if (key.length > BLOCK_BYTES) throw new RangeError('a longer key would have to be hashed first');
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let at = 0; at < BLOCK_BYTES; at++) block[at] = (key[at] ?? 0) ^ filling;
  return block;
};
