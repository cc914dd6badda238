import { normalised } from '#domain';

/** One spelling for what is the same to somebody who searches. */
export const spelling = (kind: string, value: string): string => {
  if (kind === 'phone' || kind === 'email') return normalised(kind, value);
  return value.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
};
