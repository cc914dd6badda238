import fc from 'fast-check';
import { converted, decimalText, exponentOf, isRate, isSameMoney, minorUnits, sumOf } from './money.js';

describe('minor units', () => {
  it.each([
    ['139.12', 'EUR', 13_912],
    ['-12.34', 'EUR', -1_234],
    ['+0.05', 'EUR', 5],
    ['0', 'EUR', 0],
    ['-0.00', 'EUR', 0],
    ['7', 'EUR', 700],
    ['7.1', 'EUR', 710],
    ['7.100', 'EUR', 710],
    ['500', 'JPY', 500],
    ['500.00', 'JPY', 500],
    ['1.234', 'KWD', 1_234],
    ['1.2', 'CLF', 12_000],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
  ])('of %s %s are %d', (text, currency, units) => expect(minorUnits(text, currency)).toBe(units));

  it.each([
    ['7.125', 'EUR'],
    ['500.5', 'JPY'],
    ['90071992547409.92', 'EUR'],
    ['1,000.00', 'EUR'],
    ['1e3', 'EUR'],
    ['.5', 'EUR'],
    ['5.', 'EUR'],
    ['', 'EUR'],
    ['five', 'EUR'],
  ])('of %p %s do not exist', (text, currency) => expect(minorUnits(text, currency)).toBeUndefined());
});

describe('a decimal text', () => {
  it.each([
    [13_912, 'EUR', '139.12'],
    [5, 'EUR', '0.05'],
    [-5, 'EUR', '-0.05'],
    [-1_234, 'EUR', '-12.34'],
    [0, 'EUR', '0.00'],
    [500, 'JPY', '500'],
    [1, 'KWD', '0.001'],
  ])('of %d %s is %s', (amount, currency, text) => expect(decimalText({ amount, currency })).toBe(text));

  it('says what was read', () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('EUR', 'JPY', 'KWD', 'CLF'), (amount, currency) => {
        expect(minorUnits(decimalText({ amount, currency }), currency)).toBe(amount);
      }),
    ));
});

describe('an amount in another currency', () => {
  it.each([
    ['rounds half up', 10_030, 'GBP', '1.15', 'EUR', 11_535],
    ['rounds less than half down', 10_029, 'GBP', '1.15', 'EUR', 11_533],
    ['rounds half away from zero', -10_030, 'GBP', '1.15', 'EUR', -11_535],
    ['is exact where binary fractions are not', 100, 'GBP', '1.005', 'EUR', 101],
    ['may be nothing', 0, 'GBP', '1.15', 'EUR', 0],
    ['may round to nothing', -1, 'GBP', '0.1', 'EUR', 0],
    ['gains decimals from yen', 1_500, 'JPY', '0.0061', 'EUR', 915],
    ['loses decimals to yen', 915, 'EUR', '163.5', 'JPY', 1_496],
    ['has three decimals in dinars', 100, 'EUR', '0.3364', 'KWD', 336],
    ['takes a whole rate', 3, 'GBP', '2', 'EUR', 6],
  ])('%s', (_, amount, currency, rate, to, expected) =>
    expect(converted({ amount, currency }, rate, to)).toStrictEqual({ amount: expected, currency: to, rate }),
  );

  it('is the same at rate one', () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), (amount) =>
        expect(converted({ amount, currency: 'GBP' }, '1.000', 'EUR').amount).toBe(amount),
      ),
    ));

  it.each(['1', '0.0061', '163.50', '999999999999.123456789012'])('has the rate %s', (rate) =>
    expect(isRate(rate)).toBe(true),
  );
  it.each(['0', '0.00', '-1', '1,5', '', '1e3', '.5', 1.5, null, undefined])('has no rate %p', (rate) =>
    expect(isRate(rate)).toBe(false),
  );
});

describe('a sum', () => {
  it('is of one currency', () => {
    expect(
      sumOf(
        [
          { amount: 11_900, currency: 'EUR' },
          { amount: -2, currency: 'EUR' },
        ],
        'EUR',
      ),
    ).toEqual({
      amount: 11_898,
      currency: 'EUR',
    });
    expect(sumOf([], 'JPY')).toEqual({ amount: 0, currency: 'JPY' });
  });
  it('is right even where a part of it cannot be counted', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const amounts = [most, 2, -most, 1].map((amount) => ({ amount, currency: 'EUR' }));
    expect(sumOf(amounts, 'EUR').amount).toBe(3);
  });
  it('is the same in the same currency alone', () => {
    const one = { amount: 1, currency: 'EUR' };
    expect([one, { ...one, amount: 2 }, { ...one, currency: 'GBP' }].map((other) => isSameMoney(one, other))).toEqual([
      true,
      false,
      false,
    ]);
  });
  it('has two decimals where nothing else is known', () =>
    expect(['EUR', 'JPY', 'KWD', 'CLF'].map(exponentOf)).toEqual([2, 0, 3, 4]));
});
