import { Matches } from 'class-validator';
import { Rule } from './rules.js';

// Zero is no rate: it would make every amount worthless.
const RATE = /^(?=.*[1-9])\d{1,12}(\.\d{1,12})?$/;

/** An amount in the currency's minor units (pence, fen, whole yen). */
export class Money {
  /** Minor units of the currency. */
  @Rule('isMinorUnits', Number.isSafeInteger, 'a whole number of minor units', { integer: true }) amount!: number;
  @Matches(/^[A-Z]{3}$/) currency!: string;
}

/** Whether this is a rate: a decimal text above zero. */
export const isRate = (value: unknown): value is string => typeof value === 'string' && RATE.test(value);

/** The same amount in the company's currency, frozen with the rate that was in force: a decimal text, company units for one unit. */
export class ConvertedMoney extends Money {
  /** Units of the company’s currency for one unit, as a decimal text. */
  @Matches(RATE) rate!: string;
}

/** Body of the policy `fx.<currency>`: units of the company's currency for one unit of that one, as a decimal text. */
export class ExchangeRate {
  @Matches(RATE, { message: '$property must be a decimal text above zero like "7.8215"' }) rate!: string;
}

/** The sum in one currency. Added as big integers: what lies beyond a safe integer may not pass through it unseen. */
export const sumOf = (amounts: readonly Money[], currency: string): Money => ({
  amount: Number(amounts.reduce((sum, { amount }) => sum + BigInt(amount), 0n)),
  currency,
});

/** Whether two amounts are the same, currency included. */
export const isSameMoney = (one: Money, other: Money): boolean =>
  one.amount === other.amount && one.currency === other.currency;

/** Decimals of a currency's minor unit (ISO 4217), where they are not two. */
const EXPONENTS: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
  CLF: 4,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  IQD: 3,
  ISK: 0,
  JOD: 3,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  PYG: 0,
  RWF: 0,
  TND: 3,
  UGX: 0,
  UYI: 0,
  UYW: 4,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
};
export const exponentOf = (currency: string): number => EXPONENTS[currency] ?? 2;

/** Minor units of a decimal text like `-12.34` in that currency; undefined when it is no such amount or has too many decimals. */
export const minorUnits = (decimal: string, currency: string): number | undefined => {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const exponent = exponentOf(currency);
  if (whole === undefined || /[1-9]/.test(fraction.slice(exponent))) return undefined;
  const units = Number(`${sign === '-' ? '-' : ''}${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`);
  if (!Number.isSafeInteger(units)) return undefined;
  return units === 0 ? 0 : units;
};

/** The amount as a decimal text with all decimals of its currency: `139.12`, `-0.05`, or `500` for yen. */
export const decimalText = ({ amount, currency }: Money): string => {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  return `${amount < 0 ? '-' : ''}${whole}${exponent > 0 ? `.${digits.slice(-exponent)}` : ''}`;
};

/** The amount in another currency at a decimal rate, exact, then rounded half away from zero. */
export const converted = ({ amount, currency }: Money, rate: string, to: string): ConvertedMoney => {
  const [whole, fraction = ''] = rate.split('.');
  const times = BigInt(`${whole}${fraction}`) * 10n ** BigInt(exponentOf(to));
  const per = 10n ** BigInt(exponentOf(currency) + fraction.length);
  const size = (2n * BigInt(Math.abs(amount)) * times + per) / (2n * per);
  return { amount: Number(amount < 0 ? -size : size), currency: to, rate };
};
