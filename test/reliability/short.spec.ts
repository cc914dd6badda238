import { CLAIM_BOOK, newId } from '#application';
import { leaveStores, loggerFor, openSession, readSettings, type Session, StoredAnswers, systemMeta } from '#system';
import { ANSWERED_ONCE, AnsweredOnce } from '../../apps/api/src/answered-once.js';
import { type RunningOptions, type RunningSystem, startRunningSystem } from '../support/running-system.js';
import { clientsAt } from './clients.js';
import { deadlinesKilled, promisesIn } from './deadlines.js';
import { Deployment } from './deployment.js';
import { erasureKilled } from './erase.js';
import { anythingKilled, apiKilled } from './kills.js';
import { raceForLogins } from './logins.js';
import { OPENING_FACTS, racersCreate } from './races.js';
import { reactionsKilled } from './reactions.js';
import { lifeAtOnce } from './repeats.js';
import { whatIsLeft } from './what-is-left.js';

/** `npm run test:reliability` in short. The processes run from `dist`. */
describe('under kill -9', () => {
  jest.setTimeout(180_000);

  it('nothing acknowledged is lost when anything is killed', async () => {
    const figure = await anythingKilled({ seed: 3, kills: 4, clients: 4 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('every command is recorded once when the API is killed under it', async () => {
    const figure = await apiKilled({ seed: 4, kills: 4, clients: 8 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('a forgetting that is killed is completed by whoever starts next, once', async () => {
    const figure = await erasureKilled({ seed: 8, kills: 3 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('every promise is said once at its time, and every day closed once, when the projector is killed', async () => {
    const figure = await deadlinesKilled({ seed: 9, kills: 3, callbacks: 4 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, differing: 0, holds: true });
  });

  it('reactions act once for each fact when the projector is killed under them', async () => {
    const figure = await reactionsKilled({ seed: 9, kills: 4, clients: 3 });
    expect(figure).toMatchObject({ lost: 0, doubled: 0, holds: true });
  });

  it('one of twenty racers wins', async () => {
    expect(await racersCreate({ seed: 5, rounds: 15 })).toMatchObject({ holds: true });
  });

  it('would be noticed: a receipt without its fact, and a row that no fact explains', async () => {
    const deployment = await Deployment.begin();
    try {
      const [first, ...others] = await clientsAt(deployment, 1, () => true);
      await deployment.stop();
      if (!first) throw new Error('nothing was acknowledged');
      const forged = { ...first, answer: { ...first.answer, revision: '7' } };
      expect(await whatIsLeft(deployment.data, [first, ...others])).toMatchObject({ lost: 0, differing: 0 });
      expect(await whatIsLeft(deployment.data, [forged])).toMatchObject({ lost: 1, differing: 0 });

      const session = await openSession(readSettings({ TOUCHLINE_DATA: deployment.data }), loggerFor('test', 'error'));
      await session.sql(`update customer_profile set sealed = 'forgotten'`);
      await session.close();
      await leaveStores(session.stores);
      expect(await whatIsLeft(deployment.data, [])).toMatchObject({ lost: 0, differing: 1 });
    } finally {
      await deployment.remove();
    }
  });
});

describe('side by side', () => {
  const within = async <T>(ports: RunningOptions['ports'], work: (system: RunningSystem) => Promise<T>) => {
    const system = await startRunningSystem({ clock: '2026-03-02', ...(ports && { ports }) });
    try {
      return await work(system);
    } finally {
      await system.stop();
    }
  };
  const said = { seed: 6, commands: 75 };
  const raced = { seed: 7, rounds: 4 };

  it('would be noticed: a promise said twice, at another time, or never', async () => {
    await within(undefined, async ({ api, session }) => {
      const requester = (await api.post('/v1/customers', { name: 'Ann' })).body.id;
      const ask = async (hour: number) => {
        const windows = [{ from: `2026-03-04T0${hour}:00:00.000Z`, to: `2026-03-04T0${hour}:30:00.000Z` }];
        return (await api.post('/v1/callbacks', { requester, topic: 'bill', windows })).body.id as string;
      };
      const [twice] = [await ask(3), await ask(4)];
      const miss = async (revision: bigint, occurredAt: string) => {
        const meta = { ...systemMeta(newId(), occurredAt, 'UTC') };
        const data = { topic: 'bill', dueBy: '2026-03-04T03:30:00.000Z' };
        const fact = { id: newId(), type: 'CallbackMissed', data, meta, customers: [] };
        await session.store.append(`callback-${twice}`, revision, [fact]);
      };
      await miss(0n, '2026-03-04T03:30:00.000Z');
      await miss(1n, '2026-03-04T03:31:00.000Z');
      const found = await promisesIn(session, '2026-03-05T00:00:00.000Z');
      expect(found).toMatchObject({ doubled: 1, differing: 1, lost: 1 });
    });
  });

  it('a command is done once and answered alike, and one of twenty gets the login', async () => {
    await within(undefined, async (system) => {
      const { store } = system.session;
      expect(await lifeAtOnce(system, said)).toMatchObject({ differing: 0, facts: 45 });
      expect(await raceForLogins(system, raced)).toMatchObject({ lost: 0, doubled: 0 });
      let facts = 0;
      const stop = new AbortController();
      const head = await store.head();
      for await (const entry of store.follow({ after: null, signal: stop.signal })) {
        facts++;
        if (entry.kind === 'fact' && entry.fact.position === head) stop.abort();
      }
      expect(facts).toBe(OPENING_FACTS + 45 + 20 + 4 * 41);
    });
  });

  it('would be noticed: answers that are forgotten, and a book that lets everybody claim', async () => {
    const forgetful = ({ pool, log }: Session) => {
      const stored = new StoredAnswers(pool, log);
      return new AnsweredOnce({
        asked: (keyed) => stored.asked(keyed),
        find: async () => undefined,
        keep: async (asked, answer) => ({ ...asked, ...answer }),
      });
    };
    const planted = (session: Session) => [
      { provide: ANSWERED_ONCE, useValue: forgetful(session) },
      { provide: CLAIM_BOOK, useValue: { claim: async () => true } },
    ];
    await within(planted, async (system) => {
      expect((await lifeAtOnce(system, said)).differing).toBeGreaterThanOrEqual(15);
      expect(await raceForLogins(system, raced)).toMatchObject({ lost: 0, doubled: 4 * 19 });
    });
  });
});
