import fc from 'fast-check';
import { laterBy } from '#kernel';
import { timeOfDay } from './calendar.js';
import { isWhollyQuiet, nextWaking } from './quiet-hours.js';

const night = { from: '21:00', to: '08:30' };
const siesta = { from: '13:00', to: '15:00' };
const early = { from: '01:30', to: '02:30' };

describe('the next waking moment', () => {
  it.each([
    ['in the day: the instant itself', '2026-03-02T04:00:00.000Z', night, 'Asia/Shanghai', '2026-03-02T04:00:00.000Z'],
    ['in the evening: next morning', '2026-03-02T13:30:00.000Z', night, 'Asia/Shanghai', '2026-03-03T00:30:00.000Z'],
    [
      'after midnight: the same morning',
      '2026-03-02T17:00:00.000Z',
      night,
      'Asia/Shanghai',
      '2026-03-03T00:30:00.000Z',
    ],
    ['as they begin: next morning', '2026-03-02T13:00:00.000Z', night, 'Asia/Shanghai', '2026-03-03T00:30:00.000Z'],
    ['as they end: the instant itself', '2026-03-03T00:30:00.000Z', night, 'Asia/Shanghai', '2026-03-03T00:30:00.000Z'],
    ['the same instant elsewhere', '2026-03-02T13:30:00.000Z', night, 'Europe/London', '2026-03-02T13:30:00.000Z'],
    ['within one day', '2026-03-02T14:00:00.000Z', siesta, 'UTC', '2026-03-02T15:00:00.000Z'],
    [
      'never, where both are the same',
      '2026-03-02T23:00:00.000Z',
      { from: '21:00', to: '21:00' },
      'UTC',
      '2026-03-02T23:00:00.000Z',
    ],
    ['in a night an hour short', '2026-03-28T22:00:00.000Z', night, 'Europe/London', '2026-03-29T07:30:00.000Z'],
    ['in a night an hour longer', '2026-10-24T21:00:00.000Z', night, 'Europe/London', '2026-10-25T08:30:00.000Z'],
    // At 01:00 UTC clocks jump from 01:00 to 02:00: half past one is then.
    ['that begin where clocks jump', '2026-03-29T01:10:00.000Z', early, 'Europe/London', '2026-03-29T01:30:00.000Z'],
    ['before the jump', '2026-03-29T00:59:00.000Z', early, 'Europe/London', '2026-03-29T00:59:00.000Z'],
    // Half past one comes twice, at 00:30 and at 01:30 UTC: the first counts.
    [
      'that begin when a time comes twice',
      '2026-10-25T00:40:00.000Z',
      early,
      'Europe/London',
      '2026-10-25T02:30:00.000Z',
    ],
  ])('%s', (_, instant, quiet, zone, expected) => expect(nextWaking(instant, quiet, zone)).toBe(expected));

  const zones = fc.constantFrom('Asia/Shanghai', 'Europe/London', 'America/New_York', 'UTC', 'Australia/Lord_Howe');
  const times = fc
    .integer({ min: 0, max: 1439 })
    .map((minute) => [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, '0')).join(':'));
  const instants = fc
    .integer({ min: 0, max: 3 * 365 * 1440 })
    .map((m) => laterBy(m * 60_000, '2025-01-01T00:00:00.000Z'));

  it('is never before the instant, less than a day and a bit after it, and a waking one', () =>
    fc.assert(
      fc.property(instants, times, times, zones, (instant, from, to, zone) => {
        const quiet = { from, to };
        const next = nextWaking(instant, quiet, zone);
        expect(next >= instant && next <= laterBy(25 * 3_600_000, instant)).toBe(true);
        expect(nextWaking(next, quiet, zone)).toBe(next);
      }),
    ));
  it('is an end of the quiet hours where clocks do not change, or the instant itself', () =>
    fc.assert(
      fc.property(instants, times, times, (instant, from, to) => {
        const next = nextWaking(instant, { from, to }, 'Asia/Shanghai');
        if (next !== instant) expect(timeOfDay(next, 'Asia/Shanghai')).toBe(`${to}:00.000`);
      }),
    ));
  it('never goes backwards', () =>
    fc.assert(
      fc.property(instants, instants, times, times, zones, (one, other, from, to, zone) => {
        const [first, second] = [one, other].sort() as [string, string];
        const quiet = { from, to };
        expect(nextWaking(first, quiet, zone) <= nextWaking(second, quiet, zone)).toBe(true);
      }),
    ));
});

describe('a window', () => {
  it.each([
    ['within a night', '2026-03-02T21:00:00.000Z', '2026-03-03T08:30:00.000Z', true],
    ['a minute into the morning', '2026-03-02T21:00:00.000Z', '2026-03-03T08:31:00.000Z', false],
    ['a minute of the evening', '2026-03-02T20:59:00.000Z', '2026-03-03T07:00:00.000Z', false],
    ['over a whole day between two nights', '2026-03-02T22:00:00.000Z', '2026-03-03T22:00:00.000Z', false],
  ])('%s', (_, from, to, expected) => expect(isWhollyQuiet({ from, to }, night, 'UTC')).toBe(expected));
});
