import fc from 'fast-check';
import { misfits } from '#application';
import { dayNumber, dayText } from '#kernel';
import { runs } from '#testing';
import { holidayLists } from '../policies/holiday-lists.js';
import {
  addBusiness,
  addWorkingDays,
  businessBetween,
  businessCalendar,
  NoWorkingTime,
  nextOpening,
} from './business-time.js';
import { endOfLocalDay, startOfLocalDay } from './calendar.js';
import { HolidayList, type Shift, WorkingHours } from './working-hours.js';

const HOUR = 3_600_000;
const shift = (from: string, to: string): Shift => ({ from, to });
const weekOf = (weekdays: readonly Shift[], weekend: readonly Shift[] = []) => ({
  ...{ monday: weekdays, tuesday: weekdays, wednesday: weekdays, thursday: weekdays, friday: weekdays },
  ...{ saturday: weekend, sunday: weekend },
});
const listOf = (region: string) => holidayLists.filter((list) => list.region === region);

const office = [shift('09:00', '12:00'), shift('13:00', '18:00')];
const always = [shift('00:00', '24:00')];
const hours = (zone: string, more: Partial<WorkingHours> = {}): WorkingHours => ({
  ...{ zone, week: weekOf(office), holidays: [], makeUpDay: office },
  ...more,
});
const shanghai = businessCalendar(hours('Asia/Shanghai'), listOf('cn'));
const london = businessCalendar(hours('Europe/London'), listOf('gb-eaw'));
const roundTheClock = (zone: string) => businessCalendar(hours(zone, { week: weekOf(always, always) }), []);
const nights = businessCalendar(
  hours('Europe/London', {
    week: weekOf([shift('00:00', '06:00'), shift('22:00', '24:00')], [shift('01:15', '01:45')]),
  }),
  [],
);
const calendars = { shanghai, london, nights, 'New York, always': roundTheClock('America/New_York') };

describe('an instant so much working time later', () => {
  it.each([
    ['within a shift', '2026-03-02T01:00:00.000Z', 2, '2026-03-02T03:00:00.000Z'],
    ['up to the end of a shift', '2026-03-02T01:00:00.000Z', 3, '2026-03-02T04:00:00.000Z'],
    ['over lunch (R-44)', '2026-03-02T03:00:00.000Z', 2, '2026-03-02T06:00:00.000Z'],
    ['over night', '2026-03-02T09:00:00.000Z', 2, '2026-03-03T02:00:00.000Z'],
    ['over a weekend', '2026-03-06T09:00:00.000Z', 2, '2026-03-09T02:00:00.000Z'],
    ['from a Sunday: from the next opening', '2026-03-08T04:00:00.000Z', 1, '2026-03-09T02:00:00.000Z'],
    ['over a holiday (R-42)', '2026-04-03T09:00:00.000Z', 2, '2026-04-07T02:00:00.000Z'],
    ['on a Saturday that is made up for', '2026-02-28T01:00:00.000Z', 2, '2026-02-28T03:00:00.000Z'],
    ['from before the Spring Festival to after it', '2026-02-14T09:30:00.000Z', 1, '2026-02-24T01:30:00.000Z'],
    ['nothing: the instant itself, even at night', '2026-03-02T16:00:00.000Z', 0, '2026-03-02T16:00:00.000Z'],
  ])('%s', (_, start, count, end) => expect(addBusiness(start, count * HOUR, shanghai)).toBe(end));

  it.each([
    ['where a night is an hour short', '2026-03-28T23:00:00.000Z', 24, '2026-03-29T23:00:00.000Z'],
    ['where a night is an hour longer', '2026-10-24T12:00:00.000Z', 24, '2026-10-25T12:00:00.000Z'],
  ])('%s passes as clocks do not', (_, start, count, end) =>
    expect(addBusiness(start, count * HOUR, roundTheClock('Europe/London'))).toBe(end),
  );

  it.each([
    // Sunday's half hour lies in the gap in March, and is worked once, not twice, in October.
    ['2026-03-28T12:00:00.000Z', 1, '2026-03-29T23:30:00.000Z'],
    ['2026-10-24T12:00:00.000Z', 1, '2026-10-25T00:45:00.000Z'],
  ])('from %s knows gap and overlap', (start, count, end) =>
    expect(addBusiness(start, count * 0.5 * HOUR, nights)).toBe(end),
  );
});

describe('the working time between two instants', () => {
  const hoursBetween = (from: string, to: string, calendar = shanghai) => businessBetween(from, to, calendar) / HOUR;

  it.each([
    ['within a shift', '2026-03-02T01:15:00.000Z', '2026-03-02T03:45:00.000Z', 2.5],
    ['over lunch (R-44)', '2026-03-02T03:00:00.000Z', '2026-03-02T06:00:00.000Z', 2],
    ['at lunch alone', '2026-03-02T04:00:00.000Z', '2026-03-02T05:00:00.000Z', 0],
    ['of a whole day', '2026-03-01T16:00:00.000Z', '2026-03-02T16:00:00.000Z', 8],
    ['over night', '2026-03-02T09:00:00.000Z', '2026-03-03T02:00:00.000Z', 2],
    ['of a week', '2026-03-01T16:00:00.000Z', '2026-03-08T16:00:00.000Z', 40],
    ['of a weekend', '2026-03-06T10:00:00.000Z', '2026-03-09T01:00:00.000Z', 0],
    ['over a holiday (R-42)', '2026-04-03T09:00:00.000Z', '2026-04-07T02:00:00.000Z', 2],
    ['of the Spring Festival, and the Saturday made up for', '2026-02-13T16:00:00.000Z', '2026-02-23T16:00:00.000Z', 8],
    ['of an instant', '2026-03-02T02:00:00.000Z', '2026-03-02T02:00:00.000Z', 0],
  ])('%s', (_, from, to, expected) => expect(hoursBetween(from, to)).toBe(expected));

  it.each([
    ['2026-03-28T23:00:00.000Z', '2026-03-29T23:00:00.000Z', 24],
    ['2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z', 23],
    ['2026-10-24T23:00:00.000Z', '2026-10-26T00:00:00.000Z', 25],
  ])('from %s to %s is what passes, whatever clocks show', (from, to, expected) =>
    expect(hoursBetween(from, to, roundTheClock('Europe/London'))).toBe(expected),
  );
});

describe('the next opening', () => {
  it.each([
    ['2026-03-02T01:00:00.000Z', '2026-03-02T01:00:00.000Z'],
    ['2026-03-02T02:30:00.000Z', '2026-03-02T02:30:00.000Z'],
    ['2026-03-02T04:00:00.000Z', '2026-03-02T05:00:00.000Z'],
    ['2026-03-02T10:00:00.000Z', '2026-03-03T01:00:00.000Z'],
    ['2026-09-30T10:00:00.000Z', '2026-10-08T01:00:00.000Z'],
  ])('after %s is %s', (instant, opening) => expect(nextOpening(instant, shanghai)).toBe(opening));
});

describe('the n-th working day', () => {
  it.each([
    ['2026-03-02T01:00:00.000Z', 1, '2026-03-03T10:00:00.000Z'],
    ['2026-03-01T01:00:00.000Z', 1, '2026-03-02T10:00:00.000Z'],
    // Ten working days over the week of National Day and the Saturday that is made up for.
    ['2026-09-29T20:00:00.000Z', 10, '2026-10-20T10:00:00.000Z'],
  ])('after %s: %d', (instant, days, end) => expect(addWorkingDays(instant, days, shanghai)).toBe(end));
});

describe.each(Object.entries(calendars))('working time in %s', (_, calendar) => {
  const instant = fc
    .date({ min: new Date('2024-01-01T00:00:00Z'), max: new Date('2027-12-01T00:00:00Z'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const duration = fc.integer({ min: 0, max: 40 * HOUR });
  const check = <T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>) =>
    fc.assert(property, { numRuns: runs(200) });

  it('is the same added at once or in two parts', () =>
    check(
      fc.property(instant, duration, duration, (start, first, then) => {
        const twice = addBusiness(addBusiness(start, first, calendar), then, calendar);
        expect(twice).toBe(addBusiness(start, first + then, calendar));
      }),
    ));

  it('is found again between start and end', () =>
    check(
      fc.property(instant, duration, (start, some) =>
        expect(businessBetween(start, addBusiness(start, some, calendar), calendar)).toBe(some),
      ),
    ));

  it('of two spans that meet is that of both', () =>
    check(
      fc.property(fc.tuple(instant, duration, duration), ([start, first, then]) => {
        const later = (by: number) => new Date(Date.parse(start) + by).toISOString();
        const [middle, end] = [later(first), later(first + then)];
        const sum = businessBetween(start, middle, calendar) + businessBetween(middle, end, calendar);
        expect(businessBetween(start, end, calendar)).toBe(sum);
      }),
    ));

  it('never goes backwards: who starts later, or needs more, is not done earlier', () =>
    check(
      fc.property(instant, instant, duration, duration, (a, b, some, more) => {
        const [early, late] = a <= b ? [a, b] : [b, a];
        const end = addBusiness(early, some, calendar);
        expect(end >= early).toBe(true);
        expect(addBusiness(late, some, calendar) >= end).toBe(true);
        expect(addBusiness(early, some + more, calendar) >= end).toBe(true);
        expect(nextOpening(late, calendar) >= nextOpening(early, calendar)).toBe(true);
      }),
    ));

  it('passes between the next opening and what is due after it, and at no other time', () =>
    check(
      fc.property(instant, (start) => {
        const opening = nextOpening(start, calendar);
        expect(businessBetween(start, opening, calendar)).toBe(0);
        expect(addBusiness(start, 1, calendar)).toBe(new Date(Date.parse(opening) + 1).toISOString());
      }),
    ));
});

describe('a calendar', () => {
  it('in which nobody works is refused', () => {
    const empty = hours('UTC', { week: weekOf([]), makeUpDay: office });
    expect(() => businessCalendar(empty, listOf('cn'))).toThrow(NoWorkingTime);
  });

  it('does not keep days that are made up for where no hours are given for them', () =>
    expect(
      nextOpening(
        '2026-02-28T01:00:00.000Z',
        businessCalendar(hours('Asia/Shanghai', { makeUpDay: [] }), listOf('cn')),
      ),
    ).toBe('2026-03-02T01:00:00.000Z'));

  it('works only forwards', () => {
    const now = '2026-03-02T01:00:00.000Z';
    expect(() => addBusiness(now, -1, shanghai)).toThrow(RangeError);
    expect(() => addBusiness(now, Number.NaN, shanghai)).toThrow(RangeError);
    expect(() => addWorkingDays(now, 0, shanghai)).toThrow(RangeError);
    expect(() => businessBetween(now, '2026-03-02T00:59:59.999Z', shanghai)).toThrow(RangeError);
  });

  it.each<[string, Partial<WorkingHours> | { week: object }, string]>([
    ['fits', {}, ''],
    ['names a zone that exists', { zone: 'Europe/Atlantis' }, '/zone'],
    ['has every day of the week', { week: { ...weekOf(office), sunday: undefined } }, '/week/sunday'],
    ['has shifts that end', { makeUpDay: [shift('12:00', '12:00')] }, '/makeUpDay'],
    ['has shifts that do not overlap', { makeUpDay: [shift('09:00', '12:00'), shift('11:59', '13:00')] }, '/makeUpDay'],
    ['has clock times', { makeUpDay: [shift('9:00', '12:00')] }, '/makeUpDay/0/from'],
    ['ends at most at midnight', { makeUpDay: [shift('09:00', '24:01')] }, '/makeUpDay/0/to'],
  ])('%s', (_, change, pointer) => {
    const found = misfits({ ...hours('UTC'), ...change }, [WorkingHours]).map((misfit) => misfit.pointer);
    expect(found).toEqual(pointer ? expect.arrayContaining([pointer]) : []);
  });
});

describe('the end of a local day', () => {
  const zones = [
    'UTC',
    'Europe/London',
    'America/Sao_Paulo',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Shanghai',
  ];
  const days = fc.tuple(
    fc.integer({ min: dayNumber('1990-01-01'), max: dayNumber('2100-01-01') }),
    fc.integer({ min: 1, max: 5_000 }),
  );

  it('comes later for a later day, and is where the next one begins', () =>
    fc.assert(
      fc.property(days, fc.constantFrom(...zones), ([day, later], zone) => {
        expect(endOfLocalDay(dayText(day + later), zone) > endOfLocalDay(dayText(day), zone)).toBe(true);
        expect(endOfLocalDay(dayText(day), zone)).toBe(startOfLocalDay(dayText(day + 1), zone));
      }),
    ));

  it('in London is an hour earlier in summer (R-39, L8)', () =>
    expect(endOfLocalDay('2026-03-29', 'Europe/London')).toBe('2026-03-29T23:00:00.000Z'));
});

describe.each(holidayLists)('the holidays of $region', (list) => {
  const isWeekend = (day: string) => [2, 3].includes(dayNumber(day) % 7);
  const yearsOf = (days: readonly string[]) => [...new Set(days.map((day) => day.slice(0, 4)))];

  it('fit, and are known from 2024 to 2027', () => {
    expect(misfits(list, [HolidayList])).toEqual([]);
    expect(yearsOf(list.daysOff)).toEqual(['2024', '2025', '2026', '2027']);
  });

  it('are made up for on weekends alone', () => expect(list.makeUpDays.filter((day) => !isWeekend(day))).toEqual([]));

  if (list.region !== 'cn') it('fall on weekdays', () => expect(list.daysOff.filter(isWeekend)).toEqual([]));
});

/** What the State Council and gov.uk announced, written down here again. */
describe('a day of the lists', () => {
  it.each<[string, string, 'off' | 'made up for' | 'as every week']>([
    ['cn', '2024-02-09', 'as every week'], // the eve: leave was encouraged, and not ordered
    ['cn', '2024-02-18', 'made up for'],
    ['cn', '2024-10-12', 'made up for'],
    ['cn', '2025-01-28', 'off'],
    ['cn', '2025-09-28', 'made up for'],
    ['cn', '2025-10-08', 'off'],
    ['cn', '2026-01-04', 'made up for'],
    ['cn', '2026-02-23', 'off'],
    ['cn', '2026-02-24', 'as every week'],
    ['cn', '2026-10-10', 'made up for'],
    ['gb-eaw', '2026-04-06', 'off'], // Easter Monday, not kept in Scotland
    ['gb-sct', '2026-04-06', 'as every week'],
    ['gb-sct', '2024-12-02', 'off'], // St Andrew's on a Saturday
    ['gb-nir', '2025-07-14', 'off'],
    ['gb-eaw', '2026-12-28', 'off'], // Boxing Day on a Saturday
    ['gb-eaw', '2027-12-27', 'off'],
  ])('of %s, %s, is %s', (region, day, what) => {
    const [{ daysOff, makeUpDays }] = listOf(region) as [HolidayList];
    const made = makeUpDays.includes(day) ? 'made up for' : 'as every week';
    expect(daysOff.includes(day) ? 'off' : made).toBe(what);
  });

  it('that China makes up for in 2027 was not announced, and the list says so', () => {
    const [{ source, makeUpDays }] = listOf('cn') as [HolidayList];
    expect(source).toContain('2027: statutory days, arrangement unknown');
    expect(makeUpDays.filter((day) => day.startsWith('2027'))).toEqual([]);
  });
});

describe('the holidays of China', () => {
  const [{ daysOff }] = listOf('cn') as [HolidayList];
  const lunar = new Intl.DateTimeFormat('en-u-ca-chinese', { month: 'numeric', day: 'numeric', timeZone: 'UTC' });

  it.each(['1/1', '1/2', '1/3', '5/5', '8/15'])('hold %s of the lunar year, each year', (date) => {
    const found = daysOff.filter((day) => lunar.format(new Date(day)) === date);
    expect(found.map((day) => day.slice(0, 4))).toEqual(['2024', '2025', '2026', '2027']);
  });
});
