import {
  backtest,
  betaGeometric,
  type Deployed,
  dayWhenRiskReaches,
  deployedOf,
  EMPTY_HISTORY,
  evolveHistory,
  expectedPurchases,
  interpolated,
  LedgerBuilder,
  layeredRisk,
  mergeHistories,
  PURCHASE,
  type PurchaseFact,
  type PurchaseHistory,
  plainLayer,
  scoreCustomer,
  seenAt,
  snapshotAt,
  standingAt,
  strongestFacts,
  valueAhead,
} from '../../libs/analytics/src/index.js';
import { CALIBRATION_END, customers, historyOf } from './cdnow.js';
import { simulated } from './simulated.js';

const told = (...facts: PurchaseFact[]): PurchaseHistory => facts.reduce(evolveHistory, EMPTY_HISTORY);
const bought = (id: string, day: number, more: object = {}): PurchaseFact => ({ kind: 'purchased', id, day, ...more });
const cancelled = (id: string, day: number, by: 'customer' | 'company' = 'customer'): PurchaseFact => ({
  kind: 'cancelled',
  id,
  day,
  by,
});
const complained = (id: string, day: number): PurchaseFact => ({ kind: 'signalled', id, day, signal: 'complaintOpen' });

describe('a customer, fact by fact', () => {
  it('event by event equals the whole file at once, for every customer of CDNOW', () => {
    const builder = new LedgerBuilder();
    customers.forEach(({ days, amounts }, c) => {
      days.forEach((day, i) => {
        builder.add(c, day, amounts[i] as number, PURCHASE);
      });
    });
    const snapshot = snapshotAt(builder.build(), CALIBRATION_END);
    customers.forEach((customer, c) => {
      const facts = customer.days.map((day, i) => bought(`${day}`, day, { amount: customer.amounts[i] as number }));
      const standing = standingAt(told(...facts), CALIBRATION_END);
      expect(standing).toMatchObject(historyOf(customer));
      const { asOf: _, ...row } = seenAt(snapshot, c);
      expect(standing).toMatchObject({ ...row, meanSpend: expect.closeTo(row.meanSpend, 9) });
    });
  });
  it('facts may come in any order, and twice', () => {
    const facts = [bought('a', 10), bought('b', 30), cancelled('b', 31), bought('c', 31), complained('x', 40)];
    expect(told(...[...facts].reverse(), ...facts)).toEqual(told(...facts));
  });
  it('same-day purchases are one', () => {
    expect(standingAt(told(bought('a', 10, { amount: 5 }), bought('b', 10, { amount: 7 })), 50)).toMatchObject({
      repeats: 0,
      meanSpend: 12,
      paid: 1,
    });
  });
  it('cancelled and booked again never happened', () => {
    const plain = standingAt(told(bought('a', 10), bought('c', 30)), 60);
    expect(standingAt(told(bought('a', 10), bought('b', 30), cancelled('b', 30), bought('c', 30)), 60)).toEqual(plain);
  });
  it('a cancellation before the service takes the purchase away and leaves a signal; after it, only the signal', () => {
    const before = standingAt(
      told(bought('a', 10), bought('b', 30, { serviceEnd: 90 }), cancelled('b', 40, 'company')),
      100,
    );
    expect(before).toMatchObject({ repeats: 0, signals: { cancelledByCompany: Math.exp(-60 / 90) } });
    const after = standingAt(
      told(bought('a', 10), bought('b', 30, { serviceEnd: 35 }), cancelled('b', 40, 'company')),
      100,
    );
    expect(after).toMatchObject({ repeats: 1 });
  });
  it('what is cancelled tomorrow still counts today', () => {
    const history = told(bought('a', 10), bought('b', 30), cancelled('b', 40));
    expect([standingAt(history, 39)?.repeats, standingAt(history, 40)?.repeats]).toEqual([1, 0]);
  });
  it('two customers who are one', () => {
    const [a, b] = [
      [bought('a', 10), bought('c', 50)],
      [bought('b', 20), complained('x', 60)],
    ];
    expect(mergeHistories(told(...a), told(...b))).toEqual(told(...a, ...b));
  });
  it('lead time is not silence, and an open booking is life', () => {
    const history = told(bought('a', 10), bought('b', 20, { serviceEnd: 200 }));
    expect(standingAt(history, 150)).toMatchObject({ openBooking: true, silence: 0 });
    expect(standingAt(history, 214)).toMatchObject({ openBooking: false, silence: 2, lastDay: 200 });
  });
  it('before the first purchase there is nobody', () => expect(standingAt(told(bought('a', 10)), 9)).toBeUndefined());
});

const MBG = { model: 'mbg', r: 0.5248432, alpha: 6.1830859, a: 0.8913592, b: 1.6140018 } as const;
const DEPLOYED: Deployed = {
  modelVersion: 1,
  mbg: MBG,
  habit: MBG,
  pareto: { model: 'pareto', r: 0.5532771, alpha: 10.5776839, s: 0.6062399, beta: 11.6687339 },
  champion: 'habit',
  layer: plainLayer('habit'),
  usualSpend: 30,
  spending: { p: 6.25, q: 3.74, gamma: 15.44 },
  flags: [],
};

describe('why', () => {
  it.each([
    [2, 30.43, 1.4, -0.523, 0.706],
    [7, 29.43, 2.268, -1.768, 0.623],
    [0, 0, 0.594, -1.042, 0.39],
  ])('x = %d, last after %d weeks: habit and silence add up exactly', (repeats, recency, habit, silence, alive) => {
    const history = { repeats, recency, age: 38.86 };
    const terms = betaGeometric.aliveTerms(MBG, history);
    expect(terms.habit).toBeCloseTo(habit, 3);
    expect(terms.silence).toBeCloseTo(silence, 3);
    expect(betaGeometric.alive(MBG, history)).toBeCloseTo(alive, 3);
    expect(1 / (1 + Math.exp(-terms.habit - terms.silence))).toBeCloseTo(betaGeometric.alive(MBG, history), 14);
  });
  const history = told(
    bought('a', 0, { amount: 20 }),
    bought('b', 70, { amount: 40 }),
    bought('c', 140),
    complained('x', 200),
  );
  const standing = standingAt(history, 210) as NonNullable<ReturnType<typeof standingAt>>;
  it('the parts of the final score add up, and a complaint weighs what was agreed', () => {
    const score = scoreCustomer(DEPLOYED, standing, 26);
    expect(score.because.reduce((sum, part) => sum + part.logOdds, 0)).toBe(score.logOdds);
    const complaint = score.because.find(({ term }) => term === 'complaintOpen')?.logOdds;
    expect(complaint).toBeCloseTo(0.9 * Math.exp(-10 / 90), 12);
    expect(score.expectedSpend).toBeGreaterThan(20);
  });
  it('signals together move the log-odds by 1.5 at most', () => {
    const furious = told(bought('a', 0), ...Array.from({ length: 9 }, (_, i) => complained(`x${i}`, 200)));
    const { because } = scoreCustomer(DEPLOYED, standingAt(furious, 201) ?? standing, 26);
    expect(because.find(({ term }) => term === 'complaintOpen')?.logOdds).toBeCloseTo(1.5, 12);
  });
  it('the strongest facts are named, by what the score would be without them', () => {
    const [first, ...others] = strongestFacts(DEPLOYED, history, 210, 26);
    expect(others).toHaveLength(2);
    const without = told(
      ...[
        bought('a', 0, { amount: 20 }),
        bought('b', 70, { amount: 40 }),
        bought('c', 140),
        complained('x', 200),
      ].filter(({ id }) => id !== first?.fact.id),
    );
    const gone = scoreCustomer(DEPLOYED, standingAt(without, 210) ?? standing, 26).logOdds;
    expect(scoreCustomer(DEPLOYED, standing, 26).logOdds - gone).toBeCloseTo(first?.logOdds ?? Number.NaN, 12);
  });
  it('if nothing happens, the risk reaches 80 % on that day and not the day before', () => {
    const day = dayWhenRiskReaches(DEPLOYED, standing, 26) as number;
    const riskOn = (asOf: number) => scoreCustomer(DEPLOYED, standingAt(history, asOf) ?? standing, 26).risk;
    expect(day).toBeGreaterThan(210);
    expect([riskOn(day) >= 0.8, riskOn(day - 1) < 0.8]).toEqual([true, true]);
    expect(dayWhenRiskReaches(DEPLOYED, standing, 26, 0.0001)).toBe(210);
  });
  it('an open booking overrides the risk and says so', () => {
    const waiting = standingAt(told(bought('a', 0), bought('b', 20, { serviceEnd: 400 })), 300) ?? standing;
    expect(scoreCustomer(DEPLOYED, waiting, 26)).toMatchObject({ risk: 0, alive: 1, flags: ['openBooking'] });
  });
  it('ten values of the expected count stand for all of them', () => {
    for (const age of [0, 5, 300])
      for (const model of [DEPLOYED.mbg, DEPLOYED.pareto, { ...MBG, a: 30, b: 90 }]) {
        const exact = (weeks: number) => expectedPurchases(model, { repeats: 3, recency: age / 2, age }, weeks);
        const near = interpolated(exact, model.alpha + age, 156);
        for (const weeks of [0, 1, 4.3, 52, 100, 156])
          expect(Math.abs(near(weeks) - exact(weeks))).toBeLessThan(1e-5 * exact(156) + 1e-12);
      }
  });
  it('more months are worth more, and less than undiscounted', () => {
    const { months12, months24, months36 } = valueAhead(DEPLOYED, standing, { margin: 0.3, yearlyDiscount: 0.1 });
    const plain = valueAhead(DEPLOYED, standing, { margin: 0.3, yearlyDiscount: 0 });
    expect(0 < months12 && months12 < months24 && months24 < months36 && months36 < plain.months36).toBe(true);
  });
});

describe('what was learnt', () => {
  const plan = { customers: 2500, joinedWithin: 500, days: 900, seed: 5 };
  const truth = { kind: 'mbg', r: 1.5, alpha: 10, a: 0.3, b: 3 } as const;
  it('a return that drives customers away becomes a reason, from the data alone', () => {
    const ledger = simulated(truth, { ...plan, returns: { chance: 0.2, fatal: 0.6 } });
    const result = backtest(ledger, { asOf: 720, horizonDays: 180, seed: 1 });
    expect(result.layer.weights.cancelledByCustomer).toBeGreaterThan(0.3);
    const p0 = Math.max(result.methods.p0_mbg?.auc ?? 1, result.methods.p0_pareto?.auc ?? 1);
    expect(result.methods.layered?.auc).toBeGreaterThan(p0 + 0.003);
    expect(result.gate.holds).toBe(true);
  });
  it('where the model is the truth, the layer steps aside; kept as JSON, the score is the same years later', () => {
    const ledger = simulated(truth, plan);
    const result = backtest(ledger, { asOf: 720, horizonDays: 180, seed: 1 });
    expect(result.flags).toContain('layerNotNeeded');
    const kept: Deployed = JSON.parse(JSON.stringify(deployedOf(result)));
    const snapshot = snapshotAt(ledger, 720);
    for (let i = 0; i < 200; i++) {
      const score = scoreCustomer(kept, seenAt(snapshot, i), 180 / 7);
      expect(score.risk).toBe(scoreCustomer(deployedOf(result), seenAt(snapshot, i), 180 / 7).risk);
    }
    expect(layeredRisk(kept.layer, new Float64Array(13))).toBe(0.5);
  });
});
