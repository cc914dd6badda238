import { existsSync } from 'node:fs';

/** One set and day, with what must hold (floor) and what is hoped for (goal). Reported by `better`: `up` or `down`. */
export interface Expectation {
  readonly figure: string;
  readonly better: 'up' | 'down';
  readonly floor?: number;
  readonly goal?: number;
}

export interface BenchSet {
  readonly id: string;
  readonly file: string;
  readonly columns?: readonly string[];
  /** First day that is judged. */
  readonly at: string;
  readonly weeks: number;
  readonly expectations: readonly Expectation[];
}

/** Larger sets than the repository carries are looked for here. */
const DATA = process.env.TOUCHLINE_BENCH_DATA ?? '../shared/data';

const up = (figure: string, floor?: number, goal?: number): Expectation => ({
  figure,
  better: 'up',
  ...(floor === undefined ? {} : { floor }),
  ...(goal === undefined ? {} : { goal }),
});
const down = (figure: string, goal: number): Expectation => ({ figure, better: 'down', goal });

const all: readonly BenchSet[] = [
  {
    id: 'cdnow-sample',
    file: 'samples/cdnow/CDNOW_sample.txt',
    at: '1997-10-01',
    weeks: 39,
    expectations: [
      up('p0_mbg.auc', 0.759),
      up('p0_pareto.auc', 0.77),
      up('layered_cv.auc', undefined, 0.777),
      up('layered.auc', undefined, 0.777),
      down('layered_cv.brier', 0.156),
      down('layered_cv.ece', 0.03),
      down('counts.pareto.mae', 0.756),
      down('counts.mbg.mae', 0.766),
      down('counts.mbg.rmse', 1.61),
      down('counts.mbg.bias', 0.17),
    ],
  },
  {
    id: 'cdnow-master',
    file: `${DATA}/cdnow/CDNOW_master.txt`,
    at: '1997-10-01',
    weeks: 39,
    expectations: [
      up('p0_mbg.auc', 0.754),
      up('p0_pareto.auc', 0.762),
      up('layered_cv.auc', undefined, 0.771),
      up('layered.auc', undefined, 0.771),
      down('layered_cv.brier', 0.159),
      down('layered_cv.ece', 0.01),
      down('counts.mbg.mae', 0.795),
      down('counts.mbg.rmse', 1.74),
    ],
  },
  {
    id: 'online-retail',
    file: `${DATA}/online-retail/online_retail_invoices.csv`,
    at: '2011-09-10',
    weeks: 13,
    expectations: [
      up('p0_mbg.auc', 0.732),
      up('layered.auc', undefined, 0.737),
      down('layered.brier', 0.212),
      down('layered.ece', 0.08),
      down('counts.final.mae', 0.94),
    ],
  },
  {
    id: 'online-retail-june',
    file: `${DATA}/online-retail/online_retail_invoices.csv`,
    at: '2011-06-10',
    weeks: 13,
    expectations: [],
  },
];

/** The sets that are there, and the names of those that are not. */
export const benchSets = (): { readonly here: readonly BenchSet[]; readonly missing: readonly string[] } => ({
  here: all.filter(({ file }) => existsSync(file)),
  missing: all.filter(({ file }) => !existsSync(file)).map(({ id }) => id),
});
