import fc from 'fast-check';
import {
  auc,
  backtest,
  decilesOf,
  judgeCounts,
  judgeGate,
  judgeRisk,
  LedgerBuilder,
  PURCHASE,
  type RiskQuality,
  rollingOrigins,
} from '../../libs/analytics/src/index.js';
import { simulated } from './simulated.js';

const of = (...values: number[]): Float64Array => Float64Array.from(values);

describe('the yardsticks', () => {
  it('AUC is the share of pairs ranked rightly, ties counted half', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()), { minLength: 2, maxLength: 40 }),
        (rows) => {
          const pairs = rows.flatMap(([a, left]) =>
            left ? rows.filter(([, other]) => !other).map(([b]) => Math.sign(a - b) / 2 + 0.5) : [],
          );
          const expected = pairs.length === 0 ? 0.5 : pairs.reduce((x, y) => x + y, 0) / pairs.length;
          expect(
            auc(
              Float64Array.from(rows, ([v]) => v),
              Float64Array.from(rows, ([, left]) => Number(left)),
            ),
          ).toBeCloseTo(expected, 12);
        },
      ),
      { seed: 5 },
    );
  });
  it('a perfect, an ignorant and an inverted score', () => {
    const away = of(1, 1, 0, 0, 1, 0, 1, 0, 1, 1);
    const value = of(0, 0, 5, 100, 0, 5, 0, 5, 0, 0);
    const perfect = judgeRisk(away, away, value);
    expect(perfect).toMatchObject({ auc: 1, brier: 0, ece: 0, captureAt20: expect.any(Number) });
    expect(
      judgeRisk(
        away.map(() => 0.6),
        away,
        value,
      ),
    ).toMatchObject({
      auc: 0.5,
      ece: expect.closeTo(0, 12),
      topDecileLift: expect.closeTo(1, 12),
      captureAt20: expect.closeTo(0.2, 12),
    });
    expect(
      judgeRisk(
        away.map((y) => 1 - y),
        away,
        value,
      ).auc,
    ).toBe(0);
  });
  it('the value captured by the safest fifth', () => {
    const risk = of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95);
    expect(
      judgeRisk(risk, of(0, 0, 0, 0, 0, 1, 1, 1, 1, 1), of(60, 20, 10, 5, 5, 0, 0, 0, 0, 0)).captureAt20,
    ).toBeCloseTo(0.8, 12);
  });
  it('deciles do not depend on the order within a tie', () => {
    const risk = Float64Array.from({ length: 95 }, (_, i) => Math.floor(i / 17) / 10);
    const away = risk.map((_, i) => Number(i % 3 === 0));
    const turned = decilesOf(risk.slice().reverse(), away.slice().reverse());
    decilesOf(risk, away).forEach((decile, k) => {
      expect(turned[k]?.observed).toBeCloseTo(decile.observed, 12);
    });
  });
  it('counts, beside the prophet of nothing', () => {
    const happened = of(0, 0, 0, 4);
    expect(judgeCounts(of(0, 0, 0, 0), happened)).toMatchObject({ mae: 1, rmse: 2, bias: -1 });
    expect(judgeCounts(of(1, 1, 1, 1), happened)).toMatchObject({
      mae: 1.5,
      bias: 0,
      poissonDeviance: expect.closeTo((6 + 2 * (4 * Math.log(4) - 3)) / 4, 12),
    });
  });
});

describe('the gate', () => {
  const quality = (auc_: number, brier: number, ece = 0.01): RiskQuality => ({
    auc: auc_,
    brier,
    ece,
    logLoss: 0.5,
    topDecileLift: 1,
    captureAt20: 0.3,
    deciles: [],
  });
  const counts = (bias: number) => ({ mae: 1, rmse: 1, bias, poissonDeviance: 1, predicted: 1, observed: 1 });
  const fair = {
    customers: 9000,
    baseRate: 0.6,
    final: quality(0.8, 0.15),
    recency: quality(0.75, 0.2),
    rfm: quality(0.78, 0.2),
    base: quality(0.5, 0.24, 0),
    counts: counts(0.1),
    demandShift: undefined,
  };
  const failing = (change: object) =>
    judgeGate({ ...fair, ...change })
      .checks.filter((check) => !check.holds)
      .map((check) => check.criterion);
  it('lets a good score pass', () => expect(failing({})).toEqual([]));
  it.each([
    ['enough', { customers: 40 }],
    ['bothOutcomes', { baseRate: 1 }],
    ['discrimination', { final: quality(0.77, 0.15) }],
    ['brier', { final: quality(0.8, 0.22) }],
    ['calibration', { final: quality(0.8, 0.15, 0.05) }],
    ['bias', { counts: counts(-0.3) }],
    ['bias', { counts: counts(-0.3), demandShift: -0.5 }],
  ])('stops at %s', (criterion, change) => expect(failing(change)).toEqual([criterion]));
  it('does not ask calibration of few, nor blames a season that newcomers show too', () => {
    expect(failing({ customers: 3000, final: quality(0.8, 0.15, 0.05) })).toEqual([]);
    expect(failing({ counts: counts(-0.3), demandShift: 0.5 })).toEqual([]);
  });
});

describe('nothing after the day of judgement is known before it', () => {
  const [ASOF, HORIZON] = [400, 120];
  const ledger = simulated(
    { kind: 'mbg', r: 0.8, alpha: 8, a: 0.7, b: 2 },
    { customers: 900, joinedWithin: 300, days: 520, seed: 9 },
  );
  const rewritten = () => {
    const builder = new LedgerBuilder();
    const { from, day, amount } = ledger.purchases;
    for (let c = 0; c < ledger.customers; c++) {
      for (let i = from[c] as number; i < (from[c + 1] as number); i++)
        if ((day[i] as number) <= ASOF) builder.add(c, day[i] as number, amount[i] as number, PURCHASE);
      builder.add(c, ASOF + 1 + (c % HORIZON), 1e6, PURCHASE);
    }
    return builder.build();
  };
  it('another future leaves models, layer and rules as they were, and only the verdict changes', () => {
    const plan = { asOf: ASOF, horizonDays: HORIZON, seed: 1 };
    const [one, other] = [backtest(ledger, plan), backtest(rewritten(), plan)];
    for (const part of ['models', 'layer', 'champion', 'origins', 'usualSpend', 'spending', 'value'] as const)
      expect(other[part]).toEqual(one[part]);
    expect(other.baseRate).not.toBe(one.baseRate);
    expect(other.methods.layered?.brier).not.toBe(one.methods.layered?.brier);
  });
  it('every past cut-off is over by then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 7, max: 700 }), (span, horizon) => {
        for (const origin of rollingOrigins(5000, 5000 + span, horizon)) {
          expect(origin.asOf + origin.horizonDays).toBeLessThanOrEqual(5000 + span);
          expect(origin.asOf).toBeGreaterThan(5000);
          expect(origin.horizonDays).toBeLessThanOrEqual(horizon);
        }
      }),
      { seed: 6 },
    );
  });
  it('the same seed gives the same figures', () => {
    const plan = { asOf: ASOF, horizonDays: HORIZON, seed: 11 };
    const [once, again] = [backtest(ledger, plan), backtest(ledger, plan)];
    expect(again).toEqual(once);
  });
});
