import { exponentOf, localDayOf, timeOfDay } from '#domain';

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

/** `2011-12-09 12:50` in that zone. */
export const dayAndTime = (instant: string, zone: string): string =>
  `${localDayOf(instant, zone)} ${timeOfDay(instant, zone).slice(0, 5)}`;
