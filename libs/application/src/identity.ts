import { hash as digestOf, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** UUIDv5 (RFC 9562, 5.5): the same name in the same namespace always gives the same id. The namespace is any secret or a UUID. */
export const idFrom = (namespace: Buffer | string, ...names: readonly (string | number)[]): string => {
  const space = typeof namespace === 'string' ? Buffer.from(namespace.replaceAll('-', ''), 'hex') : namespace;
  const hash = digestOf('sha1', Buffer.concat([space, Buffer.from(names.join('|'))]), 'buffer').subarray(0, 16);
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** A new id, ordered by time. */
export const newId = (): string => uuidv7();

/** What nobody outside can guess: ids of commands derive from it. Made with the log, kept with it, never changed. */
export const newLogSecret = (): Buffer => randomBytes(32);
