import { callback, customer } from '#domain';
import { type Actor, type Command, defineSlice, type Event } from '#kernel';
import { InMemoryEventStore, someCompany, someFingerprints, someMeta } from '#testing';
import { Decide, DecideHandler } from './decide.js';
import { idFrom } from './identity.js';
import { Conflict, freeForAll, Unavailable } from './ports.js';
import { APPROVES_OWN, NEVER_OPENED, OVERTAKEN, TAKEN, TOO_LARGE } from './refusals.js';
import type { Wish } from './wish.js';

type Proposing = Command<'Propose'> | Command<'Approve'>;
type Proposed = Event<'Made'> | Event<'Approved'>;

describe('asking a slice to decide', () => {
  const id = '01900000-0000-7000-8000-00000000000a';
  const requester = '01900000-0000-7000-8000-0000000000c1';
  const windows = [{ from: '2026-03-01T09:00:00.000Z', to: '2026-03-01T11:00:00.000Z' }];
  const data = { requester, topic: 'invoice', windows };
  const wish: Wish = { slice: callback, id, commands: [{ type: 'RequestCallback', data }], meta: someMeta };
  const receipt = { id, revision: 0n, position: 0n, events: ['CallbackRequested'] };
  const other = '01900000-0000-7000-8000-00000000000d';
  const cancel: Wish = {
    ...wish,
    commands: [{ type: 'CancelCallback', data: {} }],
    meta: { ...someMeta, commandId: other },
  };

  let store: InMemoryEventStore;
  const log = { logId: id, secret: Buffer.alloc(32), company: someCompany };
  const policies = { effectiveAt: async () => undefined };
  const decide = (said: Wish) =>
    new DecideHandler(store, policies, log, freeForAll, someFingerprints).execute(new Decide(said));
  beforeEach(() => {
    store = new InMemoryEventStore();
  });

  it('records what it decided, with who took part', async () => {
    expect(await decide(wish)).toEqual(receipt);
    const customers = [{ id: requester, role: 'requester' }];
    expect(store.log).toMatchObject([
      { stream: `callback-${id}`, id: idFrom(someMeta.commandId, 0), data: { ...data, zone: 'UTC' }, customers },
    ]);
  });

  it('records the same command once, and gives the same receipt, whatever happened since', async () => {
    await decide(wish);
    await decide(cancel);
    expect(await decide(wish)).toEqual(receipt);
    expect(store.log).toHaveLength(2);
  });

  it('records several commands to one stream in one append', async () => {
    const both = { ...wish, commands: [...wish.commands, ...cancel.commands] };
    expect(await decide(both)).toMatchObject({ revision: 1n, events: ['CallbackRequested', 'CallbackCancelled'] });
    expect(await decide(both)).toMatchObject({ revision: 1n, events: ['CallbackRequested', 'CallbackCancelled'] });
  });

  it('records nothing of several when one is refused', async () => {
    const complete = { type: 'CompleteCallback', data: {} };
    const refused = { ...wish, commands: [...wish.commands, ...cancel.commands, complete] };
    expect(await decide(refused)).toEqual({ rejected: 'callback-not-due' });
    expect(store.log).toEqual([]);
  });

  it('asks the past before it refuses an opening', async () => {
    await decide(wish);
    const again = { ...wish, meta: { ...someMeta, commandId: other } };
    expect(await decide(again)).toEqual({ ...receipt, events: [] });
    const empty = { ...again, commands: [{ type: 'RequestCallback', data: { ...data, requester: other } }] };
    expect(await decide(empty)).toEqual({ rejected: 'callback-id-taken' });
  });

  it('does not act on what was never opened', async () => {
    expect(await decide(cancel)).toEqual({ rejected: NEVER_OPENED });
  });

  it('stands back when somebody was faster and the caller minds', async () => {
    await decide(wish);
    expect(await decide({ ...cancel, ifRevision: 5n })).toEqual({ rejected: OVERTAKEN });
    expect(await decide({ ...cancel, ifRevision: 0n })).toMatchObject({ revision: 1n });
  });

  it('refuses what the store would not take', async () => {
    const note = 'x'.repeat(1_048_577);
    expect(await decide({ ...wish, commands: [{ type: 'RequestCallback', data: { ...data, note } }] })).toEqual({
      rejected: TOO_LARGE,
    });
  });

  it('decides afresh when someone got there first, until the deadline', async () => {
    const append = jest
      .spyOn(store, 'append')
      .mockRejectedValueOnce(new Conflict())
      .mockRejectedValueOnce(new Conflict());
    expect(await decide(wish)).toEqual(receipt);
    append.mockRejectedValue(new Conflict());
    const late = { ...wish, id: other, signal: AbortSignal.timeout(50) };
    await expect(decide(late)).rejects.toThrow(Unavailable);
  });

  it('takes commands for one stream in turn', async () => {
    await decide(wish);
    const handler = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
    const append = jest.spyOn(store, 'append');
    const attempts = Array.from({ length: 20 }, (_, n) => {
      const command = { type: 'RecordCallAttempt', data: { attemptId: `a${n}`, result: 'busy' } };
      return handler.execute(
        new Decide({ ...wish, commands: [command], meta: { ...someMeta, commandId: idFrom(id, n) } }),
      );
    });
    expect((await Promise.all(attempts)).map((answer) => 'revision' in answer && answer.revision)).toEqual(
      Array.from({ length: 20 }, (_, n) => BigInt(n + 1)),
    );
    expect(append).toHaveBeenCalledTimes(20);
  });

  describe('what only one may hold', () => {
    const c1 = { contactPointId: 'c1' };
    const known = {
      slice: customer,
      id,
      commands: [
        { type: 'RegisterIndividual', data: {} },
        { type: 'AddContactPoint', data: { kind: 'phone', value: '+8613912345678' } },
        { type: 'VerifyContactPoint', data: c1 },
      ],
      meta: { ...someMeta, commandId: id },
    };
    const login = { ...known, commands: [{ type: 'UseContactPointForLogin', data: c1 }], meta: someMeta };
    const claim = jest.fn(async () => true);
    const deciding = () => new DecideHandler(store, policies, log, { claim }, someFingerprints);
    beforeEach(() => claim.mockReset().mockResolvedValue(true));

    it('is claimed before it is recorded, and recorded only while the claim lasts', async () => {
      const handler = deciding();
      await handler.execute(new Decide(known));
      expect(claim).not.toHaveBeenCalled();
      const append = jest.spyOn(store, 'append');
      claim.mockImplementationOnce(async () => append.mock.calls.length === 0);
      expect(await handler.execute(new Decide(login))).toMatchObject({ events: ['LoginIdentifierSet'] });
      expect(claim.mock.calls).toEqual([
        [{ kind: 'phone', value: '+8613912345678', as: 'c1', holder: `customer-${id}` }],
      ]);
      expect(append.mock.calls[0]?.at(3)).toBeInstanceOf(AbortSignal);
    });

    it('is refused to others', async () => {
      const handler = deciding();
      await handler.execute(new Decide(known));
      claim.mockResolvedValue(false);
      expect(await handler.execute(new Decide(login))).toEqual({ rejected: TAKEN });
      expect(store.log).toHaveLength(3);
    });

    it('is not refused to who asks again, whoever has it since', async () => {
      const ours = deciding();
      await ours.execute(new Decide(known));
      const told = await deciding().execute(new Decide(login));
      claim.mockResolvedValue(false);
      expect(await ours.execute(new Decide(login))).toEqual(told);
    });
  });

  describe('what somebody has to approve', () => {
    const proposal = defineSlice<Proposing, Actor | undefined, Proposed>({
      category: 'proposal',
      collection: 'proposals',
      openings: ['Propose'],
      initial: undefined,
      evolve: (by, { type, meta }) => (type === 'Made' ? meta.actor : by),
      decide: ({ type }) => [type === 'Propose' ? { type: 'Made', data: {} } : { type: 'Approved', data: {} }],
      approves: ({ type }, by) => (type === 'Approve' ? by : undefined),
      participants: () => [],
      touchpoint: () => null,
      commands: { Propose: class {}, Approve: class {} },
      events: { Made: class {}, Approved: class {} },
      upcasters: {},
      words: { en: {}, zh: {} },
    });
    const person = (name: string, onBehalfOf?: string): Actor => ({
      kind: 'person',
      id: name,
      ...(onBehalfOf && { onBehalfOf }),
    });
    const saidBy = (type: string, actor: Actor): Wish => ({
      ...wish,
      slice: proposal,
      commands: [{ type, data: {} }],
      meta: { ...someMeta, actor, commandId: idFrom(id, type) },
    });

    it.each<[string, Actor, Actor]>([
      ['who asked for it', person('ann'), person('ann')],
      ['somebody on behalf of who asked for it', person('ann'), person('bob', 'ann')],
      ['on whose behalf it was asked for', person('bob', 'ann'), person('ann')],
      ['who asked for it, in whatever capacity', person('ann'), { kind: 'service', id: 'ann' }],
    ])('is not approved by %s', async (_, asked, approves) => {
      await decide(saidBy('Propose', asked));
      expect(await decide(saidBy('Approve', approves))).toEqual({ rejected: APPROVES_OWN });
      expect(store.log).toHaveLength(1);
    });

    it('is approved by somebody else, and may be proposed by anybody', async () => {
      await decide(saidBy('Propose', person('ann')));
      expect(await decide(saidBy('Approve', person('bob', 'cy')))).toMatchObject({ events: ['Approved'] });
    });
  });

  describe('having written a stream itself', () => {
    const said = (type: string, commandId: string, more = {}): Wish => ({
      ...wish,
      commands: [{ type, data: more }],
      meta: { ...someMeta, commandId },
    });
    const attempt = { attemptId: 'a1', result: 'busy' };
    const third = '01900000-0000-7000-8000-00000000000e';
    let ours: DecideHandler;
    let theirs: DecideHandler;
    beforeEach(async () => {
      ours = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
      theirs = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
      await ours.execute(new Decide(wish));
    });

    it('goes on without reading it again', async () => {
      const read = jest.spyOn(store, 'read');
      expect(await ours.execute(new Decide(said('RecordCallAttempt', other, attempt)))).toMatchObject({ revision: 1n });
      expect(await ours.execute(new Decide(said('CompleteCallback', third)))).toMatchObject({ revision: 2n });
      expect(await ours.execute(new Decide(wish))).toEqual(receipt);
      expect(read).not.toHaveBeenCalled();
    });

    it('looks again before a no, and when another process wrote', async () => {
      await theirs.execute(new Decide(said('CancelCallback', other)));
      expect(await ours.execute(new Decide(said('RecordCallAttempt', third, attempt)))).toEqual({
        rejected: 'callback-not-due',
      });
      expect(await ours.execute(new Decide(said('CancelCallback', other)))).toMatchObject({
        revision: 1n,
        events: ['CallbackCancelled'],
      });
      expect(store.log).toHaveLength(2);
    });
  });
});
