import { readFileSync } from 'node:fs';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { localAdministrator } from '#access';
import { newId } from '#application';
import { listParked, readStatus } from '#projections';
import { subjectKeysFile } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';
import { differences, type Rows, rowsIn, totalsIn } from './rows.js';
import { SharedHistory } from './shared-history.js';

const ERASED = { erased: true };

describe('somebody is forgotten', () => {
  jest.setTimeout(120_000);
  let system: RunningSystem;
  let history: SharedHistory;
  let [ann, bob, eve] = ['', '', ''];
  let [booking, annsComplaint, bobsComplaint, callback] = ['', '', '', ''];
  let before: Rows;
  let after: Rows;
  let totals: object;
  let answered: object;
  let boxes: readonly Buffer[];

  const keyBoxes = (): readonly Buffer[] => {
    const file = readFileSync(subjectKeysFile(system.session.settings.data));
    const hex = ann.replaceAll('-', '');
    return Array.from({ length: file.length / 96 }, (_, n) => file.subarray(n * 96, n * 96 + 96))
      .filter((record) => record.toString('hex', 5, 21) === hex)
      .map((record) => Buffer.from(record.subarray(27, 87)));
  };
  const settled = () => system.engine.settled();
  const get = (path: string) => system.api.get(`/v1/${path}`);
  const search = async (asked: object) =>
    (await system.api.post('/v1/customers/search', asked)).body.items.map(({ id }: { id: string }) => id);

  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC', currency: 'CNY', log: 'silent' });
    history = new SharedHistory(system);
    [ann, bob, eve] = [
      await history.customer('Ann Lee', 1),
      await history.customer('Bob Ray', 2),
      await history.customer('Eve Oak', 3),
    ];
    booking = await history.booking('PO-1', ann, [ann, bob], eve);
    await history.booking('PO-2', bob, [ann, eve], bob);
    await history.booking('PO-3', eve, [eve], ann);
    await history.booking('PO-4', eve, [bob], bob);
    annsComplaint = await history.complaint(ann, bob, 'the invoice');
    bobsComplaint = await history.complaint(bob, ann, 'the seat');
    callback = await history.callback(ann, 'after lunch');
    await history.callback(eve, 'in the morning');
    await settled();
    before = await rowsIn(system.session.sql);
    totals = await totalsIn(system.session.sql, ann);
    boxes = keyBoxes();
    const answer = await system.api.post(`/v1/customers/${ann}/erase`, { reason: 'request' });
    answered = answer.body;
    await settled();
    after = await rowsIn(system.session.sql);
  });
  afterAll(() => system.stop());

  it('by one fact, however often it is asked for', async () => {
    const again = await system.api.post(`/v1/customers/${ann}/erase`, { reason: 'another' });
    expect(again).toMatchObject({ status: 200, body: { ...answered, events: ['PersonalDataErased'] } });
    const facts = [];
    for await (const fact of system.session.store.read(`customer-${ann}`)) facts.push(fact);
    const erased = facts.filter(({ type }) => type === 'PersonalDataErased');
    expect(erased).toHaveLength(1);
    expect(erased[0]).toMatchObject({
      data: { reason: 'request' },
      customers: [{ id: ann, role: 'self' }],
      meta: { actor: { kind: 'person', id: 'local' }, channel: 'erasure' },
    });
    expect(facts[0]).toMatchObject({ type: 'IndividualRegistered', data: { name: ERASED, birthDate: ERASED } });
    expect(await system.api.post(`/v1/customers/${newId()}/erase`)).toMatchObject({ status: 404 });
  });

  it('and every total is as it was', async () => {
    expect(totals).toMatchObject({ bookings: { completed: 4 }, complaints: { resolved: 2 }, customers: 3n });
    expect(await totalsIn(system.session.sql, ann)).toEqual(totals);
  });

  it('and nobody else’s row has changed by a byte', () => {
    const changed = differences(before, after);
    const searched = [...before.keys()].filter((key) => key.startsWith(`customer_search ${ann}:`));
    const { position } = answered as { position: string };
    expect(searched.length).toBeGreaterThanOrEqual(8);
    const added = [`customer_timeline ${ann}|${position}`, `facts_by_customer ${ann}|${position}`];
    const own = changed.filter((key) => /^(lifecycle|churn_risk) /.test(key));
    expect(own.filter((key) => !key.endsWith(ann))).toEqual([]);
    const emptied = [...before.keys()].filter((key) => /,forgotten[,)]/.test(String(after.get(key))));
    expect(emptied).toHaveLength(4);
    expect(emptied.map((key) => key.split(' ')[0]).sort()).toEqual([
      'callbacks',
      'complaints',
      'customer_profile',
      'points',
    ]);
    expect(changed).toEqual([...searched, ...added, ...emptied, ...own].sort());
    expect(searched.filter((key) => after.has(key))).toEqual([]);
    expect(before.size).toBeGreaterThan(150);
  });

  it('and a rebuild from the first fact gives the same bytes', async () => {
    const rebuilt = await system.engine.rebuild([...system.engine.kept.keys()]);
    expect(rebuilt.map(({ view, differences: found }) => [view, found])).toEqual(rebuilt.map(({ view }) => [view, 0n]));
    expect(rebuilt.length).toBeGreaterThanOrEqual(11);
    expect(differences(after, await rowsIn(system.session.sql))).toEqual([]);
  });

  it('and a row that is folded afresh is the same', async () => {
    for (const view of ['customer_profile', 'lifecycle', 'churn_risk'])
      for (const id of [ann, bob]) await system.engine.refold(view, id);
    await settled();
    expect(differences(after, await rowsIn(system.session.sql))).toEqual([]);
  });

  it('and whoever reads what is gone is told so, and reads the rest', async () => {
    const { status, body } = await get(`customers/${ann}`);
    expect([status, body.status]).toEqual([200, 'erased']);
    for (const field of ['name', 'birthDate', 'occupation', 'contactPoints', 'identifiers', 'preferences', 'documents'])
      expect([field, body[field]]).toEqual([field, ERASED]);
    expect(body.points).toMatchObject([{ memberNumber: ERASED }]);
    const list = (await get('complaints?limit=10')).body.items;
    const complaint = (id: string) => list.find((one: { id: string }) => one.id === id);
    expect(complaint(annsComplaint)).toMatchObject({ text: ERASED, explanation: ERASED, category: 'billing' });
    expect(complaint(bobsComplaint)).toMatchObject({ text: 'the seat', explanation: 'sorry for the seat' });
    const calls = (await get('callbacks?limit=10')).body.items;
    expect(calls.map(({ note }: { note: unknown }) => note)).toEqual(
      expect.arrayContaining([ERASED, 'in the morning']),
    );
    expect((await get(`customers/${bob}`)).body).toMatchObject({ name: 'Bob Ray', birthDate: '1980-05-06' });
    for (const path of ['timeline', 'lifecycle', 'churn', 'points'])
      expect((await get(`customers/${ann}/${path}`)).status).toBe(200);
    expect((await get('customers?limit=10')).status).toBe(200);
    expect((await get('at-risk')).status).toBe(200);
  });

  it('and is found by nothing, while the others are', async () => {
    const wanted = [
      { phone: '+86 139 1234 5101' },
      { name: 'Ann Lee' },
      { number: 'AB-1' },
      { number: 'L-1' },
      { number: 'P-1' },
      { number: 'M-1' },
      { query: 'PO-3' },
      { orderNumber: 'PO-1' },
    ];
    for (const asked of wanted) expect(await search(asked)).not.toContain(ann);
    expect(await search({ orderNumber: 'PO-1' })).toEqual([bob, eve].sort());
    expect(await search({ phone: '+8613912345102' })).toEqual([bob]);
  });

  it('and whatever is said of them is refused', async () => {
    const refused = { status: 409, body: { code: 'customer-erased' } };
    const said = (path: string, body: object) => system.api.post(`/v1/${path}`, body);
    expect(await said(`customers/${ann}/change-name`, { name: 'Ann' })).toMatchObject(refused);
    expect(await said(`customers/${ann}/block`, { reason: 'fraud' })).toMatchObject(refused);
    expect(await said('customers', { id: ann, name: 'Ann' })).toMatchObject(refused);
    expect(await said('complaints', { complainant: ann, text: 'again' })).toMatchObject(refused);
    expect(await said(`callbacks/${callback}/complete`, { note: 'reached' })).toMatchObject(refused);
    expect(await said('loyalty-accounts', { member: ann, memberNumber: 'M-9' })).toMatchObject(refused);
    // What is about others goes on.
    expect(await said(`bookings/${booking}/issue-refund`, refund)).toMatchObject({ status: 200 });
    expect(await said(`complaints/${bobsComplaint}/close`, {})).toMatchObject({ status: 200 });
  });

  it('and what was said before is answered as before', async () => {
    const { sql } = system.session;
    const kept = await sql<{ n: bigint }>('select count(*) as n from stored_answers where stream like $1', [`%${ann}`]);
    expect(kept).toEqual([{ n: 0n }]);
    expect(history.said.length).toBeGreaterThanOrEqual(60);
    for (const { path, body, key, answer } of history.said) {
      const again = await system.api.post(`/v1/${path}`, body, { 'idempotency-key': key });
      expect([path, again.status, again.body]).toEqual([path, answer.status, answer.body]);
    }
  });

  it('and what they logged in with is free', async () => {
    const held = await system.session.sql<{ holder: string }>('select distinct holder from identifier_claims');
    expect(held.map(({ holder }) => holder).sort()).toEqual([`customer-${bob}`, `customer-${eve}`].sort());
    const { id } = (await system.api.post('/v1/customers', { name: 'Kim' })).body;
    await system.api.post(`/v1/customers/${id}/add-contact-point`, { kind: 'phone', value: '+8613912345101' });
    await system.api.post(`/v1/customers/${id}/verify-contact-point`, { contactPointId: 'c1' });
    const login = await system.api.post(`/v1/customers/${id}/use-contact-point-for-login`, { contactPointId: 'c1' });
    expect(login).toMatchObject({ status: 200, body: { events: ['LoginIdentifierSet'] } });
  });

  it('and their keys are in no file', () => {
    expect(boxes).toHaveLength(1);
    expect(keyBoxes()).toEqual([Buffer.alloc(60)]);
  });

  it('would be noticed: a row that is not emptied, and one of somebody else that is', async () => {
    const { sql } = system.session;
    await settled();
    const now = await rowsIn(sql);
    await sql('update complaints set sealed = null where complaint_id = $1', [annsComplaint]);
    await sql(`update customer_profile set sealed = 'forgotten' where customer_id = $1`, [eve]);
    expect(differences(now, await rowsIn(sql))).toEqual([`complaints ${annsComplaint}`, `customer_profile ${eve}`]);
    const rebuilt = await system.engine.rebuild([...system.engine.kept.keys()]);
    const differing = rebuilt.filter(({ differences: found }) => found !== 0n).map(({ view }) => view);
    expect(differing.sort()).toEqual(['complaints', 'customer_profile']);
    await settled();
  });

  it('and a ciphertext that is broken is put aside and named, while the rest flows', async () => {
    const { sql, stores } = system.session;
    const raw = EventStoreDBClient.connectionString(stores.eventStoreUrl);
    let last: { id: string; metadata: object } | undefined;
    for await (const { event } of raw.readStream(`customer-${eve}`))
      if (event) last = { id: event.id, metadata: event.metadata as object };
    const sealed = { subject: eve, fields: ['name'], key: 1, sealed: Buffer.alloc(60, 7).toString('base64') };
    await raw.appendToStream(`customer-${eve}`, [
      jsonEvent({ id: newId(), type: 'NameChanged', data: {}, metadata: { ...last?.metadata, personal: [sealed] } }),
    ]);
    await raw.dispose();
    await settled();
    const parked = await listParked(sql, 'customer_profile');
    expect(parked).toMatchObject([{ stream: `customer-${eve}`, type: 'NameChanged', state: 'parked' }]);
    expect(parked[0]?.error).toBe('its personal part is not what was sealed');
    const profile = (await readStatus(sql)).find(({ view }) => view === 'customer_profile');
    expect(profile).toMatchObject({ parked: 1, state: 'running', stoppedAt: null });
    await system.api.post(`/v1/customers/${bob}/change-name`, { name: 'Bob Rye' });
    await settled();
    expect((await get(`customers/${bob}`)).body.name).toBe('Bob Rye');
    expect((await get(`customers/${eve}`)).body.name).toBe('Eve Oak');
    expect((await system.api.post(`/v1/customers/${eve}/change-name`, { name: 'Eva' })).status).toBe(500);
  });

  it('and nothing personal is shown while reads cannot be recorded', async () => {
    const { accessLog, store } = system.session;
    await accessLog.flush();
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const append = store.append.bind(store);
    const hold = jest.spyOn(store, 'append').mockImplementation(async (...args) => {
      await held;
      return append(...args);
    });
    const reader = { principal: localAdministrator([]), fields: new Set<never>(), scope: 'all' } as const;
    for (let n = 0; n < 10_000; n++) accessLog.viewed({ ...reader, purpose: 'service', action: 'test' }, bob, ['name']);
    const answer = await get(`customers/${bob}`);
    expect([answer.status, answer.body.code, JSON.stringify(answer.body)]).toEqual([
      503,
      'busy',
      expect.not.stringContaining('Bob'),
    ]);
    hold.mockRestore();
    goOn();
    await accessLog.flush();
    expect((await get(`customers/${bob}`)).body.name).toBe('Bob Rye');
  });
});

const refund = { refundId: 'r1', amount: { amount: 100, currency: 'CNY' }, reason: 'goodwill' };
