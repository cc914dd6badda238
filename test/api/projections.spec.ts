import { views } from '#read-models';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
let customer: string;
/** Where a fact lies that `bookings` is made to have parked. */
let placed: string;
beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02' });
  customer = (await system.api.post('/v1/customers', { name: 'Ann Unseen' })).body.id;
  const lines = [{ code: 'compact', kind: 'base', price: { amount: 12_000, currency: 'CNY' } }];
  placed = (await system.api.post('/v1/bookings', { booker: customer, lines })).body.position;
  await system.engine.settled();
});
afterAll(() => system.stop());

const engine = (path: string) => `/v1/projections${path}`;
const get = (path: string) => system.api.get(engine(path));
const post = (path: string, body?: object) => system.api.post(engine(path), body);

it('tells of one view, and of no other', async () => {
  const all = (await get('')).body.items;
  expect(all.map(({ view }: { view: string }) => view).sort()).toEqual(
    [...views.map(({ projection }) => projection.name), 'facts_by_customer'].sort(),
  );
  expect((await get('/bookings')).body).toMatchObject({ view: 'bookings', state: 'running', rebuild: null });
  for (const path of ['/nothing', '/nothing/parked'])
    expect(await get(path)).toMatchObject({ status: 404, body: { code: 'no-such-view' } });
  for (const act of ['rebuild', 'cancel-rebuild', 'refold', 'parked/1/retry', 'parked/1/skip'])
    expect(await post(`/nothing/${act}`, act === 'refold' ? { key: 'a' } : { reason: 'a' })).toMatchObject({
      body: { code: expect.stringMatching(/no-such-view|misfit/) },
    });
});

it('has a view rebuilt by whoever keeps it, and says what came of it', async () => {
  const asked = await post('/bookings/rebuild');
  expect([asked.status, asked.body.rebuild.state]).toEqual([202, 'asked']);
  const deadline = performance.now() + 20_000;
  let rebuild = asked.body.rebuild;
  while (rebuild.state !== 'done' && performance.now() < deadline) ({ rebuild } = (await get('/bookings')).body);
  expect(rebuild).toMatchObject({ state: 'done', percent: 100, differences: '0', error: null });
  expect(await post('/bookings/cancel-rebuild')).toMatchObject({ status: 202 });
});

it('folds one row afresh, or says why it cannot', async () => {
  const { sql } = system.session;
  await sql(`update lifecycle set stage = 'lost' where customer_id = $1`, [customer]);
  expect(await post('/lifecycle/refold', { key: customer })).toMatchObject({ status: 200, body: { isThere: true } });
  const [row] = await sql<{ stage: string }>('select stage from lifecycle where customer_id = $1', [customer]);
  expect(row?.stage).not.toBe('lost');
  expect(await post('/customer_search/refold', { key: customer })).toMatchObject({
    status: 409,
    body: { code: 'cannot-refold' },
  });
  const nobody = { status: 200, body: { facts: 0, isThere: false } };
  expect(await post('/lifecycle/refold', { key: 'no-uuid' })).toMatchObject(nobody);
  expect(await post('/lifecycle/refold', { key: customer, recordedIds: [customer, 'no-uuid'] })).toMatchObject({
    body: { isThere: true },
  });
  expect(await post('/lifecycle/refold', { key: 7 })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/key' }] },
  });
});

it('shows what is parked without what it says, folds it again, or leaves it out with a reason on record', async () => {
  const { sql } = system.session;
  const park = () =>
    sql(
      `insert into projection_parked (view, slot, position, key, hold, stream, revision, type, error)
       select 'bookings', 'live', position, $2, 'key ' || $2, stream, revision, 'BookingPlaced', 'Error'
       from facts_by_customer where position = $1`,
      [placed, 'row-1'],
    );
  expect((await get('/bookings/parked')).body).toEqual({ items: [] });
  await park();
  const { body } = await get(`/bookings/parked/${placed}`);
  expect(body).toMatchObject({ items: [{ view: 'bookings', position: placed, state: 'parked', retries: 0 }] });
  expect(JSON.stringify(body)).not.toMatch(/Unseen|hold|context/);
  expect(await post(`/bookings/parked/${placed}/skip`, { reason: 'because Ann said so' })).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/reason' }] },
  });
  expect(await post(`/bookings/parked/${placed}/skip`, { reason: 'entered_twice' })).toMatchObject({
    status: 200,
    body: { folded: 0, error: null },
  });
  expect((await get('/bookings/parked')).body.items).toMatchObject([
    { state: 'skipped', reason: 'entered_twice', skippedBy: 'person:local' },
  ]);
  for (const answer of [
    await post(`/bookings/parked/${placed}/retry`),
    await get('/bookings/parked/1'),
    await post('/bookings/parked/1/retry'),
  ])
    expect(answer).toMatchObject({ status: 404, body: { code: 'nothing-parked' } });
  expect(await post('/bookings/parked/x/retry')).toMatchObject({ status: 422 });
});
