import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Call } from './call.js';
import { framed } from './framing.js';
import { Code, StatusError, unimplemented } from './status.js';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** A peer that is gone without a word is noticed by the system. */
const KEEP_ALIVE_MS = 60_000;
const WINDOW_BYTES = 4 * 1024 * 1024;

export type Handler = (call: Call) => void;
export type Handlers = ReadonlyMap<string, Handler>;
export type Listening = { readonly port: number; close(): Promise<void> };

/** gRPC over HTTP/2 without TLS. A path without a handler is UNIMPLEMENTED. */
export const listen = async (options: {
  handlers: Handlers;
  port: number;
  host: string;
  onError: (error: Error) => void;
}): Promise<Listening> => {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer({ settings: { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: 0x7fffffff } });
  server.on('connection', (socket: Socket) => socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS));
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.setLocalWindowSize(WINDOW_BYTES * 4);
  });
  server.on('sessionError', options.onError);
  server.on('stream', (stream, headers) => {
    const call = new Call(stream, headers, MAX_MESSAGE_BYTES);
    if (!String(headers['content-type']).startsWith('application/grpc'))
      return call.fail(new StatusError(Code.INVALID_ARGUMENT, 'Content-Type is not application/grpc.'));
    const handler = options.handlers.get(String(headers[':path']));
    if (!handler) return call.fail(unimplemented(String(headers[':path'])));
    call.guard(() => handler(call));
  });
  await bound(server, options.port, options.host);
  return { port: (server.address() as AddressInfo).port, close: () => closed(server, sessions) };
};

const bound = (server: Http2Server, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE' ? `port ${port} on ${host} is in use by another process` : error.message;
      reject(Object.assign(new Error(message), { code: error.code }));
    });
    server.listen(port, host, resolve);
  });

const closed = (server: Http2Server, sessions: Set<ServerHttp2Session>): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    for (const session of sessions) session.destroy();
  });

/** What the generated service definitions say of one method. */
export type Method<Request, Response> = Readonly<{
  path: string;
  requestDeserialize: (bytes: Buffer) => Request;
  responseSerialize: (response: Response) => Buffer;
}>;

/** A method with one request and one answer. */
export const unary =
  <Request, Response>(
    method: Method<Request, Response>,
    answer: (request: Request) => Response | Promise<Response>,
  ): Handler =>
  (call) => {
    let request: Request | undefined;
    call.onMessage = (message) => {
      request = method.requestDeserialize(message);
    };
    call.onHalfClose = () => {
      if (request === undefined) throw new StatusError(Code.INTERNAL, 'Incomplete message.');
      Promise.resolve(request)
        .then(answer)
        .then(
          (response) => {
            call.write(framed(method.responseSerialize(response)));
            call.succeed();
          },
          (error) => call.fail(error),
        );
    };
  };

/** A method whose one request opens a stream of answers. */
export const streaming =
  <Request>(method: Method<Request, never>, open: (request: Request, call: Call) => void): Handler =>
  (call) => {
    call.onMessage = (message) => open(method.requestDeserialize(message), call);
  };
