import { setTimeout as pause } from 'node:timers/promises';
import type { Asking } from '#access';
import { newId, Unavailable, type Wish } from '#application';
import { type AnnouncedEvent, booking, customer as customers, relationship } from '#domain';
import { type AnyReaction, dayNumber, dayText, defineReaction, type Event, type Recorded } from '#kernel';
import { allUnannounced, type Unannounced } from '#read-models';
import {
  actionsOf,
  announceAll,
  announcements,
  type Core,
  openCore,
  registerReactions,
  retryAction,
  runReactions,
} from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const FIRST = '2026-03-02';
const [STAGE, RISK] = ['when-stage-changed-then-announce', 'when-churn-risk-moved-then-announce'];
const on = (days: number): string => dayText(dayNumber(FIRST) + days);

describe('what views announce', () => {
  jest.setTimeout(90_000);
  let system: RunningSystem;
  let core: Core;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: FIRST, zone: 'Asia/Shanghai' });
    core = await openCore(system.session);
  });
  afterAll(async () => {
    await core?.close();
    await system.stop();
  });

  const sql = <Row>(text: string, values: readonly unknown[] = []) => system.session.sql<Row>(text, values);
  const post = async (path: string, body: object = {}) => {
    const answer = await system.api.post(path, body);
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const newCustomer = async (): Promise<string> => (await post('/v1/customers', { name: 'Ann' })).id;
  const line = { code: 'car', kind: 'base', price: { amount: 100, currency: 'CNY' } };
  const serve = async (booker: string) => {
    const { id } = await post('/v1/bookings', { booker, lines: [line] });
    await post(`/v1/bookings/${id}/complete-service`);
    return id;
  };
  const announce = async (decide: Core['decide'] = core.decide) => {
    await system.engine.settled();
    await announceAll(system.session, decide, 30_000);
    await system.engine.settled();
  };
  type Announced = Recorded<AnnouncedEvent>;
  const announcedOf = async (id: string): Promise<readonly Announced[]> => {
    const facts: Announced[] = [];
    for await (const fact of system.session.store.read(`relationship-${id}`)) facts.push(fact as Announced);
    return facts;
  };
  type Changed = Extract<AnnouncedEvent, { type: 'LifecycleStageChanged' }>;
  type Assessed = Extract<AnnouncedEvent, { type: 'ChurnRiskAssessed' }>;
  const stagesOf = async (id: string) =>
    (await announcedOf(id)).filter((fact): fact is Recorded<Changed> => fact.type === 'LifecycleStageChanged');
  const risksOf = async (id: string) =>
    (await announcedOf(id)).filter((fact): fact is Recorded<Assessed> => fact.type === 'ChurnRiskAssessed');
  const steps = async (id: string) => (await stagesOf(id)).map(({ data }) => `${data.from ?? ''}>${data.to}`);
  const factOf = async (stream: string, type: string): Promise<Recorded> => {
    for await (const fact of system.session.store.read(stream)) if (fact.type === type) return fact;
    throw new Error(`${stream} has no ${type}`);
  };
  const ofLongAgo = (who: string): readonly Wish[] => {
    const meta = (days: number) => {
      const commandId = newId();
      const ids = { commandId, correlationId: commandId, causationId: commandId };
      const actor = { kind: 'system', id: 'import' } as const;
      const occurredAt = `${on(days)}T09:00:00.000Z`;
      return { ...ids, occurredAt, zone: 'UTC', actor, channel: 'import', backfill: true } as const;
    };
    const placed = { type: 'PlaceBooking', data: { booker: who, lines: [line] } };
    return [
      { slice: customers, id: who, commands: [{ type: 'RegisterIndividual', data: {} }], meta: meta(-300) },
      ...[-290, -280].map((days) => {
        const commands = [placed, { type: 'CompleteService', data: {} }];
        return { slice: booking, id: newId(), commands, meta: meta(days) };
      }),
    ];
  };

  let ann = '';
  it('follows what happens, step by step, with rule, evidence and cause', async () => {
    ann = await newCustomer();
    const trip = await serve(ann);
    await announce();
    const served = await factOf(`booking-${trip}`, 'ServiceCompleted');
    expect(await steps(ann)).toEqual(['>registered', 'registered>first_time']);
    const [, first] = await stagesOf(ann);
    expect(first).toMatchObject({
      customers: [{ id: ann, role: 'self' }],
      data: { rule: 'came-once', since: FIRST, evidence: [served.id], policyVersion: 'relationship.default@0' },
      meta: { occurredAt: served.recordedAt, causationId: served.id, correlationId: served.meta.correlationId },
    });
    expect(first?.meta.actor).toEqual({ kind: 'system', id: STAGE });
    const { items } = (await system.api.get(`/v1/customers/${ann}/timeline?lang=zh`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({
        type: 'LifecycleStageChanged',
        text: `阶段：首次客户，此前：已登记。首次服务于 ${FIRST}`,
      }),
    );
  });

  it('follows the days, each change dated on its day, and a risk only where it is news', async () => {
    await system.advance(on(500));
    await announce();
    expect((await steps(ann)).slice(2)).toEqual(['first_time>at_risk', 'at_risk>dormant']);
    const [lost, gone] = (await stagesOf(ann)).slice(2);
    expect([lost?.data.since, gone?.data.since]).toEqual([on(226), on(451)]);
    expect(lost?.meta.occurredAt).toBe(`${on(225)}T16:00:00.000Z`); // midnight in Shanghai
    expect(lost?.data.rule).toBe('overdue');
    const days = new Map<string, string>();
    for await (const fact of system.session.store.read('clock-company')) {
      days.set(String(Reflect.get(fact.data, 'date')), fact.id);
      if (Reflect.get(fact.data, 'date') === on(225)) break;
    }
    expect(lost?.meta.causationId).toBe(days.get(on(225)));

    const risks = (await risksOf(ann)).map(({ data }) => data);
    expect(risks.map(({ score }) => score)).toEqual([10, 20, 30, 40, 50, 55]);
    for (const { previous, score, band } of risks)
      expect(previous.band !== band || score - previous.score >= 10).toBe(true);
    for (const { score, contributions } of risks)
      expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBe(score);
    const waiting = await sql('select 1 from projection_intents');
    expect(waiting).toEqual([]);
  });

  it('is said once, though it was not noted, or not heard, that it was said', async () => {
    const head = await system.session.store.head();
    await sql(`update reaction_intents set state = 'waiting' where reaction = any($1)`, [[STAGE, RISK]]);
    await announce();
    expect(await system.session.store.head()).toBe(head);

    const bob = await newCustomer();
    let lost = 2;
    await announce(async (wish) => {
      const answer = await core.decide(wish);
      if (lost-- > 0) throw new Unavailable('the answer was lost');
      return answer;
    });
    expect(lost).toBeLessThan(0);
    expect(await steps(bob)).toEqual(['>registered']);
  });

  it('is said once, though two say it', async () => {
    const bob = await newCustomer();
    await serve(bob);
    await system.engine.settled();
    const both = [announceAll(system.session, core.decide, 30_000), announceAll(system.session, core.decide, 30_000)];
    await Promise.all(both);
    expect(await steps(bob)).toEqual(['>registered', 'registered>first_time']);
  });

  it('would be said twice, if the id did not derive from the change', async () => {
    const bob = await newCustomer();
    const forgetful: Core['decide'] = (wish) =>
      core.decide({ ...wish, id: newId(), meta: { ...wish.meta, commandId: newId() } });
    const before = await sql(`select 1 from customer_timeline where type = 'LifecycleStageChanged'`);
    await announce(forgetful);
    await sql(`update reaction_intents set state = 'waiting' where reaction = $1 and key = $2`, [
      STAGE,
      `relationship-${bob}`,
    ]);
    await announce(forgetful);
    const after = await sql(`select 1 from customer_timeline where type = 'LifecycleStageChanged'`);
    expect(after.length - before.length).toBe(2);
  });

  it('is put aside over an error, and what comes behind it for that customer waits, until it is retried', async () => {
    const [bob, eve] = [await newCustomer(), await newCustomer()];
    await serve(bob);
    await serve(eve);
    let isBroken = true;
    const decide: Core['decide'] = (wish) => {
      if (isBroken && wish.id === bob) throw new TypeError('planted');
      return core.decide(wish);
    };
    await announce(decide);
    expect([await steps(bob), await steps(eve)]).toEqual([[], ['>registered', 'registered>first_time']]);
    const all = (await system.api.get('/v1/reactions')).body.items;
    expect(all).toContainEqual(
      expect.objectContaining({
        ...{ reaction: STAGE, parked: 1, waiting: 1 },
        lastAction: expect.objectContaining({ command: 'AnnounceStage' }),
      }),
    );
    const parked = (await actionsOf(system.session.sql, STAGE)).find(({ state }) => state === 'parked');
    expect(parked).toMatchObject({ key: `relationship-${bob}`, type: 'IndividualRegistered' });
    isBroken = false;
    await retryAction(system.session.sql, { reaction: STAGE, id: String(parked?.id), by: 'person:ann' });
    await announce(decide);
    expect(await steps(bob)).toEqual(['>registered', 'registered>first_time']);
  });

  it('is nothing of a rebuild, of a row folded afresh, or of history', async () => {
    const known = await sql(`select 1 from reaction_intents where reaction = any($1)`, [[STAGE, RISK]]);
    const head = await system.session.store.head();
    await system.engine.rebuild(['lifecycle', 'churn_risk', 'relationship_announced']);
    await system.engine.refold('lifecycle', ann);
    await system.engine.refold('churn_risk', ann);
    await announce();
    expect(await sql('select 1 from projection_intents')).toEqual([]);
    expect(await system.session.store.head()).toBe(head);

    const old = newId();
    for (const wish of ofLongAgo(old)) await core.decide(wish);
    await announce();
    expect(await announcedOf(old)).toEqual([]);
    expect(await sql(`select 1 from reaction_intents where reaction = any($1)`, [[STAGE, RISK]])).toEqual(known);

    // What time does with it from then on is announced, from where history had left it.
    const [row] = await sql<{ stage: string; next: string }>(
      `select stage, next_change_on as next from lifecycle where customer_id = $1`,
      [old],
    );
    expect(row?.stage).toBe('churned');
    expect((await system.api.get(`/v1/customers/${old}/lifecycle`)).body.stage).toBe('churned');
    await serve(old);
    await announce();
    expect(await steps(old)).toEqual(['churned>developing']);
  });

  it('that is refused or turned away leaves nobody waiting, and reactions hear it as part of its story', async () => {
    const heard: string[] = [];
    type Stage = Event<'LifecycleStageChanged', { to: string }>;
    const planted: AnyReaction = defineReaction<Stage>({
      name: 'when-stage-changed-then-call',
      hears: ['LifecycleStageChanged'],
      react: ({ data: { to }, customers: [who] }) => {
        heard.push(to);
        const windows = [{ from: `${on(501)}T01:00:00.000Z`, to: `${on(502)}T09:00:00.000Z` }];
        return [
          {
            category: 'callback',
            command: {
              type: 'RequestCallback',
              data: { requester: who?.id, topic: 'welcome', windows, kind: 'periodic' },
            },
          },
        ];
      },
    });
    await registerReactions(system.session, [planted]);
    const bob = await newCustomer();
    await system.engine.settled();
    const stop = new AbortController();
    const work = runReactions(system.session, core.decide, stop.signal, { reactions: [planted], announcements });
    try {
      for (const end = performance.now() + 20_000; performance.now() < end; ) {
        const [one] = await sql(`select 1 from reaction_intents where reaction = $1 and state <> 'waiting'`, [
          planted.name,
        ]);
        if (one) break;
        await pause(20);
      }
    } finally {
      stop.abort();
      await work;
    }
    const [intent] = await sql<{ chain: string; state: string }>(
      `select chain, state from reaction_intents where reaction = $1`,
      [planted.name],
    );
    expect(intent).toEqual({
      state: 'done',
      chain: `${STAGE} relationship-${bob}\n${planted.name} relationship-${bob}`,
    });
  });

  it('that nobody was told, as after an import, is found and said on request, once', async () => {
    const asking: Asking = {
      principal: { kind: 'person', id: 'desk-1', roles: ['supervisor'], teams: [] },
      ...{ fields: new Set(), scope: 'all', purpose: 'reconciling', action: 'cli:reconcile relationship' },
    };
    const old = newId();
    const unannounced = async () => {
      await announce();
      const pages: Unannounced[] = [];
      for await (const { differ } of allUnannounced(system.session.sql, asking)) pages.push(...differ);
      expect(pages.map(({ customerId }) => customerId)).not.toContain(ann);
      return pages.filter(({ customerId }) => customerId === old);
    };
    for (const wish of ofLongAgo(old)) await core.decide(wish);
    const [found] = await unannounced();
    expect(found).toMatchObject({
      customerId: old,
      stage: { from: null, to: 'churned' },
      risk: { to: { score: 60, band: 'high' } },
    });
    const { commands = [] } = found ?? {};
    const [{ meta }] = ofLongAgo(old) as readonly [Wish];
    const { backfill: _, ...live } = meta;
    await core.decide({
      slice: relationship,
      id: old,
      commands,
      meta: { ...live, occurredAt: `${FIRST}T12:00:00.000Z` },
    });
    expect(await unannounced()).toEqual([]);
    expect(await steps(old)).toEqual(['>churned']);
  });
});
