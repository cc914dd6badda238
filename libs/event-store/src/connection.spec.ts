import { once } from 'node:events';
import http2, { type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Connection, WINDOW_BYTES } from './connection.js';

let server: Http2Server;
let connection: Connection;

beforeEach(async () => {
  server = http2.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = new Connection(`esdb://127.0.0.1:${(server.address() as AddressInfo).port}?tls=false`);
});
afterEach(async () => {
  await connection.close();
  server.close();
});

it('lets the server send as much as it says before it has to wait', async () => {
  const connected = once(server, 'session');
  const asking = connection.current.readStream('story-1').on('error', () => undefined); // nobody answers
  const [session] = (await connected) as [ServerHttp2Session];
  await once(server, 'stream');
  expect(session.remoteSettings.initialWindowSize).toBe(WINDOW_BYTES);
  expect(session.state.remoteWindowSize).toBe(WINDOW_BYTES);
  await asking.cancel();
  session.destroy();
});
