import type { LogIdentity } from '#application';
import { hmac } from '#privacy';

const keys = new WeakMap<Buffer, Map<string, Buffer>>();

/** A key for one purpose alone, derived from the log's secret: as lasting and as secret as that. */
export const keyFor = (purpose: string, { secret }: Pick<LogIdentity, 'secret'>): Buffer => {
  const derived = keys.get(secret) ?? new Map<string, Buffer>();
  keys.set(secret, derived);
  const key = derived.get(purpose) ?? hmac(secret, `touchline/${purpose}`);
  derived.set(purpose, key);
  return key;
};

/** HMAC-SHA-256 in base64url: says whether two texts are the same to who has the log's secret, and nothing to others. */
export const keyedMac = (log: Pick<LogIdentity, 'secret'>, purpose: string, text: string): string =>
  hmac(keyFor(purpose, log), text).toString('base64url');

/** By what a value of a kind is found without being stored. `value` in the one spelling that is compared. */
export const blindIndexOf = (log: Pick<LogIdentity, 'secret'>, kind: string, value: string): string =>
  keyedMac(log, 'blind-index', `${kind}|${value}`);
