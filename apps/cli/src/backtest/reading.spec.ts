import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAmount, saysCancelled } from './amounts.js';
import { isoOf, parseDay } from './dates.js';
import { judgeFile } from './judge-file.js';
import { printed } from './printed.js';
import { readPurchases } from './read-purchases.js';
import { reportOf } from './report.js';
import { type BacktestRequest, type Progress, Refused } from './request.js';
import { tablesOf } from './tables.js';
import { flagInWords, refusalInWords } from './words.js';

const day = (text: string, order: 'mdy' | 'dmy' = 'mdy'): string | undefined => {
  const found = parseDay(text, order);
  return found === undefined ? undefined : isoOf(found);
};

describe('dates', () => {
  it.each([
    ['19970130', '1997-01-30'],
    ['1997-01-30', '1997-01-30'],
    ['1997-1-3', '1997-01-03'],
    ['1997/01/30 08:26', '1997-01-30'],
    ['1997-01-30T23:59:59.000Z', '1997-01-30'],
    ['30.01.1997', '1997-01-30'],
    ['1/30/1997', '1997-01-30'],
    ['1/30/97 8:26', '1997-01-30'],
    ['30 Jan 1997', '1997-01-30'],
    ['January 30, 1997', '1997-01-30'],
    ['1997年1月30日', '1997-01-30'],
    ['854582400', '1997-01-30'],
    ['854582400000', undefined],
    ['1997-02-30', undefined],
    ['13/13/1997', undefined],
    ['', undefined],
    ['Heathrow', undefined],
  ])('%s', (text, expected) => expect(day(text.length === 9 ? `0${text}` : text)).toBe(expected));
  it('day first where that is said', () => expect(day('03/04/2011', 'dmy')).toBe('2011-04-03'));
});

describe('amounts', () => {
  it.each([
    ['12.50', 12.5],
    ['£1,234.50', 1234.5],
    ['1.234,50 €', 1234.5],
    ['(12.00)', -12],
    ['-3', -3],
    ['', Number.NaN],
    ['free', Number.NaN],
  ])('%s', (text, expected) => expect(parseAmount(text)).toBe(expected));
  it('cancelled', () =>
    expect(['1', 'true', 'Cancelled', '0', '', undefined].map(saysCancelled)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]));
});

const TODAY = 20_000;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'backtest-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function asked(text: string, more: Partial<BacktestRequest> = {}): BacktestRequest {
  const file = join(folder, `${Math.random()}.csv`);
  writeFileSync(file, text);
  return { file, at: 15_000, horizonWeeks: 10, seed: 1, today: TODAY, ...more };
}
const nobody = () => undefined;
const refusal = async (request: BacktestRequest) => {
  const error: unknown = await judgeFile(request, nobody).catch((e: unknown) => e);
  return error instanceof Refused ? error.refusal : error;
};

describe('files', () => {
  it('reads CDNOW with and without being told, and Online Retail with its cancellations', async () => {
    const sample = { file: 'samples/cdnow/CDNOW_sample.txt', at: 10_135, horizonWeeks: 39, seed: 1, today: TODAY };
    for (const columns of [undefined, ['id', 'date', 'amount'], ['2', '3', '5']]) {
      const { notes } = await readPurchases({ ...sample, ...(columns ? { columns } : {}) }, nobody);
      expect(notes).toMatchObject({
        rows: 6919,
        customers: 2357,
        sameDay: 6919 - 6696,
        unreadableDates: 0,
        missingAmounts: 0,
      });
    }
    const retail =
      'InvoiceNo,CustomerID,ts,is_cancel,amount,lines,country\n1,A,2010-12-01 08:26:00,0,5.5,7,UK\nC2,A,2010-12-02 09:00:00,1,-5.5,1,UK\n';
    for (const columns of [undefined, ['CustomerID', 'ts', 'amount'], ['CustomerID', 'ts']]) {
      const { notes, ledger } = await readPurchases(asked(retail, columns ? { columns } : {}), nobody);
      expect([notes.returns, ledger.purchases.day.length, ledger.returns.day.length]).toEqual([1, 1, 1]);
    }
  });
  it('counts what it leaves out, quoting, byte order mark, semicolons and decimal commas included', async () => {
    const text =
      '\uFEFFcustomer;when;paid\n"A; Ltd";05.01.2004;"10,50"\n"A; Ltd";05.01.2004;"10,50"\nB;07.01.2004;\nB;03.03.2004;-5\nD;1.6.2030;9\n;1.6.2004;1\nE;nonsense;1\n\n';
    const { notes, ledger } = await readPurchases(asked(text, { columns: ['customer', 'when', 'paid'] }), nobody);
    expect(notes).toEqual({
      rows: 7,
      customers: 2,
      unreadableDates: 1,
      missingIds: 1,
      futureDates: 1,
      missingAmounts: 1,
      returns: 1,
      sameDay: 1,
      repeated: 1,
      dateOrderAssumed: false,
    });
    expect([...ledger.purchases.amount]).toEqual([21, Number.NaN]);
  });
  it('finds the order of dates, or says that it assumed one', async () => {
    const order = async (dates: string[]) => {
      const { ledger, notes } = await readPurchases(
        asked(`id,date\n${dates.map((d) => `A,${d}`).join('\n')}\n`),
        nobody,
      );
      return [isoOf(ledger.purchases.day[0] ?? 0), notes.dateOrderAssumed];
    };
    expect(await order(['03/04/2004', '25/04/2004'])).toEqual(['2004-04-03', false]);
    expect(await order(['03/04/2004', '04/25/2004'])).toEqual(['2004-03-04', false]);
    expect(await order(['03/04/2004', '04/05/2004'])).toEqual(['2004-03-04', true]);
  });
  it.each([
    ['no-such-column', 'id,date,amount\nA,2004-01-01,5\n', { columns: ['id', 'date', 'paid'] }],
    ['columns-unclear', 'who,when\nA,2004-01-01\n', {}],
    ['empty-file', '', {}],
    ['no-dates', 'id,date\nA,soon\n', {}],
    ['no-rows', 'id,date\nA,2050-01-01\n', {}],
    ['nothing-before', 'id,date\nA,2012-01-01\nA,2013-01-01\n', {}],
    ['nothing-after', 'id,date\nA,2002-01-01\nA,2003-01-01\n', {}],
  ])('refuses in words: %s', async (code, text, more) => {
    const found = await refusal(asked(text, more));
    expect(found).toMatchObject({ code });
    for (const lang of ['en', 'zh'] as const) expect(refusalInWords(found as never, lang)).toMatch(/[.。]$/);
  });
  it('refuses a file that is not there', async () =>
    expect(await refusal({ ...asked(''), file: join(folder, 'none') })).toMatchObject({ code: 'no-such-file' }));
});

describe('CDNOW, judged', () => {
  const request = { file: 'samples/cdnow/CDNOW_sample.txt', at: 10_135, horizonWeeks: 39, seed: 1, today: TODAY };
  const seen: Progress[] = [];
  const found = judgeFile(request, (progress) => seen.push(progress));
  it('reaches the floors and its goals, and the gate holds', async () => {
    const { result, flags } = await found;
    const { p0_mbg, p0_pareto, layered, layered_cv } = result.methods;
    expect(p0_mbg?.auc).toBeGreaterThanOrEqual(0.759);
    expect(p0_pareto?.auc).toBeGreaterThanOrEqual(0.77);
    expect(layered?.auc).toBeGreaterThanOrEqual(0.777);
    expect(layered_cv).toMatchObject({ auc: expect.any(Number) });
    expect([
      (layered_cv?.auc ?? 0) >= 0.777,
      (layered_cv?.brier ?? 1) <= 0.156,
      (layered_cv?.ece ?? 1) <= 0.03,
    ]).toEqual([true, true, true]);
    expect(result.counts.mbg).toMatchObject({ mae: expect.closeTo(0.764779, 5), observed: 1882 });
    expect(result.gate.holds).toBe(true);
    expect(flags).toEqual(['duplicateRows', 'layerLearntOnShorterHorizon']);
    expect(new Set(seen.map(({ stage }) => stage))).toEqual(new Set(['fit', 'learn', 'judge']));
  });
  it('prints one object with everything that was promised', async () => {
    const object = JSON.parse(JSON.stringify(printed(await found, 'en')));
    for (const method of ['p0_mbg', 'p0_pareto', 'layered', 'recency', 'rfm', 'base'])
      for (const figure of ['auc', 'brier', 'ece', 'logLoss', 'topDecileLift', 'captureAt20'])
        expect(object.methods[method][figure]).toEqual(expect.any(Number));
    for (const model of ['mbg', 'pareto', 'zero'])
      for (const figure of ['mae', 'rmse', 'bias', 'poissonDeviance'])
        expect(object.counts[model][figure]).toEqual(expect.any(Number));
    expect(object).toMatchObject({
      gate: { holds: true, reasons: expect.any(Array) },
      flags: expect.any(Array),
      seconds: expect.any(Number),
      customers: 2357,
    });
    expect(object.parameters).toMatchObject({
      timeUnit: 'weeks',
      asOf: '1997-09-30',
      dataHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      mbg: { r: expect.closeTo(0.5248, 3) },
    });
    expect(object.value.months12).toBeLessThan(object.value.months36);
  });
  it('the page stands alone, in both languages, with three charts and no script', async () => {
    const page = reportOf(await found, 'zh');
    expect(page.match(/<svg /g)).toHaveLength(3);
    expect(page).not.toMatch(/<script|https?:|src=|NaN|undefined|Infinity/);
    expect([page.includes('The gate holds'), page.includes('关卡通过'), page.includes('id="lang-zh" checked')]).toEqual(
      [true, true, true],
    );
  });
  it('the tables speak both languages', async () => {
    for (const lang of ['en', 'zh'] as const) {
      const text = tablesOf(await found, lang);
      expect(text).not.toMatch(/NaN|undefined/);
      expect(text.split('\n').length).toBeGreaterThan(30);
    }
  });
  it('each flag has its sentence', async () => {
    const flags = [
      'unreadableDates',
      'missingIds',
      'futureDates',
      'missingAmounts',
      'returns',
      'duplicateRows',
      'dateOrderAssumed',
      'horizonShortened',
      'noRepeats',
      'tooFewCustomers',
      'pooledPrior',
      'lowConfidence',
      'dropoutNotIdentified',
      'pareto:dropoutNotIdentified',
      'regularRhythm',
      'noAmounts',
      'spend:equalAmounts',
      'spend:populationMeanUnbounded',
      'layerNotNeeded',
      'layerNotLearnt',
      'layerLearntOnShorterHorizon',
      'fittedOnSample',
      'notConverged',
      'noCustomers',
    ];
    for (const flag of flags)
      for (const lang of ['en', 'zh'] as const) expect(flagInWords(flag, await found, lang)).toMatch(/[.。]$/);
  });
});

describe('a file that ends early', () => {
  it('is judged as far as it goes, and says so', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => `${i % 120},${isoOf(14_700 + ((i * 37) % 350))},${i % 50}`);
    const { flags, horizonWeeks } = await judgeFile(asked(`id,date,amount\n${rows.join('\n')}\n`), nobody);
    expect(flags).toContain('horizonShortened');
    expect(horizonWeeks).toBeCloseTo(50 / 7, 6);
  });
});
