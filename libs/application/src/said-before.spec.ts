import { customer } from '#domain';
import { InMemoryEventStore, someCompany, someFingerprints, someMeta } from '#testing';
import { Decide, DecideHandler } from './decide.js';
import { idFrom } from './identity.js';
import { type Fingerprints, Forgotten, freeForAll } from './ports.js';
import { FORGOTTEN_CUSTOMER, KEY_REUSED, SOURCE_CONFLICT } from './refusals.js';
import { canonical, payloadOf } from './said-before.js';
import type { Wish } from './wish.js';

describe('what was said before', () => {
  const id = '01900000-0000-7000-8000-00000000000a';
  const log = { logId: id, secret: Buffer.alloc(32), company: someCompany };
  const policies = { effectiveAt: async () => undefined };
  const source = { system: 'crm', id: '17' };
  const registered = (name: string, more: Partial<Wish['meta']> = {}): Wish => ({
    slice: customer,
    id,
    commands: [{ type: 'RegisterIndividual', data: { name } }],
    meta: { ...someMeta, commandId: idFrom(id, 'key'), ...more },
  });
  let store: InMemoryEventStore;
  const say = (wish: Wish, fingerprints: Fingerprints = someFingerprints) =>
    new DecideHandler(store, policies, log, freeForAll, fingerprints).execute(new Decide(wish));
  beforeEach(async () => {
    store = new InMemoryEventStore();
    await say({ ...registered('x'), id: idFrom(id, 'other'), meta: { ...someMeta, commandId: idFrom(id, 'first') } });
  });
  const conflicts = () => store.log.filter(({ type }) => type === 'SourceConflictRecorded');

  it('is answered as it was, in whatever order its fields come', async () => {
    const receipt = await say(registered('Ann'));
    const wish = registered('Ann');
    expect(await say({ ...wish, commands: [{ data: { name: 'Ann' }, type: 'RegisterIndividual' }] })).toEqual(receipt);
    expect(store.log).toHaveLength(2);
  });

  it('under a key is not said otherwise', async () => {
    await say(registered('Ann'));
    expect(await say(registered('Bob'))).toEqual({ rejected: KEY_REUSED });
    expect(store.log).toHaveLength(2);
  });

  it('by a source stands, and a contradiction is kept on record, each once', async () => {
    const receipt = await say(registered('Ann', { source }));
    for (const name of ['Bob', 'Bob', 'Cy'])
      expect(await say(registered(name, { source }))).toEqual({ rejected: SOURCE_CONFLICT });
    expect(await say(registered('Ann', { source }))).toEqual(receipt);
    expect(conflicts()).toMatchObject([
      { data: { stream: `customer-${id}` }, customers: [{ id, role: 'self' }], meta: { source } },
      {},
    ]);
  });

  it('by another row about the same says nothing of this one', async () => {
    const receipt = await say(registered('Ann', { source }));
    expect(await say(registered('Bob', { source: { ...source, id: '18' } }))).toEqual(receipt);
    expect(conflicts()).toEqual([]);
  });

  it('of somebody who is forgotten counts as said', async () => {
    const receipt = await say(registered('Ann', { source }));
    const gone: Fingerprints = {
      ...someFingerprints,
      of: () => Promise.reject(new Forgotten(id)),
      matches: () => undefined,
    };
    expect(await say(registered('Bob', { source }), gone)).toEqual(receipt);
    const anew = { ...registered('Ann'), id: idFrom(id, 'another') };
    expect(await say({ ...anew, meta: { ...anew.meta, commandId: idFrom(id, 'new') } }, gone)).toEqual({
      rejected: FORGOTTEN_CUSTOMER,
    });
  });

  it('is told by what was said, and for a source by when', () => {
    expect(payloadOf(registered('Ann'))).toBe(payloadOf(registered('Ann', { occurredAt: '2020-01-01T00:00:00.000Z' })));
    const row = registered('Ann', { source });
    expect(payloadOf(row)).not.toBe(
      payloadOf({ ...row, meta: { ...row.meta, occurredAt: '2020-01-01T00:00:00.000Z' } }),
    );
    expect(canonical({ b: [{ d: 1, c: undefined }], a: 'x' })).toBe('{"a":"x","b":[{"d":1}]}');
  });
});
