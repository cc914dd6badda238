import { type Rejection, reject } from '#kernel';
import { Forgotten, TooLarge } from './ports.js';

/** Refusals of the shell itself, beside those of the slices. */
export const NEVER_OPENED = 'never-opened';
export const OVERTAKEN = 'revision-differs';
export const TOO_LARGE = 'too-large';
export const FORGOTTEN_CUSTOMER = 'customer-erased';
/** The source has said something else under that id, and this is on record. */
export const SOURCE_CONFLICT = 'source-conflict';
/** Something else was said under that Idempotency-Key. */
export const KEY_REUSED = 'idempotency-key-reused';
export const APPROVES_OWN = 'approver-is-requester';
export const TAKEN = 'identifier-taken';

/** What an error of the store means to whoever asked; undefined: it is no answer. */
export const refusalIn = (error: unknown): Rejection | undefined => {
  if (error instanceof Forgotten) return reject(FORGOTTEN_CUSTOMER);
  return error instanceof TooLarge ? reject(TOO_LARGE) : undefined;
};
