import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const ON_EVERY_ANSWER = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

describe('what is told to a browser', () => {
  let system: RunningSystem;
  let id: string;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', settings: { TOUCHLINE_RATE: '40' } });
    const { body } = await system.api.post('/v1/customers', { name: 'Ann' });
    id = body.id;
    await system.engine.settled();
  });
  afterAll(() => system.stop());

  const told = async (path: string, options: RequestInit = {}) => {
    const { authorization } = system;
    const said = { ...options, headers: { authorization, ...options.headers } };
    const { status, headers, body } = await fetch(`${system.url}${path}`, said);
    await body?.cancel();
    return { status, headers: Object.fromEntries(headers) };
  };

  it.each([
    ['an answer', '/v1/customers', {}, 200],
    ['a stream', '/v1/customers/:id/timeline', { headers: { accept: 'text/event-stream' } }, 200],
    ['a refusal', '/v1/callbacks', { method: 'POST', body: '{}' }, 422],
    ['what fits no route', '/v1/nowhere', {}, 404],
    ['what is no path', '/v1/%zz', {}, 400],
    ['a method nobody has', '/v1/customers', { method: 'PUT', body: '{}' }, 404],
    ['what is too large', '/v1/customers', { method: 'POST', body: 'x'.repeat(2_000_000) }, 413],
    ['the page', '/', {}, 200],
    ['the description', '/docs', {}, 200],
    ['health', '/health/live', {}, 200],
  ])('%s is not to be sniffed, framed, kept or passed on', async (_, path, options: RequestInit, status) => {
    const json = { 'content-type': 'application/json', ...options.headers };
    const answer = await told(path.replace(':id', id), { ...options, headers: json });
    expect(answer).toMatchObject({ status, headers: ON_EVERY_ANSWER });
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none';.*frame-ancestors 'none'/);
    expect(answer.headers['cache-control']).toBe(path === '/' ? 'no-cache' : 'no-store');
  });

  it('refuses to go on from an event that no log can hold', async () => {
    const headers = { accept: 'text/event-stream', 'last-event-id': '9999999999999999999' };
    expect((await told(`/v1/customers/${id}/timeline`, { headers })).status).toBe(422);
  });

  it('is that the caller asks too much, when it does', async () => {
    const statuses = await Promise.all(Array.from({ length: 200 }, async () => (await told('/v1/at-risk')).status));
    expect(statuses).toContain(429);
    expect((await told('/health/ready')).status).toBe(200);
  });
});
