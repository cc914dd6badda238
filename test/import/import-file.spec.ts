import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { Unavailable } from '#application';
import { type Desk, importFile, type Progress } from '../../apps/cli/src/import/import-file.js';
import { parseMapping } from '../../apps/cli/src/import/mapping-text.js';
import { deskOver, folderOfFiles, histories, onlineRetail, retailLog, StreamedInMemory, sampleFile } from './desk.js';

const files = folderOfFiles();
afterAll(files.remove);

const sample = readFileSync(sampleFile, 'utf8').split('\n');
const placed = '1,c1,2011-01-05 10:00:00,0,12.50,1,Germany';

describe('importing rows', () => {
  let store: StreamedInMemory;
  beforeEach(() => {
    store = new StreamedInMemory();
  });
  const take = (file: string, desk: Partial<Desk> = {}, mapping = onlineRetail) =>
    importFile({ ...deskOver(store), ...desk, file, mapping });
  const types = () => store.log.map(({ type }) => type);

  it('makes of a row what its mapping says, in one append a stream', async () => {
    expect(await take(files.rows(placed))).toMatchObject({ read: 1, recorded: 1, facts: 4 });
    expect(types()).toEqual(['IndividualRegistered', 'IdentifierLinked', 'BookingPlaced', 'ServiceCompleted']);
    const [registered, linked, booked] = store.log;
    expect(registered?.data).toEqual({ residencyRegion: 'de' });
    expect(linked?.data).toMatchObject({ namespace: 'online-retail', value: 'c1' });
    expect(`customer-${Reflect.get(booked?.data ?? {}, 'booker')}`).toBe(registered?.stream);
  });

  it('gives the ids of one log, and others in another', async () => {
    const other = new StreamedInMemory();
    await take(files.rows(placed));
    await importFile({
      ...deskOver(other, { log: { ...retailLog, secret: Buffer.alloc(32, 8) } }),
      file: files.rows(placed),
      mapping: onlineRetail,
    });
    expect(other.log.some(({ stream }) => store.log.some((fact) => fact.stream === stream))).toBe(false);
  });

  it('goes on where it was stopped, with the same log in the end', async () => {
    const file = files.write(sample.slice(0, 301).join('\n'));
    const whole = new StreamedInMemory();
    await importFile({ ...deskOver(whole), file, mapping: onlineRetail });

    for (const stopAfter of [1, 97, 222]) {
      const stop = new AbortController();
      let asked = 0;
      const { decide } = deskOver(store);
      const summary = await importFile({
        ...deskOver(store),
        file,
        mapping: onlineRetail,
        signal: stop.signal,
        decide: (wish) => {
          asked += 1;
          if (asked === stopAfter) stop.abort();
          return decide(wish);
        },
      });
      expect(summary).toMatchObject({ interrupted: true });
      expect(summary.recorded + summary.already).toBe(summary.read);
    }
    expect(store.log.length).toBeLessThan(whole.log.length);
    expect(await take(file)).toMatchObject({ read: 300, interrupted: false });
    expect(histories(store)).toEqual(histories(whole));
  });

  it('says so when the store is lost, and goes on later', async () => {
    const file = files.write(sample.slice(0, 151).join('\n'));
    const { decide } = deskOver(store);
    let asked = 0;
    const lost: Desk['decide'] = (wish) => {
      asked += 1;
      return asked > 100 ? Promise.reject(new Unavailable('append: the outcome is unknown')) : decide(wish);
    };
    await expect(take(file, { decide: lost })).rejects.toThrow(Unavailable);
    expect(await take(file)).toMatchObject({ read: 150, rejected: 0 });
    const whole = new StreamedInMemory();
    await importFile({ ...deskOver(whole), file, mapping: onlineRetail });
    expect(histories(store)).toEqual(histories(whole));
  });

  it('finds a row that changed since, and lets stand what is recorded', async () => {
    const more = ['2,c1,2011-01-06 10:00:00,0,1.00,1,Germany', '3,c2,2011-01-07 10:00:00,1,-1.00,1,Germany'];
    await take(files.rows(placed, ...more));
    const before = [...store.log];
    const another = files.rows(
      placed.replace('Germany', 'France'),
      '2,c1,2011-01-06 10:00:00,0,1.01,1,Germany',
      '3,c2,2011-01-07 10:00:01,1,-1.00,1,Germany',
      '4,c2,2011-01-08 10:00:00,0,4.00,1,France',
    );
    expect(await take(another)).toMatchObject({ recorded: 1, already: 0, rejected: 0, changed: 3 });
    expect(store.log.slice(0, before.length)).toEqual(before);
    const conflicts = store.log.filter(({ type }) => type === 'SourceConflictRecorded');
    expect(conflicts.map(({ data }) => Reflect.get(data, 'stream'))).toHaveLength(4);
    expect(store.log).toHaveLength(before.length + 4 + 2);
    // Said once more, it is the same contradiction.
    expect(await take(another)).toMatchObject({ recorded: 0, already: 1, changed: 3 });
    expect(store.log).toHaveLength(before.length + 4 + 2);
    expect(readFileSync(`${another}.rejected.csv`, 'utf8').match(/changed since/g)).toHaveLength(3);
  });

  it('takes a row once that stands twice in the file, and finds the second that differs', async () => {
    const twice = files.rows(placed, placed, placed.replace('12.50', '13.50'));
    expect(await take(twice)).toMatchObject({ recorded: 1, already: 1, changed: 1 });
    expect(store.log.map(({ type }) => type).slice(4)).toEqual(['SourceConflictRecorded']);
  });

  it('knows a row by its content and how often it came, where it has no name', async () => {
    const mapping = { ...onlineRetail, identity: 'content' as const };
    expect(await take(files.rows(placed, placed), {}, mapping)).toMatchObject({ recorded: 2 });
    const grown = files.rows(placed, '2,c1,2011-01-06 10:00:00,0,1.00,1,Germany', placed, placed);
    expect(await take(grown, {}, mapping)).toMatchObject({ recorded: 2, already: 2 });
    expect(types().filter((type) => type === 'BookingPlaced')).toHaveLength(4);
  });

  it('puts aside what does not fit, each with its reason, and takes the rest', async () => {
    const file = files.rows(
      placed,
      '2,c1,2011-13-05 10:00:00,0,12.50,1,Germany',
      '3,c1,2011-01-05 10:00:00,0,12.505,1,Germany',
      '4,c1,2011-01-05 10:00:00,0,12.50,1',
      '5,c1,2011-01-05 10:00:00,0,12.50,1,Germany,more',
      '6,c\0,2011-01-05 10:00:00,0,12.50,1,Germany',
      ',c1,2011-01-05 10:00:00,0,12.50,1,Germany',
      '8 8,c1,2011-01-05 10:00:00,0,12.50,1,Germany',
      '9,c1,2011-01-05 10:00:00,1,12.50,1,Germany',
      '10,c1,2011-12-11 10:00:00,0,12.50,1,Germany',
      '11,c1,2011-01-05 10:00:00,2,12.50,1,Germany',
      '12,c1,2011-01-05 10:00:00,0,12.50,1,Atlantis',
      `${'x'.repeat(201)},c1,2011-01-05 10:00:00,0,12.50,1,Germany`,
      '14,c1,2011-01-05 10:00:00,0,3.00,1,Germany',
    );
    const summary = await take(file);
    expect(summary).toMatchObject({
      read: 14,
      recorded: 2,
      rejected: 12,
      changed: 0,
      rejectedFile: `${file}.rejected.csv`,
    });
    const [header, ...rejected] = parse(readFileSync(`${file}.rejected.csv`), { relax_column_count: true });
    expect(header?.join()).toBe('InvoiceNo,CustomerID,ts,is_cancel,amount,lines,country,reason');
    const reasons = new Map(rejected.map((cells) => [cells[0]?.slice(0, 3), cells.slice(7).join('|')]));
    expect(Object.fromEntries(reasons)).toEqual({
      2: 'column ts is no date like yyyy-MM-dd HH:mm:ss',
      3: 'column amount is no amount in GBP',
      4: 'has 6 cells where the header has 7',
      5: 'has 8 cells where the header has 7|more',
      6: 'holds NUL bytes',
      '': 'its identity, column InvoiceNo, is empty',
      '8 8': 'PlaceBooking: /orderNumber orderNumber must be a reference of 1 to 64 letters, digits and . _ : / -',
      9: 'refused: amount-not-positive',
      10: 'lies in the future of the business clock',
      11: 'the mapping makes nothing of it',
      12: 'column country holds something the mapping has no word for',
      xxx: 'its identity, column InvoiceNo, is longer than 200 characters',
    });
    expect(summary.firstReason).toBe('column ts is no date like yyyy-MM-dd HH:mm:ss');
  });

  it('asks rejected rows again when the file is imported again, and leaves no old reasons behind', async () => {
    const file = files.rows('1,c1,2011-13-05 10:00:00,0,12.50,1,Germany');
    await take(file);
    files.replace(file, placed);
    expect(await take(file)).toMatchObject({ recorded: 1, rejected: 0, rejectedFile: undefined });
    expect(() => readFileSync(`${file}.rejected.csv`)).toThrow('ENOENT');
  });

  it('leaves out a customer who has no number', async () => {
    expect(await take(files.rows('1,,2011-01-05 10:00:00,0,12.50,1,Germany'))).toMatchObject({ recorded: 1, facts: 2 });
    expect(store.log.map(({ customers }) => customers)).toEqual([[], []]);
  });

  it('stops before the first row when the currency is not the company’s and has no rate', async () => {
    const company = { ...retailLog.company, currency: 'CNY' };
    const desk = deskOver(store, { log: { ...retailLog, company } });
    await expect(take(files.rows(placed), desk)).rejects.toThrow(/TOUCHLINE_CURRENCY=GBP/);
    expect(store.log).toEqual([]);

    const policies = { effectiveAt: async () => ({ ref: 'fx.GBP@1', body: { rate: '10.1' } }) };
    expect(await take(files.rows(placed), deskOver(store, { log: { ...retailLog, company }, policies }))).toMatchObject(
      {
        recorded: 1,
      },
    );
    expect(store.log[2]?.data).toMatchObject({ inBase: { amount: 12_625, currency: 'CNY', rate: '10.1' } });
  });

  it('takes a file of JSON objects, one a line, as it takes the same rows of CSV', async () => {
    const [InvoiceNo, CustomerID, ts, is_cancel, amount, , country] = placed.split(',');
    const object = { InvoiceNo, CustomerID, ts, is_cancel, amount: Number(amount), lines: null, country };
    const broken = ['{"InvoiceNo": ', '[]', JSON.stringify({ ...object, lines: {} })];
    const lines = [JSON.stringify(object), '', ...broken, JSON.stringify({ ...object, InvoiceNo: 2, more: 'x' })];
    await take(files.rows(placed));
    const file = files.write(`\ufeff${lines.join('\r\n')}`, 'ndjson');
    expect(await take(file)).toMatchObject({ read: 5, recorded: 1, already: 1, rejected: 3, changed: 0 });
    const [, first] = parse(readFileSync(`${file}.rejected.csv`), { relax_column_count: true });
    expect([first?.[0], first?.at(-1)]).toEqual(['{"InvoiceNo":', 'is no JSON object of plain values']);
  });

  it('merges into one append what several parts of a mapping say to one stream', async () => {
    const mapping = parseMapping(`
system: till
currency: GBP
date: { column: on, format: d.M.yyyy, zone: Europe/London }
identity: [no]
streams:
  - { slice: booking, key: [order], commands: [{ type: PlaceBooking, when: { column: what, startsWith: new }, data: { lines: [{ code: goods, kind: base, price: { $column: price, $as: money } }] } }] }
  - { slice: booking, name: done, key: [order], commands: [{ type: CompleteService, when: { column: what, is: new-done }, data: {} }, { type: CompleteService, when: { column: what, is: done }, data: {} }] }
`);
    const file = files.write(
      'no,order,on,what,price\n1,A,1.2.2011,new-done,1\n2,B,1.2.2011,new,2\n3,B,2.2.2011,done,\n4,C,2.2.2011,done,\n',
    );
    expect(await take(file, {}, mapping)).toMatchObject({
      recorded: 3,
      rejected: 1,
      facts: 4,
      firstReason: 'refused: never-opened',
    });
    expect(await take(file, {}, mapping)).toMatchObject({ recorded: 0, already: 3, rejected: 1 });
    expect(types().sort()).toEqual(['BookingPlaced', 'BookingPlaced', 'ServiceCompleted', 'ServiceCompleted']);
  });

  it('keeps so many rows under way and no more, and tells how far it is', async () => {
    const file = files.write(sample.slice(0, 2_001).join('\n'));
    let [underWay, most, position] = [0, 0, -1n];
    const progress: Progress[] = [];
    const summary = await importFile({
      ...deskOver(store),
      file,
      mapping: onlineRetail,
      inFlight: 16,
      onProgress: (now) => progress.push(now),
      decide: async ({ id }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await pause(0);
        underWay -= 1;
        position += 1n;
        return { id, revision: 0n, position, events: ['BookingPlaced'] };
      },
    });
    expect(summary).toMatchObject({ read: 2_000, recorded: 2_000 });
    expect(most).toBe(16);
    expect(progress.at(-1)).toMatchObject({ read: 2_000, recorded: 2_000, secondsLeft: 0 });
    expect(progress.at(-1)?.bytes).toBe(progress.at(-1)?.totalBytes);
  });
});
