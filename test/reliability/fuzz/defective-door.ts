import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Passing = Readonly<{ status: number; text: string; said: string }>;
/** What it does to an answer that it passes on: the status and the text that go out, or null for nothing at all. */
export type Defect = (answer: Passing) => Readonly<{ status: number; text: string }> | null;

/** A door in front of the real one, with one thing wrong. */
export const defectiveDoor = async (url: string, defect: Defect) => {
  const { hostname, port } = new URL(url);
  const server = createServer(async (asked, reply) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part);
    const { method, url: path, headers } = asked;
    const call = request({ hostname, port, method, path, headers }, async (answer) => {
      let text = '';
      for await (const part of answer.setEncoding('utf8')) text += part;
      const status = answer.statusCode ?? 0;
      const worse = defect({ status, text, said: Buffer.concat(parts).toString() });
      if (worse) pass(reply, { ...worse, headers: ownOf(answer.headers) });
      else reply.destroy();
    });
    call.on('error', () => reply.destroy());
    call.end(Buffer.concat(parts));
  });
  server.keepAliveTimeout = 72_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
};

/** Without what two neighbours agree on about their line: ours is another. */
const ownOf = ({ connection, 'keep-alive': kept, 'transfer-encoding': chunked, ...own }: IncomingHttpHeaders) => own;

type Answer = Readonly<{ status: number; text: string; headers: IncomingHttpHeaders }>;
const pass = (reply: ServerResponse, { status, text, headers }: Answer) =>
  reply.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) }).end(text);
