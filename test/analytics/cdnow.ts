import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cohortOf, type History } from '../../libs/analytics/src/index.js';

const DAY = 86_400_000;
export const dayOf = (iso: string): number => Date.parse(`${iso}T00:00:00Z`) / DAY;

interface Customer {
  /** Distinct days, ascending, with what was spent on each. */
  readonly days: readonly number[];
  readonly amounts: readonly number[];
}

function read(): Customer[] {
  const byCustomer = new Map<string, Map<number, number>>();
  for (const line of readFileSync(join('samples', 'cdnow', 'CDNOW_sample.txt'), 'utf8').split('\n')) {
    const [, id, date, , dollars] = line.trim().split(/\s+/);
    if (!id || !date) continue;
    const day = dayOf(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`);
    const days = byCustomer.get(id) ?? new Map<number, number>();
    days.set(day, (days.get(day) ?? 0) + Number(dollars));
    byCustomer.set(id, days);
  }
  return [...byCustomer.values()].map((days) => {
    const sorted = [...days].sort(([a], [b]) => a - b);
    return { days: sorted.map(([day]) => day), amounts: sorted.map(([, amount]) => amount) };
  });
}

export const customers = read();
export const CALIBRATION_END = dayOf('1997-09-30');
export const WEEK = 7;

export function historyOf({ days }: Customer, end = CALIBRATION_END): History {
  const seen = days.filter((day) => day <= end);
  const first = days[0] as number;
  return {
    repeats: seen.length - 1,
    recency: ((seen.at(-1) as number) - first) / WEEK,
    age: (end - first) / WEEK,
  };
}

export const histories = customers.map((customer) => historyOf(customer));
export const cohort = cohortOf(histories);
/** Purchases in the 39 weeks after the calibration. */
export const heldOut = customers.map(({ days }) => days.filter((day) => day > CALIBRATION_END).length);
