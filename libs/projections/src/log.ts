import type { Recorded } from '#kernel';

/** One step along the log. Positions rise strictly. */
export type LogEntry =
  /** `bytes`: how large it lies in the log, metadata included. */
  | Readonly<{ kind: 'fact'; fact: Recorded; bytes: number }>
  /** A fact that could not be read: poison for every view that would have heard it. `reason` is never personal. */
  | Readonly<{ kind: 'unreadable'; position: bigint; stream: string; revision: bigint; type: string; reason: string }>
  /** Nothing for us up to here, this position included. */
  | Readonly<{ kind: 'checkpoint'; position: bigint }>;

/** What the engine asks of the event store. */
export interface Log {
  /**
   * Everything behind `after` (null: from the beginning), then what comes, until the signal aborts. Sooner or later it
   * yields a position at or behind what `head` said before. Throws when the store goes away.
   */
  follow(options: { after: bigint | null; signal: AbortSignal }): AsyncIterable<LogEntry>;
  /** Position of the last entry now; null while there is none. */
  head(): Promise<bigint | null>;
  /** One stream's facts in their order, from a revision on. */
  read(stream: string, from?: bigint): AsyncIterable<Recorded>;
}

export const positionOf = (entry: LogEntry): bigint => (entry.kind === 'fact' ? entry.fact.position : entry.position);

/** What takes its place where there is no fact. */
const ENTRY_BYTES = 100;

export const bytesOf = (entry: LogEntry): number => (entry.kind === 'fact' ? entry.bytes : ENTRY_BYTES);
