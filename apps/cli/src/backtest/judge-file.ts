import { createHash } from 'node:crypto';
import { backtest, DAYS_PER_WEEK, grouped, type Ledger, snapshotAt, spanOf } from '#analytics';
import { isoOf } from './dates.js';
import { readPurchases } from './read-purchases.js';
import { type BacktestRequest, type Found, type Progress, type ReadingNotes, Refused } from './request.js';

const SHORTEST_DAYS = 7;
/** A window that lacks less than this share of its days is judged as asked: the last days of a small shop may just be quiet. */
const QUIET_END = 0.03;

interface Window {
  readonly asOf: number;
  readonly days: number;
  readonly shortened: boolean;
  readonly first: number;
  readonly last: number;
}

/** The window that the file can judge: as asked, or as far as the data reaches. */
function windowOf(ledger: Ledger, { at, horizonWeeks }: BacktestRequest): Window {
  const span = spanOf(ledger);
  if (!span) throw new Refused({ code: 'no-rows' });
  const [first, last] = span;
  const asOf = at - 1;
  const asked = Math.round(horizonWeeks * DAYS_PER_WEEK);
  const range = { first: isoOf(first), last: isoOf(last) };
  if (first > asOf) throw new Refused({ code: 'nothing-before', ...range });
  if (last - asOf < Math.min(SHORTEST_DAYS, asked)) throw new Refused({ code: 'nothing-after', ...range });
  const shortened = last - asOf < asked * (1 - QUIET_END);
  return { asOf, days: shortened ? last - asOf : asked, shortened, first, last };
}

/** SHA-256 over `x,t_x,T,customers` (days) of every group of equal histories, in canonical order: the same for any order of the file. */
function dataHashOf(ledger: Ledger, asOf: number): string {
  const { repeats, recency, age, weight } = grouped(snapshotAt(ledger, asOf));
  const hash = createHash('sha256');
  const inDays = (weeks: number | undefined) => Math.round((weeks as number) * DAYS_PER_WEEK);
  repeats.forEach((x, i) => {
    hash.update(`${x},${inDays(recency[i])},${inDays(age[i])},${weight[i]}\n`);
  });
  return hash.digest('hex');
}

const noted: readonly (keyof ReadingNotes)[] = [
  'unreadableDates',
  'missingIds',
  'futureDates',
  'missingAmounts',
  'returns',
  'dateOrderAssumed',
];

function flagsOf(notes: ReadingNotes, window: Window): string[] {
  return [
    ...noted.filter((flag) => Number(notes[flag]) > 0),
    ...(notes.repeated > 0 ? ['duplicateRows'] : []),
    ...(window.shortened ? ['horizonShortened'] : []),
  ];
}

const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;

/** Reads, fits, learns and judges. Throws {@link Refused} where the file cannot be judged. */
export async function judgeFile(request: BacktestRequest, watch: (progress: Progress) => void): Promise<Found> {
  const start = performance.now();
  const { ledger, notes } = await readPurchases(request, (share) => watch({ stage: 'read', share }));
  const window = windowOf(ledger, request);
  const read = seconds(start);
  const fitting = performance.now();
  const result = backtest(ledger, { asOf: window.asOf, horizonDays: window.days, seed: request.seed, watch });
  return {
    notes,
    first: isoOf(window.first),
    last: isoOf(window.last),
    asOf: isoOf(window.asOf),
    until: isoOf(window.asOf + window.days),
    horizonWeeks: window.days / DAYS_PER_WEEK,
    result,
    dataHash: dataHashOf(ledger, window.asOf),
    flags: [...flagsOf(notes, window), ...result.flags],
    seconds: { read, judge: seconds(fitting) },
  };
}
