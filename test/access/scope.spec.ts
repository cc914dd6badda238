import { anyone, localAdministrator } from '#access';
import { ListCustomers, questions } from '#read-models';
import { openCore } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
const headers: Record<'north' | 'supervisor' | 'auditor', { authorization: string }> = {} as never;
let ann: string;
let bo: string;
let cy: string;

const register = async (name: string, team?: string): Promise<string> => {
  const { id } = (await system.api.post('/v1/customers', { name })).body;
  if (team) await system.api.post(`/v1/customers/${id}/assign`, { team });
  return id;
};
const lines = [{ code: 'compact', kind: 'base', price: { amount: 900, currency: 'EUR' } }];
const windows = [{ from: '2026-03-03T09:00:00.000Z', to: '2026-03-03T11:00:00.000Z' }];
const unknown = { status: 404, body: { code: 'unknown-customer' } };
const neverOpened = { status: 404, body: { code: 'never-opened' } };

beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC', currency: 'EUR' });
  const tokenOf = async (id: string, roles: readonly string[], teams: readonly string[]) => ({
    authorization: `Bearer ${await system.session.access.tokenFor({ ...localAdministrator(roles), id, teams }, 3600)}`,
  });
  headers.north = await tokenOf('nina', ['agent'], ['north']);
  headers.supervisor = await tokenOf('sue', ['supervisor'], ['south']);
  headers.auditor = await tokenOf('audrey', ['auditor'], []);
  [ann, bo, cy] = [await register('Ann', 'north'), await register('Bo', 'south'), await register('Cy')];
  await system.engine.settled();
});
afterAll(() => system?.stop());

const asAgent = {
  get: (path: string) => system.api.get(`/v1/${path}`, headers.north),
  post: (path: string, body: object = {}, more: object = {}) =>
    system.api.post(`/v1/${path}`, body, { ...headers.north, ...more }),
};
/** What the log holds, the accesses left out. */
const facts = async () => {
  let count = 0;
  const end = await system.session.store.head();
  for await (const entry of system.session.store.follow({ after: null, signal: new AbortController().signal })) {
    if (entry.kind === 'fact' && !entry.fact.stream.startsWith('access-')) count += 1;
    if (entry.kind === 'fact' && end !== null && entry.fact.position >= end) return count;
  }
  return count;
};

describe('an agent', () => {
  it.each(['', '/timeline', '/lifecycle', '/churn', '/points'])(
    'finds at a customer’s %j those of the team and of none, and nobody else',
    async (path) => {
      const statuses = [];
      for (const id of [ann, bo, cy]) statuses.push((await asAgent.get(`customers/${id}${path}`)).status);
      expect(statuses).toEqual([200, 404, 200]);
      expect(await asAgent.get(`customers/${bo}${path}`)).toMatchObject(neverOpened);
      expect((await system.api.get(`/v1/customers/${bo}${path}`, headers.supervisor)).status).toBe(200);
    },
  );

  it('finds nobody else in lists and by search', async () => {
    const { body } = await asAgent.get('customers');
    expect(body.items.map(({ id }: { id: string }) => id)).toEqual([cy, ann]);
    expect((await asAgent.post('customers/search', { name: 'Bo' })).body.items).toEqual([]);
    expect((await asAgent.post('customers/search', { name: 'Ann' })).body.items).toHaveLength(1);
  });

  it('acts on nothing that is only of others, and nothing is recorded', async () => {
    const opened = async (path: string, body: object) => (await system.api.post(`/v1/${path}`, body)).body.id as string;
    const acts: readonly (readonly [string, object])[] = [
      [`customers/${bo}/change-name`, { name: 'Bob' }],
      [`bookings/${await opened('bookings', { booker: bo, lines })}/confirm`, {}],
      [`complaints/${await opened('complaints', { complainant: bo })}/acknowledge`, {}],
      [`callbacks/${await opened('callbacks', { requester: bo, topic: 'bill', windows })}/cancel`, {}],
      [`loyalty-accounts/${await opened('loyalty-accounts', { member: bo })}/earn-points`, { lotId: 'a', points: 1 }],
    ];
    await system.engine.settled();
    const before = await facts();
    for (const [path, body] of acts) expect([path, await asAgent.post(path, body)]).toMatchObject([path, neverOpened]);
    expect(await facts()).toBe(before);
    for (const [path, body] of acts)
      expect([path, (await system.api.post(`/v1/${path}`, body)).status]).toEqual([path, 200]);
  });

  it('opens nothing that names others, and nothing under an id of theirs', async () => {
    const before = await facts();
    for (const [path, body] of [
      ['bookings', { booker: ann, travellers: [cy, bo], lines }],
      ['complaints', { complainant: bo }],
      ['complaints', { complainant: ann, onBehalfOf: bo }],
      ['callbacks', { requester: bo, topic: 'bill', windows }],
      ['loyalty-accounts', { member: bo }],
      [`customers/${ann}/link-org-contact`, { personId: bo, roles: ['driver'] }],
    ] as const)
      expect([path, await asAgent.post(path, body, { 'idempotency-key': 'k' })]).toMatchObject([path, unknown]);
    expect(await asAgent.post('customers', { id: bo })).toMatchObject(neverOpened);
    expect(await facts()).toBe(before);
  });

  it('acts on what one of theirs is in, and on whoever was only just registered', async () => {
    const booking = (await system.api.post('/v1/bookings', { booker: bo, travellers: [ann], lines })).body.id;
    await system.engine.settled();
    expect((await asAgent.post(`bookings/${booking}/confirm`)).status).toBe(200);
    const { id } = (await asAgent.post('customers', { name: 'Di' })).body;
    expect((await asAgent.post('complaints', { complainant: id })).status).toBe(201);
  });

  it('follows no timeline of others, and no longer one that became theirs', async () => {
    const follow = (id: string) =>
      fetch(`${system.url}/v1/customers/${id}/timeline`, {
        headers: { ...headers.north, accept: 'text/event-stream' },
      });
    expect((await follow(bo)).status).toBe(404);
    const id = await register('Ed', 'north');
    await system.engine.settled();
    const answer = await follow(id);
    expect(answer.status).toBe(200);
    await system.api.post(`/v1/customers/${id}/assign`, { team: 'south' });
    await system.api.post(`/v1/customers/${id}/block`, { reason: 'fraud' });
    const told = await answer.text();
    expect(told).toContain('IndividualRegistered');
    expect(told).not.toContain('CustomerBlocked');
  });

  it('is told on a stream what their classes show, and no more', async () => {
    const told = async (who: { authorization: string }) => {
      const gone = new AbortController();
      const answer = await fetch(`${system.url}/v1/customers/${ann}/timeline`, {
        headers: { ...who, accept: 'text/event-stream' },
        signal: gone.signal,
      });
      let text = '';
      for await (const part of answer.body as ReadableStream<Uint8Array>) {
        text += Buffer.from(part).toString();
        if (text.includes('IndividualRegistered')) break;
      }
      gone.abort();
      return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '');
    };
    expect(await told(headers.auditor)).toMatchObject({ type: 'IndividualRegistered', text: { masked: true } });
    expect(await told(headers.north)).toMatchObject({ type: 'IndividualRegistered', text: expect.any(String) });
  });

  it('gets everything masked where they may see nothing, and no answer where nobody asks', async () => {
    const core = await openCore(system.session);
    const principal = { ...anyone, kind: 'system' } as const;
    const asking = { principal, fields: new Set<never>(), scope: 'all', purpose: 'none', action: 'test' } as const;
    const { items } = await core.ask(new ListCustomers(asking));
    expect(items.length).toBeGreaterThan(2);
    expect(new Set(items.map((item) => JSON.stringify(item.id)))).toEqual(new Set(['{"masked":true}']));
    for (const { shape: Shape, path } of questions) {
      // @ts-expect-error: who asks?
      const question = new Shape();
      const fields = path.includes(':id') ? { id: ann } : { query: 'Ann' };
      await expect(core.ask(Object.assign(question, fields))).rejects.toThrow(TypeError);
    }
    await core.close();
  });
});

describe('the access log', () => {
  const accesses = async (query = '', who = headers.auditor) => (await system.api.get(`/v1/${query}`, who)).body;
  beforeAll(async () => {
    await system.api.get(`/v1/customers/${ann}`, { ...headers.supervisor, purpose: 'complaint_handling' });
    await system.api.post(`/v1/customers/${ann}/block`, { reason: 'fraud' }, headers.north);
    await system.session.accessLog.flush();
    await system.engine.settled();
  });

  it('says who read what of whom, what for, and through what', async () => {
    const { items } = await accesses(`accesses?subject=${ann}&actor=sue`);
    expect(items).toHaveLength(1);
    expect(items[0]).toEqual({
      position: expect.stringMatching(/^\d+$/),
      type: 'PersonalDataViewed',
      at: expect.stringMatching(/^2026-03-02T/),
      actor: { kind: 'person', id: 'sue' },
      subject: ann,
      fields: ['name'],
      purpose: 'complaint_handling',
      through: 'CustomerOverview',
    });
    expect((await accesses(`customers/${ann}/accesses`)).items).toContainEqual(items[0]);
  });

  it('says who was refused, and nothing of who did not say who they are', async () => {
    await system.api.get('/v1/bookings', { authorization: 'Bearer nonsense' });
    await system.session.accessLog.flush();
    await system.engine.settled();
    const { items } = await accesses('accesses?actor=nina');
    expect(items.filter(({ type }: { type: string }) => type === 'AccessDenied')).toEqual([
      expect.objectContaining({ through: 'BlockCustomer', subject: null, fields: [], purpose: null }),
    ]);
    expect((await accesses('accesses?actor=anyone')).items).toEqual([]);
  });

  it('is asked by day, page by page, and by auditors only', async () => {
    expect((await accesses('accesses?from=2026-03-03')).items).toEqual([]);
    expect((await accesses('accesses?to=2026-03-01')).items).toEqual([]);
    const whole = (await accesses('accesses?from=2026-03-02&to=2026-03-02&limit=500')).items;
    expect(whole.length).toBeGreaterThan(3);
    const paged: unknown[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { items: unknown[]; cursor: string | null } = await accesses(
        `accesses?limit=2&to=2026-03-02${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...page.items);
      cursor = page.cursor;
    }
    expect(paged).toEqual(whole);
    expect(JSON.stringify(whole)).not.toMatch(/Ann|Bo|Cy/);
    expect(await accesses('accesses', headers.supervisor)).toMatchObject({ status: 403 });
    expect((await system.api.get('/v1/accesses?actor=a%20b', headers.auditor)).status).toBe(422);
  });
});
