import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { slices } from '#domain';
import { routesOf } from '../../apps/api/src/routes.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const requester = '01900000-0000-7000-8000-0000000000c1';
const window = { from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' };
const callback = { requester, topic: 'invoice', windows: [window] };
const lines = [{ code: 'compact', kind: 'base', price: { amount: 12_000, currency: 'CNY' } }];

describe('the OpenAPI document', () => {
  let system: RunningSystem;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is what is tested
  let document: any;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02' });
    document = (await system.api.get('/openapi.json')).body;
  });
  afterAll(() => system.stop());

  it('is of version 3.1, and has a route for every command of every slice', () => {
    expect(document.openapi).toBe('3.1.0');
    for (const slice of slices) {
      const said = Object.entries<{ post?: { summary: string } }>(document.paths)
        .filter(([path]) => path.startsWith(`/v1/${slice.collection}`))
        .map(([, { post }]) => post?.summary);
      const open = Object.keys(slice.commands).filter((type) => !slice.reserved?.includes(type));
      expect(said).toEqual(expect.arrayContaining(open));
      const generic = routesOf(slice).map(({ type }) => type);
      for (const type of slice.reserved ?? []) expect(generic).not.toContain(type);
    }
  });

  it('gives every operation a name of its own', () => {
    const names = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((operations) =>
      Object.values(operations).map(({ operationId }) => operationId),
    );
    expect(names.length).toBeGreaterThan(60);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names what is personal, and whose', () => {
    expect(document.components.schemas.RegisterIndividual.properties.name['x-personal']).toBe('self');
  });

  it.each<[string, string, object]>([
    ['RequestCallback', '/v1/callbacks', callback],
    [
      'RequestCallback',
      '/v1/callbacks',
      { ...callback, note: 'ring twice', occurredAt: window.from, channel: 'phone' },
    ],
    ['RequestCallback', '/v1/callbacks', { ...callback, windows: [] }],
    ['RequestCallback', '/v1/callbacks', { ...callback, topic: 'Mrs Li' }],
    ['RequestCallback', '/v1/callbacks', { ...callback, note: null }],
    ['RequestCallback', '/v1/callbacks', { ...callback, colour: 'red' }],
    ['RequestCallback', '/v1/callbacks', { ...callback, windows: [{ ...window, zone: 'UTC' }] }],
    ['RequestCallback', '/v1/callbacks', { ...callback, requester: 'me' }],
    ['PlaceBooking', '/v1/bookings', { lines }],
    ['PlaceBooking', '/v1/bookings', { lines: [{ ...lines[0], kind: 'bribe' }] }],
    ['PlaceBooking', '/v1/bookings', { lines, vertical: 'spaceflight' }],
    ['RegisterIndividual', '/v1/customers', { name: 'Ann', acquisition: { channel: 'web' } }],
    ['RegisterIndividual', '/v1/customers', { name: 'Ann', acquisition: {} }],
    ['RegisterIndividual', '/v1/customers', { name: '' }],
  ])('says of %s what the door %s says of %j', async (schema, path, body) => {
    const isValid = formats.default(new Ajv2020({ strict: false })).validate(document.components.schemas[schema], body);
    expect((await system.api.post(path, body)).status).toBe(isValid ? 201 : 422);
  });
});
