import { Matches } from 'class-validator';
import { Rule } from './rules.js';

/** An amount in the currency's minor units (pence, fen, whole yen). */
export class Money {
  @Rule('isMinorUnits', Number.isSafeInteger, 'a whole number of minor units', { integer: true }) amount!: number;
  @Matches(/^[A-Z]{3}$/) currency!: string;
}

/** The same amount in the company's currency, frozen with the rate that was in force: a decimal text, company units for one unit. */
export class ConvertedMoney extends Money {
  @Matches(/^\d+(\.\d+)?$/) rate!: string;
}

export const sumOf = (amounts: readonly Money[], currency: string): Money => ({
  amount: amounts.reduce((sum, { amount }) => sum + amount, 0),
  currency,
});

/** Decimals of a currency's minor unit (ISO 4217), where they are not two. */
const EXPONENTS: Readonly<Record<string, number>> = {
  BHD: 3,
  BIF: 0,
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

/** The amount in another currency at a decimal rate, rounded half away from zero. */
export const converted = ({ amount, currency }: Money, rate: string, to: string): ConvertedMoney => {
  const exact = (amount / 10 ** exponentOf(currency)) * Number(rate) * 10 ** exponentOf(to);
  return { amount: Math.sign(exact) * Math.round(Math.abs(exact)) || 0, currency: to, rate };
};
