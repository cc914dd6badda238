import { Agent, type IncomingMessage, request } from 'node:http';
import type { Case } from './cases.js';
import { PLACEHOLDER } from './fitting.js';
import type { Answered } from './laws.js';

export type Sent = Readonly<{ method: string; path: string; headers: Case['headers']; body: Buffer | undefined }>;

/** Ids of what exists, by the collection in whose path they stand. */
export type Ids = ReadonlyMap<string, readonly string[]>;
export const collectionIn = (path: string): string => path.split(/[/?]/)[2] ?? '';

/** The case as it goes over the wire. */
export const sentOf = ({ method, path, headers, body }: Case, ids: Ids): Sent => {
  const all = [...ids.values()].flat();
  const own = ids.get(collectionIn(path)) ?? all;
  const known = (text: string) =>
    text.replace(PLACEHOLDER, (_, whose: string, n: string) => nth(whose === 'own' ? own : all, Number(n)));
  const sent = body?.includes('@') ? Buffer.from(known(body.toString('latin1')), 'latin1') : body;
  return { method, path: known(path), headers, body: sent };
};
/** Before anything exists: the id of nobody. */
const nth = (ids: readonly string[], n: number) => ids[n % ids.length] ?? '01900000-0000-7000-8000-000000000000';

const GIVES_UP_AFTER_MS = 20_000;

/** Sends over a few connections that are kept; `close` when done. */
export class Sender {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly url: string) {}

  close(): void {
    this.agent.destroy();
  }

  /** A connection that ends without an answer is an answer of status 0. */
  send({ method, path, headers, body }: Sent): Promise<Answered> {
    const options = { method, path, headers, agent: this.agent, timeout: GIVES_UP_AFTER_MS };
    return new Promise((answered) => {
      const lost = (error: Error) => answered({ status: 0, headers: {}, text: error.message });
      const { hostname, port } = new URL(this.url);
      const call = request({ ...options, hostname, port }, (response) => {
        read(response).then(answered, lost);
      });
      call.on('timeout', () => call.destroy(new Error('no answer in time')));
      call.on('error', lost);
      call.end(body);
    });
  }
}

const read = async (response: IncomingMessage): Promise<Answered> => {
  const { statusCode: status = 0, headers } = response;
  // A stream does not end: it has begun, which is all that is asked of it.
  if (headers['content-type']?.startsWith('text/event-stream')) {
    response.destroy();
    return { status, headers, text: '' };
  }
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += part;
  return { status, headers, text };
};
