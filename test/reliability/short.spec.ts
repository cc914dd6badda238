import { leaveStores, loggerFor, openSession, readSettings } from '#system';
import { clientsAt } from './clients.js';
import { Deployment } from './deployment.js';
import { anythingKilled, apiKilled } from './kills.js';
import { racersCreate } from './races.js';
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
      await session.sql(`update customer_profile set name = 'Bob'`);
      await session.close();
      await leaveStores(session.stores);
      expect(await whatIsLeft(deployment.data, [])).toMatchObject({ lost: 0, differing: 1 });
    } finally {
      await deployment.remove();
    }
  });
});
