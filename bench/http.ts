import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { callback, customer } from '#domain';
import { programOf } from '#system';
import type { Load } from './http-load.js';
import { Installation } from './installation.js';
import { inTurn, medianOf, type Result, rateOf, ratioOf } from './protocol.js';

const COUNT = 3000;
const AT_ONCE = 64;
const DURABILITY =
  'fdatasync before every acknowledgement of the event store, PostgreSQL with fsync on; client, API and both stores in processes of their own, loopback';

const windows = [{ from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' }];

/** P9: a command over HTTP, with token, validation and Idempotency-Key, against the same one in process. */
export const httpBenches = async (): Promise<readonly Result[]> => {
  const installation = await Installation.begin();
  const client = fork(programOf('bench/http-load.ts'));
  try {
    const { access } = installation.session;
    const { port, host } = new URL(await installation.start('api'));
    const requester = await installation.say(customer, 'RegisterIndividual', { name: 'Ann Lee' });
    const said = { requester, topic: 'invoice', windows, note: 'Call the mobile, please, after lunch' };
    const token = await access.tokenFor({ kind: 'person', id: 'ann', roles: ['supervisor'], teams: [] }, 86_400);
    const head = `POST /v1/callbacks HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n`;
    const load: Load = { port: Number(port), head, body: JSON.stringify(said), count: COUNT, atOnce: AT_ONCE };
    const inProcess = () => rateOf(COUNT, AT_ONCE, () => installation.say(callback, 'RequestCallback', said));
    const rates = await inTurn({ ours: () => asked(client, load), theirs: inProcess });
    const [ours, theirs] = [0, 1].map((side) => Math.round(medianOf(rates.map((pair) => pair[side] as number))));
    const notes = `${ours} over HTTP against ${theirs} in process a second, ${AT_ONCE} in flight, ${COUNT} a run`;
    const figure = { id: 'P9', floor: 0.45, goal: 0.6, unit: 'ratio of rates', durability: DURABILITY, notes };
    return [{ ...figure, ...ratioOf(rates) }];
  } finally {
    client.kill();
    await installation.end();
  }
};

/** Requests a second, each answered with 201. */
const asked = async (client: ChildProcess, load: Load): Promise<number> => {
  client.send(load);
  const over = new AbortController();
  const { signal } = over;
  const lost = once(client, 'exit', { signal }).then(() => Promise.reject(new Error('the client ended')));
  lost.catch(() => undefined);
  try {
    const [perSecond] = await Promise.race([once(client, 'message'), lost]);
    return perSecond as number;
  } finally {
    over.abort();
  }
};
