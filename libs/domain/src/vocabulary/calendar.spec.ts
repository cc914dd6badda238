import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { runs } from '#testing';
import {
  addMonths,
  clockInstant,
  endOfLocalDay,
  instantAt,
  instantsAt,
  isZone,
  localDayOf,
  startOfLocalDay,
  timeOfDay,
} from './calendar.js';

describe('the local day', () => {
  it.each([
    ['2026-03-31T15:59:59.999Z', 'Asia/Shanghai', '2026-03-31'],
    ['2026-03-31T16:00:00.000Z', 'Asia/Shanghai', '2026-04-01'],
    ['2026-03-28T23:59:59.999Z', 'Europe/London', '2026-03-28'],
    ['2026-03-29T00:00:00.000Z', 'Europe/London', '2026-03-29'],
    ['2026-03-29T22:59:59.999Z', 'Europe/London', '2026-03-29'],
    ['2026-03-29T23:00:00.000Z', 'Europe/London', '2026-03-30'],
    ['2026-10-25T23:59:59.999Z', 'Europe/London', '2026-10-25'],
    ['2026-01-01T04:59:59.999Z', 'America/New_York', '2025-12-31'],
    ['1969-12-31T23:59:59.999Z', 'UTC', '1969-12-31'],
    ['2026-03-01T18:30:00.000Z', 'Asia/Kolkata', '2026-03-02'],
    // The day that Samoa never had.
    ['2011-12-30T09:59:59.999Z', 'Pacific/Apia', '2011-12-29'],
    ['2011-12-30T10:00:00.000Z', 'Pacific/Apia', '2011-12-31'],
    // One minute past midnight, Newfoundland went back to the day before.
    ['2010-11-07T02:30:59.999Z', 'America/St_Johns', '2010-11-07'],
    ['2010-11-07T02:31:00.000Z', 'America/St_Johns', '2010-11-06'],
  ])('of %s in %s is %s', (instant, zone, day) => {
    expect(localDayOf(instant, zone)).toBe(day);
    expect(localDayOf(instant, zone)).toBe(day);
  });

  it('is that of the time zone database, in whatever order it is asked', () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z'), noInvalidDate: true }),
        fc.constantFrom('UTC', 'Europe/London', 'America/St_Johns', 'Pacific/Apia', 'Africa/Casablanca', 'Asia/Gaza'),
        (date, zone) => {
          const instant = date.toISOString();
          const day = Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
          expect(localDayOf(instant, zone)).toBe(day);
        },
      ),
      { numRuns: runs(500) },
    ));

  it('does not carry a new hour into the days before it', () => {
    expect(localDayOf('2026-03-29T01:00:00.000Z', 'Europe/Paris')).toBe('2026-03-29');
    expect(localDayOf('2026-03-28T22:30:00.000Z', 'Europe/Paris')).toBe('2026-03-28');
  });

  it('is asked for in a zone that exists', () =>
    expect(() => localDayOf('2026-03-01T09:00:00.000Z', 'Europe/Atlantis')).toThrow(RangeError));
});

describe('a local day', () => {
  it.each([
    ['2026-03-01', 'UTC', '2026-03-01T00:00:00.000Z', '2026-03-02T00:00:00.000Z'],
    ['2026-03-31', 'Asia/Shanghai', '2026-03-30T16:00:00.000Z', '2026-03-31T16:00:00.000Z'],
    // 23 hours (L8), and 25.
    ['2026-03-29', 'Europe/London', '2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z'],
    ['2026-10-25', 'Europe/London', '2026-10-24T23:00:00.000Z', '2026-10-26T00:00:00.000Z'],
    // Midnight is in the gap: the day begins at one.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', '2018-11-05T02:00:00.000Z'],
    ['2011-12-29', 'Pacific/Apia', '2011-12-29T10:00:00.000Z', '2011-12-30T10:00:00.000Z'],
    ['2026-12-31', 'UTC', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ])('%s in %s begins and ends', (day, zone, start, end) =>
    expect([startOfLocalDay(day, zone), endOfLocalDay(day, zone)]).toEqual([start, end]),
  );

  it('holds its first instant and not its end', () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true }),
        fc.constantFrom('UTC', 'Europe/London', 'America/Sao_Paulo', 'Asia/Shanghai', 'Australia/Lord_Howe'),
        (date, zone) => {
          const instant = date.toISOString();
          const day = localDayOf(instant, zone);
          expect(localDayOf(startOfLocalDay(day, zone), zone)).toBe(day);
          expect(localDayOf(endOfLocalDay(day, zone), zone) > day).toBe(true);
          expect(startOfLocalDay(day, zone) <= instant && instant < endOfLocalDay(day, zone)).toBe(true);
        },
      ),
    ));
});

describe('a wall-clock time', () => {
  it.each([
    ['2011-12-09T12:50:00', 'Europe/London', '2011-12-09T12:50:00.000Z'],
    ['2011-07-09T12:50:00', 'Europe/London', '2011-07-09T11:50:00.000Z'],
    // In the gap the later, in the overlap the earlier.
    ['2026-03-29T01:30:00', 'Europe/London', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T01:30:00', 'Europe/London', '2026-10-25T00:30:00.000Z'],
    ['2026-03-01', 'Asia/Shanghai', '2026-02-28T16:00:00.000Z'],
  ])('%s in %s is %s', (local, zone, instant) => expect(instantAt(local, zone)).toBe(instant));

  it.each([
    ['2011-12-09T12:50:00', 'Europe/London', ['2011-12-09T12:50:00.000Z']],
    ['2026-03-29T00:59:59.999', 'Europe/London', ['2026-03-29T00:59:59.999Z']],
    ['2026-03-29T01:00:00', 'Europe/London', []],
    ['2026-03-29T01:59:59.999', 'Europe/London', []],
    ['2026-03-29T02:00:00', 'Europe/London', ['2026-03-29T01:00:00.000Z']],
    ['2026-10-25T00:59:59.999', 'Europe/London', ['2026-10-24T23:59:59.999Z']],
    ['2026-10-25T01:00:00', 'Europe/London', ['2026-10-25T00:00:00.000Z', '2026-10-25T01:00:00.000Z']],
    ['2026-10-25T02:00:00', 'Europe/London', ['2026-10-25T02:00:00.000Z']],
    // Half an hour at Lord Howe; a whole day in Samoa.
    ['2026-10-04T02:15:00', 'Australia/Lord_Howe', []],
    ['2026-04-05T01:45:00', 'Australia/Lord_Howe', ['2026-04-04T14:45:00.000Z', '2026-04-04T15:15:00.000Z']],
    ['2011-12-30T12:00:00', 'Pacific/Apia', []],
  ])('%s in %s comes once, twice or never', (local, zone, instants) =>
    expect(instantsAt(local, zone)).toEqual(instants),
  );

  it.each([
    ['2026-03-29T00:59:59.999Z', 'Europe/London', '00:59:59.999'],
    ['2026-03-29T01:00:00.000Z', 'Europe/London', '02:00:00.000'],
    ['2026-10-25T00:30:00.000Z', 'Europe/London', '01:30:00.000'],
    ['2026-10-25T01:30:00.000Z', 'Europe/London', '01:30:00.000'],
  ])('of %s in %s is %s', (instant, zone, time) => expect(timeOfDay(instant, zone)).toBe(time));
});

it.each([
  ['2026-03-01', '09:00', 'Asia/Shanghai', '2026-03-01T01:00:00.000Z'],
  ['2026-03-01', '24:00', 'Asia/Shanghai', '2026-03-01T16:00:00.000Z'],
  ['2026-03-28', '24:00', 'Europe/London', '2026-03-29T00:00:00.000Z'],
  ['2026-03-29', '00:59', 'Europe/London', '2026-03-29T00:59:00.000Z'],
  ['2026-03-29', '01:00', 'Europe/London', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', '01:30', 'Europe/London', '2026-03-29T01:00:00.000Z'],
  ['2026-03-29', '02:00', 'Europe/London', '2026-03-29T01:00:00.000Z'],
  ['2026-10-25', '01:30', 'Europe/London', '2026-10-25T00:30:00.000Z'],
  ['2018-11-04', '00:30', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z'],
  ['2011-12-30', '09:00', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
])('clocks show %s %s in %s at %s', (day, time, zone, instant) => expect(clockInstant(day, time, zone)).toBe(instant));

it.each([
  ['2026-01-31', 1, '2026-02-28'],
  ['2028-01-31', 1, '2028-02-29'],
  ['2028-02-29', 12, '2029-02-28'],
  ['2026-03-31', 24, '2028-03-31'],
  ['2026-03-31', 0, '2026-03-31'],
  ['2026-03-31', -1, '2026-02-28'],
])('%s and %d months are %s', (day, months, later) => expect(addMonths(day, months)).toBe(later));

describe('a zone', () => {
  it.each(['UTC', 'Europe/London', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'America/Port-au-Prince'])(
    'is %s',
    (zone) => expect(isZone(zone)).toBe(true),
  );
  it.each(['europe/london', 'EUROPE/LONDON', '+08:00', 'Europe/Atlantis', 'utc', 'CST', '', null, 8])(
    'is not %p',
    (zone) => expect(isZone(zone)).toBe(false),
  );
});
