import { BusinessClock } from './business-clock.js';

describe('business time', () => {
  const machine = { time: '2026-11-22T09:30:00.000Z', now: () => machine.time };
  const standing = (zone: string, closed: string) => {
    const clock = new BusinessClock(zone, machine);
    clock.standAfter(closed);
    return clock;
  };
  beforeEach(() => {
    machine.time = '2026-11-22T09:30:00.000Z';
  });

  it('is the machine’s, when it is real', () => {
    const clock = new BusinessClock('Asia/Shanghai', machine);
    expect([clock.now(), clock.today(), clock.isReal]).toEqual([machine.time, '2026-11-22', true]);
    machine.time = '2026-11-22T16:30:00.000Z';
    expect(clock.today()).toBe('2026-11-23');
  });

  it('stands on the day after the last closed one, and the time of day runs on', () => {
    const clock = standing('Europe/London', '2011-12-09');
    expect([clock.now(), clock.today()]).toEqual(['2011-12-10T09:30:00.000Z', '2011-12-10']);
    machine.time = '2026-11-22T09:30:01.500Z';
    expect(clock.now()).toBe('2011-12-10T09:30:01.500Z');
    machine.time = '2026-11-22T23:59:59.999Z';
    expect(clock.now()).toBe('2011-12-10T23:59:59.999Z');
  });

  it('knows summer in its zone', () => {
    expect(standing('Europe/London', '2011-06-30').now()).toBe('2011-07-01T08:30:00.000Z');
  });

  it('moves when a day is closed, and never back', () => {
    const clock = standing('UTC', '2011-12-09');
    clock.standAfter('2011-12-10');
    expect(clock.now()).toBe('2011-12-11T09:30:00.000Z');
    clock.standAfter('2011-12-01');
    expect(clock.today()).toBe('2011-12-11');
  });
});
