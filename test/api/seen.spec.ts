import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02' });
});
afterAll(() => system.stop());

const ready = async () => {
  const response = await fetch(`${system.url}/health/ready`);
  return { status: response.status, body: await response.json() };
};

/** `name{labels}` and its value, a line each. */
const measured = async (): Promise<ReadonlyMap<string, number>> => {
  const { status, body, headers } = await system.api.get('/metrics');
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const lines = String(body)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) expect(line).toMatch(/^[a-z0-9_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+$/);
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
};
const of = (name: string, view = 'bookings') => `touchline_projection_${name}{view="${view}"}`;

describe('metrics', () => {
  it('say where each view stands and where its time goes', async () => {
    const { body } = await system.api.post('/v1/customers', { name: 'Ann Unseen' });
    await system.engine.settled();
    await system.engine.status();
    const told = await measured();
    expect(told.get('touchline_store_up{store="postgres"}')).toBe(1);
    expect(told.get('touchline_store_up{store="event-store"}')).toBe(1);
    expect(told.get(of('position'))).toBe(Number(body.position));
    expect(told.get(of('events'))).toBeGreaterThan(1);
    expect(told.get(of('lag_seconds'))).toBeLessThan(10);
    expect(told.get(of('lag_events'))).toBe(0);
    expect(told.get(of('heartbeat_age_seconds'))).toBeLessThan(10);
    for (const name of ['parked_facts', 'waiting_facts', 'stopped', 'last_error_timestamp_seconds'])
      expect([name, told.get(of(name))]).toEqual([name, 0]);
    expect(told.get(of('alive'))).toBe(1);
    expect(told.get(of('batches_total', 'customer_profile'))).toBeGreaterThan(0);
    for (const stage of ['fold', 'write', 'commit'])
      expect(
        told.get(`touchline_projection_batch_seconds_total{view="customer_profile",stage="${stage}"}`),
      ).toBeGreaterThan(0);
    expect(told.get('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(JSON.stringify([...told.keys()])).not.toMatch(/Unseen|customer-0/);
  });

  it('tell a view that stopped from one that goes on', async () => {
    await withStopped('bookings', async () => {
      const told = await measured();
      expect([told.get(of('stopped')), told.get(of('stopped', 'points'))]).toEqual([1, 0]);
    });
  });
});

/** With the view stopped, as its checkpoint has it. */
const withStopped = async (view: string, work: () => Promise<void>): Promise<void> => {
  const stopped = (at: object | null) =>
    system.session.sql(`update projection_checkpoints set stopped = $2 where view = $1 and slot = 'live'`, [view, at]);
  await stopped({ position: '1', stream: 's-1', revision: '0', type: 'T', error: 'Error' });
  try {
    await work();
  } finally {
    await stopped(null);
  }
};

describe('readiness', () => {
  it('is there while stores answer and views are kept', async () => {
    expect(await ready()).toEqual({ status: 200, body: { status: 'ready' } });
  });

  it('names a view that has stopped', async () => {
    await withStopped('points', async () => {
      expect(await ready()).toMatchObject({
        status: 503,
        body: { code: 'views-not-ready', errors: [{ pointer: '/points', detail: 'has stopped' }] },
      });
    });
  });

  it('ends when nobody keeps the views, or they lag; not while a new version is built', async () => {
    const { sql } = system.session;
    const told = (set: string) => sql(`update projection_status set ${set}`);
    const [{ count } = { count: 0n }] = await sql<{ count: bigint }>('select count(*) from projection_status');
    const all = (detail: string) => ({
      status: 503,
      body: { errors: Array.from({ length: Number(count) }, () => expect.objectContaining({ detail })) },
    });
    await system.engine.stop();
    await told(`heartbeat_at = now() - interval '11 s'`);
    expect(await ready()).toMatchObject(all('is kept by nobody'));
    await told(`heartbeat_at = now(), waiting_since = to_char(now() - interval '61 s', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`);
    expect(await ready()).toMatchObject(all('is behind'));
    await told(`state = 'rebuilding'`);
    expect(await ready()).toMatchObject({ status: 200 });
    await sql('alter table projection_status rename to projection_status_hidden');
    expect(await ready()).toMatchObject({ status: 503, body: { code: 'no-views-yet' } });
  });
});
