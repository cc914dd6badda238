// A server that speaks just enough of the protocol to be measured against and keeps nothing: every append is acknowledged
// at once, every read is answered with the same event again and again. What it takes is the price of the client and the wire.
import { createServer } from 'node:http2';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';

const EVENTS_OF_A_SUBSCRIPTION = Number(process.env.EVENTS ?? 30_000);
const BATCH = 100;
const HEADERS = { ':status': 200, 'content-type': 'application/grpc' };
const OPTIONS_OF_APPEND = 2;

const framed = (message) => {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
};

/** Calls `take` with every message of the call. */
const messagesOf = (stream, take) => {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      take(rest.subarray(5, end));
      rest = rest.subarray(end);
    }
  });
};

const SUCCESS = Buffer.from([0x1a, 8, 0x08, 1, 0x1a, 4, 0x08, 1, 0x10, 1]);

/** The correlation id is the first field of every request; the answer repeats it. */
const append = (stream) => {
  stream.respond(HEADERS);
  messagesOf(stream, (request) => {
    const correlation = request.subarray(0, 2 + request[1]);
    if (request[correlation.length] >> 3 === OPTIONS_OF_APPEND)
      stream.write(framed(Buffer.concat([correlation, SUCCESS])));
  });
};

const canned = () => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const padding = 'x'.repeat(350 - JSON.stringify({ number: 100000, text: '' }).length);
  recorded.setId(new shared.UUID().setString('3f2b8c1e-7a4d-4e7b-9a55-0c1d2e3f4a5b'));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('bench0123456-read')));
  recorded.setStreamRevision('12345').setCommitPosition('1234567').setPreparePosition('1234567');
  recorded.setData(Buffer.from(JSON.stringify({ number: 100000, text: padding })));
  const metadata = recorded.getMetadataMap();
  metadata
    .set('type', 'measured')
    .set('content-type', 'application/json')
    .set('created', String(Date.now() * 10_000));
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition('1234567');
  return framed(Buffer.from(new streams.ReadResp().setEvent(read).serializeBinary()));
};

const MANY = Buffer.concat(Array(BATCH).fill(canned()));
const CONFIRMED = framed(Buffer.from([0x12, 3, 0x0a, 1, 0x61]));

const read = (stream) => {
  messagesOf(stream, (message) => {
    const options = streams.ReadReq.deserializeBinary(message).getOptions();
    const isSubscription = options.hasSubscription();
    stream.respond(HEADERS, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    if (isSubscription) stream.write(CONFIRMED);
    let left = isSubscription
      ? EVENTS_OF_A_SUBSCRIPTION
      : Math.min(Number(options.getCount()), EVENTS_OF_A_SUBSCRIPTION);
    const fill = () => {
      while (left > 0) {
        left -= BATCH;
        if (!stream.write(MANY)) return stream.once('drain', fill);
      }
      if (!isSubscription) stream.end();
    };
    fill();
  });
};

const supported = (stream) => {
  const response = new features.SupportedMethods().setEventStoreServerVersion('0.0.0');
  for (const method of ['read', 'append', 'batchappend'])
    response.addMethods(
      new features.SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(method),
    );
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(framed(Buffer.from(response.serializeBinary())));
};

const ANSWERS = { BatchAppend: append, Read: read, GetSupportedMethods: supported };

const server = createServer({ settings: { initialWindowSize: 4 * 1024 * 1024 } });
server.on('session', (session) => session.setLocalWindowSize(16 * 1024 * 1024));
server.on('stream', (stream, headers) => {
  stream.on('error', () => {});
  ANSWERS[headers[':path'].split('/').pop()]?.(stream);
});
server.listen(0, '127.0.0.1', () => process.send?.(`esdb://127.0.0.1:${server.address().port}?tls=false`));
process.on('message', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
