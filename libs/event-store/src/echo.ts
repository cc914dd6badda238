import { BROKEN } from './broken.js';

/**
 * Whether a rejection that nobody heard only repeats what was told: when the client's batch stream breaks while appends wait
 * to be written, each of them is failed by its own promise, and once more, with gRPC's error as it came, by a promise inside
 * the client that nobody can reach. A process need not end because of it.
 */
export const isEcho = (reason: unknown): boolean =>
  reason instanceof Error &&
  'code' in reason &&
  BROKEN.includes(reason.code) &&
  'details' in reason &&
  'metadata' in reason;
