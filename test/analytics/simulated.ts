import { type Ledger, LedgerBuilder, PURCHASE, type Random, RETURN, seeded } from '../../libs/analytics/src/index.js';

export type Truth =
  | {
      readonly kind: 'mbg';
      readonly r: number;
      readonly alpha: number;
      readonly a: number;
      readonly b: number;
      readonly k?: number;
    }
  | { readonly kind: 'pareto'; readonly r: number; readonly alpha: number; readonly s: number; readonly beta: number };

export interface Plan {
  readonly customers: number;
  /** First purchases fall on days 0 .. joinedWithin - 1. */
  readonly joinedWithin: number;
  readonly days: number;
  readonly seed: number;
  /** Chance that a purchase is followed by a return, and that the return makes the customer leave. */
  readonly returns?: { readonly chance: number; readonly fatal: number };
}

const beta = (random: Random, a: number, b: number): number => {
  const [x, y] = [random.gamma(a), random.gamma(b)];
  return x / (x + y);
};

/** Weeks between purchases, and after which purchase or when the customer leaves. */
function character(truth: Truth, random: Random) {
  const rate = random.gamma(truth.r) / truth.alpha;
  const k = truth.kind === 'mbg' ? (truth.k ?? 1) : 1;
  const gap = () => Array.from({ length: k }, () => random.exponential()).reduce((a, b) => a + b) / rate;
  if (truth.kind === 'pareto') {
    const lifetime = random.exponential() / (random.gamma(truth.s) / truth.beta);
    return { gap, leavesAfterPurchase: () => false, lifetime };
  }
  const p = beta(random, truth.a, truth.b);
  return { gap, leavesAfterPurchase: () => random.uniform() < p, lifetime: Infinity };
}

/** Purchase times in weeks after the first, as the model's own story tells them. */
export function purchaseTimes(truth: Truth, random: Random, weeks: number): number[] {
  const { gap, leavesAfterPurchase, lifetime } = character(truth, random);
  const times: number[] = [];
  let at = 0;
  while (!leavesAfterPurchase()) {
    at += gap();
    if (at > weeks || at > lifetime) break;
    times.push(at);
  }
  return times;
}

/** A purchase file whose truth is known. */
export function simulated(truth: Truth, plan: Plan): Ledger {
  const random = seeded(plan.seed);
  const builder = new LedgerBuilder();
  for (let customer = 0; customer < plan.customers; customer++) {
    const start = Math.floor(random.uniform() * plan.joinedWithin);
    const days = [0, ...purchaseTimes(truth, random, (plan.days - start) / 7)].map((t) => start + Math.floor(7 * t));
    for (const day of days) {
      builder.add(customer, day, 10 + Math.floor(40 * random.uniform()), PURCHASE);
      if (!plan.returns || random.uniform() >= plan.returns.chance) continue;
      builder.add(customer, day + 1, -5, RETURN);
      if (random.uniform() < plan.returns.fatal) break;
    }
  }
  return builder.build();
}
