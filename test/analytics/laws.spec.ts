import fc from 'fast-check';
import { runs } from '#testing';
import {
  backtest,
  betaGeometric,
  cohortOf,
  expectedPurchases,
  fitBetaGeometric,
  fitPareto,
  type History,
  LedgerBuilder,
  PURCHASE,
  type PurchaseModel,
  rhythm,
  seeded,
  silenceRisk,
  snapshotAt,
} from '../../libs/analytics/src/index.js';
import { cohort, customers, histories } from './cdnow.js';
import { purchaseTimes, simulated, type Truth } from './simulated.js';

const NEW: History = { repeats: 0, recency: 0, age: 0 };
const MBG: betaGeometric.BetaGeometric = { model: 'mbg', r: 0.52, alpha: 6.18, a: 0.89, b: 1.61 };
const MODELS: readonly PurchaseModel[] = [
  MBG,
  { ...MBG, model: 'bg' },
  { model: 'pareto', r: 0.55, alpha: 10.58, s: 0.61, beta: 11.67 },
  rhythm.withRhythm(MBG, 2),
  rhythm.withRhythm({ ...MBG, a: 1, b: 3 }, 3),
];

function ledgerOf(move: number, order: (rows: [number, number][]) => [number, number][]) {
  const rows = customers.slice(0, 600).flatMap(({ days }, c) => days.map((day): [number, number] => [c, day + move]));
  const builder = new LedgerBuilder();
  for (const [c, day] of order(rows)) builder.add(c, day, 10, PURCHASE);
  return builder.build();
}

const figures = (move: number, order: (rows: [number, number][]) => [number, number][]) => {
  const { methods, counts, models } = backtest(ledgerOf(move, order), {
    asOf: 10134 + move,
    horizonDays: 273,
    seed: 1,
  });
  const { layered_cv: _, ...independent } = methods;
  return JSON.parse(JSON.stringify({ independent, counts, models }), (_key, v) =>
    typeof v === 'number' ? Number(v.toPrecision(9)) : v,
  );
};

describe('what does not matter', () => {
  const plain = figures(0, (rows) => rows);
  it('the day the calendar begins', () => expect(figures(4000, (rows) => rows)).toEqual(plain));
  it('the order of rows', () => expect(figures(0, (rows) => [...rows].reverse())).toEqual(plain));
  it('a purchase entered twice on one day', () => {
    const doubled = ledgerOf(0, (rows) => rows.flatMap((row): [number, number][] => [row, row]));
    const once = ledgerOf(0, (rows) => rows);
    expect(snapshotAt(doubled, 10134).repeats).toEqual(snapshotAt(once, 10134).repeats);
    expect(doubled.purchases.repeated).toBe(once.purchases.day.length + once.purchases.repeated * 2);
  });
  it('the order of customers, to the last bit', () => {
    const turned = cohortOf([...histories].reverse());
    expect(fitBetaGeometric(turned).parameters).toEqual(fitBetaGeometric(cohort).parameters);
    expect(fitPareto(turned).parameters).toEqual(fitPareto(cohort).parameters);
  });
  it('but one more purchase does', () => {
    const more = figures(0, (rows) => [...rows, [0, 10130]]);
    expect(more).not.toEqual(plain);
  });
});

const aHistory = fc
  .record({
    repeats: fc.integer({ min: 0, max: 60 }),
    age: fc.double({ min: 0, max: 300, noNaN: true }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ repeats, age, share }): History => ({ repeats, age, recency: repeats === 0 ? 0 : age * share }));

describe('what every model obeys', () => {
  it.each(MODELS.map((model) => [JSON.stringify(model), model] as const))('%s', (_, model) => {
    fc.assert(
      fc.property(aHistory, fc.double({ min: 0.1, max: 200, noNaN: true }), (history, horizon) => {
        const risk = silenceRisk(model, history, horizon);
        const count = expectedPurchases(model, history, horizon);
        const later = { ...history, age: history.age + 5 };
        // With a rhythm, a silence that is still shorter than the usual gap brings the next purchase nearer.
        if (!('k' in model)) expect(silenceRisk(model, later, horizon)).toBeGreaterThanOrEqual(risk - 1e-12);
        expect(silenceRisk(model, history, horizon + 5)).toBeLessThanOrEqual(risk + 1e-12);
        expect(expectedPurchases(model, history, horizon + 5)).toBeGreaterThanOrEqual(count - 1e-9);
        expect(count).toBeGreaterThanOrEqual(1 - risk - 1e-9);
      }),
      { numRuns: runs(300), seed: 8 },
    );
    expect(expectedPurchases(model, { repeats: 3, recency: 10, age: 20 }, 0)).toBe(0);
    expect(silenceRisk(model, { repeats: 3, recency: 10, age: 20 }, 0)).toBe(1);
  });
  it('the chances of all counts sum to one, and that of none is P0', () => {
    for (const model of ['mbg', 'bg'] as const) {
      const p = { ...MBG, model };
      const sum = Array.from({ length: 2000 }, (_, n) => betaGeometric.purchaseCountChance(p, n, 39)).reduce(
        (a, b) => a + b,
      );
      expect(sum).toBeCloseTo(1, 9);
      expect(silenceRisk(p, NEW, 39)).toBeCloseTo(betaGeometric.purchaseCountChance(p, 0, 39), 12);
    }
  });
  it('the expected count is the mean of the counts', () => {
    const mean = Array.from({ length: 3000 }, (_, n) => n * betaGeometric.purchaseCountChance(MBG, n, 39)).reduce(
      (a, b) => a + b,
    );
    expect(expectedPurchases(MBG, NEW, 39)).toBeCloseTo(mean, 6);
  });
  it('the closed form equals the exact sum, on a grid with a below, at and above 1', () => {
    const grid = [0.05, 0.9, 1, 1.0000001, 3, 60].flatMap((a) =>
      [0.3, 2, 200].flatMap((b) => [0, 1, 7, 300].flatMap((x) => [5, 200].map((H) => ({ a, b, x, H })))),
    );
    for (const { a, b, x, H } of grid) {
      const p: betaGeometric.BetaGeometric = { model: 'mbg', r: 0.6, alpha: 7, a, b };
      const history = { repeats: x, recency: x === 0 ? 0 : 30, age: 39 };
      const exact = expectedPurchases(rhythm.withRhythm(p, 1), history, H);
      expect(Math.abs(expectedPurchases(p, history, H) - exact)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, exact));
      expect(silenceRisk(p, history, H)).toBeCloseTo(silenceRisk(rhythm.withRhythm(p, 1), history, H), 12);
    }
  });
});

/** The law of total expectation, against the story itself: no formula is shared with the model. */
describe('promises hold on average over customers who follow the story', () => {
  const stories: readonly (readonly [Truth, PurchaseModel])[] = [
    [
      { kind: 'mbg', r: 0.8, alpha: 8, a: 0.7, b: 2 },
      { model: 'mbg', r: 0.8, alpha: 8, a: 0.7, b: 2 },
    ],
    [
      { kind: 'pareto', r: 0.8, alpha: 8, s: 0.7, beta: 12 },
      { model: 'pareto', r: 0.8, alpha: 8, s: 0.7, beta: 12 },
    ],
    [
      { kind: 'mbg', r: 1.2, alpha: 4, a: 0.7, b: 3, k: 2 },
      { model: 'mbg-k', k: 2, r: 1.2, alpha: 4, a: 0.7, b: 3 },
    ],
  ];
  const [AGE, HORIZON, PEOPLE] = [30, 26, 20_000];
  it.each(stories)('%j', (truth, model) => {
    const random = seeded(4);
    let [risk, away, expected, bought] = [0, 0, 0, 0];
    for (let i = 0; i < PEOPLE; i++) {
      const times = purchaseTimes(truth, random, AGE + HORIZON);
      const before = times.filter((t) => t <= AGE);
      const history = { repeats: before.length, recency: before.at(-1) ?? 0, age: AGE };
      risk += silenceRisk(model, history, HORIZON);
      away += times.length === before.length ? 1 : 0;
      expected += expectedPurchases(model, history, HORIZON);
      bought += times.length - before.length;
    }
    expect(Math.abs(risk - away) / PEOPLE).toBeLessThan(0.01);
    expect(Math.abs(expected - bought) / bought).toBeLessThan(0.03);
  });
});

describe('a known truth is found again', () => {
  it('MBG/NBD parameters, and no dropout where there is none', () => {
    const ledger = simulated(
      { kind: 'mbg', r: 0.8, alpha: 8, a: 0.7, b: 2 },
      { customers: 8000, joinedWithin: 350, days: 700, seed: 2 },
    );
    const { parameters: p, flags } = fitBetaGeometric(snapshotAt(ledger, 699));
    expect([p.r / 0.8, p.alpha / 8].every((ratio) => ratio > 0.9 && ratio < 1.15)).toBe(true);
    expect(p.a / (p.a + p.b)).toBeCloseTo(0.7 / 2.7, 1);
    expect(flags).toEqual([]);
    const loyal = simulated(
      { kind: 'pareto', r: 0.8, alpha: 8, s: 1, beta: 1e9 },
      { customers: 2000, joinedWithin: 350, days: 700, seed: 3 },
    );
    expect(fitBetaGeometric(snapshotAt(loyal, 699)).flags).toContain('dropoutNotIdentified');
    expect(fitPareto(snapshotAt(loyal, 699)).flags).toContain('dropoutNotIdentified');
  });
});
