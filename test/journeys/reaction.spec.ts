import { setTimeout as pause } from 'node:timers/promises';
import { newId, Unavailable, type Wish } from '#application';
import { callback, reactions } from '#domain';
import { type AnyReaction, defineReaction, type Event, idIn } from '#kernel';
import {
  actionsOf,
  type Core,
  openCore,
  react,
  readReactions,
  registerReactions,
  retryAction,
  runReactions,
  skipAction,
} from '#system';
import { type Acted, actedOnce } from '../reliability/reactions.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

describe('reactions', () => {
  jest.setTimeout(60_000);
  let system: RunningSystem;
  let core: Core;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC' });
    core = await openCore(system.session);
  });
  afterAll(async () => {
    await core?.close();
    await system.stop();
  });

  const window = { from: '2026-03-02T00:00:00.000Z', to: '2026-03-05T11:00:00.000Z' };
  const post = async (path: string, body: object = {}) => {
    const answer = await system.api.post(path, body);
    if (answer.status > 299) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const sql = <Row>(text: string, values: readonly unknown[] = []) => system.session.sql<Row>(text, values);
  const until = async (holds: () => Promise<boolean>) => {
    for (const end = performance.now() + 20_000; performance.now() < end; await pause(20)) if (await holds()) return;
    throw new Error('it did not happen in time');
  };
  const runner = async () => (await sql<{ runner: string }>('select runner from reaction_lease'))[0]?.runner;
  /** Whether every reaction has heard the log to its end as it is now, and has nothing left to do. */
  const isThrough = async (names: readonly string[]) => {
    const head = await system.session.store.head();
    const all = (await readReactions(system.session.sql)).filter(({ reaction }) => names.includes(reaction));
    const isHeard =
      all.length === names.length && all.every(({ position }) => position !== null && position >= (head ?? 0n));
    return isHeard && all.every(({ waiting, parked }) => waiting === 0 || parked > 0);
  };
  const running = async (work: Promise<void>, stop: AbortController, holds: () => Promise<boolean>) => {
    await until(holds).finally(() => stop.abort());
    await work;
  };
  const reacting = (holds: () => Promise<boolean>) => {
    const stop = new AbortController();
    return running(react(system.session, core.decide, stop.signal), stop, holds);
  };
  type Decide = Core['decide'];
  const withPlanted = (
    planted: readonly AnyReaction[],
    decide: Decide = core.decide,
    holds?: () => Promise<boolean>,
  ) => {
    const stop = new AbortController();
    const work = runReactions(system.session, decide, stop.signal, { reactions: planted, announcements: [] });
    return running(work, stop, holds ?? (() => isThrough(planted.map(({ name }) => name))));
  };
  const ours = ['when-another-call-agreed-then-request-callback', 'when-service-completed-then-follow-up'];
  const callbacksOf = async (requester: string) => {
    await system.engine.settled();
    const { items } = (await system.api.get('/v1/callbacks?limit=200')).body;
    return items.filter((one: { requester: string }) => one.requester === requester);
  };
  const newCustomer = async (): Promise<string> => (await post('/v1/customers', { name: 'Ann' })).id;
  const newCallback = async (requester: string, topic = 'invoice'): Promise<string> =>
    (await post('/v1/callbacks', { requester, topic, windows: [window] })).id;

  it('a promise of another call becomes a callback, once, however often the fact is told', async () => {
    const requester = await newCustomer();
    const id = await newCallback(requester);
    await post(`/v1/callbacks/${id}/complete`, { callAgain: window });
    await reacting(async () => (await callbacksOf(requester)).length === 2);
    const second = (await callbacksOf(requester)).find((one: { id: string }) => one.id !== id);
    expect(second).toMatchObject({ requester, topic: 'invoice', status: 'due' });
    const [cause] = await sql<{ cause: string }>('select cause from reaction_intents where reaction = $1', [ours[0]]);
    for await (const { meta } of system.session.store.read(`callback-${second.id}`))
      expect(meta).toMatchObject({ causationId: cause?.cause, actor: { kind: 'system', id: ours[0] } });

    await reacting(() => isThrough(ours));
    const head = await system.session.store.head();
    await sql('delete from reaction_intents');
    await sql('update reactions set position = null, silent_until = null where name = $1', [ours[0]]);
    await reacting(() => isThrough(ours));
    expect(await sql('select 1 from reaction_intents')).toHaveLength(1);
    expect(await system.session.store.head()).toBe(head);
  });

  it('after a service who booked is called; what history brings is silent', async () => {
    const booker = await newCustomer();
    const line = { code: 'car', kind: 'base', price: { amount: 100, currency: 'CNY' } };
    const served = async () => {
      const { id } = await post('/v1/bookings', { booker, lines: [line] });
      await post(`/v1/bookings/${id}/complete-service`);
    };
    await served();
    await served();
    await reacting(async () => (await callbacksOf(booker)).length > 0 && (await isThrough(ours)));
    expect(await callbacksOf(booker)).toMatchObject([{ topic: 'after-service', status: 'due' }]);

    const other = await newCustomer();
    await core.decide(callOfLongAgo(other));
    await reacting(() => isThrough(ours));
    expect(await callbacksOf(other)).toHaveLength(1);
  });

  /** From elsewhere: at the end of it another call was promised. */
  const callOfLongAgo = (requester: string): Wish => {
    const commandId = newId();
    const ids = { commandId, correlationId: commandId, causationId: commandId };
    const actor = { kind: 'system', id: 'import' } as const;
    return {
      slice: callback,
      id: newId(),
      commands: [
        { type: 'RequestCallback', data: { requester, topic: 'invoice', windows: [window] } },
        { type: 'CompleteCallback', data: { callAgain: window } },
      ],
      meta: { ...ids, occurredAt: window.from, zone: 'UTC', actor, channel: 'import', backfill: true },
    };
  };

  describe('that call forth each other', () => {
    type Callback = Event<'CallbackRequested' | 'CallbackCancelled', { topic: string; requester?: string }>;
    const requests = defineReaction<Callback>({
      name: 'when-cancelled-then-request',
      hears: ['CallbackCancelled'],
      react: ({ data: { topic }, customers: [who] }) =>
        topic === 'loop'
          ? [
              {
                category: 'callback',
                command: { type: 'RequestCallback', data: { requester: who?.id, topic, windows: [window] } },
              },
            ]
          : [],
    });
    const cancels = defineReaction<Callback>({
      name: 'when-requested-then-cancel',
      hears: ['CallbackRequested'],
      react: ({ data: { topic }, stream }) =>
        topic === 'loop'
          ? [{ category: 'callback', id: idIn(stream), command: { type: 'CancelCallback', data: {} } }]
          : [],
    });
    const resolves = defineReaction<Event<'ComplaintReopened'>>({
      name: 'when-reopened-then-resolve',
      hears: ['ComplaintReopened'],
      react: ({ stream }) => [
        { category: 'complaint', id: idIn(stream), command: { type: 'ResolveComplaint', data: { outcome: 'upheld' } } },
      ],
    });
    const reopens = defineReaction<Event<'ComplaintResolved'>>({
      name: 'when-resolved-then-reopen',
      hears: ['ComplaintResolved'],
      react: ({ stream }) => [
        { category: 'complaint', id: idIn(stream), command: { type: 'ReopenComplaint', data: { reason: 'loop' } } },
      ],
    });
    const planted = [requests, cancels, resolves, reopens];

    it('are stopped, with the chain by name', async () => {
      await registerReactions(system.session, planted);
      const requester = await newCustomer();
      await newCallback(requester, 'loop');
      const { id } = await post('/v1/complaints', { complainant: requester });
      await post(`/v1/complaints/${id}/resolve`, { outcome: 'upheld' });
      const parked = () =>
        sql<{ reaction: string; error: string }>(`select reaction, error from reaction_intents where state = 'parked'`);
      await withPlanted(planted, core.decide, async () => (await parked()).length === 2);
      const [one, other] = [...(await parked())].sort((a, b) => (a.error < b.error ? -1 : 1));
      expect(one?.error).toMatch(
        /^reaction-loop: 11 times in one story \([0-9a-f-]{36}\): … > .*when-reopened-then-resolve > when-resolved-then-reopen$/,
      );
      expect(other?.error).toMatch(
        /^reaction-loop: 21 times in one story .*when-cancelled-then-request > when-requested-then-cancel$/,
      );
      const acted = await sql<{ n: bigint }>(
        `select count(*) as n from reaction_intents where state = 'done' and reaction = any($1)`,
        [planted.map(({ name }) => name)],
      );
      expect(acted[0]?.n).toBe(30n);
      await sql(`delete from reaction_intents where state = 'parked'`);
    });
  });

  describe('whose commands fail', () => {
    type Attempted = Event<'CallAttempted', { attemptId: string }>;
    const planted = defineReaction<Attempted>({
      name: 'when-attempted-then-cancel',
      hears: ['CallAttempted'],
      react: ({ stream, data: { attemptId } }) => [
        { category: 'callback', id: idIn(stream), command: { type: 'CancelCallback', data: { reason: attemptId } } },
      ],
    });
    const receipt = { id: '', events: [], revision: 0n, position: 0n };
    const said: string[] = [];
    let first = '';
    const failing = (fails: (reason: string) => Error | undefined): Decide => {
      return async ({ commands: [command] }: Wish) => {
        const reason = String(Reflect.get(command?.data ?? {}, 'reason'));
        const error = fails(reason);
        if (error) throw error;
        said.push(reason);
        return receipt;
      };
    };
    const attempt = (id: string, attemptId: string) =>
      post(`/v1/callbacks/${id}/record-call-attempt`, { attemptId, result: 'busy', theyCalled: true });
    const states = async () =>
      (await actionsOf(system.session.sql, planted.name)).map(({ state, error }) => [state, error?.split(' ')[0]]);

    it('are tried again while the store is away, and put aside over an error; what comes behind waits, others do not', async () => {
      await registerReactions(system.session, [planted]);
      const requester = await newCustomer();
      const other = await newCallback(requester);
      first = await newCallback(requester);
      for (const n of ['a1', 'a2', 'a3']) await attempt(first, n);
      for (const n of ['b1', 'b2']) await attempt(other, n);
      let away = 3;
      const decide = failing((reason) => {
        if (reason === 'a2') return new TypeError('planted');
        return reason === 'b1' && away-- > 0 ? new Unavailable('planted') : undefined;
      });
      await withPlanted(
        [planted],
        decide,
        async () => said.includes('b2') && (await states()).some(([state]) => state === 'parked'),
      );
      expect(said.filter((reason) => reason.startsWith('a'))).toEqual(['a1']);
      expect(said.filter((reason) => reason.startsWith('b'))).toEqual(['b1', 'b2']);
      expect(await states()).toEqual(
        expect.arrayContaining([
          ['parked', 'TypeError:'],
          ['waiting', undefined],
        ]),
      );
      expect(await readReactions(system.session.sql)).toContainEqual(
        expect.objectContaining({ reaction: planted.name, waiting: 1, parked: 1, done: 3n }),
      );
    });

    it('go on when it is retried, or skipped with a reason, while a runner is at work', async () => {
      const { sql: rows } = system.session;
      const parked = async () => (await actionsOf(rows, planted.name)).find(({ state }) => state === 'parked');
      const at = async () => ({ reaction: planted.name, id: String((await parked())?.id), by: 'person:ann' });
      await expect(skipAction(rows, { ...(await at()), id: 'none' }, 'planted')).rejects.toThrow('none');
      const before = await runner();
      const steps = [
        async () => (await runner()) !== before,
        () => at().then((one) => retryAction(rows, one)),
        async () => said.at(-1) === 'a3',
        () => attempt(first, 'a4').then(() => attempt(first, 'a5')),
        async () => (await parked()) !== undefined,
        () => at().then((one) => skipAction(rows, one, 'planted')),
        async () => said.at(-1) === 'a5',
      ];
      const decide = failing((reason) => (reason === 'a4' ? new TypeError('planted') : undefined));
      await withPlanted([planted], decide, async () => {
        if ((await steps[0]?.()) !== false) steps.shift();
        return steps.length === 0;
      });
      expect(said.filter((reason) => reason.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a5']);
      expect(await actionsOf(rows, planted.name)).toContainEqual(
        expect.objectContaining({ state: 'skipped', reason: 'planted', decidedBy: 'person:ann' }),
      );
    });
  });

  it('that are new leave the past alone, and remember it where they remember', async () => {
    const requester = await newCustomer();
    const id = await newCallback(requester);
    type Told = Event<'CallbackRequested' | 'CallAttempted'>;
    const counted: number[] = [];
    const counting = (version: number, initial: number) =>
      defineReaction<Told, { count: number }>({
        name: 'when-called-then-count',
        hears: ['CallbackRequested', 'CallAttempted'],
        remembers: {
          version,
          initial: { count: initial },
          keys: ({ stream }) => [stream],
          evolve: ({ count }) => ({ count: count + 1 }),
        },
        react: (_, { count }) => {
          counted.push(count);
          return [];
        },
      });
    const attempt = (attemptId: string) =>
      post(`/v1/callbacks/${id}/record-call-attempt`, { attemptId, result: 'busy', theyCalled: true });
    await registerReactions(system.session, [counting(1, 0)]);
    await attempt('a1');
    await withPlanted([counting(1, 0)]);
    expect(counted).toEqual([1]);
    await withPlanted([counting(2, 100)]);
    expect(counted).toEqual([1]);
    await attempt('a2');
    await withPlanted([counting(2, 100)]);
    expect(counted).toEqual([1, 102]);
    // An older program leaves it alone.
    await attempt('a3');
    await withPlanted([counting(1, 0)], core.decide, async () => {
      await pause(50);
      return true;
    });
    expect(counted).toEqual([1, 102]);
  });

  it('forget what was done long ago, but for the last', async () => {
    const rows = (of: string) => sql<{ state: string }>(`select state from reaction_intents where reaction = $1`, [of]);
    await sql(
      `insert into reaction_intents (id, reaction, key, cause, correlation, stream, revision, type, position, n, chain, state, at)
       select gen_random_uuid(), 'when-long-ago', 'k', 'c', 's', 'b-1', 0, 'T', n, 0, '',
         case when n < 5 then 'skipped' else 'done' end, now() - make_interval(days => case when n < 90 then 2 else 0 end)
       from generate_series(1, 100) as n`,
    );
    await withPlanted([], core.decide, async () => (await rows('when-long-ago')).length < 100);
    const left = await rows('when-long-ago');
    expect(left.filter(({ state }) => state === 'done')).toHaveLength(20);
    expect(left.filter(({ state }) => state === 'skipped')).toHaveLength(4);
    await sql(`delete from reaction_intents where reaction = 'when-long-ago'`);
  });

  it('are run by one process, and by another when that is gone', async () => {
    const stops = [new AbortController(), new AbortController()] as const;
    const first = runReactions(system.session, core.decide, stops[0].signal);
    await until(() => isThrough(ours));
    const second = runReactions(system.session, core.decide, stops[1].signal);
    const held = await runner();
    stops[0].abort();
    await first;
    const requester = await newCustomer();
    await post(`/v1/callbacks/${await newCallback(requester)}/complete`, { callAgain: window });
    await until(async () => (await callbacksOf(requester)).length === 2);
    expect(await runner()).not.toBe(held);
    stops[1].abort();
    await second;
  });

  it('are taken over from one whose clock was set back since it was seen', async () => {
    const frozen = await system.session.pool.connect();
    try {
      await frozen.query(`insert into reaction_lease (runner, backend, backend_start, seen_at)
        select gen_random_uuid(), pid, backend_start, now() + interval '1 hour' from pg_stat_activity
        where pid = pg_backend_pid()
        on conflict (only_one) do update set runner = excluded.runner, backend = excluded.backend,
          backend_start = excluded.backend_start, seen_at = excluded.seen_at`);
      const held = await runner();
      const requester = await newCustomer();
      await post(`/v1/callbacks/${await newCallback(requester)}/complete`, { callAgain: window });
      await reacting(async () => (await callbacksOf(requester)).length === 2);
      expect(await runner()).not.toBe(held);
    } finally {
      frozen.release(true);
    }
  });

  it('are done once whatever the clock says: an hour back, an hour ahead, or after a sleep of three days', async () => {
    const machine = { time: '2026-03-02T12:00:00.000Z', now: () => machine.time };
    const session = { ...system.session, clock: machine } as never;
    const [another] = ours as [string];
    const requester = await newCustomer();
    const promisedAt = async (time: string) => {
      machine.time = time;
      await post(`/v1/callbacks/${await newCallback(requester)}/complete`, { callAgain: window });
      const stop = new AbortController();
      await running(runReactions(session, core.decide, stop.signal), stop, () => isThrough([another]));
      const [action] = await actionsOf(system.session.sql, another);
      return [action?.state, action?.error];
    };
    expect(await promisedAt('2026-03-02T12:00:00.000Z')).toEqual(['done', null]);
    expect(await promisedAt('2026-03-02T11:00:00.000Z')).toEqual(['done', null]);
    expect(await promisedAt('2026-03-02T13:00:00.000Z')).toEqual(['done', null]);
    // Nobody can be called any more: noted, and what comes behind it goes on.
    expect(await promisedAt('2026-03-05T13:00:00.000Z')).toEqual(['refused', 'window-in-the-past']);
    expect(await promisedAt('2026-03-02T14:00:00.000Z')).toEqual(['done', null]);
    const byReaction = (await callbacksOf(requester)).filter(({ status }: { status: string }) => status === 'due');
    expect(byReaction).toHaveLength(4);
    await sql(`delete from reaction_intents where state = 'refused'`); // else it is said again below
  });

  describe('as the reliability test counts them', () => {
    const promised = async () => {
      const requester = await newCustomer();
      await post(`/v1/callbacks/${await newCallback(requester)}/complete`, { callAgain: window });
    };
    const again = async (decide: Decide) => {
      await withOurs(decide);
      await sql(`update reaction_intents set state = 'waiting' where reaction = $1`, [ours[0]]);
      await withOurs(decide);
      return actedOnce(system.session);
    };
    const withOurs = (decide: Decide) => {
      const stop = new AbortController();
      const work = runReactions(system.session, decide, stop.signal, { reactions, announcements: [] });
      return running(work, stop, () => isThrough(ours));
    };
    let known: Acted;

    it('do once what is to be done, though it was not noted that it was done', async () => {
      await promised();
      const before = await actedOnce(system.session);
      known = await again(core.decide);
      expect([known.lost, known.doubled]).toEqual([before.lost - 1, before.doubled]);
    });

    it('would be seen doing it twice, if ids did not derive from the cause', async () => {
      await promised();
      const { doubled } = await again((wish) =>
        core.decide({ ...wish, id: newId(), meta: { ...wish.meta, commandId: newId() } }),
      );
      expect(doubled).toBeGreaterThan(known.doubled);
    });

    it('would be seen not doing it, if their place were kept before what is to be done', async () => {
      await promised();
      await sql('update reactions set position = $1, turn = turn + 1', [await system.session.store.head()]);
      await withOurs(core.decide);
      expect((await actedOnce(system.session)).lost).toBe(known.lost + 1);
    });
  });
});
