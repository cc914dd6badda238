import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';
import { dayNumber, dayText, type Recorded } from '#kernel';
import { CLOCK_STREAM, closeDaysUntil, leaveStores, loggerFor, openSession, readSettings, type Session } from '#system';
import { insist } from './clients.js';
import { Deployment } from './deployment.js';
import { diceOf, type Figure } from './figure.js';
import { secondsSince } from './kills.js';
import { whatIsLeft } from './what-is-left.js';

export type Volume = Readonly<{ seed: number; kills: number; callbacks: number }>;

const FIRST = '2026-03-02';
const STARTS_WITHIN_MS = 30_000;
const SAID_WITHIN_MS = 120_000;

/** What became of promises: said never, said again, said with another time than the due one. */
export type Promises = Readonly<{ lost: number; doubled: number; differing: number; said: number }>;

/** The projector is killed while days close and promises come due; what was due by the last day is counted from the log. */
export const deadlinesKilled = async ({ seed, kills, callbacks }: Volume): Promise<Figure> => {
  const began = performance.now();
  const dice = diceOf(seed);
  const deployment = await Deployment.begin({ TOUCHLINE_CLOCK: FIRST, TOUCHLINE_ZONE: 'UTC' });
  try {
    const session = await sessionOn(deployment.data);
    const { id: requester } = await insist(deployment, '/v1/customers', newId(), { name: 'Ann' });
    let day = dayNumber(FIRST);
    for (let n = 0; n < kills; n++, day++) {
      const asking = Array.from({ length: callbacks }, () => {
        const to = `${dayText(day + 1 + dice.below(2))}T${10 + dice.below(10)}:${10 + dice.below(50)}:00.000Z`;
        const windows = [{ from: `${dayText(day + 1)}T09:00:00.000Z`, to }];
        return insist(deployment, '/v1/callbacks', newId(), { requester, topic: 'invoice', windows });
      });
      await Promise.all(asking);
      await running(deployment);
      await closeDaysUntil(session.store, session.log, dayText(day));
      await pause(dice.share() * 1_500); // at a random moment of what is under way
      await deployment.kill('projector');
    }
    await closeDaysUntil(session.store, session.log, dayText(day + 8));
    const by = `${dayText(day + 8)}T00:00:00.000Z`;
    const end = performance.now() + SAID_WITHIN_MS;
    while ((await promisesIn(session, by)).lost > 0 && performance.now() < end) await pause(200);
    const found = await promisesIn(session, by);
    const days = await daysIn(session);
    await close(session);
    await deployment.stop();
    const left = await whatIsLeft(deployment.data, []);
    const [lost, doubled] = [found.lost + days.lost, found.doubled + days.doubled + left.doubled];
    const differing = found.differing + left.differing;
    const volume = `${kills} kills, ${found.said} promises said, ${days.closed} days closed, ${left.facts} facts`;
    const holds = lost + doubled + differing === 0 && found.said >= kills * callbacks * 2;
    return { id: 'deadlines', seed, volume, lost, doubled, differing, seconds: secondsSince(began), holds };
  } finally {
    await deployment.stop();
    await deployment.remove();
  }
};

const running = async (deployment: Deployment): Promise<void> => {
  const end = performance.now() + STARTS_WITHIN_MS;
  while (!(await deployment.pidOf('projector'))) {
    if (performance.now() > end) throw new Error('no projector came back');
    await pause(20);
  }
};

const sessionOn = (data: string): Promise<Session> =>
  openSession(readSettings({ TOUCHLINE_DATA: data }), loggerFor('test', 'error'));
const close = async (session: Session): Promise<void> => {
  await session.close();
  await leaveStores(session.stores);
};

const factsIn = async ({ store }: Session): Promise<readonly Recorded[]> => {
  const facts: Recorded[] = [];
  const head = await store.head();
  const stop = new AbortController();
  for await (const entry of store.follow({ after: null, signal: stop.signal })) {
    if (entry.kind !== 'fact') throw new Error(`unreadable: ${entry.reason}`);
    facts.push(entry.fact);
    if (entry.fact.position === head) stop.abort();
  }
  return facts;
};

/** Every callback is missed once when its last window ends, and expires once when it could be made good until then. */
export const promisesIn = async (session: Session, by: string): Promise<Promises> => {
  const facts = await factsIn(session);
  const found = { lost: 0, doubled: 0, differing: 0, said: 0 };
  const count = (promised: Recorded, type: string, due: string) => {
    const said = facts.filter((fact) => fact.stream === promised.stream && fact.type === type);
    if (due <= by && said.length === 0) found.lost += 1;
    found.doubled += Math.max(0, said.length - 1);
    found.differing += said.filter(({ meta }) => meta.occurredAt !== due).length;
    found.said += said.length;
  };
  for (const fact of facts) {
    const { type, data } = fact as Recorded & { data: { windows: { to: string }[]; expiresAt: string } };
    if (type === 'CallbackRequested') count(fact, 'CallbackMissed', data.windows[0]?.to as string);
    if (type === 'CallbackMissed') count(fact, 'CallbackExpired', data.expiresAt);
  }
  return found;
};

const daysIn = async ({ store }: Session) => {
  const dates: string[] = [];
  for await (const { data } of store.read(CLOCK_STREAM)) dates.push(Reflect.get(data, 'date'));
  const closed = new Set(dates).size;
  const span = dayNumber(dates.at(-1) as string) - dayNumber(dates[0] as string) + 1;
  return { closed, doubled: dates.length - closed, lost: span - closed };
};
