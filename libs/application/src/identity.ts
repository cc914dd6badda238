import { hash as digestOf, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';

/** UUIDv5 (RFC 9562, 5.5): the same name in the same namespace always gives the same id. The namespace is any secret or a UUID. */
export const idFrom = (namespace: Buffer | string, ...names: readonly (string | number)[]): string => {
  const space = typeof namespace === 'string' ? Buffer.from(namespace.replaceAll('-', ''), 'hex') : namespace;
  const hex = digestOf('sha1', Buffer.concat([space, Buffer.from(names.join('|'))]), 'hex');
  const variant = '89ab'[Number.parseInt(hex.slice(16, 17), 16) % 4];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** A new id, ordered by time. */
export const newId = (): string => uuidv7();

/** What nobody outside can guess: ids of commands derive from it. Made with the log, kept with it, never changed. */
export const newLogSecret = (): Buffer => randomBytes(32);
