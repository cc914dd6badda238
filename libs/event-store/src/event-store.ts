import {
  type AppendResult,
  BACKWARDS,
  END,
  ErrorType,
  type EventData,
  FORWARDS,
  isCommandError,
  NO_STREAM,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { Conflict, type EventStore, type Standing, TooLarge, Unavailable } from '#application';
import type { Fact, Recorded } from '#kernel';
import { BROKEN } from './broken.js';
import type { Codec } from './codec.js';
import type { Connection } from './connection.js';
import { Limit, Trying, within } from './deadline.js';
import { entryOf, headOf, type LogEntry } from './log.js';
import { eventIn } from './message.js';
import { type Followed, Subscription } from './subscription.js';

/** More appends than this in flight only wait inside the client. */
const MOST_IN_FLIGHT = 256;

/** EventStoreDB takes no more than this many bytes of data in one append. */
const MAX_APPEND_BYTES = 1_048_576;

/** Travels as an absolute time: shorter than the clocks differ, it would fail every append. Our own patience ends long before. */
const SERVER_DEADLINE_MS = 300_000;

export type Patience = Readonly<{ attemptMs: number; totalMs: number }>;
const PATIENCE: Patience = { attemptMs: 3_000, totalMs: 10_000 };

/**
 * The event store through the real client, with a counter-measure for each of the client's known defects: every failed
 * append is of unknown outcome and is repeated with the same ids at the same expected revision, which the database
 * answers as the first time; no call waits for ever; one writer client a process.
 */
export class EventStoreDb implements EventStore {
  private readonly limit = new Limit(MOST_IN_FLIGHT);
  private turning: Promise<void> | undefined;

  constructor(
    private readonly writer: Connection,
    private readonly reader: Connection,
    private readonly codec: Codec,
    private readonly clock: { now(): string },
    private readonly patience: Patience = PATIENCE,
  ) {}

  async append(stream: string, expected: bigint, facts: readonly Fact[], signal?: AbortSignal): Promise<Standing> {
    if (facts.length === 0) throw new Error('an append of nothing'); // the database would call it a success
    await this.turn();
    const recordedAt = this.clock.now();
    const encoded = await this.codec.encode(facts, recordedAt);
    if (encoded.reduce((sum, { bytes }) => sum + bytes, 0) > MAX_APPEND_BYTES) throw new TooLarge(stream);
    const events = encoded.map(({ event }) => event);
    return this.limit.run(() => this.appendUntilKnown(stream, expected, events, this.trying(signal)));
  }

  private async appendUntilKnown(stream: string, expected: bigint, events: EventData[], trying: Trying) {
    const expectedRevision = expected < 0n ? NO_STREAM : expected;
    for (;;) {
      const client = this.writer.current;
      try {
        const append = client.appendToStream(stream, events, { expectedRevision, deadline: SERVER_DEADLINE_MS });
        return standingOf(await within(this.patience.attemptMs, append, 'append'));
      } catch (error) {
        if (error instanceof WrongExpectedVersionError) throw new Conflict(stream);
        if (!isPassing(error)) throw error;
        if (error instanceof Unavailable) this.writer.replace(client);
        if (trying.isOver) throw new Unavailable('append: the outcome is unknown', { cause: error });
        await trying.again();
      }
    }
  }

  async *read(
    stream: string,
    { from = 0n, signal }: { from?: bigint; signal?: AbortSignal } = {},
  ): AsyncIterable<Recorded> {
    const trying = this.trying(signal);
    let next = from;
    for (;;) {
      const client = this.reader.current;
      try {
        for await (const fact of this.readOnce(stream, next)) {
          next = fact.revision + 1n;
          yield fact;
        }
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (error instanceof Unavailable) this.reader.replace(client);
        if (trying.isOver) throw new Unavailable('read: no answer in time', { cause: error });
        await trying.again();
      }
    }
  }

  private async *readOnce(stream: string, fromRevision: bigint): AsyncIterable<Recorded> {
    const client = this.reader.current;
    const reading = client.readStream(stream, { fromRevision, direction: FORWARDS });
    const events = reading[Symbol.asyncIterator]();
    let isOver = false;
    try {
      for (;;) {
        const { done, value } = await within(this.patience.attemptMs, events.next(), 'read');
        // The end of a client that was replaced meanwhile looks like the end of the stream.
        if (done && this.reader.current !== client) throw new Unavailable('read: cut short');
        isOver = done === true;
        if (done) return;
        if (value.event) yield this.codec.decode(value.event);
      }
    } catch (error) {
      isOver = error instanceof StreamNotFoundError;
      if (!isOver) throw error;
    } finally {
      reading.destroy();
      // A call that never came about has nothing to be called off.
      if (!isOver) void reading.cancel().catch(() => undefined);
    }
  }

  /** Everything behind `after`, then what comes, until the signal ends. Throws when the store goes away. */
  follow({ after, signal }: { after: bigint | null; signal: AbortSignal }): AsyncIterable<LogEntry> {
    return this.entries({ after }, signal);
  }

  private entries(followed: Followed, signal: AbortSignal): AsyncIterable<LogEntry> {
    return new Subscription(this.reader.current, followed, {
      read: (message) => {
        const event = eventIn(message);
        return event && entryOf(event, message.length, this.codec);
      },
      broken: brokenOff,
      signal,
    });
  }

  /** One stream's facts from the first, then what comes, until the signal ends. Throws when the store goes away. */
  async *followStream(stream: string, signal: AbortSignal): AsyncIterable<Recorded> {
    for await (const entry of this.entries({ stream }, signal)) {
      if (entry.kind === 'fact') yield entry.fact;
    }
  }

  /** Position of the last fact in the log; null while it is empty. Throws `Unavailable`; the next call has a new client then. */
  async head(): Promise<bigint | null> {
    const client = this.reader.current;
    try {
      return await within(this.patience.attemptMs, headOf(client), 'head');
    } catch (error) {
      if (error instanceof Unavailable) this.reader.replace(client);
      throw error;
    }
  }

  /** The last revision of a stream; -1 where there is none. Throws `Unavailable`. */
  async lastRevision(stream: string): Promise<bigint> {
    const reading = this.reader.current.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 });
    const last = async () => {
      let found = -1n;
      for await (const { event } of reading) found = event?.revision ?? found;
      return found;
    };
    const found = last().catch((error: unknown) => {
      if (error instanceof StreamNotFoundError) return -1n;
      throw isPassing(error) ? new Unavailable('read: no answer', { cause: error }) : error;
    });
    return within(this.patience.attemptMs, found, 'read');
  }

  async close(): Promise<void> {
    await Promise.all([this.writer.close(), this.reader.close()]);
  }

  /**
   * Ends with the event loop's turn: appends that were asked for in one turn are sealed and sent one right after the other,
   * which the processor's caches and the socket reward with a tenth of their cost, and half of what sealing costs.
   */
  private turn(): Promise<void> {
    this.turning ??= new Promise((over) =>
      setImmediate(() => {
        this.turning = undefined;
        over();
      }),
    );
    return this.turning;
  }

  private trying(signal?: AbortSignal): Trying {
    return new Trying(this.patience.totalMs, signal);
  }
}

const standingOf = ({ nextExpectedRevision, position }: AppendResult): Standing => ({
  revision: nextExpectedRevision,
  position: position?.commit ?? -1n,
});

/** What the database decided stays as it is; whatever the network or the server's state caused may pass. */
const FINAL: readonly string[] = [
  ErrorType.ACCESS_DENIED,
  ErrorType.STREAM_DELETED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.UNSUPPORTED,
];
const isPassing = (error: unknown): boolean =>
  error instanceof Unavailable ||
  (error instanceof Error && 'code' in error && BROKEN.includes(error.code)) ||
  (error instanceof Error && isCommandError(error) && !FINAL.includes(error.type)) ||
  (error instanceof Error && /premature close|channel|discover/i.test(error.message));

const brokenOff = (error: Error | null): Error => {
  if (error !== null && !isPassing(error)) return error;
  return new Unavailable('the subscription broke off', { cause: error });
};
