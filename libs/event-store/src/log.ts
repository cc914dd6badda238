import { BACKWARDS, END, type EventStoreDBClient, type Position, type StreamingRead } from '@eventstore/db-client';
import { Unreadable } from '#application';
import type { Recorded } from '#kernel';
import type { Codec, Stored } from './codec.js';

/** One entry of the log: a fact, or the place where something stands that the codec cannot read. */
export type LogEntry =
  /** `bytes`: how large it came. */
  | Readonly<{ kind: 'fact'; fact: Recorded; bytes: number }>
  | Readonly<{ kind: 'unreadable'; position: bigint; stream: string; revision: bigint; type: string; reason: string }>;

export const entryOf = (event: Stored, bytes: number, codec: Codec): LogEntry => {
  try {
    return { kind: 'fact', fact: codec.decode(event), bytes };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const { position, streamId: stream, revision, type } = event;
    return { kind: 'unreadable', position: position?.commit ?? -1n, stream, revision, type, reason: error.message };
  }
};

const STEP = 64;

/** Position of the last event that is not the database's own; null where there is none. */
export const headOf = async (client: EventStoreDBClient): Promise<bigint | null> => {
  let from: Position | typeof END = END;
  for (let maxCount = 1; ; maxCount = STEP) {
    let last: Position | undefined;
    for await (const { event } of calledOffWhenLeft(
      client.readAll({ direction: BACKWARDS, fromPosition: from, maxCount }),
    )) {
      if (event && !event.type.startsWith('$')) return event.position.commit;
      last = event?.position ?? last;
    }
    if (!last) return null;
    from = last;
  }
};

/** A read that is called off when whoever reads has enough: of itself the client only stops listening, and the call stays open for ever. */
async function* calledOffWhenLeft<T>(reading: StreamingRead<T>): AsyncGenerator<T> {
  let isOver = false;
  try {
    yield* reading;
    isOver = true;
  } finally {
    if (!isOver) await reading.cancel();
  }
}
