import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { eventClasses } from '#domain';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

describe('the catalogue over HTTP', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02' });
  });
  afterAll(() => system?.stop());

  it('lists every event, and leads to each', async () => {
    const { status, body } = await system.api.get('/v1/catalogue');
    expect(status).toBe(200);
    expect(body.items.map(({ type }: { type: string }) => type)).toEqual(Object.keys(eventClasses));
    const [{ href, type }] = body.items;
    expect((await system.api.get(href)).body).toMatchObject({ type, version: 1 });
  });

  it('tells all of one, with a schema that what is recorded fits', async () => {
    const { body } = await system.api.get('/v1/catalogue/IndividualRegistered');
    expect(body).toMatchObject({
      type: 'IndividualRegistered',
      category: 'customer',
      emittedBy: ['RegisterIndividual'],
      line: { en: expect.any(String), zh: expect.any(String) },
      schema: { $schema: 'https://json-schema.org/draft/2020-12/schema' },
    });
    expect(body.fields.find(({ name }: { name: string }) => name === 'birthDate')).toEqual({
      name: 'birthDate',
      meaning: 'The day of birth.',
      form: 'date',
      class: 'identity',
      isOptional: true,
      personal: 'self',
    });
    const { id } = (await system.api.post('/v1/customers', { name: 'Ann', zone: 'Europe/London' })).body;
    const data: object[] = [];
    for await (const fact of system.session.store.read(`customer-${id}`)) data.push(fact.data);
    const ajv = formats.default(new Ajv2020({ strict: false }));
    expect([data.length, ...data.map((one) => ajv.validate(body.schema, one)), ajv.errorsText()]).toEqual([
      1,
      true,
      'No errors',
    ]);
  });

  it('asks nobody who they are', async () =>
    expect((await fetch(`${system.url}/v1/catalogue/DayClosed`)).status).toBe(200));

  it.each(['Nothing', 'bookingplaced', '__proto__'])('knows no event %s', async (type) =>
    expect(await system.api.get(`/v1/catalogue/${type}`)).toMatchObject({
      status: 404,
      body: { code: 'no-such-event' },
    }),
  );
});
