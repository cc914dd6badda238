import type { NewEvent } from '../log/record.js';
import type { Expected } from './expected.js';

/** At most this many bytes of event data in one append; metadata, types and ids do not count. */
export const MAX_APPEND_BYTES = 1_048_576;

export type Append = Readonly<{ kind: 'append'; stream: string; expected: Expected; events: readonly NewEvent[] }>;
export type Removal = Readonly<{ kind: 'delete' | 'tombstone'; stream: string; expected: Expected }>;
export type Write = Append | Removal;

/** What became of a write. Revisions and positions are those of its last event; -1 stands for a stream without events. */
export type Written =
  | Readonly<{ outcome: 'written' | 'repeated'; revision: number; position: number | undefined }>
  | Readonly<{ outcome: 'wrong-expected-version'; current: number; expected: Expected }>
  | Readonly<{ outcome: 'stream-deleted' }>
  | Readonly<{ outcome: 'failed'; error: Error }>;
