import grpcDefinitions from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { DeleteReq, TombstoneReq } from '@eventstore/db-client/generated/streams_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import { isLinkList } from '../read/link-list.js';
import { readAll, readStream } from '../read/read-call.js';
import { nameOf, parseRead, type ReadRequest } from '../read/read-request.js';
import { subscribeToAll, subscribeToStream } from '../read/subscription.js';
import type { Written } from '../store/append.js';
import type { Events } from '../store/events.js';
import { type Expected, expectedNumber } from '../store/expected.js';
import type { Writer } from '../store/writer.js';
import type { Call } from '../wire/call.js';
import { type Handler, streaming, unary } from '../wire/grpc-server.js';
import { Code, handlerFailed, StatusError, streamDeleted, unimplemented } from '../wire/status.js';
import { BatchAppendCall } from './batch-append.js';
import { classicAppend, writeFailed } from './classic-append.js';

const { StreamsService } = grpcDefinitions;

/** The Streams service over one log. */
export const streamsService = (events: Events, writer: Writer): [path: string, handler: Handler][] => [
  [
    StreamsService.read.path,
    streaming(StreamsService.read as never, (request: never, call) => read(events, parseRead(request), call)),
  ],
  [StreamsService.append.path, (call) => classicAppend(writer, call)],
  [StreamsService.batchAppend.path, (call) => void new BatchAppendCall(call, writer)],
  [
    StreamsService.delete.path,
    unary(StreamsService.delete, async (request) => {
      const response = new messages.DeleteResp();
      const position = new messages.DeleteResp.Position();
      const at = await remove(writer, 'delete', request.getOptions());
      return response.setPosition(position.setCommitPosition(at).setPreparePosition(at));
    }),
  ],
  [
    StreamsService.tombstone.path,
    unary(StreamsService.tombstone, async (request) => {
      const response = new messages.TombstoneResp();
      const position = new messages.TombstoneResp.Position();
      const at = await remove(writer, 'tombstone', request.getOptions());
      return response.setPosition(position.setCommitPosition(at).setPreparePosition(at));
    }),
  ],
];

const read = (events: Events, request: ReadRequest, call: Call): void => {
  const { stream, count } = request;
  if (stream !== undefined && count !== undefined) readStream(events, { ...request, stream, count }, call);
  else if (stream !== undefined) subscribeToStream(events, { ...request, stream }, call);
  else if (count !== undefined) readAll(events, { ...request, count }, call);
  else subscribeToAll(events, request, call);
};

const remove = async (
  writer: Writer,
  kind: 'delete' | 'tombstone',
  options: DeleteReq.Options | TombstoneReq.Options | undefined,
): Promise<string> => {
  const stream = nameOf(options?.getStreamIdentifier()?.getStreamName_asU8());
  if (isLinkList(stream)) throw unimplemented('Deleting a system stream');
  const expected = expectedOf(options as DeleteReq.Options);
  const written = await new Promise<Written>((resolve) => writer.write({ kind, stream, expected }, resolve));
  switch (written.outcome) {
    case 'stream-deleted':
      throw streamDeleted(stream);
    case 'wrong-expected-version':
      throw wrongExpectedVersion(stream, expected, written.current);
    case 'failed':
      throw writeFailed(written.error);
    default:
      return String(written.position);
  }
};

const expectedOf = (options: DeleteReq.Options): Expected => {
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  if (!options.hasRevision()) throw handlerFailed();
  return Number(options.getRevision());
};

const wrongExpectedVersion = (stream: string, expected: Expected, current: number): StatusError => {
  const [expectedVersion, actualVersion] = [expectedNumber(expected), String(current)];
  const text = `Stream: ${stream}, Expected version: ${expectedVersion}, Actual version: ${actualVersion}`;
  return new StatusError(Code.FAILED_PRECONDITION, `Delete failed due to WrongExpectedVersion. ${text}`, {
    exception: 'wrong-expected-version',
    'stream-name': stream,
    'expected-version': expectedVersion,
    'actual-version': actualVersion,
  });
};
