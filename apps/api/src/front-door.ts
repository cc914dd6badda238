import type { IncomingHttpHeaders, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { unstorable } from '#application';
import { misfit, Problem, problemIn, sendProblem, written } from './problem.js';
import { networkOf, type Rates } from './rates.js';
import { readJson } from './strict-json.js';

/** Who may knock, and how often. */
export type DoorRules = Readonly<{
  /** Requests a second of one caller. */
  rate: number;
  /** Credentials refused to one network in a minute before it must wait. */
  failures: number;
  /** Addresses of reverse proxies whose `X-Forwarded-…` are believed. */
  proxies: readonly string[];
  /** Only names of this machine may stand in `Host`: a page elsewhere cannot point a name of its own at us. */
  isLocal: boolean;
}>;
export const DOOR_RULES = Symbol('DoorRules');

const BODY_LIMIT = 1_048_576;
const LONGEST_URL = 4096;
const SIGN_IN = '/v1/sign-in';
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** What every answer says to a browser; a page says more of its own. */
const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Options of the server. Every limit is named, because Fastify's own for time are "none". */
export const serverOptions = ({ proxies }: DoorRules): FastifyHttpOptions<Server> => ({
  bodyLimit: BODY_LIMIT,
  trustProxy: proxies.length > 0 ? [...proxies] : false,
  // A whole request within this time, its head sooner; looked after every few seconds.
  requestTimeout: 30_000,
  http: { headersTimeout: 10_000, connectionsCheckingInterval: 5_000, maxHeaderSize: 16_384 },
  keepAliveTimeout: 72_000,
  // Silence on a connection: longer than a caller may wait for an answer. A stream that is followed breathes more often.
  connectionTimeout: 90_000,
  // What never reaches a route, such as `%zz` in a path, is answered like everything else.
  frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => {
    sendProblem(reply.headers(HEADERS), problemIn(error));
  },
  clientErrorHandler: answerNoHttp,
});

const STATUS_OF_NO_HTTP: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** What is no HTTP, or comes too slowly, never becomes a request. */
function answerNoHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { line, body } = written(new Problem(STATUS_OF_NO_HTTP[error.code ?? ''] ?? 400));
  const headers = { ...HEADERS, 'content-type': 'application/problem+json', connection: 'close' };
  const fields = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body) });
  socket.end(`HTTP/1.1 ${line}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
}

/** Puts the rules in front of every route; before the routes are made. */
export const guardDoor = (server: FastifyInstance, rules: DoorRules, rates: Rates): void => {
  server.server.maxConnections = 10_000;
  server.server.maxHeadersCount = 100;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) =>
    readJson(body),
  );
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
    await checkRates(rates, request);
    if (rules.isLocal && !LOCAL.test(request.host)) throw new Problem(421);
    for (const check of [checkOrigin, checkUrl, checkHeaders]) check(request);
  });
  server.addHook('onResponse', async (request, { statusCode }) => {
    if (statusCode === 401 && pathOf(request) !== SIGN_IN) await rates.refused(networkOf(request.ip));
  });
};

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0] as string;

const checkRates = async (rates: Rates, request: FastifyRequest): Promise<void> => {
  const path = pathOf(request);
  if (path.startsWith('/health/')) return;
  const network = networkOf(request.ip);
  await rates.spend(network);
  if (request.method === 'POST' && path === SIGN_IN) await rates.trySignIn(network);
  else await rates.mayTry(network);
};

/**
 * A page of another origin may not speak for who is signed in here, or sits at this machine. It can make a browser send
 * the cookie along, but not say that it is ours.
 */
const checkOrigin = ({ method, headers, host }: FastifyRequest): void => {
  const { origin, cookie, authorization, 'sec-fetch-site': site } = headers;
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  const isBySession = cookie !== undefined && authorization === undefined;
  const isByPage = origin !== undefined || (changes && (site !== undefined || isBySession));
  if (isByPage && !isOurPage(headers, host)) throw new Problem(403, 'cross-origin');
};

/** Whether a browser says that the request was made by a page of this very address. */
const isOurPage = ({ origin, 'sec-fetch-site': site }: IncomingHttpHeaders, host: string): boolean => {
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host;
};

const checkUrl = ({ url, params, query, is404 }: FastifyRequest): void => {
  if (url.length > LONGEST_URL) throw new Problem(414);
  const broken = is404 ? [] : unstorable({ ...Object(query), ...Object(params) });
  if (broken.length > 0) throw misfit(...broken);
};

const READ = ['Idempotency-Key', 'If-Match', 'Prefer', 'Last-Event-ID', 'Purpose', 'Accept-Language'].map(
  (name) => [name, name.toLowerCase()] as const,
);

/** Those that something here reads. The bytes of a header have no agreed meaning beyond ASCII. */
const checkHeaders = ({ headers }: FastifyRequest): void => {
  for (const [name, key] of READ) {
    const text = headers[key];
    if (text !== undefined && !/^[\x20-\x7e]{0,255}$/.test(String(text)))
      throw misfit({ pointer: `/${name}`, detail: 'must be at most 255 printable ASCII characters' });
  }
};
