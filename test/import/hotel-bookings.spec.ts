import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { Event, Recorded } from '#kernel';
import { explain } from '../../apps/cli/src/import/explain.js';
import { importFile } from '../../apps/cli/src/import/import-file.js';
import { loadMapping } from '../../apps/cli/src/import/mapping-file.js';
import { deskOver, folderOfFiles, retailLog, StreamedInMemory } from './desk.js';

const SAMPLE = 'samples/hotel-bookings/hotel_bookings.csv';
const PATIENCE_MS = 60_000;
const mapping = loadMapping('hotel-bookings');
const company = { zone: 'Europe/Lisbon', currency: 'EUR', vertical: 'hotel' };
const inEuros = { log: { ...retailLog, company }, now: '2017-02-05T00:00:00.000Z' };
const [header = '', ...sampleRows] = readFileSync(SAMPLE, 'utf8').trim().split('\n');

const files = folderOfFiles();
afterAll(files.remove);
const fileOf = (...rows: readonly string[]) => files.write(`${[header, ...rows].join('\n')}\n`);

const ordinary = {
  ...{ hotel: 'City Hotel', lead_time: '2', adr: '100.5', agent: '9', company: 'NULL', children: '0' },
  ...{ arrival_date_year: '2015', arrival_date_month: 'October', arrival_date_day_of_month: '24', adults: '2' },
  ...{ stays_in_weekend_nights: '2', stays_in_week_nights: '1', babies: '1' },
  ...{ reservation_status: 'Check-Out', reservation_status_date: '10/27/2015' },
};
const rowOf = (said: Readonly<Record<string, string>> = {}) => {
  const cells: Readonly<Record<string, string>> = { ...ordinary, ...said };
  return header
    .split(',')
    .map((column) => cells[column] ?? '')
    .join(',');
};

type Placed = Recorded<
  Event<'BookingPlaced', { total: { amount: number }; inBase?: object; guests: Readonly<Record<string, number>> }>
>;

describe('the hotel bookings that ship', () => {
  const store = new StreamedInMemory();
  const take = (file: string) => importFile({ ...deskOver(store, inEuros), file, mapping });
  const counted = JSON.parse(
    execFileSync(process.execPath, ['test/import/bookings-counted-apart.mjs', SAMPLE], { encoding: 'utf8' }),
  );
  const all = (type: string) => store.log.filter((fact) => fact.type === type) as unknown as Placed[];

  it('are known independently', () =>
    expect(counted).toEqual({
      rows: 1_856,
      equal: 546,
      statuses: {
        'Check-Out': { bookings: 887, cents: 30_980_273 },
        Canceled: { bookings: 940, cents: 43_513_357 },
        'No-Show': { bookings: 29, cents: 927_426 },
      },
      organisations: 86,
      withoutCustomer: 98,
      guests: 3_791,
      firstBooked: '2013-06-24',
      lastEnded: '2017-02-04',
      best: ['agent-240', 5_593_205],
    }));

  it(
    'become organisations and their bookings, equal rows as different ones',
    async () => {
      const summary = await take(SAMPLE);
      const facts = 2 * counted.organisations + 2 * counted.rows;
      expect(summary).toMatchObject({ read: counted.rows, recorded: counted.rows, rejected: 0, changed: 0, facts });

      const placed = all('BookingPlaced');
      expect(new Set(placed.map(({ stream }) => stream)).size).toBe(counted.rows);
      expect(all('OrganizationRegistered')).toHaveLength(counted.organisations);
      expect(placed.filter(({ customers }) => customers.length === 0)).toHaveLength(counted.withoutCustomer);
      const heads = placed.flatMap(({ data }) => Object.values(data.guests));
      expect(heads.reduce((sum, count) => sum + count, 0)).toBe(counted.guests);
    },
    PATIENCE_MS,
  );

  it('end as they ended', () => {
    const worth = new Map(all('BookingPlaced').map(({ stream, data }) => [stream, data.total.amount]));
    const ended = (type: string) => {
      const over = all(type);
      return { bookings: over.length, cents: over.reduce((sum, { stream }) => sum + (worth.get(stream) as number), 0) };
    };
    expect({
      'Check-Out': ended('ServiceCompleted'),
      Canceled: ended('BookingCancelled'),
      'No-Show': ended('NoShowRecorded'),
    }).toEqual(counted.statuses);
  });

  it('are dated with their own dates, by the wall clock of Lisbon', () => {
    const times = store.log.map(({ meta }) => meta.occurredAt).sort();
    expect([times[0], times.at(-1)]).toEqual([`2013-06-23T23:00:00.000Z`, `${counted.lastEnded}T00:00:00.000Z`]);
    expect(counted.firstBooked).toBe('2013-06-24');
    expect(store.log.every(({ meta }) => meta.backfill && meta.zone === 'Europe/Lisbon')).toBe(true);
  });

  it(
    'add no event when they are imported again, in any order',
    async () => {
      const before = store.log.length;
      const nothingNew = { recorded: 0, already: counted.rows, rejected: 0, changed: 0, facts: 0 };
      expect(await take(SAMPLE)).toMatchObject(nothingNew);
      expect(await take(fileOf(...sampleRows.toReversed()))).toMatchObject(nothingNew);
      expect(store.log).toHaveLength(before);
    },
    PATIENCE_MS,
  );
});

describe('equal rows', () => {
  const importing = (store: StreamedInMemory) => async (rows: number) => {
    const { recorded, already } = await importFile({
      ...deskOver(store, inEuros),
      file: fileOf(...Array<string>(rows).fill(rowOf())),
      mapping,
    });
    return [recorded, already];
  };

  it('are as many bookings as the file has, and more once it has more', async () => {
    const take = importing(new StreamedInMemory());
    expect(await take(3)).toEqual([3, 0]);
    expect(await take(2)).toEqual([0, 2]);
    expect(await take(5)).toEqual([2, 3]);
  });

  it('of a file cut between them are counted anew in each piece: the larger one counts', async () => {
    const take = importing(new StreamedInMemory());
    expect(await take(1)).toEqual([1, 0]);
    expect(await take(2)).toEqual([1, 1]);
  });
});

describe('a hotel booking', () => {
  const told = async (said: Readonly<Record<string, string>> = {}, now?: string) => {
    const [row] = await explain(fileOf(rowOf(said)), mapping, { rows: 1, ...(now && { now }) });
    return row as unknown as {
      misfit?: string;
      occurredAt: string;
      streams: { stream: string; occurredAt?: string; commands: { type: string; data: Record<string, unknown> }[] }[];
    };
  };
  const placedBy = async (said: Readonly<Record<string, string>>) => {
    const { streams } = await told(said);
    const { booker, payer } = streams.at(-2)?.commands[0]?.data ?? {};
    return { booker, payer, organisations: streams.slice(0, -2).map(({ stream }) => stream) };
  };

  it('is made so many days before the arrival, for all nights together', async () => {
    const { occurredAt, streams } = await told();
    const [, booking] = streams;
    expect(occurredAt).toBe('2015-10-21T23:00:00.000Z');
    expect(booking?.occurredAt).toBeUndefined();
    expect(booking?.commands).toEqual([
      {
        type: 'PlaceBooking',
        data: {
          booker: 'hotel-bookings:agent-9',
          payer: 'hotel-bookings:agent-9',
          travellers: [],
          guests: { adults: 2, children: 0, infants: 1 },
          vertical: 'hotel',
          // Summer time ends in between.
          serviceWindow: { from: '2015-10-23T23:00:00.000Z', to: '2015-10-28T00:00:00.000Z' },
          lines: [{ code: 'room', kind: 'base', price: { amount: 30_150, currency: 'EUR' } }],
        },
      },
    ]);
  });

  it.each([
    ['Check-Out', '10/27/2015', '2015-10-27T00:00:00.000Z', { type: 'CompleteService', data: {} }],
    ['Canceled', '10/23/2015', '2015-10-22T23:00:00.000Z', { type: 'CancelBooking', data: { by: 'customer' } }],
    ['No-Show', '10/24/2015', '2015-10-23T23:00:00.000Z', { type: 'RecordNoShow', data: {} }],
  ])('with the status %s ends on its day', async (reservation_status, reservation_status_date, occurredAt, command) => {
    const { streams } = await told({ reservation_status, reservation_status_date });
    const [made, ended] = streams.slice(-2);
    expect(ended).toEqual({ stream: made?.stream, occurredAt, commands: [command] });
  });

  it('belongs to who made it, and is paid by the company where there is one', async () => {
    const agent = 'hotel-bookings:agent-40';
    const firm = 'hotel-bookings:company-40';
    const customers = (...organisations: string[]) => organisations.map((one) => `customer-${one}`);
    expect(await placedBy({ agent: '40' })).toEqual({ booker: agent, payer: agent, organisations: customers(agent) });
    expect(await placedBy({ agent: 'NULL', company: '40' })).toEqual({
      booker: firm,
      payer: firm,
      organisations: customers(firm),
    });
    expect(await placedBy({ agent: '40', company: '40' })).toEqual({
      booker: agent,
      payer: firm,
      organisations: customers(agent, firm),
    });
    expect(await placedBy({ agent: 'NULL' })).toEqual({ booker: undefined, payer: undefined, organisations: [] });
  });

  it('knows its organisations by their numbers, apart', async () => {
    const { streams } = await told({ agent: '40', company: '40' });
    const known = streams.slice(0, 2).map(({ commands }) => commands[1]?.data);
    expect(known).toEqual([
      { namespace: 'hotel-bookings', value: 'agent-40' },
      { namespace: 'hotel-bookings', value: 'company-40' },
    ]);
  });

  it('without a night lasts one day and costs nothing', async () => {
    const { streams } = await told({ stays_in_weekend_nights: '0', stays_in_week_nights: '0' });
    expect(streams[1]?.commands[0]?.data).toMatchObject({
      serviceWindow: { from: '2015-10-23T23:00:00.000Z', to: '2015-10-24T23:00:00.000Z' },
      lines: [{ price: { amount: 0 } }],
    });
  });

  it('says nothing of guests who were not counted', async () => {
    const { streams } = await told({ children: 'NA' });
    expect(streams[1]?.commands[0]?.data.guests).toEqual({ adults: 2, infants: 1 });
  });

  const month = (arrival_date_month: string) => ({ arrival_date_month });
  const NO_DATE = 'column arrival_date_year, arrival_date_month, arrival_date_day_of_month is no date like yyyy MMMM d';
  it.each([
    [month('Oktober'), NO_DATE],
    [month('OCTOBER'), NO_DATE],
    [month('Oct'), NO_DATE],
    [month(''), NO_DATE],
    [{ arrival_date_month: 'February', arrival_date_day_of_month: '30' }, NO_DATE],
    [{ lead_time: '-1' }, 'column lead_time is no whole number'],
    [{ lead_time: '99999' }, NO_DATE],
    [{ stays_in_week_nights: '1.5' }, 'column stays_in_week_nights is no whole number'],
    [{ adr: '1,5' }, 'has 33 cells where the header has 32'],
    [{ adr: '1.555' }, 'column adr is no amount in EUR'],
    [{ adults: '2000' }, 'PlaceBooking: /guests/adults adults must not be greater than 999'],
    [{ reservation_status: 'Lost' }, 'the mapping makes nothing of it'],
    [{ reservation_status_date: '27.10.2015' }, 'column reservation_status_date is no date like M/d/yyyy'],
    [
      { reservation_status: 'Canceled', reservation_status_date: '10/21/2015' },
      'its date ended lies before what is said to the same stream earlier',
    ],
  ])('that does not fit says why: %j', async (said, misfit) => expect((await told(said)).misfit).toBe(misfit));

  it('that has not ended yet waits', async () =>
    expect((await told({}, '2015-10-26T12:00:00.000Z')).misfit).toBe('lies in the future of the business clock'));

  it('that would cost less than nothing is set apart, and nothing of it is recorded', async () => {
    const store = new StreamedInMemory();
    const file = fileOf(rowOf({ adr: '-6.38', agent: 'NULL' }));
    const summary = await importFile({ ...deskOver(store, inEuros), file, mapping });
    expect(summary).toMatchObject({ recorded: 0, rejected: 1, firstReason: 'refused: total-is-negative' });
    expect(store.log).toEqual([]);
    const [, rejected] = parse(readFileSync(`${file}.rejected.csv`)) as string[][];
    expect(rejected?.at(-1)).toBe('refused: total-is-negative');
  });
});

describe('hotel bookings of a company that reckons in another currency', () => {
  const inYuan = { ...retailLog, company: { ...company, currency: 'CNY' } };
  const take = (rate?: string) => {
    const policies = {
      effectiveAt: async (name: string) =>
        rate && name === 'fx.EUR' ? { ref: 'fx.EUR@1', body: { rate } } : undefined,
    };
    const store = new StreamedInMemory();
    const file = fileOf(rowOf());
    return { store, done: importFile({ ...deskOver(store, { ...inEuros, log: inYuan, policies }), file, mapping }) };
  };

  it('keep theirs, freeze what they are worth, and name the rate', async () => {
    const { store, done } = take('7.0821');
    expect(await done).toMatchObject({ recorded: 1, rejected: 0 });
    const [placed, ended] = ['BookingPlaced', 'ServiceCompleted'].map((type) =>
      store.log.find((fact) => fact.type === type),
    );
    const inBase = { amount: 213_525, currency: 'CNY', rate: '7.0821' };
    expect(placed).toMatchObject({
      data: { total: { amount: 30_150, currency: 'EUR' }, inBase },
      policyRef: { fx: 'fx.EUR@1' },
    });
    expect(ended?.data).toMatchObject({ amount: { amount: 30_150, currency: 'EUR' }, inBase });
  });

  it('stop before the first row where there is no rate', async () => {
    const { store, done } = take();
    await expect(done).rejects.toThrow('publish the rate: touchline policies publish fx EUR <file>');
    expect(store.log).toEqual([]);
  });
});
