import { rolesOf } from '#access';
import { slices } from '#domain';
import { categoryIn } from '#kernel';
import { leaveStores, localTokensIn, loggerFor, openSession, readSettings, rolesKnownTo } from '#system';
import type { Receipt } from './clients.js';
import { Deployment } from './deployment.js';
import type { Figure } from './figure.js';
import type { Kind } from './fuzz/cases.js';
import { type Door, type Found, fuzz } from './fuzz/fuzz.js';
import { secondsSince } from './kills.js';

export type Attack = Readonly<{ seed: number; cases: number }>;

/** R20: every route, with bodies, ids and questions that fit its description more or less. */
export const fittingRequests = (attack: Attack): Promise<Figure> => attacked('R20', ['fitting'], attack);

/** R21: every route, with what nobody should send: spoiled, oversized, deep, NUL, halves of pairs, `__proto__`. */
export const hostileRequests = (attack: Attack): Promise<Figure> => attacked('R21', ['hostile'], attack);

/** R20 and R21 one after the other at the same system. */
export const everyRequest = (attack: Attack): Promise<Figure> => attacked('R20+R21', ['fitting', 'hostile'], attack);

/** One caller from one address, far faster than any that a limit is meant for. */
const PATIENT = { TOUCHLINE_RATE: '1000000', TOUCHLINE_FAILURES: '1000000' };

/** Everyone who may knock, each request being made as one of them: who may everything, each role alone, and nobody. */
export const callersOf = async ({ data }: Pick<Deployment, 'data'>): Promise<Pick<Door, 'roles' | 'asRole'>> => {
  const settings = readSettings({ TOUCHLINE_DATA: data });
  const [tokens, names] = [await localTokensIn(data), rolesOf(await rolesKnownTo(settings))];
  if (!tokens) throw new Error(`${data} holds no log`);
  const callers: Readonly<Record<string, readonly string[]>> = {
    everything: names,
    ...Object.fromEntries(names.map((name) => [name, [name]])),
  };
  const headers = new Map<string, Record<string, string>>([[NOBODY, {}]]);
  for (const [name, roles] of Object.entries(callers)) {
    const token = await tokens.issue({ kind: 'person', id: name, roles, teams: ['north'] }, 'access', 4 * 3600);
    headers.set(name, { authorization: `Bearer ${token}` });
  }
  return { roles: [...headers.keys()].reverse(), asRole: (role) => headers.get(role) ?? {} };
};
const NOBODY = 'nobody';

const attacked = async (id: string, kinds: readonly Kind[], { seed, cases }: Attack): Promise<Figure> => {
  const began = performance.now();
  const deployment = await Deployment.begin(PATIENT);
  try {
    const pid = await deployment.pidOf('api');
    const door = { url: deployment.url, ...(await callersOf(deployment)) };
    const found: Found[] = [];
    for (const kind of kinds) found.push(await fuzz(door, kind, Math.ceil(cases / kinds.length), seed));
    const survived = pid !== undefined && (await deployment.pidOf('api')) === pid;
    await deployment.stop();
    const receipts = found.flatMap((one) => one.receipts);
    const { lost, unasked } = await comparedWithLog(deployment.data, receipts);
    for (const one of found) tell(one);
    if (!survived) process.stderr.write('the API did not outlive it\n');
    const differing = found.flatMap(({ breaches }) => breaches).length + (survived ? 0 : 1);
    const volume = `${found.map(toldOf).join('; ')}; ${receipts.length} receipts`;
    const holds = lost + unasked + differing === 0 && receipts.length > 0;
    return { id, seed, volume, lost, doubled: unasked, differing, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

/** What broke a law is worth nothing as a number. */
const tell = ({ breaches }: Found): void => {
  for (const breach of breaches.slice(0, 10)) process.stderr.write(`${JSON.stringify(breach)}\n`);
};

const toldOf = ({ cases, operations, done, statuses }: Found) =>
  `${cases} requests to ${operations} operations, of which ${done} were done, ${counted(statuses)}`;

const counted = (statuses: Found['statuses']) =>
  Object.entries(statuses)
    .map(([status, count]) => `${count}× ${status}`)
    .join(' ');

/** Facts that a receipt tells of and the log does not have, and facts of the slices that no receipt tells of. */
export const comparedWithLog = async (data: string, receipts: readonly Receipt[]) => {
  const session = await openSession(readSettings({ TOUCHLINE_DATA: data }), loggerFor('test', 'error'));
  try {
    const head = await session.store.head();
    const stop = new AbortController();
    const recorded = new Map<string, string>();
    const told = new Set<string>();
    for await (const entry of session.store.follow({ after: null, signal: stop.signal })) {
      if (entry.kind !== 'fact') throw new Error(`unreadable: ${entry.reason}`);
      const { position, revision, stream, meta } = entry.fact;
      const isAsked = meta.actor.kind !== 'system' && categories.has(categoryIn(stream));
      recorded.set(String(position), `${stream}@${revision}`);
      if (!isAsked) told.add(`${stream}@${revision}`);
      if (position === head) stop.abort();
    }
    let lost = 0;
    for (const { position, revision, events } of receipts) {
      const [stream, at] = recorded.get(position)?.split('@') ?? [];
      if (at !== revision) lost++;
      for (let back = 0; back < events.length; back++) told.add(`${stream}@${BigInt(revision) - BigInt(back)}`);
    }
    return { lost, unasked: [...recorded.values()].filter((place) => !told.has(place)).length };
  } finally {
    await session.close();
    await leaveStores(session.stores);
  }
};
const categories = new Set(slices.map(({ category }) => category));
