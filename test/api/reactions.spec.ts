import { reactions } from '#domain';
import { announcements } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
const REACTION = 'when-service-completed-then-follow-up';
const ID = '01900000-0000-5000-8000-000000000001';
beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02' });
  await system.session.sql(
    `insert into reaction_intents (id, reaction, key, cause, correlation, stream, revision, type, position, n, dispatch, chain, state, error)
     values ($1, $2, 'callback-1', 'cause', 'story', 'booking-1', 0, 'ServiceCompleted', 1, 0,
       '{"category":"callback","command":{"type":"RequestCallback","data":{}}}', '', 'parked', 'TypeError (at here.ts:1:1)')`,
    [ID, REACTION],
  );
});
afterAll(() => system.stop());

const get = (path = '') => system.api.get(`/v1/reactions${path}`);
const post = (path: string, body?: object) => system.api.post(`/v1/reactions${path}`, body);

it('tells of every reaction how it stands', async () => {
  const { items } = (await get()).body;
  expect(items.map(({ reaction }: { reaction: string }) => reaction)).toEqual(
    [...reactions, ...announcements].map(({ name }) => name).sort(),
  );
  const one = items.find(({ reaction }: { reaction: string }) => reaction === REACTION);
  expect(one).toMatchObject({ state: 'nobody-runs-it', parked: 1, waiting: 0, done: '0', lastAction: null });
});

it('tells what one has to do, without what it would say', async () => {
  const [action, ...others] = (await get(`/${REACTION}`)).body.items;
  expect(others).toEqual([]);
  expect(action).toEqual({
    ...{ id: ID, state: 'parked', type: 'ServiceCompleted', stream: 'booking-1', revision: '0', position: '1' },
    ...{ command: 'RequestCallback', key: 'callback-1', attempts: 0, error: 'TypeError (at here.ts:1:1)' },
    ...{ reason: null, decidedBy: null, at: expect.any(String) },
  });
  expect(await get('/when-nothing-then-nothing')).toMatchObject({ status: 404, body: { code: 'no-such-action' } });
});

it('tries again or skips what is parked, and nothing else', async () => {
  const path = `/${REACTION}/actions`;
  expect(await post(`${path}/${ID}/skip`, { reason: 'Ann said so' })).toMatchObject({ status: 422 });
  expect(await post(`${path}/nothing/retry`)).toMatchObject({ status: 404, body: { code: 'no-such-action' } });
  expect(await post(`${path}/${ID}/skip`, { reason: 'done_by_hand' })).toMatchObject({ status: 202 });
  expect(await post(`${path}/${ID}/retry`)).toMatchObject({ status: 404 });
  const [action] = (await get(`/${REACTION}`)).body.items;
  expect(action).toMatchObject({ state: 'skipped', reason: 'done_by_hand', decidedBy: expect.stringMatching(/^\w+:/) });
});

it('is measured', async () => {
  const { body } = await system.api.get('/metrics');
  expect(body).toContain(`touchline_reaction_parked{reaction="${REACTION}"} 0`);
  expect(body).toContain(`touchline_reaction_alive{reaction="${REACTION}"} 0`);
});
