import { HouseCopy } from '#testing';
import type * as Support from '../support/running-system.js';

/** Adds the slice beside this file to a copy of the house: its folder, one line, and who may say it. */
describe('a new touchpoint', () => {
  const house = new HouseCopy();
  let system: Support.RunningSystem;

  beforeAll(async () => {
    house.copy('test/second-slice/visits', 'libs/domain/src/visits');
    house.plant('libs/domain/src/slices.ts', "export { visit } from './visits/visit.decider.js';");
    house.rewrite('libs/domain/src/policies/default-roles.ts', (text) =>
      text.replace('actions: {', "actions: { RecordVisit: ['agent', 'supervisor', 'service'],"),
    );
    const { startRunningSystem } = await house.import<typeof Support>('test/support/running-system.ts');
    system = await startRunningSystem({});
  });
  afterAll(async () => {
    await system?.stop();
    house.remove();
  });

  it('is on HTTP, in OpenAPI and on the timeline', async () => {
    const { paths, components } = (await system.api.get('/openapi.json')).body;
    expect(paths['/v1/visits'].post.operationId).toBe('RecordVisit');
    expect(components.schemas.RecordVisit.required).toEqual(['visitor', 'branch']);

    const { id: visitor } = (await system.api.post('/v1/customers', { name: 'Ann' })).body;
    expect(await system.api.post('/v1/visits', { visitor })).toMatchObject({ status: 422 });
    const visited = await system.api.post('/v1/visits', { visitor, branch: 'harbour' });
    expect(visited).toMatchObject({ status: 201, body: { events: ['BranchVisited'] } });

    const path = `/v1/customers/${visitor}/timeline?after=${visited.body.position}`;
    const texts = async (lang: string) => (await system.api.get(`${path}&lang=${lang}`)).body.items[0].text;
    expect([await texts('en'), await texts('zh')]).toEqual(['Came by the harbour branch', '到访harbour门店']);
  });
});
