import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import services from '@eventstore/db-client/generated/streams_grpc_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientReadableStream } from '@grpc/grpc-js';

const { Options } = messages.ReadReq;
const READ = '/event_store.client.streams.Streams/Read';

/** So many messages wait here before the call does, while whoever reads is busy; going on is a turn of its own. */
const AT_A_TIME = 32;

/** What is followed: everything behind a position (null: from the beginning), or one stream from its first event. */
export type Followed = Readonly<{ after: bigint | null }> | Readonly<{ stream: string }>;

export type Reading<T> = Readonly<{
  /** What a message says; null: nothing for the reader. */
  read: (message: Buffer) => T | null;
  /** What the reader is told when the subscription breaks off, or ends by itself (null). */
  broken: (error: Error | null) => Error;
  /** Ends it: what has come and was not taken is dropped. */
  signal: AbortSignal;
}>;

/**
 * A subscription over the client's own connection (its node, credentials and reconnecting) that reads the messages
 * itself: what the client makes of them, with several promises and objects for every event, costs twice the rest.
 */
export class Subscription<T> implements AsyncIterableIterator<T> {
  readonly #waiting: Buffer[] = [];
  readonly #reading: Reading<T>;
  readonly #opened: Promise<ClientReadableStream<Buffer>>;
  readonly #abort = () => this.#end(null);
  #call: ClientReadableStream<Buffer> | null = null;
  #taken = 0;
  #arrived: (() => void) | null = null;
  #isOver = false;
  #error: Error | null = null;

  constructor(client: EventStoreDBClient, followed: Followed, reading: Reading<T>) {
    this.#reading = reading;
    const request = requestFor(followed);
    // biome-ignore lint/complexity/useLiteralKeys: both are `protected`, for what is built upon the client
    const open = client['GRPCStreamCreator'](services.StreamsClient, 'follow', (streams) =>
      streams.makeServerStreamRequest(
        READ,
        (asked: typeof request) => Buffer.from(asked.serializeBinary()),
        (bytes: Buffer) => bytes,
        request,
        // biome-ignore lint/complexity/useLiteralKeys: the same
        ...client['callArguments']({}, { deadline: Number.POSITIVE_INFINITY }),
      ),
    );
    this.#opened = open();
    this.#opened.then(
      (call) => this.#listen(call),
      (error: Error) => this.#end(error),
    );
    if (reading.signal.aborted) this.#end(null);
    else reading.signal.addEventListener('abort', this.#abort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const { signal, read, broken } = this.#reading;
    for (;;) {
      if (signal.aborted) return this.return();
      while (this.#taken < this.#waiting.length) {
        const value = read(this.#take());
        if (value !== null) return { done: false, value };
      }
      if (this.#isOver) throw broken(this.#error && (convertToCommandError(this.#error) as Error));
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#end(null);
    this.#waiting.length = 0;
    this.#taken = 0;
    this.#call?.cancel();
    return { done: true, value: undefined };
  }

  #listen(call: ClientReadableStream<Buffer>): void {
    this.#call = call;
    call.on('error', (error) => this.#end(error));
    call.on('end', () => this.#end(null));
    call.on('data', (message: Buffer) => {
      this.#waiting.push(message);
      if (this.#waiting.length >= AT_A_TIME) call.pause();
      this.#wake();
    });
    if (this.#isOver) call.cancel();
  }

  #take(): Buffer {
    const message = this.#waiting[this.#taken] as Buffer;
    this.#taken += 1;
    if (this.#taken === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#taken = 0;
      const call = this.#call;
      if (call?.isPaused()) setImmediate(() => call.resume());
    }
    return message;
  }

  #end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#reading.signal.removeEventListener('abort', this.#abort);
    if (error === null) this.#call?.cancel();
    this.#wake();
  }

  #wake(): void {
    this.#arrived?.();
    this.#arrived = null;
  }
}

const requestFor = (followed: Followed) => {
  const options = new Options();
  if ('stream' in followed) options.setStream(oneStream(followed.stream)).setNoFilter(new shared.Empty());
  else options.setAll(everythingBehind(followed.after)).setFilter(withoutSystemEvents());
  options.setSubscription(new Options.SubscriptionOptions());
  options.setUuidOption(new Options.UUIDOption().setString(new shared.Empty()));
  return new messages.ReadReq().setOptions(options);
};

const oneStream = (stream: string) => {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  return new Options.StreamOptions().setStreamIdentifier(identifier).setStart(new shared.Empty());
};

const everythingBehind = (after: bigint | null) => {
  if (after === null) return new Options.AllOptions().setStart(new shared.Empty());
  const position = new Options.Position().setCommitPosition(`${after}`).setPreparePosition(`${after}`);
  return new Options.AllOptions().setPosition(position);
};

const withoutSystemEvents = () => {
  const expression = new Options.FilterOptions.Expression().setRegex('^[^$].*');
  const filter = new Options.FilterOptions().setEventType(expression).setCount(new shared.Empty());
  return filter.setCheckpointintervalmultiplier(1);
};
