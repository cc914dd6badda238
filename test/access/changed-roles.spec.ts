import { localAdministrator } from '#access';
import { defaultRoles, type Roles } from '#domain';
import type { Fact } from '#kernel';
import { leaveStores, loggerFor, openSession, type Session } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
/** As another process would have it. */
let other: Session;

beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02' });
  const { eventStoreUrl, databaseUrl } = system.session.stores;
  other = await openSession({ ...system.session.settings, eventStoreUrl, databaseUrl }, loggerFor('test', 'silent'));
});
afterAll(async () => {
  await other?.close();
  if (other) await leaveStores(other.stores);
  await system?.stop();
});

const tokenOf = async (...roles: readonly string[]) => ({
  authorization: `Bearer ${await system.session.access.tokenFor({ ...localAdministrator(roles), id: 'u-17' }, 600)}`,
});
const publish = async (body: object, who = ['administrator'], more: object = {}) =>
  system.api.post('/v1/policies/publish-roles', { name: 'default', body, ...more }, await tokenOf(...who));
const heard = () => Promise.all([system.session.roles.refresh(), other.roles.refresh()]);
const withActions = (actions: Roles['actions']): Roles => ({
  ...defaultRoles,
  actions: { ...defaultRoles.actions, ...actions },
});

describe('roles that are published', () => {
  it('are read as any rule is, from their first version on', async () => {
    await system.engine.settled();
    const { body } = await system.api.get('/v1/policies?kind=roles');
    expect(body.items).toMatchObject([{ ref: 'roles.default@1', body: defaultRoles, actor: { kind: 'system' } }]);
  });

  it('are the administrator’s to publish, and nobody else’s', async () => {
    const others = Object.keys(defaultRoles.roles).filter((role) => role !== 'administrator');
    const answer = await publish(withActions({ AtRisk: [] }), others);
    expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it.each([
    ['action-unknown', withActions({ FlyToTheMoon: [] }), { action: 'FlyToTheMoon' }],
    ['role-unknown', withActions({ AtRisk: ['agnet'] }), { action: 'AtRisk' }],
    ['locks-everybody-out', withActions({ PublishRoles: [] }), { action: 'PublishRoles' }],
    ['anyone-could-publish', withActions({ PublishRoles: ['anyone'] }), { action: 'PublishRoles' }],
  ])('are refused, and nothing is recorded: %s', async (code, body, details) => {
    expect(await publish(body)).toMatchObject({ status: 409, body: { code, details } });
    expect(await system.session.store.lastRevision('policy-roles.default')).toBe(0n);
  });

  it('do not fit with a class of fields that nobody knows', async () => {
    const body = { ...defaultRoles, roles: { ...defaultRoles.roles, agent: { fields: ['soul'], scope: 'team' } } };
    expect(await publish(body)).toMatchObject({
      status: 422,
      body: { errors: [expect.objectContaining({ pointer: '/body/roles/agent/fields' })] },
    });
  });

  it('hold at once, for who is inside already, in every process', async () => {
    const analyst = await tokenOf('analyst');
    const ask = async () => (await system.api.get('/v1/at-risk', analyst)).status;
    expect(await ask()).toBe(200);
    expect(await publish(withActions({ AtRisk: ['supervisor'] }))).toMatchObject({ status: 201 });
    await heard();
    expect(await ask()).toBe(403);
    expect(other.access.policy).toEqual(system.session.access.policy);
    expect(other.access.policy).toMatchObject({ version: 2, body: { actions: { AtRisk: ['supervisor'] } } });
  });

  it('without a role shut out who had it, sessions too, and know a new one at once', async () => {
    const holder = { ...localAdministrator(['auditor', 'night-shift']), id: 'u-18' };
    const { access } = system.session;
    const redeemed = await access.redeem(await access.ticketFor(localAdministrator(['auditor'])));
    if (typeof redeemed === 'string') throw new Error(redeemed);
    expect(await access.recognise('session', redeemed.cookie)).toMatchObject({ roles: ['auditor'] });
    const authorization = `Bearer ${await access.tokenFor(holder, 600)}`;
    expect((await system.api.get('/v1/bookings', { authorization })).status).toBe(200);

    const { auditor: _, ...roles } = defaultRoles.roles;
    const actions = Object.entries(defaultRoles.actions).map(([action, who]) => [
      action,
      who.filter((role) => role !== 'auditor'),
    ]);
    const nightly = { 'night-shift': { fields: ['operational'], scope: 'all' } };
    const body = {
      roles: { ...roles, ...nightly },
      actions: { ...Object.fromEntries(actions), ListCallbacks: ['night-shift'] },
    };
    expect(await publish(body)).toMatchObject({ status: 201 });
    await heard();
    expect((await system.api.get('/v1/bookings', { authorization })).status).toBe(403);
    expect((await system.api.get('/v1/callbacks', { authorization })).status).toBe(200);
    expect(await access.recognise('session', redeemed.cookie)).toMatchObject({ roles: [] });
  });

  it('open nothing but what asks nobody once a later release has written them', async () => {
    const fact: Fact = {
      ...{ id: '01900000-0000-7000-8000-0000000000b4', type: 'PolicyPublished', customers: [] },
      data: {
        kind: 'roles',
        id: 'default',
        version: 4,
        effectiveFrom: system.session.clock.now(),
        body: {},
        schema: 2,
      },
      meta: {
        ...{ commandId: '01900000-0000-7000-8000-0000000000b5', correlationId: 'c', causationId: 'c', zone: 'UTC' },
        ...{ occurredAt: '2026-03-02T00:00:00.000Z', actor: { kind: 'system', id: 'later' }, channel: 'system' },
      },
    };
    await system.session.store.append('policy-roles.default', 2n, [fact]);
    await heard();
    expect(await system.api.get('/v1/bookings')).toMatchObject({ status: 503, body: { code: 'cannot-verify' } });
    expect((await system.api.get('/v1/catalogue')).status).toBe(200);
    const settings = {
      ...system.session.settings,
      ...system.session.stores,
      postgres: undefined,
      eventStore: undefined,
    };
    await expect(openSession(settings, loggerFor('test', 'silent'))).rejects.toThrow(/later release reads/);
  });
});
