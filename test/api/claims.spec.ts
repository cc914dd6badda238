import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#application';
import { type ClaimsInPostgres, type Core, claimBookOf, openCore, react } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

type Kind = 'phone' | 'email';

describe('who logs in with what', () => {
  let system: RunningSystem;
  let core: Core;
  let book: ClaimsInPostgres;
  let phone: string;
  let line = 0;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC', log: 'silent' });
    core = await openCore(system.session);
    book = claimBookOf(system.session);
  });
  afterAll(async () => {
    await core?.close();
    await system.stop();
  });
  beforeEach(() => {
    phone = `+86 139 1234 ${String(5000 + line++)}`;
  });

  const say = (id: string, act: string, body: object = { contactPointId: 'c1' }) =>
    system.api.post(`/v1/customers/${id}/${act}`, body);
  const login = (id: string) => say(id, 'use-contact-point-for-login');
  const customerWith = async (value: string, kind: Kind = 'phone') => {
    const { id } = (await system.api.post('/v1/customers')).body;
    await say(id, 'add-contact-point', { kind, value });
    await say(id, 'verify-contact-point');
    return id as string;
  };
  const set = { status: 200, body: { events: ['LoginIdentifierSet'] } };
  const taken = { status: 409, body: { code: 'identifier-taken' } };

  const { sql, rows, forget, passTime } = {
    sql: (text: string) => system.session.sql<Record<string, unknown>>(text),
    rows: () =>
      sql(
        'select kind, blind_index, holder, held_as, confirmed from identifier_claims where confirmed is not null order by 1, 2',
      ),
    forget: () => sql('delete from identifier_claims; delete from claim_checkpoint'),
    passTime: () => sql(`update identifier_claims set claimed_at = claimed_at - interval '10 seconds'`),
  };
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = performance.now() + 10_000; performance.now() < end; await pause(10)) if (await holds()) return;
    throw new Error('it did not happen in time');
  };
  /** The night shift works until it has seen the log to its end as it is now. */
  const following = async () => {
    const last = await customerWith(`${newId()}@example.org`, 'email');
    await login(last);
    const { position } = (await say(last, 'stop-login-with')).body;
    const stop = new AbortController();
    const running = react(system.session, core.decide, stop.signal);
    const there = `select 1 where to_regclass('claim_checkpoint') is not null`;
    await until(async () => (await sql(there)).length === 1)
      .then(() =>
        until(async () => (await sql(`select 1 from claim_checkpoint where position >= ${position}`)).length === 1),
      )
      .finally(() => stop.abort());
    await running;
  };
  /** Recorded without asking anybody. */
  const recordLogin = async (id: string, value: string, kind: Kind = 'phone') => {
    const { store } = system.session;
    let revision = -1n;
    let meta: Awaited<ReturnType<typeof firstMeta>> | undefined;
    for await (const fact of store.read(`customer-${id}`)) [revision, meta] = [fact.revision, fact.meta];
    if (!meta) throw new Error('nobody');
    const data = { contactPointId: 'c1', kind, value };
    const fact = { id: newId(), type: 'LoginIdentifierSet', data, meta: { ...meta, commandId: newId() } };
    await store.append(`customer-${id}`, revision, [{ ...fact, customers: [{ id, role: 'self' }] }]);
  };
  const firstMeta = async (id: string) => {
    for await (const { meta } of system.session.store.read(`customer-${id}`)) return meta;
    throw new Error('nobody');
  };

  it.each<[Kind, string, string]>([
    ['phone', '+44 20 7946 0018', '+44 (0)20 7946-0018'],
    ['email', 'Li@Example.org', 'li@example.ORG'],
  ])('is unique, however the %s is spelled', async (kind, one, other) => {
    const [ann, bo] = [await customerWith(one, kind), await customerWith(other, kind)];
    expect(await login(ann)).toMatchObject(set);
    expect(await login(bo)).toMatchObject(taken);
    expect(await login(ann)).toMatchObject({ status: 200, body: { events: [] } });
  });

  it('may be a phone that two share, as long as one logs in with it', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    await login(ann);
    await following();
    await say(ann, 'stop-login-with');
    expect(await login(bo)).toMatchObject(set);
    expect(await login(ann)).toMatchObject(taken);
  });

  it('is free when its contact point or its customer goes, before and after the night shift saw it', async () => {
    const [ann, bo, cy] = [await customerWith(phone), await customerWith(phone), await customerWith(phone)];
    await login(ann);
    await following();
    await say(ann, 'remove-contact-point');
    expect(await login(bo)).toMatchObject(set);
    await say(bo, 'close', {});
    await following();
    expect(await login(cy)).toMatchObject(set);
  });

  it('is not blocked for long by one who claimed it and never came back', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    expect(await book.claim({ kind: 'phone', value: phone, holder: `customer-${ann}`, as: 'c1' })).toBe(true);
    expect(await login(bo)).toMatchObject(taken);
    await passTime();
    expect(await login(bo)).toMatchObject(set);
    expect(await login(ann)).toMatchObject(taken);
  });

  it('leaves no trace when it is given back, unless it is claimed anew just then', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    const hers = { kind: 'phone', value: phone, holder: `customer-${ann}`, as: 'c1' };
    const traces = () => sql(`select confirmed from identifier_claims where holder = 'customer-${ann}'`);
    await book.claim(hers);
    await book.confirm(hers, 7n);
    await book.release(hers.holder, hers.as, 6n);
    expect(await traces()).toEqual([{ confirmed: 7n }]);
    await book.claim(hers);
    await book.release(hers.holder, hers.as, 8n);
    expect(await traces()).toEqual([{ confirmed: null }]);
    expect(await login(bo)).toMatchObject(taken);
    await passTime();
    await book.release(hers.holder, hers.as, 8n);
    expect(await traces()).toEqual([]);
  });

  it('given back long ago does not disturb who claims it now', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    await login(ann);
    await say(ann, 'stop-login-with');
    const his = { kind: 'phone', value: phone, holder: `customer-${bo}`, as: 'c1' };
    await passTime();
    expect(await book.claim(his)).toBe(true);
    expect(await book.confirm({ ...his, holder: `customer-${ann}` }, 7n)).toBe(true);
    expect(await login(ann)).toMatchObject(taken);
  });

  it('stays with who recorded it, though the night shift never saw it', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    await login(ann);
    await passTime();
    expect(await login(bo)).toMatchObject(taken);
    await forget();
    await following();
    expect(await login(bo)).toMatchObject(taken);
  });

  it('goes to one of many who take over at once', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => customerWith(phone)));
    await book.claim({ kind: 'phone', value: phone, holder: `customer-${newId()}`, as: 'c1' });
    await passTime();
    const statuses = (await Promise.all(ids.map(login))).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, ...Array(7).fill(409)]);
  });

  it('recorded twice after all, it is the first one’s in the log, whoever claimed it', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    await book.claim({ kind: 'phone', value: phone, holder: `customer-${bo}`, as: 'c1' });
    await recordLogin(ann, phone);
    await recordLogin(bo, phone);
    await following();
    expect((await say(bo, 'stop-login-with')).body.events).toEqual([]);
    expect(await login(ann)).toMatchObject({ status: 200, body: { events: [] } });
    expect(await login(bo)).toMatchObject(taken);
  });

  it('is the same from the first fact on, and holds nothing readable', async () => {
    await following();
    const before = await rows();
    expect(before.length).toBeGreaterThan(4);
    expect(JSON.stringify(before, (_, value) => String(value) && value?.toString())).not.toMatch(/139|example/);
    await forget();
    await following();
    expect(await rows()).toEqual(before);
  });

  it('is free once everything of a holder was released', async () => {
    const [ann, bo] = [await customerWith(phone), await customerWith(phone)];
    await login(ann);
    await book.releaseAll(`customer-${ann}`);
    expect(await login(bo)).toMatchObject(set);
  });
});
