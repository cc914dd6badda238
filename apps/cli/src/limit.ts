import { InvalidArgumentError } from 'commander';

/** For `--limit`: 1 to 500. */
export const atMost500 = (text: string): number => {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text);
  throw new InvalidArgumentError('1 … 500');
};
