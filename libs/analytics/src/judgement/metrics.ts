import { ascending, midranks } from './ranking.js';

const { abs, floor, log, max, min, sqrt } = Math;

/** One tenth of the customers, from the least to the most at risk. */
export interface Decile {
  readonly customers: number;
  readonly predicted: number;
  readonly observed: number;
}

export interface RiskQuality {
  /** Chance that a customer who stayed away had been ranked above one who came back; 0.5 is a coin. */
  readonly auc: number;
  /** Mean squared error of the probability. */
  readonly brier: number;
  /** Expected calibration error over deciles: mean distance between the promised and the observed share. */
  readonly ece: number;
  readonly logLoss: number;
  /** Share of stayed-away among the tenth most at risk, over the share among all. */
  readonly topDecileLift: number;
  /** Share of the later value that the fifth with the lowest risk brought. */
  readonly captureAt20: number;
  readonly deciles: readonly Decile[];
}

const mean = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, v) => sum + v, 0) / values.length;

/** Area under the ROC curve, ties counted half; 0.5 when only one outcome occurred. */
export function auc(risk: Float64Array, stayedAway: Float64Array): number {
  const away = stayedAway.reduce((sum, y) => sum + y, 0);
  const back = stayedAway.length - away;
  if (away === 0 || back === 0) return 0.5;
  const ranks = midranks(risk);
  const rankSum = ranks.reduce((sum, rank, i) => sum + rank * (stayedAway[i] as number), 0);
  return (rankSum - (away * (away + 1)) / 2) / (away * back);
}

const inside = (p: number): number => min(1 - 1e-12, max(1e-12, p));

export function logLoss(risk: Float64Array, stayedAway: Float64Array): number {
  return mean(risk.map((p, i) => -log(inside(stayedAway[i] ? p : 1 - p))));
}

/** Customers with the same risk share their mean outcome, so that a bin's border inside a tie does not depend on their order. */
function levelled(order: Uint32Array, risk: Float64Array, outcome: Float64Array): Float64Array {
  const level = new Float64Array(order.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    let sum = 0;
    while (end < order.length && risk[order[end] as number] === risk[order[start] as number])
      sum += outcome[order[end++] as number] as number;
    level.fill(sum / (end - start), start, end);
    start = end;
  }
  return level;
}

/** Ten bins of equal size along the risk. */
export function decilesOf(risk: Float64Array, stayedAway: Float64Array): Decile[] {
  const order = ascending(risk);
  const level = levelled(order, risk, stayedAway);
  const bins = min(10, order.length);
  return Array.from({ length: bins }, (_, k) => {
    const start = floor((k * order.length) / bins);
    const end = floor(((k + 1) * order.length) / bins);
    const predicted = mean(Float64Array.from(order.subarray(start, end), (i) => risk[i] as number));
    return { customers: end - start, predicted, observed: mean(level.subarray(start, end)) };
  });
}

function calibrationError(deciles: readonly Decile[]): number {
  const customers = deciles.reduce((sum, d) => sum + d.customers, 0);
  return deciles.reduce((sum, d) => sum + d.customers * abs(d.predicted - d.observed), 0) / max(1, customers);
}

/** Mean outcome of the `share` of customers with the highest scores; a tie at the border counts in part. */
function shareOfTop(score: Float64Array, outcome: Float64Array, share: number): number {
  const ranks = midranks(score.map((v) => -v));
  const wanted = share * score.length;
  const order = ascending(ranks);
  let taken = 0;
  let sum = 0;
  for (let start = 0; start < order.length && taken < wanted; ) {
    let end = start;
    let tied = 0;
    while (end < order.length && ranks[order[end] as number] === ranks[order[start] as number])
      tied += outcome[order[end++] as number] as number;
    const part = min(1, (wanted - taken) / (end - start));
    sum += part * tied;
    taken += part * (end - start);
    start = end;
  }
  return sum;
}

const ratio = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Judges the promised risk of no purchase against what happened. `value`: what each customer spent afterwards. */
export function judgeRisk(risk: Float64Array, stayedAway: Float64Array, value: Float64Array): RiskQuality {
  const deciles = decilesOf(risk, stayedAway);
  const top = ratio(shareOfTop(risk, stayedAway, 0.1), 0.1 * risk.length);
  const captured = shareOfTop(
    risk.map((p) => -p),
    value,
    0.2,
  );
  return {
    auc: auc(risk, stayedAway),
    brier: mean(risk.map((p, i) => (p - (stayedAway[i] as number)) ** 2)),
    ece: calibrationError(deciles),
    logLoss: logLoss(risk, stayedAway),
    topDecileLift: ratio(top, mean(stayedAway)),
    captureAt20: ratio(
      captured,
      value.reduce((sum, v) => sum + v, 0),
    ),
    deciles,
  };
}

export interface CountQuality {
  readonly mae: number;
  readonly rmse: number;
  /** (predicted - happened) / happened, of the totals. */
  readonly bias: number;
  /** Mean Poisson deviance 2 (y ln(y / μ) - (y - μ)). */
  readonly poissonDeviance: number;
  readonly predicted: number;
  readonly observed: number;
}

const LEAST_EXPECTED = 1e-6;

function deviance(expected: number, happened: number): number {
  const mu = max(LEAST_EXPECTED, expected);
  return 2 * ((happened > 0 ? happened * log(happened / mu) : 0) - (happened - mu));
}

/** Judges expected purchases against what happened. */
export function judgeCounts(expected: Float64Array, happened: Float64Array): CountQuality {
  const off = expected.map((e, i) => e - (happened[i] as number));
  const observed = happened.reduce((sum, v) => sum + v, 0);
  const predicted = expected.reduce((sum, v) => sum + v, 0);
  return {
    mae: mean(off.map(abs)),
    rmse: sqrt(mean(off.map((e) => e * e))),
    bias: observed > 0 ? (predicted - observed) / observed : predicted > 0 ? 1 : 0,
    poissonDeviance: mean(expected.map((e, i) => deviance(e, happened[i] as number))),
    predicted,
    observed,
  };
}
