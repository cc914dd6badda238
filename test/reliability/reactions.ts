import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';
import { customerAs, idIn, type Recorded } from '#kernel';
import { leaveStores, loggerFor, openSession, type ReactionStatus, readSettings, type Session } from '#system';
import { insist } from './clients.js';
import { Deployment } from './deployment.js';
import { diceOf, type Figure } from './figure.js';
import { secondsSince } from './kills.js';

type Volume = Readonly<{ seed: number; kills: number; clients: number }>;

/** The projector is killed while reactions are under way: each must act once for each fact, as counted in the log. */
export const reactionsKilled = async ({ seed, kills, clients }: Volume): Promise<Figure> => {
  const began = performance.now();
  const dice = diceOf(seed);
  const deployment = await Deployment.begin({ TOUCHLINE_ZONE: 'UTC', TOUCHLINE_CURRENCY: 'EUR' });
  try {
    let isOver = false;
    const writing = Promise.all(Array.from({ length: clients }, () => customerAt(deployment, () => isOver)));
    let inFlight = 0;
    for (let n = 0; n < kills; n++) {
      await takenUp(deployment);
      await pause(dice.share() * 400);
      if ((await standing(deployment)).some(({ lagEvents, waiting }) => lagEvents + waiting > 0)) inFlight++;
      await deployment.kill('projector');
    }
    isOver = true;
    await writing;
    await through(deployment);
    await deployment.stop();
    const [reacted, announced] = await actedInLog(deployment.data);
    const [lost, doubled] = [reacted.lost + announced.lost, reacted.doubled + announced.doubled];
    const volume = `${kills} kills, ${inFlight} with something in flight, ${reacted.facts} facts, reactions acted ${reacted.acted} times, ${announced.acted} stages announced`;
    const holds = lost + doubled === 0 && reacted.acted > kills && announced.acted > 0;
    return { id: 'reactions', seed, volume, lost, doubled, differing: 0, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

/** Somebody who books, cancels, earns, and is promised calls again and again. */
const customerAt = async (door: Deployment, enough: () => boolean): Promise<void> => {
  const say = (path: string, body: object) => insist(door, path, newId(), body);
  const { id: who } = await say('/v1/customers', { name: 'Ann' });
  const { id: account } = await say('/v1/loyalty-accounts', { member: who });
  const lines = [{ code: 'car', kind: 'base', price: { amount: 5_000, currency: 'EUR' } }];
  const now = Date.now();
  const window = { from: new Date(now).toISOString(), to: new Date(now + 86_400_000).toISOString() };
  while (!enough()) {
    const { id: call } = await say('/v1/callbacks', { requester: who, topic: 'invoice', windows: [window] });
    await say(`/v1/callbacks/${call}/complete`, { callAgain: window });
    const { id: lost } = await say('/v1/bookings', { booker: who, lines });
    for (const lotId of ['l1', 'l2'])
      await say(`/v1/loyalty-accounts/${account}/earn-points`, {
        lotId: `${lost}.${lotId}`,
        points: 5,
        source: { bookingId: lost },
      });
    await say(`/v1/bookings/${lost}/cancel`, { by: 'customer' });
    const { id: fresh } = await say('/v1/customers', { name: 'Bob' });
    const { id: first } = await say('/v1/bookings', { booker: fresh, lines });
    await say(`/v1/bookings/${first}/complete-service`, {});
    const { id: served } = await say('/v1/bookings', { booker: who, lines });
    await say(`/v1/bookings/${served}/complete-service`, {});
  }
};

const standing = async ({ url, authorization }: Deployment): Promise<readonly ReactionStatus[]> => {
  const answer = await fetch(`${url}/v1/reactions`, { headers: { authorization } }).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { items: readonly ReactionStatus[] }).items : [];
};

/** Until the projector that was killed last has a successor. */
const takenUp = (deployment: Deployment) =>
  until(
    async () => (await deployment.pidOf('projector')) !== undefined,
    () => 'the projector has no successor',
  );

/** Until every reaction has heard all there is and has nothing to do, several times in a row. */
const through = async (deployment: Deployment): Promise<void> => {
  let quiet = 0;
  let all: readonly ReactionStatus[] = [];
  const isThrough = async () => {
    all = await standing(deployment);
    const isQuiet = all.every((one) => one.state === 'running' && one.lagEvents + one.waiting === 0);
    quiet = all.length > 0 && isQuiet ? quiet + 1 : 0;
    await pause(600);
    return quiet > 3;
  };
  await until(isThrough, () => `the reactions are not through: ${JSON.stringify(all)}`);
};

const PATIENCE_MS = 300_000;
const until = async (holds: () => Promise<boolean>, otherwise: () => string): Promise<void> => {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await pause(20))
    if (performance.now() > end) throw new Error(otherwise());
};

export type Acted = Readonly<{ lost: number; doubled: number; acted: number; facts: number }>;

const actedInLog = async (data: string): Promise<readonly [Acted, Acted]> => {
  const session = await openSession(readSettings({ TOUCHLINE_DATA: data }), loggerFor('test', 'error'));
  try {
    return [await actedOnce(session), await announcedOnce(session)];
  } finally {
    await session.close();
    await leaveStores(session.stores);
  }
};

/**
 * Counts from the log alone what reactions should have done and did: for a promise of a call one callback, for each lot of
 * a cancelled booking one reversal, for who was served one follow-up as long as it is open.
 */
export const actedOnce = async ({ store }: Pick<Session, 'store'>): Promise<Acted> => {
  const facts = await everyFact(store);
  const expected = new Map<string, number>();
  const found = new Map<string, number>();
  const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  const lots = new Map<string, number>();
  const followed = new Set<string>();
  for (const { id, type, data, meta, stream, customers } of facts) {
    const said = data as Readonly<Record<string, unknown>>;
    if (type === 'CallbackCompleted' && said.callAgain) count(expected, id);
    if (type === 'PointsEarned') count(lots, `booking-${Reflect.get(Object(said.source), 'bookingId')}`);
    if (type === 'BookingCancelled' && lots.has(stream)) expected.set(id, lots.get(stream) as number);
    const booker = customerAs('booker', { customers });
    if (type === 'ServiceCompleted' && booker && !followed.has(booker)) {
      followed.add(booker);
      count(expected, id);
    }
    if (meta.channel === 'reaction' && !stream.startsWith('relationship-')) count(found, meta.causationId);
  }
  return { ...compared(expected, found), facts: facts.length };
};

/**
 * The same of what is announced: who registers and who is first served is each time at another stage, in that order, on the
 * day of the test.
 */
export const announcedOnce = async ({ store }: Pick<Session, 'store'>): Promise<Acted> => {
  const facts = await everyFact(store);
  const expected = new Map<string, number>();
  const found = new Map<string, number>();
  const last = new Map<string, string>();
  for (const { type, data, stream, customers } of facts) {
    const { from = '', to } = data as Readonly<{ from?: string; to?: string }>;
    if (type === 'IndividualRegistered') expected.set(`>registered ${idIn(stream)}`, 1);
    if (type === 'ServiceCompleted') expected.set(`registered>first_time ${customerAs('booker', { customers })}`, 1);
    if (type !== 'LifecycleStageChanged') continue;
    const isInOrder = from === (last.get(stream) ?? '');
    last.set(stream, String(to));
    const key = `${isInOrder ? '' : 'out of order: '}${from}>${to} ${idIn(stream)}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return { ...compared(expected, found), facts: facts.length };
};

type Counts = ReadonlyMap<string, number>;
const compared = (expected: Counts, found: Counts): Omit<Acted, 'facts'> => {
  let [lost, doubled] = [0, 0];
  for (const key of new Set([...expected.keys(), ...found.keys()])) {
    const missing = (expected.get(key) ?? 0) - (found.get(key) ?? 0);
    lost += Math.max(0, missing);
    doubled += Math.max(0, -missing);
  }
  return { lost, doubled, acted: [...found.values()].reduce((sum, n) => sum + n, 0) };
};

const everyFact = async (store: Session['store']): Promise<readonly Recorded[]> => {
  const head = await store.head();
  const facts: Recorded[] = [];
  const stop = new AbortController();
  for await (const entry of store.follow({ after: null, signal: stop.signal })) {
    if (entry.kind !== 'fact') throw new Error(`unreadable: ${entry.reason}`);
    facts.push(entry.fact);
    if (entry.fact.position === head) stop.abort();
  }
  return facts;
};
