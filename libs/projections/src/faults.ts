import type { Recorded } from '#kernel';
import { type LogEntry, positionOf } from './log.js';

/** Why a view could not go on, and at what. Nothing personal. */
export type Fault = Readonly<{ position: bigint; stream: string; revision: bigint; type: string; error: string }>;

/** Somebody else has written this view since we read its checkpoint: nothing of ours was kept. */
export class FenceLost extends Error {
  constructor(views: readonly string[]) {
    super(`Another writer has moved ${views.join(', ')}`);
    this.name = 'FenceLost';
  }
}

/** A row that the table would not take, or that could not be derived. */
export class UnwritableRow extends Error {
  constructor(view: string, cause: unknown) {
    super(`${view}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'UnwritableRow';
  }
}

/** Classes of SQLSTATE that say the data is wrong; any other failure passes by itself. */
const DATA_CLASSES = new Set(['21', '22', '23', '42', '54']);

/** Whether trying again with the same rows would fail again. */
export const isDataFault = (error: unknown): boolean => {
  if (error instanceof UnwritableRow) return true;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.length === 5 && DATA_CLASSES.has(code.slice(0, 2));
};

export const faultAt = (entry: LogEntry, error: unknown): Fault => {
  const position = positionOf(entry);
  if (entry.kind === 'fact') {
    const { stream, revision, type } = entry.fact;
    return { position, stream, revision, type, error: explained(error, entry.fact) };
  }
  if (entry.kind === 'unreadable') {
    const { stream, revision, type, reason } = entry;
    return { position, stream, revision, type, error: reason };
  }
  return { position, stream: '', revision: -1n, type: 'checkpoint', error: explained(error) };
};

/**
 * What went wrong, without what the fact says. An error made by a fold may quote its data, so only messages of the
 * language and of PostgreSQL are kept, less every value of the fact; of others only the kind and the place remain.
 */
export const explained = (error: unknown, fact?: Recorded): string => {
  if (!(error instanceof Error)) return 'something that is not an error was thrown';
  const cause = error instanceof UnwritableRow && error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause ? ` ${String(cause.code)}` : '';
  const isTheirs = code !== '' || cause instanceof TypeError || cause instanceof ReferenceError;
  const message = isTheirs ? `: ${fact ? withoutValues(cause.message, fact.data) : cause.message}` : '';
  return `${cause.name}${code}${message}${placeIn(cause)}`;
};

const placeIn = ({ stack = '' }: Error): string => {
  const frame = stack.split('\n').find((line) => /^\s+at /.test(line) && !line.includes('node:'));
  const [, place] = /([^/\\(\s]+:\d+:\d+)\)?$/.exec(frame ?? '') ?? [];
  return place ? ` (at ${place})` : '';
};

const withoutValues = (message: string, data: unknown): string =>
  leavesOf(data)
    .sort((a, b) => b.length - a.length)
    .reduce((text, value) => text.replaceAll(value, '…'), message.replace(/"[^"]*"/g, '"…"'));

const leavesOf = (value: unknown): string[] => {
  if (value === null || typeof value !== 'object') return value === '' || value === undefined ? [] : [String(value)];
  return Object.values(value).flatMap(leavesOf);
};
