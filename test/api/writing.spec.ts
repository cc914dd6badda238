import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const NEVER = '01900000-0000-7000-8000-0000000000ff';

describe('writing over HTTP', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'Europe/London', currency: 'GBP' });
  });
  afterAll(() => system.stop());

  const post = (path: string, body?: object, headers?: Record<string, string>) => system.api.post(path, body, headers);
  const lines = [{ code: 'compact', kind: 'base', price: { amount: 12_000, currency: 'GBP' } }];

  it('answers where it was recorded', async () => {
    const { status, body, headers } = await post('/v1/customers', { name: 'Ann Lee' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      revision: '0',
      position: expect.stringMatching(/^\d+$/),
      events: ['IndividualRegistered'],
    });
    expect(headers.get('etag')).toBe('"0"');
  });

  it('gives the same answer under the same key, even to what opens under an id of ours', async () => {
    const key = { 'idempotency-key': 'desk-7/0001' };
    const first = await post('/v1/bookings', { lines }, key);
    await post(`/v1/bookings/${first.body.id}/confirm`);
    const second = await post('/v1/bookings', { lines }, key);
    expect([second.status, second.body]).toEqual([201, first.body]);
    const elsewhere = await post('/v1/bookings/place', { lines }, key);
    expect(elsewhere.body.id).not.toBe(first.body.id);
  });

  it('records nothing when the same is asked again without a key', async () => {
    const id = '01900000-0000-7000-8000-000000000b01';
    expect((await post('/v1/bookings', { id, lines })).status).toBe(201);
    const again = await post('/v1/bookings', { id, lines });
    expect([again.status, again.body.events]).toEqual([200, []]);
    const other = [{ ...lines[0], code: 'estate', price: { amount: 1, currency: 'GBP' } }];
    expect(await post('/v1/bookings', { id, lines: other })).toMatchObject({
      status: 409,
      body: { title: 'Conflict', status: 409, code: 'booking-id-taken' },
    });
  });

  it('has a route for each opening and each act', async () => {
    const organisation = await post('/v1/customers/register-organization', { legalName: 'Acme' });
    expect(organisation.body.events).toEqual(['OrganizationRegistered']);
    const { id } = (await post('/v1/bookings/issue-quote', { booker: organisation.body.id, lines })).body;
    for (const [act, event] of [
      ['accept-quote', 'BookingPlaced'],
      ['confirm', 'BookingConfirmed'],
      ['complete-service', 'ServiceCompleted'],
    ]) {
      expect(await post(`/v1/bookings/${id}/${act}`)).toMatchObject({ status: 200, body: { events: [event] } });
    }
  });

  it('acts on nothing that was never opened', async () => {
    expect(await post(`/v1/bookings/${NEVER}/confirm`)).toMatchObject({ status: 404, body: { code: 'never-opened' } });
    expect((await system.api.get(`/v1/customers/${NEVER}`)).status).toBe(404);
  });

  it('minds who was faster, when asked to', async () => {
    const { id } = (await post('/v1/bookings', { lines })).body;
    await post(`/v1/bookings/${id}/confirm`);
    expect(await post(`/v1/bookings/${id}/record-no-show`, {}, { 'if-match': '"0"' })).toMatchObject({
      status: 412,
      body: { code: 'revision-differs' },
    });
    expect((await post(`/v1/bookings/${id}/record-no-show`, {}, { 'if-match': '"1"' })).status).toBe(200);
  });

  it('has one winner among twenty who open the same', async () => {
    const id = '01900000-0000-7000-8000-000000000b02';
    const racers = Array.from({ length: 20 }, (_, n) =>
      post('/v1/bookings', { id, lines: [{ ...lines[0], price: { amount: n + 1, currency: 'GBP' } }] }),
    );
    const statuses = (await Promise.all(racers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([201, ...Array(19).fill(409)]);
  });

  it('records when it happened, and nothing that has not', async () => {
    const occurredAt = '2026-02-01T10:00:00.000Z';
    const { body } = await post('/v1/customers', { name: 'Bo', occurredAt });
    const found = await system.api.get(`/v1/customers/${body.id}?after=${body.position}`);
    expect(found.body.registeredAt).toBe(occurredAt);
    expect(await post('/v1/customers', { occurredAt: '2026-03-03T10:00:00.000Z' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/occurredAt', detail: 'must not lie in the future' }] },
    });
  });
});
