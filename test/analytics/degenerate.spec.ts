import fc from 'fast-check';
import { runs } from '#testing';
import {
  alive,
  backtest,
  cohortOf,
  expectedPurchases,
  fitBetaGeometric,
  fitGammaGamma,
  fitPareto,
  fitPopulation,
  gammaGamma,
  type History,
  LedgerBuilder,
  PURCHASE,
  type PurchaseModel,
  silenceRisk,
} from '../../libs/analytics/src/index.js';

const AWKWARD = [0, -1, 1e-300, 0.5, 10_000, 1e12, Number.NaN, Infinity, -Infinity];
const awkward = fc.oneof(fc.constantFrom(...AWKWARD), fc.double({ min: 0, max: 500, noNaN: true }));
const aHistory: fc.Arbitrary<History> = fc.record({ repeats: awkward, recency: awkward, age: awkward });
const positive = fc.constantFrom(1e-4, 0.01, 0.5, 1, 3, 80, 1000);
const aModel: fc.Arbitrary<PurchaseModel> = fc.oneof(
  fc.record({
    model: fc.constantFrom('mbg' as const, 'bg' as const),
    r: positive,
    alpha: positive,
    a: positive,
    b: positive,
  }),
  fc.record({ model: fc.constant('pareto' as const), r: positive, alpha: positive, s: positive, beta: positive }),
  fc.record({
    model: fc.constant('mbg-k' as const),
    k: fc.constantFrom(2, 3),
    r: positive,
    alpha: positive,
    a: positive,
    b: positive,
  }),
);

describe('a score is finite whatever it is given', () => {
  it('for any history, any model, any horizon', () => {
    fc.assert(
      fc.property(aModel, aHistory, fc.constantFrom(0, 1e-9, 1, 52, 520), (model, history, horizon) => {
        for (const chance of [alive(model, history), silenceRisk(model, history, horizon)]) {
          expect(chance).toBeGreaterThanOrEqual(0);
          expect(chance).toBeLessThanOrEqual(1);
        }
        const count = expectedPurchases(model, history, horizon);
        expect(Number.isFinite(count) && count >= 0).toBe(true);
      }),
      { numRuns: runs(600), seed: 3 },
    );
  });
  it('the guard would notice', () => expect(Number.isFinite(Number.NaN)).toBe(false));
  it('for spends of nothing, less than nothing and far too much', () => {
    const g = { p: 6.25, q: 3.74, gamma: 15.44 };
    for (const mean of AWKWARD)
      for (const n of AWKWARD) expect(Number.isFinite(gammaGamma.expectedSpend(g, n, mean))).toBe(true);
  });
});

const h = (repeats: number, recency: number, age: number): History => ({ repeats, recency, age });
const many = (n: number, history: (i: number) => History): History[] => Array.from({ length: n }, (_, i) => history(i));
const populations: readonly (readonly [string, readonly History[], readonly string[]])[] = [
  ['nobody', [], ['noCustomers', 'noRepeats']],
  ['one customer', [h(3, 20, 30)], ['tooFewCustomers', 'pooledPrior']],
  ['no repeats at all', many(500, (i) => h(0, 0, 10 + (i % 40))), ['noRepeats', 'pooledPrior']],
  ['everything on one day', many(500, () => h(0, 0, 0)), ['noRepeats']],
  ['ten thousand purchases each', many(300, (i) => h(10_000, 100 + (i % 7), 110)), []],
  ['all alike', many(1000, () => h(2, 20, 40)), ['dropoutNotIdentified']],
  [
    'nobody ever leaves',
    many(1000, (i) => h(i % 9, i % 9 === 0 ? 0 : 40 * ((i % 9) / ((i % 9) + 1)), 40)),
    ['dropoutNotIdentified'],
  ],
];

const finite = (values: object): boolean =>
  Object.values(values).every((v) => typeof v !== 'number' || Number.isFinite(v));

describe('a fit always ends, finite and flagged', () => {
  it.each(populations)('%s', (_, people, flags) => {
    const cohort = cohortOf(people);
    for (const fit of [fitBetaGeometric(cohort), fitPareto(cohort)]) {
      expect(finite(fit.parameters)).toBe(true);
      expect(Number.isFinite(fit.logLikelihood)).toBe(true);
      const risks = people.slice(0, 20).map((history) => silenceRisk(fit.parameters, history, 26));
      expect(risks.every((risk) => risk >= 0 && risk <= 1)).toBe(true);
    }
    expect(fitBetaGeometric(cohort).flags).toEqual(expect.arrayContaining([...flags]));
  });
  it('with equal dropout for everybody, a + b stops at its bound', () => {
    const fit = fitBetaGeometric(cohortOf(many(3000, (i) => h(Math.floor(Math.log2(i + 1)) % 5, (i % 5) * 4, 40))));
    expect(fit.parameters.a + fit.parameters.b).toBeLessThanOrEqual(1000 + 1e-6);
  });
  it('with equal, zero and negative spends', () => {
    const spending = (mean: number[]) => ({
      transactions: Float64Array.from(mean, () => 3),
      mean: Float64Array.from(mean),
    });
    expect(fitGammaGamma(spending([])).flags).toContain('noAmounts');
    const equal = fitGammaGamma(spending(Array(400).fill(25)));
    expect(equal.flags).toContain('equalAmounts');
    expect(finite(equal.parameters)).toBe(true);
    expect(Math.abs(gammaGamma.expectedSpend(equal.parameters, 3, 25) / 25 - 1)).toBeLessThan(0.05);
  });
  it('with gaps of one day only', () => {
    const { habit, pareto } = fitPopulation({
      ...cohortOf(many(400, (i) => h(1 + (i % 3), (1 + (i % 3)) / 7, 30))),
      lnGaps: new Float64Array(400).fill(Math.log(1 / 7)),
    });
    expect(finite(habit) && finite(pareto.parameters)).toBe(true);
  });
});

describe('a backtest of too little says so', () => {
  const tiny = (rows: readonly (readonly [number, number])[]) => {
    const builder = new LedgerBuilder();
    for (const [customer, day] of rows) builder.add(customer, day, Number.NaN, PURCHASE);
    return backtest(builder.build(), { asOf: 100, horizonDays: 70, seed: 1 });
  };
  it.each([
    ['one customer who stays away', [[0, 10]]],
    [
      'one customer who comes back',
      [
        [0, 10],
        [0, 120],
      ],
    ],
    [
      'two on the day of judgement',
      [
        [0, 100],
        [1, 100],
        [1, 150],
      ],
    ],
  ] as const)('%s', (_, rows) => {
    const result = tiny(rows);
    expect(result.gate.holds).toBe(false);
    expect(result.flags).toEqual(expect.arrayContaining(['lowConfidence', 'layerNotLearnt', 'noAmounts']));
    expect(JSON.stringify(result)).not.toMatch(/null|NaN/);
    for (const quality of Object.values(result.methods)) expect(finite(quality)).toBe(true);
  });
});
