import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { fastify } from 'fastify';
import { type DoorRules, guardDoor, serverOptions } from './front-door.js';
import { problemIn, sendProblem } from './problem.js';
import { Rates } from './rates.js';

const RULES: DoorRules = { rate: 1000, failures: 3, proxies: [], isLocal: true };

const JSON_OF_9 = 'Content-Type: application/json\r\nContent-Length: 9';

/** Impatient where a test waits for its patience to end. */
const doorOf = (rules: Partial<DoorRules> = {}, impatient = false) => {
  const options = serverOptions({ ...RULES, ...rules });
  const http = { ...options.http, headersTimeout: 100, connectionsCheckingInterval: 20 };
  const server = fastify(impatient ? { ...options, requestTimeout: 150, http } : options);
  const { rate, failures } = { ...RULES, ...rules };
  guardDoor(server, { ...RULES, ...rules }, new Rates(rate, failures));
  server.setErrorHandler((error, _, reply) => sendProblem(reply, problemIn(error)));
  server.get('/v1/secrets', async (_, reply) => reply.status(401).send({}));
  server.get('/v1/anything', async () => ({}));
  server.post('/v1/sign-in', async (_, reply) => reply.status(401).send({}));
  server.get('/health/live', async () => ({}));
  return server;
};

describe('the front door', () => {
  it('makes a caller wait who asks too much, and says how long', async () => {
    const door = doorOf({ rate: 5 });
    const answers = await Promise.all(Array.from({ length: 30 }, () => door.inject('/v1/anything')));
    const refused = answers.filter(({ statusCode }) => statusCode === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers).toMatchObject({
      'retry-after': '1',
      'content-type': expect.stringMatching(/^application\/problem\+json/),
    });
    const health = await Promise.all(Array.from({ length: 30 }, () => door.inject('/health/live')));
    expect(new Set(health.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
  });

  it('does not look at the next credential of who had three refused', async () => {
    const door = doorOf();
    const ask = async (url: string) => (await door.inject({ url, remoteAddress: '10.0.0.7' })).statusCode;
    expect([await ask('/v1/secrets'), await ask('/v1/secrets'), await ask('/v1/anything')]).toEqual([401, 401, 200]);
    expect([await ask('/v1/secrets'), await ask('/v1/secrets'), await ask('/v1/anything')]).toEqual([401, 429, 429]);
    expect((await door.inject('/v1/secrets')).statusCode).toBe(401);
  });

  it('lets a sign-in be tried three times a minute', async () => {
    const door = doorOf();
    const tried = await Promise.all(
      Array.from({ length: 5 }, () => door.inject({ method: 'POST', url: '/v1/sign-in' })),
    );
    expect(tried.map(({ statusCode }) => statusCode).sort()).toEqual([401, 401, 401, 429, 429]);
  });

  it('believes a proxy it was told of about who asks and how, and nobody else', async () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https', host: 'crm.example.org' };
    const door = doorOf({ proxies: ['10.0.0.7'], isLocal: false });
    const through = await door.inject({ url: '/v1/anything', headers, remoteAddress: '10.0.0.7' });
    expect(through.headers['strict-transport-security']).toMatch(/^max-age=/);
    const past = await door.inject({ url: '/v1/anything', headers, remoteAddress: '10.0.0.8' });
    expect(past.headers['strict-transport-security']).toBeUndefined();
  });

  it('speaks for its own pages only', async () => {
    const door = doorOf();
    const status = async (headers: Record<string, string>) =>
      (await door.inject({ url: '/v1/anything', headers })).statusCode;
    expect(await status({ host: 'localhost:3000', origin: 'http://localhost:3000' })).toBe(200);
    expect(await status({ host: 'localhost:3000', origin: 'http://localhost:3001' })).toBe(403);
    expect(await status({ host: 'rebound.example.org', origin: 'http://rebound.example.org' })).toBe(421);
  });

  it.each([
    ['a head that never ends', 'GET / HTTP/1.1\r\nHost: localhost\r\n', 408],
    ['a body that never comes', `POST /v1/sign-in HTTP/1.1\r\nHost: localhost\r\n${JSON_OF_9}\r\n\r\n`, 408],
    ['what is no HTTP', 'EHLO mail\r\n\r\n', 400],
    ['a header too long', `GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('ends the connection of %s with a problem', async (_, sent, status) => {
    const door = doorOf({}, true);
    await door.listen({ port: 0 });
    const socket = connect((door.server.address() as AddressInfo).port);
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
    });
    socket.write(sent);
    await once(socket, 'close');
    await door.close();
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('x-content-type-options: nosniff');
    expect(JSON.parse(body)).toMatchObject({ status, code: expect.stringMatching(/^[a-z-]+$/) });
  });

  it('has every limit of the server named', () => {
    const { server } = doorOf();
    const { headersTimeout, requestTimeout, maxConnections, maxHeadersCount, keepAliveTimeout, timeout } = server;
    expect({ headersTimeout, requestTimeout, maxConnections, maxHeadersCount, keepAliveTimeout, timeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      maxConnections: 10_000,
      maxHeadersCount: 100,
      keepAliveTimeout: 72_000,
      timeout: 90_000,
    });
  });
});
