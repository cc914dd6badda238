import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  betaBinomial,
  type betaGeometric,
  betaGeometricLikelihood,
  betaGeometric as bgModel,
  cohortOf,
  fitBetaGeometric,
  fitGammaGamma,
  fitNbd,
  fitPareto,
  fitRhythm,
  gammaGamma,
  type History,
  pareto,
  rhythm,
  runningValue,
} from '../../libs/analytics/src/index.js';
import { CALIBRATION_END, cohort, customers, dayOf, heldOut, histories, WEEK } from './cdnow.js';

type Line = readonly [what: string, expected: number, got: number, tolerance: number];
interface Vector {
  readonly id: string;
  // biome-ignore lint/suspicious/noExplicitAny: each published entry has a shape of its own
  readonly expected: any;
}

const data = (name: string): string => readFileSync(join(__dirname, 'data', name), 'utf8');
const vectors: Vector[] = JSON.parse(data('published-vectors.json')).vectors;
const NEW: History = { repeats: 0, recency: 0, age: 0 };
const h = (repeats: number, recency: number, age: number): History => ({ repeats, recency, age });
const bgOf = (p: readonly number[], model: 'bg' | 'mbg' = 'bg'): betaGeometric.BetaGeometric => {
  const [r, alpha, a, b] = p as [number, number, number, number];
  return { model, r, alpha, a, b };
};
const paretoOf = (p: readonly number[]): pareto.Pareto => {
  const [r, alpha, s, beta] = p as [number, number, number, number];
  return { model: 'pareto', r, alpha, s, beta };
};
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const each = (
  what: string,
  expected: readonly number[],
  got: readonly number[],
  tolerance: (e: number) => number,
): Line[] => expected.map((e, i) => [`${what}[${i}]`, e, got[i] as number, tolerance(e)] as const);
const within = (abs: number) => (): number => abs;
const relative =
  (rel: number) =>
  (e: number): number =>
    Math.abs(e) * rel;

const bg = fitBetaGeometric(cohort, 'bg', { errors: true });
const mbg = fitBetaGeometric(cohort, 'mbg', { errors: true });
const par = fitPareto(cohort, { errors: true });
const nbd = fitNbd(cohort);
const spenders = customers
  .map(({ days, amounts }) => amounts.filter((_, i) => i > 0 && (days[i] as number) <= CALIBRATION_END))
  .filter((repeat) => repeat.length > 0);
const spending = {
  transactions: Float64Array.from(spenders, (repeat) => repeat.length),
  mean: Float64Array.from(spenders, (repeat) => sum(repeat) / repeat.length),
};
const gg = fitGammaGamma(spending);
const WALKTHROUGH = bgOf([0.2425982, 4.4136842, 0.7929899, 2.4261667]);
const MANUAL = bgOf([0.243, 4.414, 0.793, 2.426]);
const PACKAGED = paretoOf([0.5533971, 10.5801985, 0.6060625, 11.6562237]);
const CUSTOMER_1516 = h(26, 30.857142857, 31);
const parameterLines = (
  got: Readonly<Record<string, number | string>>,
  expected: Readonly<Record<string, number>>,
  tolerance: Readonly<Record<string, number>>,
): Line[] =>
  Object.keys(tolerance).map((k) => [k, expected[k] as number, got[k] as number, tolerance[k] as number] as const);
const fitted = (fit: { parameters: object; logLikelihood: number }) => ({ ...fit.parameters, LL: fit.logLikelihood });

type Expects = (history: History, horizon: number) => number;
const bgCount: Expects = (history, t) => bgModel.expectedPurchases(bg.parameters, history, t);
const mbgCount: Expects = (history, t) => bgModel.expectedPurchases(mbg.parameters, history, t);
const paretoCount: Expects = (history, t) => pareto.expectedPurchases(par.parameters, history, t);

const START = dayOf('1997-01-01');
function track(expects: Expects, weeks: readonly number[]): number[] {
  return weeks.map((week) =>
    sum(customers.map(({ days }) => expects(NEW, Math.max(0, START + week * WEEK - (days[0] as number)) / WEEK))),
  );
}
const actualTrack = (weeks: readonly number[]): number[] =>
  weeks.map((week) =>
    sum(customers.map(({ days }) => days.slice(1).filter((day) => day < START + week * WEEK).length)),
  );

const bin = (history: History): number => Math.min(7, history.repeats);
const byRepeats = (value: (i: number) => number): number[] =>
  Array.from({ length: 8 }, (_, k) => {
    const rows = histories.flatMap((history, i) => (bin(history) === k ? [value(i)] : []));
    return sum(rows) / rows.length;
  });
const predicted = (expects: Expects) => (i: number) => expects(histories[i] as History, 39);
const errors = (expects: Expects): { MAE: number; RMSE: number; BIAS: number } => {
  const off = heldOut.map((actual, i) => predicted(expects)(i) - actual);
  return {
    MAE: sum(off.map(Math.abs)) / off.length,
    RMSE: Math.sqrt(sum(off.map((e) => e * e)) / off.length),
    BIAS: sum(off) / sum(heldOut),
  };
};

function daily(): { rows: [number, number, number, number][]; fit: ReturnType<typeof fitBetaGeometric> } {
  const rows = data('daily-customers.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const all = rows as [number, number, number, number][];
  const counted = {
    ...cohortOf(all.map(([x, tx, age]) => h(x, tx, age))),
    weight: Float64Array.from(all, (r) => r[3]),
  };
  return { rows: all, fit: fitBetaGeometric(counted, 'bg') };
}

function donors(): (betaBinomial.Attendance & { customers: number })[] {
  return data('donations.csv')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [purchases, last, opportunities, count] = line.split(',').map(Number) as [number, number, number, number];
      return { purchases, last, opportunities, customers: count };
    });
}

const reproductions: Readonly<Record<string, (v: Vector) => Line[]>> = {
  'BG-fit': ({ expected }) =>
    parameterLines(fitted(bg), expected, { r: 5e-4, alpha: 5e-4, a: 5e-4, b: 5e-4, LL: 0.01 }),
  'MBG-fit': ({ expected }) =>
    parameterLines(fitted(mbg), expected, { r: 1e-3, alpha: 1e-3, a: 1e-3, b: 1e-3, LL: 0.01 }),
  'PNBD-fit': ({ expected }) =>
    parameterLines(fitted(par), expected, { r: 0.001, alpha: 0.02, s: 0.002, beta: 0.05, LL: 0.01 }),
  'NBD-fit': ({ expected }) => parameterLines(fitted(nbd), expected, { r: 1e-3, alpha: 1e-3, LL: 0.01 }),
  'PNBD-se': ({ expected }) => each('se', Object.values(expected), [...(par.standardErrors ?? [])], within(0.002)),
  'BG-CE': ({ expected }) => [['CE', expected, bgCount(h(2, 30.43, 38.86), 39), 0.001]],
  'BG-E': ({ expected }) =>
    each(
      'E[X(t)]',
      expected,
      [0.1429, 1, 3, 31.8571, 32, 78].map((t) => bgCount(NEW, t)),
      within(0.001),
    ),
  'BG-1516': ({ expected }) => [
    ['CE', expected.CE, bgModel.expectedPurchases(WALKTHROUGH, CUSTOMER_1516, 52), 1e-4],
    ['P(alive)', expected.PA, bgModel.alive(WALKTHROUGH, CUSTOMER_1516), 1e-4],
    ['E(52)', expected.E52, bgModel.expectedPurchases(WALKTHROUGH, NEW, 52), 1e-4],
  ],
  'BG-paradox': ({ expected }) =>
    each(
      'CE',
      expected,
      [10, 15, 20, 25].map((x) => bgModel.expectedPurchases(WALKTHROUGH, h(x, 20, 39), 52)),
      relative(1e-4),
    ),
  'BG-pmf': ({ expected }) =>
    each(
      'P',
      expected,
      [bgModel.purchaseCountChance(MANUAL, 10, 2), bgModel.purchaseCountChance(MANUAL, 0, 39)],
      relative(1e-4),
    ),
  'BG-pmf30': ({ expected }) =>
    each(
      'P',
      expected,
      Array.from({ length: 10 }, (_, i) => bgModel.purchaseCountChance(MANUAL, 11 + i, 30)),
      relative(1e-5),
    ),
  'BG-logp': ({ expected }) => logps('bg', expected),
  'MBG-logp': ({ expected }) => logps('mbg', expected),
  'BG-p1': () =>
    each(
      'P(alive)',
      [1, 1, 1],
      [0, 5, 5000].map((age) => bgModel.alive(bg.parameters, h(0, 0, age))),
      within(0),
    ),
  'BG-1000': () => [['P(alive)', 0, bgModel.alive(bg.parameters, h(1000, 10, 100)), 1e-12]],
  'BG-track': ({ expected }) => [
    ...each('expected', expected.expected, track(bgCount, [20, 21, 22, 23, 24, 25]), within(0.05)),
    ...each('actual', expected.actual, actualTrack([20, 21, 22, 23, 24, 25]), within(0)),
  ],
  'PNBD-track': ({ expected }) => each('expected', expected, track(paretoCount, [20, 21, 22, 23, 24, 25]), within(0.5)),
  'PNBD-1516': ({ expected }) => [
    ['CE', expected.CE, paretoCount(CUSTOMER_1516, 52), 0.005],
    ['P(alive)', expected.PA, pareto.alive(par.parameters, CUSTOMER_1516), 1e-4],
    ['E(52)', expected.E52, paretoCount(NEW, 52), 1e-3],
  ],
  'PNBD-paradox': ({ expected }) =>
    each(
      'CE',
      expected,
      [10, 15, 20, 25].map((x) => paretoCount(h(x, 20, 39), 52)),
      relative(0.002),
    ),
  'PNBD-norepeat': ({ expected }) => [['P(alive)', expected.PA, pareto.alive(PACKAGED, h(0, 0, 39)), 1e-6]],
  'PNBD-under': ({ expected }) =>
    each(
      'CE',
      expected,
      [132, 133].map((x) => pareto.expectedPurchases(paretoOf([0.55, 10.58, 0.61, 11.67]), h(x, 200, 200), 10)),
      relative(1e-9),
    ),
  'PNBD-stab': ({ expected }) => {
    const stable = paretoOf([0.5143, 2.8845, 0.2856, 14.1087]);
    const at = [
      h(221, 103.42857, 103.57143),
      h(254, 97.14286, 97.28571),
      h(161, 94.71429, 98),
      h(204, 98.57143, 99.42857),
    ];
    return each(
      'P(alive)',
      expected,
      at.map((history) => pareto.alive(stable, history)),
      within(1e-6),
    );
  },
  'freq-table': ({ expected }) => [
    ...each(
      'actual',
      expected.act,
      byRepeats((i) => heldOut[i] as number),
      within(0.002),
    ),
    ...each('BG', expected.BG, byRepeats(predicted(bgCount)), within(0.002)),
    ...each('Pareto', expected.PNBD, byRepeats(predicted(paretoCount)), within(0.002)),
    ...each(
      'n',
      expected.n,
      expected.n.map((_: number, k: number) => histories.filter((history) => bin(history) === k).length),
      within(0),
    ),
  ],
  'holdout-cdnow': ({ expected }) => [
    ['purchases', expected.actual, sum(heldOut), 0],
    ...(['MAE', 'RMSE', 'BIAS'] as const).flatMap((kpi): Line[] => [
      [`${kpi} BG`, expected[kpi].BG, errors(bgCount)[kpi], 5e-4],
      [`${kpi} MBG`, expected[kpi].MBG, errors(mbgCount)[kpi], 5e-4],
      [`${kpi} Pareto`, expected[kpi].PNBD_mle, errors(paretoCount)[kpi], 5e-4],
    ]),
  ],
  'GG-fit': ({ expected }) => parameterLines(fitted(gg), expected, { p: 0.005, q: 0.005, gamma: 0.02, LL: 0.01 }),
  'GG-cond': ({ expected }) => {
    const seen = [
      [2, 22.35],
      [1, 11.77],
      [0, 0],
      [0, 0],
      [0, 0],
      [7, 73.74],
      [1, 11.77],
      [0, 0],
      [2, 25.55],
      [0, 0],
    ] as const;
    const note = { p: 6.25, q: 3.74, gamma: 15.44 };
    return each(
      'spend',
      expected,
      seen.map(([n, m]) => gammaGamma.expectedSpend(note, n, m)),
      within(0.1),
    );
  },
  'CLV-example': ({ expected }) => {
    const { fit } = daily();
    const five = [h(0, 0, 298), h(0, 0, 224), h(6, 142, 292), h(0, 0, 147), h(2, 9, 183)];
    const ce = (history: History, t: number) => bgModel.expectedPurchases(fit.parameters, history, t);
    const { r, alpha, a, b } = fit.parameters;
    const month = { margin: 1, yearlyDiscount: 2 ** 12 - 1, unitsPerYear: 360 };
    return [
      ...each('parameter', expected.params, [r, alpha, a, b], relative(0.01)),
      ['LL', expected.LL, fit.logLikelihood, 0.01],
      ...each(
        'CE30',
        expected.CE30,
        five.map((history) => ce(history, 30)),
        within(1e-6),
      ),
      ...each(
        'CLV',
        expected.CE30.map((v: number) => v / 2),
        five.map((c) => runningValue((t) => ce(c, t), 1, 1, month)[0] as number),
        within(1e-6),
      ),
    ];
  },
  DERT: ({ expected }) => {
    const at = [
      h(0, 0, 38.857143),
      h(1, 1.714286, 38.857143),
      h(2, 30.428571, 38.857143),
      h(7, 29.428571, 38.857143),
      h(26, 30.857143, 31),
    ];
    const p = paretoOf([0.5532771, 10.5776839, 0.6062399, 11.6687339]);
    return each(
      'DERT',
      expected,
      at.map((history) => pareto.discountedPurchases(p, history, 0.0026785864)),
      relative(1e-5),
    );
  },
  BGBB: ({ expected }) => {
    const rows = donors();
    const best = betaBinomial.fit(rows);
    const at = (purchases: number, last: number) => ({ purchases, last, opportunities: 6 });
    const five = rows.map((row) => row.customers * betaBinomial.expectedPurchases(best, row, 5));
    return [
      ...parameterLines({ ...best, LL: best.logLikelihood }, expected, {
        alpha: 0.01,
        beta: 0.01,
        gamma: 0.01,
        delta: 0.01,
        LL: 0.02,
      }),
      ['CE5 total', expected.CE5_total, sum(five), 1],
      [
        'E(10)',
        expected.E10,
        betaBinomial.expectedPurchases(best, { purchases: 0, last: 0, opportunities: 0 }, 10),
        1e-3,
      ],
      ['CE10 (0,0)', expected.A_0_0, betaBinomial.expectedPurchases(best, at(0, 0), 10), 1e-3],
      ['CE10 (4,5)', expected.B_4_5, betaBinomial.expectedPurchases(best, at(4, 5), 10), 1e-3],
      ...each(
        'P(alive next)',
        expected.PA_next,
        [at(0, 0), at(2, 4), at(6, 6)].map((c) => betaBinomial.aliveNext(best, c)),
        within(0.005),
      ),
    ];
  },
  scale: () => {
    const inDays = { ...cohort, recency: cohort.recency.map((v) => v * 7), age: cohort.age.map((v) => v * 7) };
    const bgDays = fitBetaGeometric(inDays, 'bg');
    const mbgDays = fitBetaGeometric(inDays, 'mbg');
    const paretoDays = fitPareto(inDays);
    const x = sum(histories.map((history) => history.repeats));
    const lines = (name: string, weeks: typeof bg, days: typeof bg): Line[] => [
      [`${name} r`, weeks.parameters.r, days.parameters.r, weeks.parameters.r * 1e-5],
      [`${name} alpha`, weeks.parameters.alpha * 7, days.parameters.alpha, weeks.parameters.alpha * 1e-4],
      [`${name} LL`, weeks.logLikelihood - x * Math.log(7), days.logLikelihood, 1e-5],
    ];
    return [
      ...lines('BG', bg, bgDays),
      ...lines('MBG', mbg, mbgDays),
      ['Pareto beta', par.parameters.beta * 7, paretoDays.parameters.beta, par.parameters.beta * 7e-3],
      ['Pareto s', par.parameters.s, paretoDays.parameters.s, 6e-4],
      ['Pareto LL', par.logLikelihood - x * Math.log(7), paretoDays.logLikelihood, 1e-5],
    ];
  },
};

function logps(model: 'bg' | 'mbg', expected: readonly number[]): Line[] {
  const p = bgOf([0.25, 4, 0.8, 2.5], model);
  const got = [h(0, 0, 40), h(200, 38, 40)].map((history) => betaGeometricLikelihood(p, cohortOf([history])));
  return each('ln L', expected, got, within(1e-4));
}

/** Figures of the papers that are not in the published file. */
const tables: Readonly<Record<string, () => Line[]>> = {
  'MBG and BG standard errors': () => [
    ...each('BG', [0.0126, 0.378, 0.186, 0.705], [...(bg.standardErrors ?? [])], within(6e-4)),
    ...each('MBG', [0.0833, 0.696, 0.155, 0.537], [...(mbg.standardErrors ?? [])], within(6e-4)),
  ],
  'one customer (2, 30.43, 38.86), three models': () => {
    const c = h(2, 30.43, 38.86);
    return [
      ...each(
        'CE',
        [1.225907, 1.262669, 1.455099],
        [bgCount(c, 39), mbgCount(c, 39), paretoCount(c, 39)],
        within(1e-5),
      ),
      ...each(
        'P(alive)',
        [0.726609, 0.706126, 0.869116],
        [bgModel.alive(bg.parameters, c), bgModel.alive(mbg.parameters, c), pareto.alive(par.parameters, c)],
        within(1e-5),
      ),
    ];
  },
  'hold-out by repeats, MBG': () =>
    each(
      'CE',
      [0.1852, 0.5514, 1.049, 1.4929, 2.1043, 2.5636, 3.3608, 5.8485],
      byRepeats(predicted(mbgCount)),
      within(2e-4),
    ),
  'tracking, MBG and weeks 39 and 78': () => [
    ...each(
      'MBG',
      [1315.05, 1389.6, 1462.2, 1532.98, 1602.04, 1669.48, 2483, 4054.6],
      track(mbgCount, [20, 21, 22, 23, 24, 25, 39, 78]),
      within(0.1),
    ),
    ...each('BG', [2501.5, 4165.6], track(bgCount, [39, 78]), within(0.1)),
    ...each(
      'Pareto',
      [2532.3, 4274.4],
      track((c, t) => pareto.expectedPurchases(PACKAGED, c, t), [39, 78]),
      within(0.1),
    ),
    ...each('actual', [2457, 4339], actualTrack([39, 78]), within(0)),
  ],
  'repeat spend': () => [
    ['n', 946, spending.mean.length, 0],
    ['mean', 35.08, sum([...spending.mean]) / 946, 0.005],
    ['min', 2.99, Math.min(...spending.mean), 0.005],
    ['max', 299.63, Math.max(...spending.mean), 0.005],
  ],
  'Pareto where it overflows elsewhere': () => {
    const p = paretoOf([10.465, 0.00798565, 3.0516, 2.82]);
    const got = [h(40, 5, 6), h(50, 1, 37), h(50, 4, 37)].map((history) => pareto.alive(p, history));
    return each('P(alive)', [1.885e-3, 1.4e-96, 6.7e-60], got, relative(0.02));
  },
  'a rhythm of two is worse on CDNOW': () => {
    const gaps = customers.map(({ days }) => {
      const seen = days.filter((day) => day <= CALIBRATION_END);
      return sum(seen.slice(1).map((day, i) => Math.log((day - (seen[i] as number)) / WEEK)));
    });
    const paced = { ...cohort, lnGaps: Float64Array.from(gaps) };
    return [
      ['MBG k=2', -9853.25, fitRhythm(paced, 2).logLikelihood, 0.01],
      ['MBG k=1', -9582.13572, rhythm.logLikelihood(rhythm.withRhythm(mbg.parameters, 1), paced), 0.01],
    ];
  },
};

const printed: string[] = [];
function check(name: string, lines: readonly Line[]): void {
  for (const [what, expected, got, tolerance] of lines) {
    const off = Math.abs(got - expected);
    const cells = [
      name.padEnd(18),
      what.padEnd(14),
      expected,
      got,
      (got - expected).toExponential(1),
      tolerance.toExponential(1),
    ];
    printed.push(
      cells
        .map((cell) => (typeof cell === 'number' ? Number(cell.toPrecision(10)).toString().padStart(17) : cell))
        .join('  '),
    );
    expect(`${name} ${what}: ${off <= tolerance ? 'within' : `${got}, not ${expected}, outside`} ${tolerance}`).toBe(
      `${name} ${what}: within ${tolerance}`,
    );
  }
}

describe('published figures are reproduced', () => {
  it.each(vectors.map((v) => [v.id, v] as const))('%s', (id, vector) => {
    const lines = reproductions[id]?.(vector) ?? [];
    expect(lines.length).toBeGreaterThan(0);
    check(id, lines);
  });
  it.each(Object.entries(tables))('%s', (name, lines) => check(name, lines()));
  it('the check itself can fail', () => expect(() => check('guard', [['x', 1, 1.1, 0.05]])).toThrow(/outside/));
  afterAll(() => {
    process.stdout.write(
      `\nvector              figure                 expected                got  difference  tolerance\n${printed.join('\n')}\n`,
    );
  });
});
