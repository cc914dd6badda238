import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const post = (path: string, body?: object, headers?: Record<string, string>) => system.api.post(path, body, headers);
const keyed = (key: string) => ({ 'idempotency-key': key });
const stored = () => system.session.sql<{ status: number }>('select * from stored_answers');
let system: RunningSystem;

describe('a write repeated under its key', () => {
  let id: string;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC', currency: 'GBP', log: 'silent' });
  });
  afterAll(() => system.stop());
  beforeEach(async () => {
    id = (await post('/v1/customers', { name: 'Ann' })).body.id;
  });

  it('is answered as the first time, whatever happened since', async () => {
    const say = () => post(`/v1/customers/${id}/block`, { reason: 'fraud' }, keyed(`block-${id}`));
    const first = await say();
    await post(`/v1/customers/${id}/unblock`);
    const second = await say();
    expect([second.status, second.body]).toEqual([200, first.body]);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await post(`/v1/customers/${id}/unblock`)).body.events).toEqual([]);
  });

  it('that recorded nothing records nothing', async () => {
    const say = () => post(`/v1/customers/${id}/unblock`, {}, keyed(`unblock-${id}`));
    expect((await say()).body.events).toEqual([]);
    await post(`/v1/customers/${id}/block`, { reason: 'fraud' });
    expect((await say()).body.events).toEqual([]);
  });

  it('that was refused is refused', async () => {
    await post(`/v1/customers/${id}/close`);
    const say = () => post(`/v1/customers/${id}/change-name`, { name: 'Bo' }, keyed(`name-${id}`));
    const refused = { status: 409, body: { title: 'Conflict', code: 'customer-closed' } };
    expect(await say()).toMatchObject(refused);
    await post(`/v1/customers/${id}/reopen`);
    expect(await say()).toMatchObject(refused);
  });

  it('says the same, in whatever order', async () => {
    const data = { kind: 'phone', value: '+86 139 1234 5678' };
    const path = `/v1/customers/${id}/add-contact-point`;
    const first = await post(path, data, keyed(`phone-${id}`));
    const again = await post(path, { value: data.value, kind: data.kind }, keyed(`phone-${id}`));
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await post(path, { ...data, value: '+86 139 1234 5679' }, keyed(`phone-${id}`));
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    const ifMatch = { ...keyed(`phone-${id}`), 'if-match': '"7"' };
    expect(await post(path, data, ifMatch)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('gets its receipt from the log where the answer was lost in a crash, or is too old', async () => {
    const say = () => post('/v1/customers', { name: 'Bo' }, keyed(`bo-${id}`));
    const first = await say();
    await system.session.sql('delete from stored_answers');
    const second = await say();
    expect([second.status, second.body]).toEqual([201, first.body]);
  });

  it('said twice at once is done once', async () => {
    const say = () => post('/v1/customers', { name: 'Cy' }, keyed(`cy-${id}`));
    const before = await system.session.store.head();
    const answers = await Promise.all([say(), say(), say()]);
    const [first] = answers.filter(({ status }) => status === 201);
    const running = answers.filter(({ status }) => status === 409);
    expect(running.every(({ body, headers }) => body.code === 'still-running' && headers.get('retry-after'))).toBe(
      true,
    );
    expect((await say()).body).toEqual(first?.body);
    expect(BigInt(first?.body.position)).toBe(await system.session.store.head());
    expect(await system.session.store.head()).not.toBe(before);
  });

  it('keeps nothing that was not decided, and nothing without a key', async () => {
    await post('/v1/customers', { name: 'Di' }, keyed(`di-${id}`));
    const before = (await stored()).length;
    await post('/v1/customers', { name: '' }, keyed(`misfit-${id}`));
    await post('/v1/customers', { name: 'Ed' });
    jest.spyOn(system.session.store, 'append').mockRejectedValueOnce(new Error('broken'));
    expect((await post('/v1/customers', { name: 'Ed' }, keyed(`ed-${id}`))).status).toBe(500);
    expect(await stored()).toHaveLength(before);
    expect((await post('/v1/customers', { name: 'Ed' }, keyed(`ed-${id}`))).status).toBe(201);
    expect(JSON.stringify(await stored())).not.toContain(`ed-${id}`);
  });
});
