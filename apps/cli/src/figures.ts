import { exponentOf, localDayOf, timeOfDay } from '#domain';
import type { Phrase } from './words.js';

type Money = Readonly<{ amount: number; currency: string }>;

/** `1,234.50 GBP` */
export const moneyText = ({ amount, currency }: Money): string => {
  const digits = exponentOf(currency);
  const figure = (amount / 10 ** digits).toLocaleString('en-GB', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${figure} ${currency}`;
};

const BANDS: Readonly<Record<string, string>> = { low: '低', medium: '中', high: '高', critical: '极高' };

/** A band of the churn risk. */
export const bandText = (phrase: Phrase, band: string): string => phrase(band, BANDS[band] ?? band);

/** `2011-12-09 12:50` in that zone. */
export const dayAndTime = (instant: string, zone: string): string =>
  `${localDayOf(instant, zone)} ${timeOfDay(instant, zone).slice(0, 5)}`;
