import fc from 'fast-check';
import { laterBy } from '#kernel';
import { at } from '#testing';
import { defaultPolicies } from '../policies/defaults.js';
import { type BusinessCalendar, businessBetween } from '../vocabulary/business-time.js';
import { type CalendarPolicies, calendarNamed } from '../vocabulary/named-calendars.js';
import { promisesFor } from '../vocabulary/promises.js';
import type { ServiceLevels, Severity, Target } from '../vocabulary/service-levels.js';
import {
  type Clock,
  clocksAfter,
  dueFirst,
  elapsedAt,
  isMetAt,
  nextMomentOf,
  remainingAt,
  resumedAt,
  timesOf,
} from './sla-clock.js';

const HOUR = 3_600_000;
const MINUTE = 60_000;

const policiesIn = (zone: string) =>
  Object.fromEntries(
    defaultPolicies({ zone }).map(({ kind, id, body }) => [`${kind}.${id}`, { ref: `${kind}.${id}@1`, body }]),
  );
const calendarIn = (zone: string, id = 'office'): BusinessCalendar => {
  const calendar = calendarNamed(id, policiesIn(zone) as CalendarPolicies);
  if (!calendar) throw new Error(`no calendar ${id}`);
  return calendar;
};
const shanghai = calendarIn('Asia/Shanghai');
const london = calendarIn('Europe/London');
const always = calendarIn('Europe/London', 'always');
const levels = policiesIn('Asia/Shanghai')['sla.default']?.body as unknown as ServiceLevels;

const times = (target: Omit<Target, 'calendar'>, since: string, calendar: BusinessCalendar, isStatutory = false) =>
  timesOf({ target: { calendar: 'any', ...target }, warnAt: [50], isStatutory }, since, calendar);

/** A running clock of so many minutes. */
const clockOf = (minutes: number, since: string, calendar: BusinessCalendar): Clock => ({
  ...{ clock: 'resolution', endsWith: 'resolution', pauses: true, isStatutory: false, since },
  ...{ target: { calendar: 'office', minutes }, warned: 0, breached: false, isSilent: false, status: 'running' },
  ...{ holds: [], pausedAt: null, remainingMs: null, stoppedAt: null, met: null, elapsedMs: null },
  ...timesOf({ target: { calendar: 'office', minutes }, warnAt: [50, 75], isStatutory: false }, since, calendar),
});

const paused = (clock: Clock, from: string, calendar: BusinessCalendar): Clock => {
  const data = { clock: clock.clock, remainingMs: remainingAt(clock, from, calendar) };
  return clocksAfter([clock], at(from, { type: 'SlaClockPaused' as const, data }))[0] as Clock;
};
const resumed = (clock: Clock, to: string, calendar: BusinessCalendar): Clock => {
  const data = { clock: clock.clock, ...resumedAt(clock, to, calendar) };
  return clocksAfter([clock], at(to, { type: 'SlaClockResumed' as const, data }))[0] as Clock;
};

const latest = (...instants: readonly string[]) => instants.toSorted().at(-1) as string;
const earliest = (...instants: readonly string[]) => instants.toSorted()[0] as string;

describe('when a clock is due', () => {
  // Friday 2026-03-06, 09:00 to 18:00 with lunch from 12 to 13; Shanghai is 8 hours ahead of UTC.
  it.each([
    ['in the morning', { minutes: 60 }, '2026-03-06T01:30:00.000Z', '2026-03-06T02:30:00.000Z'],
    ['over lunch', { minutes: 60 }, '2026-03-06T03:30:00.000Z', '2026-03-06T05:30:00.000Z'],
    ['over the weekend', { minutes: 240 }, '2026-03-06T08:00:00.000Z', '2026-03-09T03:00:00.000Z'],
    ['from a Sunday', { minutes: 60 }, '2026-03-08T04:00:00.000Z', '2026-03-09T02:00:00.000Z'],
    ['after hours', { minutes: 60 }, '2026-03-06T12:00:00.000Z', '2026-03-09T02:00:00.000Z'],
    ['by the end of the next working day', { workingDays: 1 }, '2026-03-06T08:00:00.000Z', '2026-03-09T10:00:00.000Z'],
    ['over a long holiday', { workingDays: 3 }, '2026-09-30T02:00:00.000Z', '2026-10-10T10:00:00.000Z'],
    ['on a day that is made up for', { minutes: 120 }, '2026-02-28T00:00:00.000Z', '2026-02-28T03:00:00.000Z'],
  ])('R-44 %s', (_, target, since, dueAt) => expect(times(target, since, shanghai).dueAt).toBe(dueAt));

  it('R-44 begins at the next opening when it is filed outside of hours', () => {
    expect(times({ minutes: 60 }, '2026-03-06T12:00:00.000Z', shanghai).startedAt).toBe('2026-03-09T01:00:00.000Z');
    expect(times({ minutes: 60 }, '2026-03-06T02:00:00.000Z', shanghai).startedAt).toBe('2026-03-06T02:00:00.000Z');
  });

  it('R-40 is an instant, the same whoever looks; it knows the summer of its zone', () => {
    // The clocks of London go forward on 2026-03-29, a Sunday.
    expect(times({ minutes: 60 }, '2026-03-27T17:30:00.000Z', london).dueAt).toBe('2026-03-30T08:30:00.000Z');
    expect(times({ workingDays: 1 }, '2026-03-28T23:30:00.000Z', always).dueAt).toBe('2026-03-29T23:00:00.000Z');
  });

  it('counts from receipt where a law says so, whether anybody works then or not', () => {
    const received = '2026-09-30T12:00:00.000Z';
    expect(times({ workingDays: 10 }, received, calendarIn('Europe/London', 'cn'), true)).toMatchObject({
      startedAt: received,
      // The 8th to the 21st of October: ten working days after the national holidays, the 10th made up for.
      dueAt: '2026-10-20T10:00:00.000Z',
    });
    expect(times({ workingDays: 30 }, '2026-03-01T12:00:00.000Z', always, true).dueAt).toBe('2026-03-31T23:00:00.000Z');
  });

  it('warns when so many per cent of the working time have passed', () => {
    const { warnAt } = times({ minutes: 240 }, '2026-03-06T08:00:00.000Z', shanghai);
    expect(warnAt).toEqual([{ threshold: 50, at: '2026-03-06T10:00:00.000Z' }]);
  });

  it.each<[Severity, string, string, string]>([
    ['sev1', '2026-03-06T12:15:00.000Z', '2026-03-06T13:00:00.000Z', '2026-03-07T12:00:00.000Z'],
    ['sev2', '2026-03-09T02:00:00.000Z', '2026-03-09T06:00:00.000Z', '2026-03-12T10:00:00.000Z'],
    ['sev3', '2026-03-09T06:00:00.000Z', '2026-03-10T10:00:00.000Z', '2026-03-18T10:00:00.000Z'],
    ['sev4', '2026-03-10T10:00:00.000Z', '2026-03-12T10:00:00.000Z', '2026-03-30T10:00:00.000Z'],
  ])('CMP-2 is what is promised for %s, on a Friday evening', (severity, ...due) => {
    const promised = promisesFor([levels], severity, []).map(({ promised, isStatutory }) => {
      const clock = { since: '2026-03-06T12:00:00.000Z', isStatutory };
      return dueFirst(promised, clock, ({ target }) => calendarIn('Asia/Shanghai', target.calendar)).dueAt;
    });
    expect(promised).toEqual(due);
  });
});

describe('a hold', () => {
  const monday = '2026-03-09T01:00:00.000Z';
  const clock = clockOf(240, monday, shanghai); // due on Monday at 14:00

  it('R-42 moves what is due by the working time that it took, not by the time on the wall', () => {
    const held = paused(clock, '2026-03-09T02:00:00.000Z', shanghai);
    expect(held).toMatchObject({ status: 'paused', remainingMs: 3 * HOUR });
    // From Monday 10:00 until Saturday: three hours are left on the Monday after.
    expect(resumed(held, '2026-03-14T02:00:00.000Z', shanghai)).toMatchObject({
      status: 'running',
      dueAt: '2026-03-16T04:00:00.000Z',
      pausedAt: null,
      remainingMs: null,
    });
  });
  it('R-42 outside of working hours moves nothing', () => {
    const held = paused(clock, '2026-03-09T04:10:00.000Z', shanghai);
    expect(resumed(held, '2026-03-09T04:50:00.000Z', shanghai).dueAt).toBe(clock.dueAt);
  });
  it('moves the warnings that are still to come, and no other', () => {
    const held = paused(clock, '2026-03-09T03:30:00.000Z', shanghai);
    const after = resumed(held, '2026-03-09T06:30:00.000Z', shanghai);
    expect([clock.warnAt, after.warnAt].map((all) => all.map(({ at }) => at))).toEqual([
      ['2026-03-09T03:00:00.000Z', '2026-03-09T04:00:00.000Z'],
      ['2026-03-09T03:00:00.000Z', '2026-03-09T07:00:00.000Z'],
    ]);
  });
  it('that begins when it is overdue does not make it due later', () => {
    const held = paused(clock, '2026-03-09T07:00:00.000Z', shanghai);
    expect(held.remainingMs).toBe(0);
    expect(resumed(held, '2026-03-10T07:00:00.000Z', shanghai).dueAt).toBe(clock.dueAt);
    expect(isMetAt(held, '2026-03-10T07:00:00.000Z')).toBe(false);
  });
  it('R-41 under way is not counted when it ends at once', () => {
    const held = paused(clock, '2026-03-09T02:00:00.000Z', shanghai);
    expect(elapsedAt(held, '2026-03-13T02:00:00.000Z', shanghai)).toBe(HOUR);
    expect(isMetAt(held, '2026-03-13T02:00:00.000Z')).toBe(true);
  });
  it('says nothing while it lasts', () => {
    expect(nextMomentOf([clock])).toBe('2026-03-09T03:00:00.000Z');
    expect(nextMomentOf([paused(clock, '2026-03-09T02:00:00.000Z', shanghai)])).toBeNull();
  });
  it('is over when it began where the clock on the wall was set back', () => {
    const held = paused(clock, '2026-03-09T02:00:00.000Z', shanghai);
    expect(resumed(held, '2026-03-09T01:00:00.000Z', shanghai).dueAt).toBe(clock.dueAt);
    expect(elapsedAt(clock, '2026-03-08T00:00:00.000Z', shanghai)).toBe(0);
  });
});

describe('of any holds', () => {
  const start = '2026-03-02T00:00:00.000Z';
  const after = (minutes: number) => laterBy(minutes * MINUTE, start);
  const zones = fc.constantFrom(shanghai, london, always);
  /** Moments in their order, within some weeks: each two are a hold. */
  const moments = fc
    .uniqueArray(fc.integer({ min: 0, max: 40_000 }), { minLength: 2, maxLength: 8 })
    .map((minutes) => minutes.toSorted((a, b) => a - b).map(after))
    .map((all) => all.slice(0, all.length - (all.length % 2)));
  const holdsOf = (all: readonly string[]) =>
    all.flatMap((from, n) => (n % 2 === 0 ? [{ from, to: all[n + 1] as string }] : []));
  const budgets = fc.integer({ min: 1, max: 6_000 });
  const heldThrough = (clock: Clock, all: readonly string[], calendar: BusinessCalendar) =>
    holdsOf(all).reduce((held, { from, to }) => resumed(paused(held, from, calendar), to, calendar), clock);

  it('R-43 counting afresh from the start, holds taken out, gives what pausing and resuming gave', () =>
    fc.assert(
      fc.property(zones, budgets, moments, (calendar, minutes, all) => {
        const held = heldThrough(clockOf(minutes, start, calendar), all, calendar);
        const promise = { target: held.target, warnAt: [50, 75], isStatutory: false };
        expect(timesOf(promise, start, calendar, held.holds)).toEqual({
          startedAt: held.startedAt,
          dueAt: held.dueAt,
          warnAt: held.warnAt,
        });
      }),
    ));

  it('two that touch are one', () =>
    fc.assert(
      fc.property(zones, budgets, moments, (calendar, minutes, [from = start, ...rest]) => {
        const clock = clockOf(minutes, start, calendar);
        const [between = from, to = between] = rest;
        const twice = heldThrough(clock, [from, between, between, to], calendar);
        expect(twice.dueAt).toBe(heldThrough(clock, [from, to], calendar).dueAt);
      }),
    ));

  it('never make it due earlier, and never leave less working time than was promised', () =>
    fc.assert(
      fc.property(zones, budgets, moments, (calendar, minutes, all) => {
        const clock = clockOf(minutes, start, calendar);
        const held = heldThrough(clock, all, calendar);
        expect(held.dueAt >= clock.dueAt).toBe(true);
        expect(elapsedAt(held, held.dueAt, calendar)).toBe(minutes * MINUTE);
      }),
    ));

  it('R-41 what it took and what it was held are together what passed', () =>
    fc.assert(
      fc.property(zones, moments, fc.integer({ min: 0, max: 50_000 }), (calendar, all, minutes) => {
        const clock = clockOf(60, start, calendar);
        // All holds count, whether it was due or not: nobody worked on it.
        const end = after(minutes);
        const holds = holdsOf(all);
        const within = holds
          .map(({ from, to }) => [latest(from, clock.startedAt), earliest(to, end)] as const)
          .filter(([from, to]) => from < to)
          .reduce((sum, [from, to]) => sum + businessBetween(from, to, calendar), 0);
        const passed = end > clock.startedAt ? businessBetween(clock.startedAt, end, calendar) : 0;
        expect(elapsedAt({ ...clock, holds }, end, calendar) + within).toBe(passed);
      }),
    ));
});
