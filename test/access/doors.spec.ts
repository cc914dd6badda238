import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { QueryBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { type Asking, authorise, localAdministrator, rolesOf } from '#access';
import { slices } from '#domain';
import { laterBy } from '#kernel';
import { questions, TimelineAfter } from '#read-models';
import { apiKeysIn, loggerFor, machineClock, portsOf, rolesKnownTo } from '#system';
import { createApi, doorwaysOf } from '../../apps/api/src/create-api.js';
import { doorPortsOf } from '../../apps/api/src/door-ports.js';
import { withoutRule } from '../../apps/api/src/guard.js';
import { routesOf } from '../../apps/api/src/routes.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const OPEN = ['Health', 'ReadOpenApi', 'ReadCatalogue', 'Console', 'SignIn'];
const NOBODY = '01900000-0000-7000-8000-0000000000ff';

let system: RunningSystem;
/** A second front door over the same stores, to plant things in. */
let planted: NestFastifyApplication;
const asked: Asking[] = [];

beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02' });
  const { session } = system;
  planted = await createApi(loggerFor('test', 'silent'), ...portsOf(session), ...doorPortsOf(session));
  const fastify = planted.getHttpAdapter().getInstance();
  const answer = async ({ asking }: FastifyRequest) => {
    asked.push(asking);
    return 'in';
  };
  fastify.get('/planted/no-action', answer);
  fastify.get('/planted/no-rule', { config: { action: 'FlyToTheMoon' } }, answer);
  fastify.post('/planted/rule', { config: { action: 'PlaceBooking' } }, answer);
});
afterAll(async () => {
  await planted?.close();
  await system?.stop();
});

const tokenOf = async (roles: readonly string[], id = 'u-17') =>
  `Bearer ${await system.session.access.tokenFor({ ...localAdministrator(roles), id }, 600)}`;
const plain = (path: string, init: RequestInit = {}) => fetch(`${system.url}${path}`, init);
const problemOf = async (response: Response) => ({
  status: response.status,
  type: response.headers.get('content-type')?.split(';')[0],
  code: ((await response.json()) as { code: string }).code,
});

describe('every door', () => {
  it('has a rule, and one without is found', async () => {
    const doorways = doorwaysOf(planted);
    expect(doorways.length).toBeGreaterThan(70);
    const without = withoutRule(doorways, system.session.access.policy).map(({ method, url }) => `${method} ${url}`);
    expect(without.sort()).toEqual([
      'GET /planted/no-action',
      'GET /planted/no-rule',
      'HEAD /planted/no-action',
      'HEAD /planted/no-rule',
    ]);
  });

  it('is a command, a question, or another with a name, and no rule is for a door that is not there', async () => {
    const policy = await rolesKnownTo(system.session.settings);
    const doors = [
      ...slices.flatMap(routesOf).map(({ type }) => type),
      ...questions.map(({ shape, action = shape.name }) => action),
      ...[...OPEN, 'ReadProjections', 'ManageProjections', 'ReadReactions', 'ManageReactions'],
      ...['ReadMetrics', 'FollowTimeline', 'ErasePersonalData'],
    ];
    const rules = Object.keys(policy.body.actions).filter((action) => !action.startsWith('cli:'));
    expect(rules.sort()).toEqual([...new Set(doors)].sort());
    const named = doorwaysOf(planted).flatMap(({ url, actions }) => (url.startsWith('/planted') ? [] : actions));
    expect([...new Set(named)].sort()).toEqual([...new Set(doors)].sort());
  });

  it('is shut to who says not who they are, but for the open ones', async () => {
    for (const { method, url, actions } of doorwaysOf(planted)) {
      if (url.startsWith('/planted') || !['GET', 'POST'].includes(method)) continue;
      const answer = await planted.inject({ method: method as 'GET', url: url.replace(':id', NOBODY) });
      const isOpen = actions.every((action) => OPEN.includes(action));
      expect([method, url, answer.statusCode === 401]).toEqual([method, url, !isOpen]);
      if (!isOpen) expect(answer).toMatchObject({ headers: { 'www-authenticate': 'Bearer' } });
    }
  });

  it('is shut to each role that is not in its rule, and to no other', async () => {
    const { policy } = system.session.access;
    let shut = 0;
    for (const role of rolesOf(policy)) {
      const authorization = await tokenOf([role]);
      for (const { method, url, actions } of doorwaysOf(planted)) {
        if (url.startsWith('/planted') || !['GET', 'POST'].includes(method)) continue;
        const headers = { authorization, 'content-type': 'application/json' };
        const payload = method === 'POST' ? { payload: 'not even JSON' } : {};
        const { statusCode } = await planted.inject({
          method: method as 'GET',
          url: url.replace(':id', NOBODY),
          headers,
          ...payload,
        });
        const may = authorise(policy, { roles: [role] }, actions[0] ?? '').allowed;
        expect([role, method, url, statusCode === 403]).toEqual([role, method, url, !may]);
        if (!may) shut += 1;
      }
    }
    expect(shut).toBeGreaterThan(200);
  });

  it('that has no rule is shut even to who may do everything', async () => {
    const headers = { authorization: system.authorization };
    for (const url of ['/planted/no-action', '/planted/no-rule']) {
      expect(await planted.inject({ url, headers })).toMatchObject({ statusCode: 403 });
    }
    expect(asked).toEqual([]);
  });

  it('hands on who came, for the purpose they said', async () => {
    const headers = {
      authorization: await tokenOf(['agent']),
      purpose: 'complaint_handling',
      'content-type': 'application/json',
    };
    expect(await planted.inject({ method: 'POST', url: '/planted/rule', headers, payload: '{"a":1}' })).toMatchObject({
      body: 'in',
    });
    expect(asked).toEqual([
      {
        principal: { kind: 'person', id: 'u-17', roles: ['agent'], teams: [] },
        fields: new Set(system.session.access.policy.body.roles.agent?.fields),
        scope: 'team',
        purpose: 'complaint_handling',
        action: 'PlaceBooking',
      },
    ]);
    const odd = await planted.inject({
      method: 'POST',
      url: '/planted/rule',
      headers: { ...headers, purpose: 'for Mrs Li' },
    });
    expect([odd.statusCode, odd.json().errors[0].pointer, odd.body.includes('Li')]).toEqual([422, '/Purpose', false]);
  });
});

describe('over HTTP', () => {
  it('a no says which', async () => {
    expect(await problemOf(await plain('/v1/bookings'))).toEqual({
      status: 401,
      type: 'application/problem+json',
      code: 'unauthenticated',
    });
    for (const authorization of ['Bearer nonsense', 'Basic bG9jYWw6bG9jYWw=', 'Bearer', ''])
      expect((await plain('/v1/bookings', { headers: { authorization } })).status).toBe(401);
    const agent = await tokenOf(['agent']);
    const no = await plain(`/v1/customers/${NOBODY}/block`, { method: 'POST', headers: { authorization: agent } });
    expect(await problemOf(no)).toEqual({ status: 403, type: 'application/problem+json', code: 'forbidden' });
  });

  it('reads nothing of who may not: no body, however large, and no address', async () => {
    const body = 'x'.repeat(3_000_000);
    const headers = { 'content-type': 'application/json' };
    const answer = await plain('/v1/bookings', { method: 'POST', headers, body }).catch(() => undefined);
    expect(answer === undefined || answer.status === 401).toBe(true);
    expect((await plain('/v1/nowhere')).status).toBe(404);
  });

  it('records who it was, and keeps their keys apart', async () => {
    const lines = [{ code: 'compact', kind: 'base', price: { amount: 12_000, currency: 'CNY' } }];
    const [ann, bob, machine] = await Promise.all([
      tokenOf(['agent'], 'ann'),
      tokenOf(['agent'], 'b|ob'),
      tokenOf(['service'], 'shop'),
    ]);
    const place = async (authorization: string) =>
      (await system.api.post('/v1/bookings', { lines }, { authorization, 'idempotency-key': 'k' })).body.id;
    const ids = [await place(ann), await place(bob), await place(machine)];
    expect(new Set(ids).size).toBe(3);
    expect(await place(ann)).toBe(ids[0]);
    const actors = [];
    for (const id of ids)
      for await (const { meta } of system.session.store.read(`booking-${id}`)) actors.push(meta.actor);
    expect(actors).toEqual([
      { kind: 'person', id: 'ann' },
      { kind: 'person', id: 'b|ob' },
      { kind: 'service', id: 'shop' },
    ]);
  });

  it('takes a channel that is a code, and no other', async () => {
    const { status, body } = await system.api.post('/v1/customers', { channel: 'call Mrs Li back' });
    expect([status, body.errors[0].pointer]).toEqual([422, '/channel']);
    expect((await system.api.post('/v1/customers', { channel: 'branch_office' })).status).toBe(201);
  });

  it('follows a timeline on its own rule', async () => {
    const { id } = (await system.api.post('/v1/customers', { name: 'Ann' })).body;
    await system.engine.settled();
    const path = `/v1/customers/${id}/timeline`;
    const headers = { accept: 'text/event-stream' };
    expect((await plain(path, { headers })).status).toBe(401);
    const gone = new AbortController();
    const stream = await plain(path, {
      headers: { ...headers, authorization: await tokenOf(['auditor']) },
      signal: gone.signal,
    });
    expect([stream.status, stream.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    gone.abort();
    const service = { ...headers, authorization: await tokenOf(['administrator']) };
    expect((await plain(path, { headers: service })).status).toBe(403);
  });

  it('tells each who follows on their own behalf, whoever made the clock tick', async () => {
    await planted.listen(0, '127.0.0.1');
    const [one, two] = [await tokenOf(['auditor'], 'one'), await tokenOf(['agent'], 'two')];
    const register = async () => (await system.api.post('/v1/customers', { name: 'Ann' })).body.id as string;
    const customers = [await register(), await register()] as const;
    await system.engine.settled();
    const told: (readonly [customer: string, toWhom: string])[] = [];
    const bus = planted.get(QueryBus);
    const execute = bus.execute.bind(bus);
    jest.spyOn(bus, 'execute').mockImplementation((question: object) => {
      if (question instanceof TimelineAfter) told.push([question.id, question.asking.principal.id]);
      return execute(question as never);
    });
    const url = await planted.getUrl();
    const follow = async (customer: string, authorization: string) => {
      const headers = { accept: 'text/event-stream', authorization };
      const call = get(`${url}/v1/customers/${customer}/timeline`, { headers, agent: false });
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      return answer.setEncoding('utf8');
    };
    const answers = [await follow(customers[0], one), await follow(customers[1], two)];
    for (const id of customers) await system.api.post(`/v1/customers/${id}/block`, { reason: 'fraud' });
    // Leaving the loop hangs up.
    for (const answer of answers) for await (const text of answer) if (text.includes('CustomerBlocked')) break;
    expect(told.length).toBeGreaterThan(4);
    const expected = new Map([
      [customers[0], 'one'],
      [customers[1], 'two'],
    ]);
    expect(told.filter(([customer, toWhom]) => expected.get(customer) !== toWhom)).toEqual([]);
  });

  it('takes an API key', async () => {
    const keys = apiKeysIn(system.session.sql);
    const { key } = await keys.create('shop', ['service'], laterBy(60_000, machineClock.now()));
    const headers = { authorization: `Bearer ${key}` };
    expect((await plain('/v1/bookings', { headers })).status).toBe(200);
    expect((await plain('/v1/projections', { headers })).status).toBe(403);
  });
});

describe('a session of a browser', () => {
  const cookieFrom = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? '';
  const enter = async (headers: Record<string, string> = {}) => {
    const ticket = await system.session.access.ticketFor(localAdministrator(rolesOf(system.session.access.policy)));
    return plain('/v1/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ ticket }),
    });
  };

  it('begins with a ticket, in a cookie no script reads and no other site sends', async () => {
    const entered = await enter({ origin: system.url });
    expect(entered.status).toBe(204);
    expect(entered.headers.get('set-cookie')).toMatch(
      /^touchline-[0-9a-f]{12}=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const cookie = cookieFrom(entered);
    expect((await plain('/v1/bookings', { headers: { cookie } })).status).toBe(200);
    expect((await plain('/v1/bookings', { headers: { cookie, authorization: 'Bearer nonsense' } })).status).toBe(401);
    expect(
      (await enter({ origin: 'https://crm.example.com', 'sec-fetch-site': 'same-origin' })).headers.get('set-cookie'),
    ).toMatch(/; Secure$/);
  });

  it.each<[string, Record<string, string>, number]>([
    ['no page at all', {}, 403],
    ['a page of somebody else', { origin: 'https://evil.example.com' }, 403],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page nobody names', { origin: 'null' }, 403],
    ['a browser that says it is another site', { 'sec-fetch-site': 'cross-site', origin: 'ours' }, 403],
    ['a browser that says it is a sister site', { 'sec-fetch-site': 'same-site' }, 403],
    ['our page', { origin: 'ours' }, 201],
    ['a browser that says it is our page', { 'sec-fetch-site': 'same-origin' }, 201],
  ])('writes from %s: %j gets %i', async (_, said, status) => {
    const headers = {
      cookie: cookieFrom(await enter()),
      ...said,
      ...(said.origin === 'ours' && { origin: system.url }),
    };
    const answer = await plain('/v1/customers', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"name":"Bo"}',
    });
    expect(answer.status).toBe(status);
  });

  it('is begun and ended by no page of somebody else', async () => {
    expect(await problemOf(await enter({ origin: 'https://evil.example.com' }))).toMatchObject({
      status: 403,
      code: 'cross-origin',
    });
    const out = await plain('/v1/sign-out', { method: 'POST', headers: { origin: 'https://evil.example.com' } });
    expect(out.status).toBe(403);
  });

  it('does not begin twice with one ticket, nor with anything else', async () => {
    const ticket = await system.session.access.ticketFor(localAdministrator(['agent']));
    expect((await system.api.post('/v1/sign-in', { ticket })).status).toBe(204);
    expect(await system.api.post('/v1/sign-in', { ticket })).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    expect((await system.api.post('/v1/sign-in', {})).status).toBe(422);
    expect((await system.api.post('/v1/sign-in', { ticket: 'a.b.c' })).status).toBe(401);
  });

  it('ends with the cookie', async () => {
    const out = await plain('/v1/sign-out', { method: 'POST', headers: { origin: system.url } });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringMatching(/^touchline-[0-9a-f]{12}=; .*Max-Age=0$/),
    ]);
  });
});
