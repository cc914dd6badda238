import { Unavailable, type Wish } from '#application';
import { callback, loyaltyAccount } from '#domain';
import { laterBy, type Recorded } from '#kernel';
import { type ProjectionEngine, readStatus } from '#projections';
import { views } from '#read-models';
import { type Core, Deadlines, engineOver, keepDeadlines, openCore, type Saying } from '#system';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const DAY = '2026-03-02';
const at = (time: string, day = DAY) => `${day}T${time}:00.000Z`;
const [MIDDAY, MISSED_AT] = [at('12:00'), at('11:00')];
const callbacks = views.filter(({ projection }) => projection.name === 'callbacks') as never;

let system: RunningSystem;
let core: Core;
let requester: string;
/** What keeps the views now. */
let engine: ProjectionEngine;
beforeAll(async () => {
  system = await startRunningSystem({ clock: DAY, zone: 'UTC', log: 'silent' });
  engine = system.engine;
  core = await openCore(system.session);
  requester = (await system.api.post('/v1/customers', { name: 'Ann' })).body.id;
});
afterAll(async () => {
  await engine?.stop();
  await core?.close();
  await system.stop();
});
afterEach(async () => {
  // What a test leaves open is over before the next begins.
  await scanner().round(at('00:00', '2030-01-01'));
  await engine.settled();
});

const viewsGoOn = async () => {
  engine = engineOver(system.session);
  await engine.start();
};
const scanner = (other: Partial<Saying> = {}, these = callbacks) =>
  new Deadlines({ ...system.session, decide: core.decide, ...other }, () => these);
let asked = 0;
const wish = (id: string, command: object, meta: object = {}): Wish => {
  asked += 1;
  const commandId = `01900000-0000-7000-8000-${String(asked).padStart(12, '0')}`;
  return {
    slice: callback,
    id,
    commands: [command as never],
    meta: {
      ...{ commandId, correlationId: commandId, causationId: commandId, occurredAt: at('08:00'), zone: 'UTC' },
      ...{ actor: { kind: 'person', id: 'desk' }, channel: 'phone', ...meta },
    },
  };
};
/** A callback that is due until then. */
const due = async (to = MISSED_AT, meta: object = {}): Promise<string> => {
  asked += 1;
  const id = `01900000-0000-7000-9000-${String(asked).padStart(12, '0')}`;
  const windows = [{ from: laterBy(-13 * 3_600_000, to), to }]; // longer than any night
  await core.decide(wish(id, { type: 'RequestCallback', data: { requester, topic: 'bill', windows } }, meta));
  await engine.settled();
  return id;
};
const factsOf = async (id: string): Promise<readonly Recorded[]> => {
  const facts: Recorded[] = [];
  for await (const fact of system.session.store.read(`callback-${id}`)) facts.push(fact);
  return facts;
};
const typesOf = async (id: string) => (await factsOf(id)).map(({ type }) => type);
const head = () => system.session.store.head();
const MISSED = ['CallbackRequested', 'CallbackMissed'];

describe('a deadline', () => {
  it('is said when its time has come, dated then, by the system, and once', async () => {
    const id = await due();
    const early = await scanner().round(at('10:59'));
    expect(early).toMatchObject({ said: [], next: MISSED_AT });
    await scanner().round(MIDDAY);
    const [, missed] = await factsOf(id);
    expect(missed).toMatchObject({
      type: 'CallbackMissed',
      data: { topic: 'bill', dueBy: MISSED_AT },
      meta: { occurredAt: MISSED_AT, actor: { kind: 'system', id: 'callbacks-deadline' }, channel: 'deadline' },
    });
    expect(missed?.meta.correlationId).toBe(missed?.meta.commandId);
    const before = await head();
    expect((await scanner().round(MIDDAY)).said).toEqual([]);
    expect(await head()).toBe(before);
  });

  it('is said once by two who look at the same time, and by one who forgot that it was said', async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => due()));
    await engine.settled();
    await engine.stop(); // nothing moves the rows now
    const hasty = { catchUpMs: 0, store: { ...system.session.store, head: async () => null } as never };
    const rounds = await Promise.all([scanner(hasty).round(MIDDAY), scanner(hasty).round(MIDDAY)]);
    expect(rounds.map(({ said }) => said.length)).toEqual([40, 40]);
    await scanner(hasty).round(MIDDAY);
    for (const id of ids) expect(await typesOf(id)).toEqual(MISSED);
    await viewsGoOn();
    await engine.settled();
    expect((await scanner().round(MIDDAY)).said).toEqual([]);
  });

  it('of history from elsewhere is never said', async () => {
    const id = await due(MISSED_AT, { backfill: true });
    await scanner().round(MIDDAY);
    expect(await typesOf(id)).toEqual(['CallbackRequested']);
  });

  it('is not said while the view has not heard what moves it', async () => {
    const id = await due();
    await engine.settled();
    await engine.stop();
    await core.decide(wish(id, { type: 'CancelCallback', data: {} }));
    const before = await head();
    const round = await scanner({ catchUpMs: 0 }).round(MIDDAY);
    expect(round).toMatchObject({ said: [], isWaiting: true });
    expect(await head()).toBe(before);
    await viewsGoOn();
    expect(await scanner().round(MIDDAY)).toMatchObject({ said: [], isWaiting: false });
    expect(await typesOf(id)).toEqual(['CallbackRequested', 'CallbackCancelled']);
  });

  it('is not said again by rows that were rebuilt', async () => {
    const ids = [await due(), await due(at('13:00'))];
    await scanner().round(MIDDAY);
    await engine.rebuild(['callbacks']);
    await scanner().round(at('14:00'));
    await engine.rebuild(['callbacks']);
    const before = await head();
    await scanner().round(at('14:00'));
    expect(await head()).toBe(before);
    for (const id of ids) expect(await typesOf(id)).toEqual(MISSED);
  });
});

describe('after downtime', () => {
  it('all that was missed is said in the order of due times, each at its own', async () => {
    const times = ['09:00', '07:30', '23:00', '07:29', '18:00'].map((time, n) => at(time, `2026-03-0${3 + (n % 3)}`));
    const ids = new Map<string, string>();
    for (const time of times) ids.set(await due(time), time);
    const { said } = await scanner().round(at('00:00', '2026-03-20'));
    const inTurn = [...times].sort();
    expect(said.map(({ at: time }) => time)).toEqual(inTurn);
    const missed = (await Promise.all([...ids.keys()].map(factsOf))).map((facts) => facts[1] as Recorded);
    const recorded = missed.sort((one, other) => Number(one.position - other.position));
    expect(recorded.map(({ meta }) => meta.occurredAt)).toEqual(inTurn);
  });

  it('a clock an hour ahead says it early at its true time, and set back says nothing twice', async () => {
    const id = await due();
    expect((await scanner().round(at('10:30'))).said).toHaveLength(0);
    expect((await scanner().round(at('11:30'))).said).toHaveLength(1);
    const before = await head();
    for (const back of [at('10:30'), at('10:59'), at('11:00'), at('11:31')]) await scanner().round(back);
    expect(await head()).toBe(before);
    expect((await factsOf(id))[1]?.meta.occurredAt).toBe(MISSED_AT);
  });

  it('a machine that slept for three days says what it slept through', async () => {
    const ids = [await due(), await due(at('11:00', '2026-03-04')), await due(at('11:00', '2026-03-06'))];
    const machine = { time: at('10:00'), now: () => machine.time };
    const awake = scanner({ clock: machine as never });
    expect((await awake.round()).said).toHaveLength(0);
    machine.time = at('10:00', '2026-03-05');
    expect((await awake.round()).said.map(({ key }) => key)).toEqual(ids.slice(0, 2));
    await engine.settled();
    expect((await awake.round()).next).toBe(at('11:00', '2026-03-05')); // the first may be made good until then
  });
});

describe('what cannot be said', () => {
  const saying = (command: object) =>
    views
      .filter(({ projection }) => projection.name === 'callbacks')
      .map((view) => ({
        ...view,
        projection: {
          ...view.projection,
          deadline: {
            at: 'deadline',
            says: ({ callbackId: id }: { callbackId: string }) => ({ category: 'callback', id, command }),
          },
        },
      })) as never;

  it('because the answer is no is not said again until the row moves', async () => {
    const id = await due();
    const refused = jest.fn(core.decide);
    const asking = scanner(
      { decide: refused },
      saying({ type: 'CompleteCallback', data: { callAgain: { from: MIDDAY, to: MIDDAY } } }),
    );
    for (let round = 0; round < 3; round++) expect((await asking.round(MIDDAY)).said).toEqual([]);
    expect(refused).toHaveBeenCalledTimes(1);
    expect(await typesOf(id)).toEqual(['CallbackRequested']);
    expect((await readStatus(system.session.sql)).map(({ deadlinesFailing }) => deadlinesFailing)).not.toContain(1);
    await system.session.sql('update callbacks set deadline = $2 where callback_id = $1', [id, at('11:30')]);
    await asking.round(MIDDAY);
    expect(refused).toHaveBeenCalledTimes(2);
    await engine.rebuild(['callbacks']);
  });

  it('because nothing comes of it is said no more', async () => {
    const id = await due();
    const idle = jest.fn(core.decide);
    const command = {
      type: 'RequestCallback',
      data: { requester, topic: 'bill', windows: [{ from: at('10:00'), to: MISSED_AT }] },
    };
    const asking = scanner({ decide: idle }, saying(command));
    for (let round = 0; round < 4; round++) await asking.round(MIDDAY);
    expect(idle).toHaveBeenCalledTimes(2);
    expect(await typesOf(id)).toEqual(['CallbackRequested']);
    await system.session.sql('delete from projection_deadlines');
  });

  it('because the store is away is said when it is back', async () => {
    const id = await due();
    let isAway = true;
    const decide: Saying['decide'] = async (one) => {
      if (isAway) throw new Unavailable('away');
      return core.decide(one);
    };
    const asking = scanner({ decide });
    await expect(asking.round(MIDDAY)).rejects.toThrow(Unavailable);
    isAway = false;
    expect((await asking.round(MIDDAY)).said.map(({ key }) => key)).toEqual([id]);
  });

  it('because of an error holds up no other, shows in the status, and is tried again later and later', async () => {
    const [bad, good] = [await due(at('10:00')), await due()];
    const machine = { time: '2026-01-01T00:00:00.000Z', now: () => machine.time };
    let isBroken = true;
    const decide = jest.fn(async (one: Wish) => {
      if (isBroken && one.id === bad) throw new TypeError('undefined is no callback');
      return core.decide(one);
    });
    const asking = scanner({ decide, machine });
    expect((await asking.round(MIDDAY)).said.map(({ key }) => key)).toEqual([good]);
    const failing = async () => (await readStatus(system.session.sql)).find(({ view }) => view === 'callbacks');
    expect(await failing()).toMatchObject({ deadlinesFailing: 1, deadlineError: expect.stringContaining('TypeError') });
    const triesAfter = async (seconds: number) => {
      decide.mockClear();
      machine.time = laterBy(seconds * 1000, machine.time);
      await asking.round(MIDDAY);
      return decide.mock.calls.length;
    };
    expect([await triesAfter(0), await triesAfter(1), await triesAfter(1), await triesAfter(1)]).toEqual([0, 1, 0, 1]);
    isBroken = false;
    expect(await triesAfter(4)).toBe(1);
    await engine.settled();
    await asking.round(MIDDAY);
    expect(await failing()).toMatchObject({ deadlinesFailing: 0, deadlineError: null });
    expect(await typesOf(bad)).toEqual(MISSED);
  });
});

describe('points', () => {
  const accounts = views.filter(({ projection }) => projection.name === 'points') as never;
  const tell = async (id: string, occurredAt: string, command: object, more: object = {}) => {
    const answer = await core.decide({ ...wish(id, command, { occurredAt, ...more }), slice: loyaltyAccount });
    await engine.settled();
    return answer;
  };
  const enrolled = async (): Promise<string> => {
    asked += 1;
    const id = `01900000-0000-7000-a000-${String(asked).padStart(12, '0')}`;
    await tell(id, at('08:00'), { type: 'EnrolMember', data: { member: requester } });
    return id;
  };
  const bring = (lotId: string, lastDay = '2026-03-04') => ({
    type: 'BringOpeningBalance',
    data: { lotId, points: 100, lastDay },
  });
  const reserve = { type: 'ReserveRedemption', data: { redemptionId: 'r', points: 60 } };
  const found = async (id: string): Promise<readonly string[]> => {
    const facts: string[] = [];
    for await (const { type, data, meta } of system.session.store.read(`loyaltyAccount-${id}`))
      facts.push([type, Reflect.get(data, 'lotId') ?? Reflect.get(data, 'cause'), meta.occurredAt].join(' '));
    return facts.slice(1);
  };
  const [told, ended, week] = [at('08:00'), at('00:00', '2026-03-05'), at('00:00', '2026-03-09')];
  const sweepAll = async (other: Partial<Saying> = {}) => {
    const round = await scanner(other, accounts).round(week);
    await engine.settled();
    return round;
  };

  it('told late expire at an instant that was swept already, each once', async () => {
    const id = await enrolled();
    await tell(id, told, bring('a'));
    await sweepAll();
    await tell(id, told, bring('b'));
    expect((await sweepAll()).said).toHaveLength(1);
    await tell(id, told, bring('c'));
    await sweepAll();
    expect((await found(id)).filter((fact) => fact.startsWith('PointsExpired'))).toEqual(
      ['a', 'b', 'c'].map((lotId) => `PointsExpired ${lotId} ${ended}`),
    );
    await engine.rebuild(['points']);
    const before = await head();
    expect((await sweepAll()).said).toEqual([]);
    expect(await head()).toBe(before);
  });

  it('told late expire though one scanner goes on and had said that very instant', async () => {
    const id = await enrolled();
    const goesOn = scanner({}, accounts);
    for (const lotId of ['a', 'b', 'c', 'd']) {
      await tell(id, told, bring(lotId));
      await goesOn.round(week);
      await engine.settled();
    }
    expect((await found(id)).filter((fact) => fact.startsWith('PointsExpired'))).toHaveLength(4);
  });

  it('that were put aside are said once more is due', async () => {
    const id = await enrolled();
    await tell(id, told, bring('a'));
    const refused = jest.fn(async () => ({ rejected: 'no' }));
    await sweepAll({ decide: refused as never });
    await sweepAll({ decide: refused as never });
    expect(refused).toHaveBeenCalledTimes(1);
    await tell(id, told, bring('b'));
    await sweepAll();
    expect((await found(id)).slice(-2)).toEqual([`PointsExpired a ${ended}`, `PointsExpired b ${ended}`]);
  });

  it('are swept once by two who look at the same time, and by one who forgot that it was said', async () => {
    const ids = [await enrolled(), await enrolled()];
    for (const id of ids) {
      await tell(id, told, bring('a'));
      await tell(id, told, reserve);
    }
    await engine.stop(); // nothing moves the rows now
    const hasty = { catchUpMs: 0, store: { ...system.session.store, head: async () => null } as never };
    await Promise.all([scanner(hasty, accounts).round(week), scanner(hasty, accounts).round(week)]);
    await scanner(hasty, accounts).round(week);
    await viewsGoOn();
    await engine.settled();
    await sweepAll();
    for (const id of ids)
      expect(await found(id)).toEqual([
        `OpeningBalanceBrought a ${told}`,
        `RedemptionReserved  ${told}`,
        `RedemptionReleased lapsed ${at('08:00', '2026-03-03')}`,
        `PointsExpired a ${ended}`,
      ]);
  });

  it('held for a reward that nobody takes are back when the time is over, and were so before anybody swept', async () => {
    const id = await enrolled();
    await tell(id, told, bring('a', '2026-12-31'));
    await tell(id, told, reserve);
    const over = at('08:00', '2026-03-03');
    const commit = { type: 'CommitRedemption', data: { redemptionId: 'r' } };
    expect(await tell(id, over, commit)).toEqual({ rejected: 'redemption-lapsed' });
    expect((await scanner({}, accounts).round(at('07:59', '2026-03-03'))).said).toEqual([]);
    await sweepAll();
    expect((await found(id)).slice(2)).toEqual([`RedemptionReleased lapsed ${over}`]);
    expect(await tell(id, over, commit)).toEqual({ rejected: 'redemption-lapsed' });
  });

  it('held in history from elsewhere are not spoken of', async () => {
    const id = await enrolled();
    const then = at('08:00', '2026-02-20');
    await tell(id, then, bring('a', '2026-12-31'), { backfill: true });
    await tell(id, then, reserve, { backfill: true });
    await sweepAll();
    expect(await found(id)).toHaveLength(2);
  });
});

describe('at the live edge', () => {
  it('a deadline is said within a second', async () => {
    const stop = new AbortController();
    const clock = { now: () => new Date().toISOString() };
    const running = keepDeadlines({ ...system.session, clock } as never, core.decide, () => callbacks, stop.signal);
    const to = laterBy(1_500, clock.now());
    const id = await due(to, { occurredAt: clock.now() });
    let missed: Recorded | undefined;
    for await (const fact of system.session.store.followStream(`callback-${id}`, AbortSignal.timeout(20_000))) {
      missed = fact;
      if (fact.type === 'CallbackMissed') break;
    }
    const noticed = clock.now();
    stop.abort();
    await running;
    expect(missed?.meta.occurredAt).toBe(to);
    expect(Date.parse(noticed) - Date.parse(to)).toBeLessThan(1_000);
  });
});
