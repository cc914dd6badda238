import { newId, newLogSecret } from '#application';
import { InMemoryEventStore } from '#testing';
import { BusinessClock, dayBefore } from './business-clock.js';
import { CLOCK_STREAM, closeDaysUntil } from './days.js';

/** A log in London, and the clock of the machine that closes its days. */
const watched = () => {
  const machine = { time: '', now: () => machine.time };
  const store = new InMemoryEventStore(machine);
  const company = { zone: 'Europe/London', currency: 'GBP', vertical: 'rail' };
  const log = { logId: newId(), secret: newLogSecret(), company };
  const clock = new BusinessClock(company.zone, machine);
  /** What it closes when the machine's clock shows this. */
  const closedAt = (time: string) => {
    machine.time = time;
    return closeDaysUntil(store, log, dayBefore(clock.today()));
  };
  return { store, closedAt };
};

describe('a day', () => {
  it('is closed when it is over where the company is, in summer too', async () => {
    const { store, closedAt } = watched();
    expect(await closedAt('2026-03-28T12:00:00.000Z')).toEqual(['2026-03-27']);
    expect(await closedAt('2026-03-28T23:59:59.999Z')).toEqual([]);
    expect(await closedAt('2026-03-29T00:00:00.000Z')).toEqual(['2026-03-28']);
    expect(await closedAt('2026-03-29T22:59:59.999Z')).toEqual([]);
    expect(await closedAt('2026-03-29T23:00:00.000Z')).toEqual(['2026-03-29']);
    expect(store.log.map(({ meta }) => meta.occurredAt)).toEqual([
      '2026-03-28T00:00:00.000Z',
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T23:00:00.000Z',
    ]);
  });

  it('is closed an hour early by a clock that is ahead, dated right, and not again when it is set back', async () => {
    const { store, closedAt } = watched();
    await closedAt('2026-03-02T22:59:00.000Z');
    expect(await closedAt('2026-03-03T00:01:00.000Z')).toEqual(['2026-03-02']);
    for (const back of ['2026-03-02T23:02:00.000Z', '2026-02-01T09:00:00.000Z', '2026-03-03T00:02:00.000Z'])
      expect(await closedAt(back)).toEqual([]);
    expect(store.log.at(-1)).toMatchObject({
      ...{ type: 'DayClosed', stream: CLOCK_STREAM, data: { date: '2026-03-02', zone: 'Europe/London' } },
      ...{ meta: { occurredAt: '2026-03-03T00:00:00.000Z' }, recordedAt: '2026-03-03T00:01:00.000Z' },
    });
  });

  it('that a machine slept through is closed when it wakes, each in its turn at its own end', async () => {
    const { store, closedAt } = watched();
    await closedAt('2026-03-02T10:00:00.000Z');
    expect(await closedAt('2026-03-05T10:00:00.000Z')).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
    expect(store.log.slice(1).map(({ meta, recordedAt }) => [meta.occurredAt, recordedAt])).toEqual(
      ['2026-03-03', '2026-03-04', '2026-03-05'].map((day) => [`${day}T00:00:00.000Z`, '2026-03-05T10:00:00.000Z']),
    );
  });
});
