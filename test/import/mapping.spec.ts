import { dateReader, isDateFormat } from '../../apps/cli/src/import/dates.js';
import { explain, explainedText } from '../../apps/cli/src/import/explain.js';
import { loadMapping } from '../../apps/cli/src/import/mapping-file.js';
import { parseMapping } from '../../apps/cli/src/import/mapping-text.js';
import { rowReader } from '../../apps/cli/src/import/row.js';
import { ImportProblem, inLanguage } from '../../apps/cli/src/import/words.js';
import { folderOfFiles, onlineRetail, sampleFile } from './desk.js';

const files = folderOfFiles();
afterAll(files.remove);

const booking = (commands: object) => ({
  system: 'till',
  currency: 'GBP',
  date: { column: 'on', format: 'd.M.yyyy', zone: 'Europe/London' },
  identity: ['no'],
  streams: [{ slice: 'booking', commands }],
});
const complete = { type: 'CompleteService', data: {} };

describe('a mapping', () => {
  const faultsOf = (mapping: object) => {
    try {
      parseMapping(JSON.stringify(mapping), 'mine');
      return [];
    } catch (error) {
      if (!(error instanceof ImportProblem)) throw error;
      return error.message.split('\n').slice(1);
    }
  };

  it('ships for Online Retail, or is a file of JSON or YAML', () => {
    expect(loadMapping('online-retail')).toEqual(onlineRetail);
    expect(loadMapping(files.write(JSON.stringify(booking([complete]))))).toEqual(booking([complete]));
  });

  it('that is not there is told what ships', () => {
    const problem = () => loadMapping('nothing');
    expect(problem).toThrow(
      'There is no mapping nothing: name a JSON or YAML file, or one of those that ship here (hotel-bookings, online-retail).',
    );
    expect(() => loadMapping(files.folder)).toThrow('There is no mapping');
    try {
      problem();
    } catch (error) {
      expect(inLanguage('zh', (error as ImportProblem).sentence)).toBe(
        '没有映射 nothing：请给出 JSON 或 YAML 文件，或使用自带的映射（hotel-bookings, online-retail）。',
      );
    }
  });

  it('whose row is named by what is personal names it by a fingerprint on every fact', () => {
    const mapping = {
      ...booking([complete]),
      identity: ['mail'],
      streams: [
        {
          slice: 'customer',
          commands: [
            { type: 'RegisterIndividual', data: {} },
            { type: 'AddContactPoint', data: { kind: 'email', value: { $column: 'mail' } } },
          ],
        },
      ],
    };
    const names = { stream: () => 'a-stream', content: ([cell]: readonly string[]) => `hidden-${cell?.length}` };
    const read = rowReader(parseMapping(JSON.stringify(mapping), 'mine'), ['mail', 'on'], names);
    expect(read(['ann@example.com', '1.3.2011'], '2026-01-01T00:00:00.000Z')).toMatchObject({ identity: 'hidden-15' });
  });

  it('that is no YAML is told where', () => {
    expect(() => parseMapping('system: [', 'mine')).toThrow(/The mapping mine cannot be read: .*line 1/s);
  });

  it.each<[string, object, RegExp[]]>([
    ['nothing', {}, [/^\/system/, /^\/currency/, /^\/date/, /^\/identity/, /^\/streams/]],
    ['a word too many', { ...booking([complete]), colour: 1 }, [/^\/colour: must not be there/]],
    [
      'an unknown zone',
      { ...booking([complete]), date: { column: 'on', format: 'iso', zone: 'London' } },
      [/^\/date\/zone/],
    ],
    [
      'a format without a month',
      { ...booking([complete]), date: { column: 'on', format: 'yyyy-mm-dd', zone: 'UTC' } },
      [/^\/date\/format/],
    ],
    [
      'an unknown slice',
      { ...booking([complete]), streams: [{ slice: 'parcel', commands: [complete] }] },
      [/^\/streams\/0\/slice: must be one of .*booking/],
    ],
    [
      'an unknown command',
      booking([{ type: 'Fly', data: {} }]),
      [/^\/streams\/0\/commands\/0\/type: must be one of PlaceBooking/],
    ],
    [
      'an unknown field',
      booking([{ type: 'CompleteService', data: { colour: 'red' } }]),
      [/^\/streams\/0\/commands\/0\/data\/colour: is no field of CompleteService/],
    ],
    [
      'a missing field',
      booking([{ type: 'CancelBooking', data: {} }]),
      [/^\/streams\/0\/commands\/0\/data\/by: is missing/],
    ],
    [
      'an unknown stream',
      booking([{ type: 'CancelBooking', data: { by: 'customer', reason: { $id: 'x' } } }]),
      [/data\/reason\/\$id: must be one of booking/],
    ],
    [
      'an unknown reading',
      booking([{ type: 'CancelBooking', data: { by: { $column: 'x', $as: 'colour' } } }]),
      [/data\/by\/\$as/],
    ],
    [
      'an unknown word',
      booking([{ type: 'CancelBooking', data: { by: { $upper: 'x' } } }]),
      [/data\/by\/\$upper: is no word of this language/],
    ],
    ['an empty choice', booking([{ ...complete, when: { column: 'x' } }]), [/^\/streams\/0\/commands\/0\/when/]],
    [
      'a choice in two ways',
      booking([{ ...complete, when: { column: 'x', is: 'a', oneOf: ['b'] } }]),
      [/^\/streams\/0\/commands\/0\/when: must have one of "is", "startsWith" and "oneOf"/],
    ],
    ['a choice among nothing', booking([{ ...complete, when: { column: 'x', oneOf: [] } }]), [/when\/oneOf/]],
    [
      'days that are no columns and no numbers',
      { ...booking([complete]), date: { column: 'on', format: 'd.M.yyyy', zone: 'UTC', plusDays: [1.5] } },
      [/^\/date\/plusDays/],
    ],
    [
      'days of no wall clock',
      { ...booking([complete]), date: { column: 'on', format: 'iso', zone: 'UTC', minusDays: ['lead'] } },
      [/^\/date\/minusDays: counts days of a wall clock: iso has none/],
    ],
    [
      'other dates that are none',
      { ...booking([complete]), dates: { paid: { column: 'on', format: 'd.M.yyyy' }, sent: 'on' } },
      [/^\/dates\/paid\/zone/, /^\/dates\/sent: must be an object/],
    ],
    [
      'other days of no wall clock',
      { ...booking([complete]), dates: { paid: { column: 'on', format: 'iso', zone: 'UTC', plusDays: [1] } } },
      [/^\/dates\/paid\/plusDays/],
    ],
    [
      'an unknown date',
      {
        ...booking([{ type: 'CancelBooking', data: { by: 'customer', reason: { $date: 'paid' } } }]),
        streams: [
          {
            slice: 'booking',
            date: 'paid',
            commands: [{ type: 'CancelBooking', data: { by: 'customer', reason: { $date: 'paid' } } }],
          },
        ],
        dates: { sent: { column: 'on', format: 'd.M.yyyy', zone: 'UTC' } },
      },
      [/^\/streams\/0\/date: must be one of sent/, /data\/reason\/\$date: must be one of sent/],
    ],
    [
      'a prefix of nothing',
      { ...booking([complete]), streams: [{ slice: 'booking', prefix: 'a-', commands: [complete] }] },
      [/^\/streams\/0\/prefix: needs a key/],
    ],
    [
      'one of several streams that is unknown',
      booking([{ type: 'CancelBooking', data: { by: 'customer', reason: { $id: ['booking', 'x'] } } }]),
      [/data\/reason\/\$id: must be one of booking/],
    ],
    [
      'more of what is no money',
      booking([{ type: 'CancelBooking', data: { by: { $column: 'x', $as: 'number', $times: ['y'] } } }]),
      [/data\/by\/\$times: multiplies money/],
    ],
    [
      'a prefix of what is no text',
      booking([{ type: 'CancelBooking', data: { by: { $column: 'x', $words: { y: 'customer' }, $prefix: 'p-' } } }]),
      [/data\/by\/\$prefix: stands before a text/],
    ],
    [
      'one name twice',
      { ...booking([complete]), streams: [0, 1].map(() => ({ slice: 'booking', commands: [complete] })) },
      [/^\/streams\/1\/name/],
    ],
  ])('is told each fault with a pointer: %s', (_, mapping, expected) => {
    expect(faultsOf(mapping)).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  });
});

describe('a date of a mapping', () => {
  const london = (format: string) => dateReader(format, 'Europe/London');

  it.each([
    ['yyyy-MM-dd HH:mm:ss', '2011-07-05 10:02:03', '2011-07-05T09:02:03.000Z'],
    ['yyyy-MM-dd HH:mm:ss', '2011-01-05 10:02:03', '2011-01-05T10:02:03.000Z'],
    ['M/d/yyyy H:mm', '12/1/2010 8:26', '2010-12-01T08:26:00.000Z'],
    ['dd.MM.yyyy', '05.07.2011', '2011-07-04T23:00:00.000Z'],
    ['yyyyMMddHHmmssSSS', '20110105100203004', '2011-01-05T10:02:03.004Z'],
    ['iso', '2011-01-05T10:02:03+08:00', '2011-01-05T02:02:03.000Z'],
    ['yyyy MMMM d', '2011 July 5', '2011-07-04T23:00:00.000Z'],
    ['d MMMM yyyy HH:mm', '31 May 2011 12:30', '2011-05-31T11:30:00.000Z'],
    // Around the hour that summer time leaves out, and the one that comes twice.
    ['yyyy-MM-dd HH:mm', '2011-03-27 00:59', '2011-03-27T00:59:00.000Z'],
    ['yyyy-MM-dd HH:mm', '2011-03-27 02:00', '2011-03-27T01:00:00.000Z'],
    ['yyyy-MM-dd HH:mm', '2011-10-30 00:59', '2011-10-29T23:59:00.000Z'],
    ['yyyy-MM-dd HH:mm', '2011-10-30 02:00', '2011-10-30T02:00:00.000Z'],
    ['yyyy-MM-dd HH:mm', '2011-10-30 12:00', '2011-10-30T12:00:00.000Z'],
  ])('%s reads %s', (format, text, instant) => {
    expect([isDateFormat(format), london(format)(text)]).toEqual([true, instant]);
  });

  it.each([
    ['yyyy-MM-dd', '2011-02-30'],
    ['yyyy MMMM d', '2011 july 5'],
    ['yyyy MMMM d', '2011 Juli 5'],
    ['yyyy MMMM d', '2011 Jul 5'],
    ['yyyy MMMM d', '2011 February 30'],
    ['yyyy-MM-dd', '2011-2-3'],
    ['yyyy-MM-dd', ' 2011-02-03'],
    ['yyyy-MM-dd', ''],
    ['yyyy-MM-dd HH:mm', '2011-02-03 24:00'],
    ['yyyy-MM-dd HH:mm', '2011-02-03 10:60'],
    ['dd.MM.yyyy', '05x07x2011'],
    ['iso', '2011-01-05T10:02:03'],
    ['iso', '2011-02-30T10:02:03Z'],
    ['iso', '2011-01-05T25:02:03Z'],
  ])('%s does not read %s', (format, text) => {
    expect(london(format)(text)).toEqual({ why: 'not-a-date' });
  });

  it('at a time that clocks jump over is none, and one at a time that comes twice if the mapping says which', () => {
    const format = 'yyyy-MM-dd HH:mm';
    expect(london(format)('2011-03-27 01:30')).toEqual({ why: 'time-left-out' });
    expect(london(format)('2011-10-30 01:30')).toEqual({ why: 'time-twice' });
    const either = (['first', 'second'] as const).map((twice) => dateReader(format, 'Europe/London', twice));
    expect(either.map((read) => read('2011-10-30 01:30'))).toEqual([
      '2011-10-30T00:30:00.000Z',
      '2011-10-30T01:30:00.000Z',
    ]);
    expect(either.map((read) => read('2011-03-27 01:30'))).toEqual(Array(2).fill({ why: 'time-left-out' }));
  });

  it('without a time begins with its day, also where midnight is left out or comes twice', () => {
    const dayIn = (zone: string) => dateReader('yyyy-MM-dd', zone);
    expect(dayIn('America/Sao_Paulo')('2018-11-04')).toBe('2018-11-04T03:00:00.000Z');
    expect(dayIn('America/Havana')('2026-11-01')).toBe('2026-11-01T04:00:00.000Z');
  });

  it('may lie so many days later or earlier', () => {
    const read = london('d.M.yyyy HH:mm');
    expect([1, -1, 400].map((days) => read('27.3.2011 12:00', days))).toEqual([
      '2011-03-28T11:00:00.000Z',
      '2011-03-26T12:00:00.000Z',
      '2012-04-30T11:00:00.000Z',
    ]);
    expect(read('30.2.2011 12:00', 1)).toEqual({ why: 'not-a-date' });
  });

  it.each(['yyyy-MM', 'yyyy-MM-dd MM', 'yyyy MMMM M d', '', 5])('%s is no format', (format) => {
    expect(isDateFormat(format)).toBe(false);
  });
});

describe('explaining a file', () => {
  it('shows what the first rows would become, ids as what they derive from', async () => {
    const [first, ...others] = await explain(sampleFile, onlineRetail);
    expect(others).toHaveLength(2);
    expect(first).toEqual({
      row: 1,
      identity: '536365',
      occurredAt: '2010-12-01T08:26:00.000Z',
      streams: [
        {
          stream: 'customer-online-retail:17850',
          commands: [
            { type: 'RegisterIndividual', data: { residencyRegion: 'gb' } },
            { type: 'LinkIdentifier', data: { namespace: 'online-retail', value: '17850' } },
          ],
        },
        {
          stream: 'booking-online-retail:536365',
          commands: [
            {
              type: 'PlaceBooking',
              data: {
                booker: 'online-retail:17850',
                vertical: 'retail',
                orderNumber: '536365',
                lines: [{ code: 'goods', kind: 'base', price: { amount: 13_912, currency: 'GBP' } }],
              },
            },
            { type: 'CompleteService', data: {} },
          ],
        },
      ],
    });
  });

  it('is told in both languages, a row that does not fit included', async () => {
    const file = files.rows('C1,c1,2011-01-05 10:00:00,1,-2.50,1,Germany', '2,c1,5 January,0,1,1,Germany');
    expect(explainedText(await explain(file, onlineRetail), 'en')).toBe(
      `Row 1 · C1 · 2011-01-05T10:00:00.000Z
  customer-online-retail:c1
    RegisterIndividual {"residencyRegion":"de"}
    LinkIdentifier {"namespace":"online-retail","value":"c1"}
  booking-online-retail:C1
    RecordRefundWithoutBooking {"payer":"online-retail:c1","vertical":"retail","orderNumber":"C1","refund":{"amount":250,"currency":"GBP"}}

Row 2 does not fit: column ts is no date like yyyy-MM-dd HH:mm:ss`,
    );
    const chinese = explainedText(await explain(file, onlineRetail, { lang: 'zh', rows: 2 }), 'zh');
    expect(chinese).toMatch(/^第 1 行 · C1 .*第 2 行不符合要求：列 ts 不是形如 yyyy-MM-dd HH:mm:ss 的日期$/s);
  });
});
