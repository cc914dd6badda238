import { type ClientHttp2Session, connect as connectHttp2, constants } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { END, jsonEvent } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { collect, TemporaryServer } from './temporary-server.js';

const BATCH_APPEND = '/event_store.client.streams.Streams/BatchAppend';
const READ = '/event_store.client.streams.Streams/Read';
const event = jsonEvent({ type: 'tested', data: {} });

/** One call with the given bytes as its body; resolves with the gRPC status, or the code the stream was reset with. */
const call = (
  session: ClientHttp2Session,
  path: string,
  ...chunks: Buffer[]
): Promise<{ status: string; message: string }> =>
  new Promise((resolve, reject) => {
    const headers = { ':path': path, ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request(headers);
    let status: { status: string; message: string } | undefined;
    const note = (found: Record<string, unknown>) => {
      if (found['grpc-status'] !== undefined)
        status = {
          status: String(found['grpc-status']),
          message: decodeURIComponent(String(found['grpc-message'] ?? '')),
        };
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', () => {});
    stream.on('error', (error) => (status ? undefined : reject(error)));
    stream.on('close', () => (status ? resolve(status) : reject(new Error(`reset with ${stream.rstCode}`))));
    for (const chunk of chunks) stream.write(chunk);
    stream.end();
  });

const frame = (length: number, body: Buffer, flag = 0): Buffer => {
  const header = Buffer.alloc(5);
  header[0] = flag;
  header.writeUInt32BE(length, 1);
  return Buffer.concat([header, body]);
};

describe('hostile callers', () => {
  const store = new TemporaryServer();
  let port: number;
  let session: ClientHttp2Session;
  const stillServes = async () => {
    const { nextExpectedRevision } = await store.client.appendToStream('alive', event);
    expect(await collect(store.client.readStream('alive'))).toHaveLength(Number(nextExpectedRevision) + 1);
  };

  beforeAll(async () => {
    ({ port } = await store.start());
    session = connectHttp2(`http://127.0.0.1:${port}`);
  });
  afterAll(async () => {
    session.destroy();
    await store.remove();
  });

  it('answer garbage with a status', async () => {
    const garbage = Buffer.from('\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff', 'latin1');
    for (const path of [
      BATCH_APPEND,
      READ,
      '/event_store.client.streams.Streams/Append',
      '/event_store.client.streams.Streams/Delete',
    ])
      expect(Number((await call(session, path, frame(garbage.length, garbage))).status)).toBeGreaterThan(0);
    expect(await call(session, READ, frame(4, Buffer.alloc(4), 1))).toEqual({
      status: '12',
      message: 'Compressed messages are not supported.',
    });
    expect(await call(session, '/no.such.Service/Method')).toMatchObject({ status: '12' });
    await stillServes();
  });

  it('refuse a message of 100 MB by its length, before it is there', async () => {
    const started = process.memoryUsage().rss;
    const answer = await call(session, BATCH_APPEND, frame(100 * 1024 * 1024, Buffer.alloc(64 * 1024)));
    expect(answer).toEqual({ status: '8', message: 'Received message exceeds the maximum configured message size.' });
    expect(process.memoryUsage().rss - started).toBeLessThan(64 * 1024 * 1024);
    await stillServes();
  });

  it('survive what is not HTTP/2, connections cut anywhere and connections that say nothing', async () => {
    const sockets: Socket[] = [];
    for (const text of [
      'GET / HTTP/1.1\r\n\r\n',
      '',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\xff\xff\x04',
      '\x16\x03\x01',
    ]) {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      socket.write(Buffer.from(text, 'latin1'));
      sockets.push(socket);
    }
    const cut = connectHttp2(`http://127.0.0.1:${port}`).on('error', () => {});
    const stream = cut
      .request({ ':path': BATCH_APPEND, ':method': 'POST', 'content-type': 'application/grpc' })
      .on('error', () => {});
    stream.write(frame(1000, Buffer.alloc(10)));
    await sleep(50);
    cut.destroy(new Error('gone'), constants.NGHTTP2_INTERNAL_ERROR);
    for (const socket of sockets) socket.destroy();
    await stillServes();
  });

  it('get every one of 10 000 concurrent calls answered', async () => {
    const request = new streams.ReadReq();
    const options = new streams.ReadReq.Options();
    const name = new shared.StreamIdentifier().setStreamName(Buffer.from('alive'));
    options.setStream(
      new streams.ReadReq.Options.StreamOptions().setStreamIdentifier(name).setStart(new shared.Empty()),
    );
    options.setCount('1').setNoFilter(new shared.Empty());
    const body = Buffer.from(request.setOptions(options).serializeBinary());
    const answers = await Promise.all(
      Array.from({ length: 10_000 }, () => call(session, READ, frame(body.length, body))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['0']));
    await stillServes();
  });

  it('cost a bounded buffer when they subscribe and do not read', async () => {
    const idle = Array.from({ length: 20 }, () => store.client.subscribeToAll({ fromPosition: END }));
    for (const subscription of idle) subscription.pause();
    await sleep(200);
    const data = { text: 'x'.repeat(50_000) };
    const before = process.memoryUsage();
    for (let count = 0; count < 200; count++)
      await store.client.appendToStream('large', jsonEvent({ type: 'large', data }));
    const after = process.memoryUsage();
    const grown = after.external + after.heapUsed - before.external - before.heapUsed;
    expect(grown).toBeLessThan(20 * 200 * 50_000 * 0.5);
    for (const subscription of idle) await subscription.unsubscribe();
    await stillServes();
  });

  it('refuse an append of one byte more than 1 MiB of data on both paths, and take one of exactly that much', async () => {
    const binary = (length: number) => ({
      id: crypto.randomUUID(),
      type: 'sized',
      contentType: 'application/octet-stream' as const,
      data: new Uint8Array(length),
      metadata: undefined,
    });
    const credentials = { username: 'admin', password: 'changeit' };
    for (const options of [{}, { credentials }]) {
      await store.client.appendToStream('sized', [binary(1_000_000), binary(48_576)], options);
      const refused = store.client.appendToStream('sized', [binary(1_000_000), binary(48_577)], options);
      await expect(refused).rejects.toMatchObject({ type: 'maximum-append-size-exceeded', maxAppendSize: 1_048_576 });
    }
    expect(await collect(store.client.readStream('sized'))).toHaveLength(4);
  });
});
