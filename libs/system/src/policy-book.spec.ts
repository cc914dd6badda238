import { Decide, DecideHandler, freeForAll, type PolicyBook, Unavailable } from '#application';
import { complaint, defaultPolicies, defaultRoles } from '#domain';
import type { Recorded } from '#kernel';
import { InMemoryEventStore, someCompany, someFingerprints, someMeta } from '#testing';
import { calendarsAt, publishDefaults, StreamedPolicies } from './policy-book.js';

const log = {
  logId: '01900000-0000-7000-8000-000000000001',
  secret: Buffer.alloc(32),
  company: { ...someCompany, zone: 'Asia/Shanghai' },
};
const NOW = '2026-03-01T09:00:00.000Z';

const begun = async () => {
  const store = new InMemoryEventStore();
  const lastRevision = async (stream: string) => BigInt(store.log.filter((fact) => fact.stream === stream).length) - 1n;
  const read = store.read.bind(store);
  await publishDefaults(
    { ...store, read, append: store.append.bind(store), head: store.head.bind(store), lastRevision },
    log,
    NOW,
    async () => defaultRoles,
  );
  const asked: [string, bigint | undefined][] = [];
  const watched = {
    read: (stream: string, options?: { from?: bigint }) => {
      asked.push([stream, options?.from]);
      return read(stream, options);
    },
  };
  return { store, asked, policies: new StreamedPolicies(watched) };
};

const publish = (store: InMemoryEventStore, name: string, data: object) => {
  const fact = { id: `${name}-2`, type: 'PolicyPublished', data, meta: someMeta, customers: [] };
  return store.append(`policy-${name}`, 0n, [fact]);
};

const AMENDED = {
  kind: 'loyalty',
  id: 'default',
  version: 2,
  effectiveFrom: NOW,
  body: { pointsPerUnit: 2, lockDays: 0, reservationHours: 24 },
};

/** Each answer is what the stream held when it was asked for, and arrives when it is let go. */
const slow = (store: InMemoryEventStore) => {
  const held: (() => void)[] = [];
  const read = async function* (stream: string, options?: { from?: bigint }): AsyncIterable<Recorded> {
    const answer: Recorded[] = [];
    for await (const fact of store.read(stream, options)) answer.push(fact);
    await new Promise<void>((go) => held.push(go));
    yield* answer;
  };
  const untilHeld = async (count: number) => {
    while (held.length < count) await new Promise(setImmediate);
  };
  return { read, held, untilHeld };
};
type Slow = Pick<ReturnType<typeof slow>, 'read'>;

/** A rule is published while a command's read is under way; another command begins when the publication is acknowledged. */
const askedAround = async (bookOver: (store: Slow) => PolicyBook) => {
  const { store } = await begun();
  const { read, held, untilHeld } = slow(store);
  const book = bookOver({ read });
  const before = book.effectiveAt('loyalty.default', NOW);
  await untilHeld(1);
  await publish(store, 'loyalty.default', AMENDED);
  const after = Array.from({ length: 64 }, () => book.effectiveAt('loyalty.default', NOW));
  let isOver = false;
  const all = Promise.all([before, ...after]).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const letGo of held) letGo();
    await new Promise(setImmediate);
  }
  const [first, ...rest] = await all;
  return { first, rest: new Set(rest.map((policy) => Reflect.get(Object(policy), 'ref'))), reads: held.length };
};

/** The planted one: whoever comes while a read is under way takes what it brings. */
class JoinsTheReadUnderWay implements PolicyBook {
  private under: ReturnType<PolicyBook['effectiveAt']> | undefined;

  constructor(private readonly store: Slow) {}

  async effectiveAt(name: string, instant: string) {
    this.under ??= new StreamedPolicies(this.store).effectiveAt(name, instant).finally(() => {
      this.under = undefined;
    });
    return this.under;
  }
}

describe('the rules in their streams', () => {
  it('are those that were published before a command began, by whomever, at one read for all that begin together', async () => {
    const { first, rest, reads } = await askedAround((store) => new StreamedPolicies(store));
    expect(first).toMatchObject({ ref: 'loyalty.default@1' });
    expect(rest).toEqual(new Set(['loyalty.default@2']));
    expect(reads).toBe(2);
  });

  it('would be old ones, were a read shared with those who come while it is under way', async () => {
    const { rest } = await askedAround((store) => new JoinsTheReadUnderWay(store));
    expect(rest).toEqual(new Set(['loyalty.default@1']));
  });

  it('keep nobody beyond their own deadline, and nobody from an answer', async () => {
    const { read, held, untilHeld } = slow((await begun()).store);
    const policies = new StreamedPolicies({ read });
    const deadline = new AbortController();
    const impatient = policies.effectiveAt('loyalty.default', NOW, deadline.signal);
    const patient = policies.effectiveAt('loyalty.default', NOW, new AbortController().signal);
    await untilHeld(1);
    deadline.abort();
    await expect(impatient).rejects.toThrow(Unavailable);
    await expect(policies.effectiveAt('loyalty.default', NOW, deadline.signal)).rejects.toThrow(Unavailable);
    held[0]?.();
    expect(await patient).toMatchObject({ ref: 'loyalty.default@1' });
  });

  it('are read once, and then what came since', async () => {
    const { store, asked, policies } = await begun();
    expect(await policies.effectiveAt('loyalty.default', NOW)).toMatchObject({ ref: 'loyalty.default@1' });
    const body = { pointsPerUnit: 2, lockDays: 0, reservationHours: 24 };
    await publish(store, 'loyalty.default', { kind: 'loyalty', id: 'default', version: 2, effectiveFrom: NOW, body });
    const found = await policies.effectiveAt('loyalty.default', NOW);
    expect(found).toEqual({ ref: 'loyalty.default@2', body });
    expect(asked.map(([, from]) => from)).toEqual([0n, 1n]);
    // The same object, so that what was made of it can be remembered.
    expect(Reflect.get(Object(await policies.effectiveAt('loyalty.default', NOW)), 'body')).toBe(
      Reflect.get(Object(found), 'body'),
    );
    expect(await policies.effectiveAt('loyalty.gold', NOW)).toBeUndefined();
  });

  it('are told by nobody who does not know their form', async () => {
    const { store, policies } = await begun();
    const data = { kind: 'loyalty', id: 'default', version: 2, effectiveFrom: NOW, body: {}, schema: 2 };
    await publish(store, 'loyalty.default', data);
    expect(await policies.effectiveAt('loyalty.default', NOW)).toEqual({ rejected: 'policy-of-future-schema' });
    expect(await policies.effectiveAt('loyalty.default', '2026-02-01T00:00:00.000Z')).toMatchObject({
      ref: 'loyalty.default@1',
    });
  });

  it('bring the rules that they name, and a fact names them all', async () => {
    const { store, policies } = await begun();
    const handler = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
    const complainant = '01900000-0000-7000-8000-0000000000c1';
    const commands = [
      { type: 'FileComplaint', data: { complainant, severity: 'sev1', regulatory: ['cn_civil_aviation'] } },
    ];
    const answer = await handler.execute(new Decide({ slice: complaint, id: log.logId, commands, meta: someMeta }));
    expect(answer).toMatchObject({
      events: ['ComplaintFiled', 'SlaClockStarted', 'SlaClockStarted', 'SlaClockStarted', 'SlaClockStarted'],
    });
    expect(store.log.at(-1)?.policyRef).toEqual({
      sla: 'sla.default@1',
      'calendar.always': 'calendar.always@1',
      'calendar.cn': 'calendar.cn@1',
      'holidays.cn': 'holidays.cn@1',
    });
  });

  it('in a form that nobody knows refuse what would lean on them', async () => {
    const { store, policies } = await begun();
    const [{ body } = { body: {} }] = defaultPolicies(log.company).filter(({ kind }) => kind === 'sla');
    await publish(store, 'sla.default', {
      kind: 'sla',
      id: 'default',
      version: 2,
      effectiveFrom: NOW,
      body,
      schema: 2,
    });
    const handler = new DecideHandler(store, policies, log, freeForAll, someFingerprints);
    const commands = [{ type: 'FileComplaint', data: { complainant: log.logId } }];
    const answer = handler.execute(new Decide({ slice: complaint, id: log.logId, commands, meta: someMeta }));
    expect(await answer).toEqual({ rejected: 'policy-of-future-schema' });
  });

  it('are found with what they keep, as far as it is there', async () => {
    const { policies } = await begun();
    expect(Object.keys(await calendarsAt(policies, ['office', 'nights'], NOW))).toEqual([
      'calendar.office',
      'holidays.cn',
    ]);
  });
});
