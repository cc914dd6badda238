import Table from 'cli-table3';
import { type BacktestResult, type Cohort, type Method, snapshotAt } from '#analytics';
import { parseDay } from '../../apps/cli/src/backtest/dates.js';
import { judgeFile } from '../../apps/cli/src/backtest/judge-file.js';
import { readPurchases } from '../../apps/cli/src/backtest/read-purchases.js';
import type { BacktestRequest, Found } from '../../apps/cli/src/backtest/request.js';
import { reasonInWords } from '../../apps/cli/src/backtest/words.js';
import type { Result } from '../protocol.js';
import { type BenchSet, benchSets, type Expectation } from './sets.js';
import { speeds } from './speeds.js';

const FAR_FUTURE = 40_000;
const METHODS: readonly Method[] = [
  'layered',
  'layered_cv',
  'p0_mbg',
  'p0_pareto',
  'p0_rhythm',
  'recency',
  'rfm',
  'base',
];

const requestOf = ({ file, columns, at, weeks }: BenchSet): BacktestRequest => ({
  file,
  at: parseDay(at, 'mdy') as number,
  horizonWeeks: weeks,
  seed: 1,
  today: FAR_FUTURE,
  ...(columns ? { columns } : {}),
});

function figureOf({ methods, counts }: BacktestResult, name: string): number {
  const [first = '', second = '', third = ''] = name.split('.');
  const found =
    first === 'counts'
      ? Reflect.get(Reflect.get(counts, second), third)
      : Reflect.get(Reflect.get(methods, first), second);
  return third === 'bias' ? Math.abs(found) : found;
}

/** 1 is the limit itself, above it is better. */
const ratioTo = (limit: number, measured: number, { better }: Expectation): number =>
  better === 'up' ? measured / limit : limit / measured;

function expectationLine(set: BenchSet, expectation: Expectation, measured: number): string {
  const { floor, goal, better, figure } = expectation;
  const sign = better === 'up' ? '≥' : '≤';
  const against = (name: string, limit: number | undefined) =>
    limit === undefined
      ? ''
      : `  ${name} ${sign} ${limit} ${ratioTo(limit, measured, expectation) >= 1 ? 'reached' : 'MISSED'}`;
  return `${set.id.padEnd(20)} ${figure.padEnd(20)} ${measured.toFixed(4)}${against('floor', floor)}${against('goal', goal)}`;
}

function table({ result }: Found): string {
  const rows = new Table({
    head: ['', 'AUC', 'Brier', 'ECE', 'log-loss', 'lift', 'value'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const method of METHODS) {
    const q = result.methods[method];
    if (q)
      rows.push([
        method,
        ...[q.auc, q.brier, q.ece, q.logLoss, q.topDecileLift, q.captureAt20].map((v) => v.toFixed(4)),
      ]);
  }
  return rows.toString();
}

/** Likelihood by k: a rhythm is used only where the data prefers one. */
function rhythmLine({ result }: Found): string {
  const { mbg, rhythms } = result.models;
  const listed = [
    `k=1 ${mbg.logLikelihood.toFixed(2)}`,
    ...rhythms.map((fit) => `k=${fit.parameters.k} ${fit.logLikelihood.toFixed(2)}`),
  ];
  return `MBG/CNBD-k log-likelihood: ${listed.join('  ')}`;
}

const FLOOR = { floor: 1, durability: 'pure computation, one thread', goal: 1 } as const;

function floorsOf(set: BenchSet, found: Found): Result[] {
  const gate: Result = {
    id: `churn-gate-${set.id}`,
    ratio: found.result.gate.holds ? 1 : 0,
    low: 0,
    high: 1,
    unit: 'gate holds',
    notes: `${found.result.customers} customers`,
    ...FLOOR,
  };
  const floors = set.expectations.flatMap((expectation): Result[] => {
    if (expectation.floor === undefined) return [];
    const measured = figureOf(found.result, expectation.figure);
    const ratio = ratioTo(expectation.floor, measured, expectation);
    return [
      {
        id: `churn-${set.id}-${expectation.figure}`,
        ratio,
        low: ratio,
        high: ratio,
        unit: 'of the floor',
        notes: `${measured.toFixed(4)}`,
        ...FLOOR,
      },
    ];
  });
  return [gate, ...floors];
}

function report(set: BenchSet, found: Found): string {
  const { result, seconds, flags } = found;
  return [
    `\n${set.id}: ${result.customers} customers, ${set.weeks} weeks from ${set.at}, ${(100 * result.baseRate).toFixed(1)} % stay away; ${(seconds.read + seconds.judge).toFixed(1)} s; ${flags.join(', ')}`,
    table(found),
    rhythmLine(found),
    ...Object.entries(result.counts).map(
      ([name, q]) =>
        `counts ${name.padEnd(7)} MAE ${q.mae.toFixed(4)}  RMSE ${q.rmse.toFixed(4)}  bias ${q.bias.toFixed(4)}  deviance ${q.poissonDeviance.toFixed(4)}`,
    ),
    ...result.gate.checks.map((check) => `gate ${reasonInWords(check, 'en')}`),
    ...set.expectations.map((expectation) => expectationLine(set, expectation, figureOf(result, expectation.figure))),
  ].join('\n');
}

async function masterCohort(sets: readonly BenchSet[]): Promise<Cohort | undefined> {
  const master = sets.find(({ id }) => id === 'cdnow-master');
  if (!master) return undefined;
  const { ledger } = await readPurchases(requestOf(master), () => undefined);
  return snapshotAt(ledger, requestOf(master).at - 1);
}

/** Judges the models on every set that is there and measures their speed. Tables go to `print`; floors and ratios are the results. */
export const churnBenches = async (print: (text: string) => void): Promise<readonly Result[]> => {
  const { here, missing } = benchSets();
  if (missing.length > 0) print(`not here, left out: ${missing.join(', ')}`);
  const results: Result[] = [];
  for (const set of here) {
    const found = await judgeFile(requestOf(set), () => undefined);
    print(report(set, found));
    results.push(...floorsOf(set, found));
  }
  const measured = speeds(await masterCohort(here));
  print(`\n${measured.lines.join('\n')}`);
  return [...results, ...measured.results];
};
