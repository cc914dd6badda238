import shared from '@eventstore/db-client/generated/shared_pb.js';
import grpcDefinitions from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, ClientDuplexStream, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { Connection } from '../connection.js';
import { within } from '../deadline.js';
import type { MovedEvent } from './moved-event.js';

/** What the client offers to its own methods: connection, leader and credentials as the connection string has them. */
type Inside = {
  GRPCStreamCreator<T>(
    Client: typeof grpcDefinitions.StreamsClient,
    name: string,
    creator: (client: InstanceType<typeof grpcDefinitions.StreamsClient>) => T,
  ): () => Promise<T>;
  callArguments(options: object, callOptions?: CallOptions): [Metadata, CallOptions];
};

/** The target says no to an append. `name` is the database's word for why. */
export class Refused extends Error {
  constructor(
    override readonly name: string,
    message: string,
  ) {
    super(message);
  }
}

const SILENCE_MS = 30_000;
const DEADLINE_MS = 600_000;

/**
 * A store's events as bytes. The client's own methods parse JSON and write it anew, which would change it; this speaks
 * through the client's connection with the messages themselves.
 */
export class RawLog {
  private readonly connection: Connection;
  private writing: Promise<Writing> | undefined;

  constructor(readonly url: string) {
    this.connection = new Connection(url.replace(/^kurrentdb(\+discover)?:/, 'esdb$1:'));
  }

  /** Every event behind `after`, in order, up to the end of the log as it is now. */
  async *read(after: bigint | undefined): AsyncIterable<MovedEvent> {
    const options = new streams.ReadReq.Options();
    const from = new streams.ReadReq.Options.AllOptions();
    if (after === undefined) from.setStart(new shared.Empty());
    else from.setPosition(positionAt(after));
    options.setAll(from).setCount(String(Number.MAX_SAFE_INTEGER)).setReadDirection(0).setResolveLinks(false);
    options.setNoFilter(new shared.Empty());
    options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
    const request = new streams.ReadReq().setOptions(options);
    const reading = (await this.inside.GRPCStreamCreator(grpcDefinitions.StreamsClient, 'move', (client) =>
      client.read(request, ...this.inside.callArguments({}, { deadline: Number.POSITIVE_INFINITY })),
    )()) as ClientReadableStream<ReadResp>;
    const responses = reading[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await within(SILENCE_MS, responses.next(), 'read');
        if (done) return;
        const event = eventIn(value as ReadResp);
        if (event && (after === undefined || event.position > after)) yield event;
      }
    } finally {
      reading.on('error', () => {});
      reading.cancel();
    }
  }

  /** Appends events of one stream, the first behind `expected` (-1: nothing). Appends take effect in the order of the calls. */
  async append(stream: string, expected: bigint, events: readonly MovedEvent[]): Promise<void> {
    this.writing ??= this.open();
    const writing = await this.writing;
    await within(DEADLINE_MS, writing.append(stream, expected, events), 'append');
  }

  async tombstone(stream: string): Promise<void> {
    await within(SILENCE_MS, this.connection.current.tombstoneStream(stream), 'tombstone');
  }

  /** The last event of a stream's metadata. */
  async lastMetadata(stream: string): Promise<{ revision: bigint; data: Uint8Array } | undefined> {
    const reading = this.connection.current.readStream(stream, {
      direction: 'backwards',
      fromRevision: 'end',
      maxCount: 1,
    });
    let last: { revision: bigint; data: Uint8Array } | undefined;
    for await (const { event } of reading)
      if (event) last = { revision: event.revision, data: Buffer.from(JSON.stringify(event.data)) };
    return last;
  }

  async close(): Promise<void> {
    (await this.writing?.catch(() => undefined))?.end();
    await this.connection.close();
  }

  private get inside(): Inside {
    return this.connection.current as unknown as Inside;
  }

  private async open(): Promise<Writing> {
    const stream = await this.inside.GRPCStreamCreator(grpcDefinitions.StreamsClient, 'move', (client) =>
      client.batchAppend(...this.inside.callArguments({}, { deadline: Number.POSITIVE_INFINITY })),
    )();
    return new Writing(stream as ClientDuplexStream<InstanceType<typeof streams.BatchAppendReq>, BatchAppendResp>);
  }
}

/** One stream of appends: taken in order, answered each by itself. */
class Writing {
  private readonly waiting = new Map<string, { done: () => void; failed: (error: Error) => void }>();
  private broken: Error | undefined;

  constructor(
    private readonly stream: ClientDuplexStream<InstanceType<typeof streams.BatchAppendReq>, BatchAppendResp>,
  ) {
    stream.on('data', (response) => this.answered(response));
    stream.on('error', (error: Error) => this.fail(error));
    stream.on('end', () => this.fail(new Error('the store ended the stream of appends')));
  }

  append(stream: string, expected: bigint, events: readonly MovedEvent[]): Promise<void> {
    if (this.broken) return Promise.reject(this.broken);
    const correlation = crypto.randomUUID();
    const options = new streams.BatchAppendReq.Options();
    options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8')));
    options.setDeadline(timestamps.Timestamp.fromDate(new Date(Date.now() + DEADLINE_MS)));
    if (expected < 0n) options.setNoStream(new empty.Empty());
    else options.setStreamPosition(String(expected));
    const request = new streams.BatchAppendReq().setCorrelationId(uuid(correlation)).setOptions(options);
    request.setProposedMessagesList(events.map(proposed)).setIsFinal(true);
    return new Promise((done, failed) => {
      this.waiting.set(correlation, { done, failed });
      this.stream.write(request);
    });
  }

  end(): void {
    this.stream.end();
  }

  private answered(response: BatchAppendResp): void {
    const correlation = response.getCorrelationId()?.getString() ?? '';
    const waiting = this.waiting.get(correlation);
    this.waiting.delete(correlation);
    const error = response.getError();
    if (!error) waiting?.done();
    else waiting?.failed(new Refused(error.getMessage(), error.getMessage()));
  }

  private fail(error: Error): void {
    this.broken = error;
    for (const { failed } of this.waiting.values()) failed(error);
    this.waiting.clear();
  }
}

const uuid = (id: string) => new shared.UUID().setString(id);

const positionAt = (position: bigint) => {
  const at = new streams.ReadReq.Options.Position();
  return at.setCommitPosition(String(position)).setPreparePosition(String(position));
};

const eventIn = (response: ReadResp): MovedEvent | undefined => {
  const recorded = response.getEvent()?.getEvent();
  if (!recorded) return undefined;
  const metadata = recorded.getMetadataMap();
  return {
    id: recorded.getId()?.getString() ?? '',
    stream: Buffer.from(recorded.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8'),
    revision: BigInt(recorded.getStreamRevision()),
    position: BigInt(recorded.getCommitPosition()),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? '',
    metadata: recorded.getCustomMetadata_asU8(),
    data: recorded.getData_asU8(),
  };
};

const proposed = ({ id, type, contentType, metadata, data }: MovedEvent) => {
  const message = new streams.BatchAppendReq.ProposedMessage().setId(uuid(id));
  message.getMetadataMap().set('type', type).set('content-type', contentType);
  return message.setCustomMetadata(metadata).setData(data);
};
