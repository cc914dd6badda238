import { featuresOf, usualSpendOf } from '../calibration/features.js';
import { type Layer, layeredRisk } from '../calibration/layer.js';
import { type AheadValue, type Deployed, valueAhead } from '../calibration/score-customer.js';
import { type Ledger, spanOf } from '../history/ledger.js';
import { type Snapshot, seenAt, snapshotAt, thinnedSnapshot } from '../history/snapshot.js';
import { type CountQuality, judgeCounts, judgeRisk, type RiskQuality } from '../judgement/metrics.js';
import type { Fit } from '../models/fit.js';
import type { GammaGamma } from '../models/gamma-gamma.js';
import { historyAt } from '../models/history.js';
import { fitSpending, type PopulationModels } from '../models/population.js';
import type { FitOptions } from '../models/preparation.js';
import { expectedPurchases, type PurchaseModel, silenceRisk } from '../models/score.js';
import { type CutOff, cutOffAt } from './cut-off.js';
import { type GateCheck, judgeGate } from './gate.js';
import { calibrated, crossValidatedRisk, type Learnt, learnFrom, rfmScore, silenceScore } from './learning.js';
import { type Origin, rollingOrigins } from './origins.js';
import { demandShift, type Tracked, track } from './tracking.js';

const { max } = Math;

export interface BacktestPlan {
  /** The last day that is known, counted from 1970-01-01; everything after it judges. */
  readonly asOf: number;
  readonly horizonDays: number;
  /** Settles the folds of the cross-validation; nothing else is left to chance. */
  readonly seed: number;
  readonly watch?: (step: BacktestStep) => void;
}

export interface BacktestStep {
  readonly stage: 'fit' | 'learn' | 'judge';
  readonly done: number;
  readonly of: number;
  /** Evaluations of the likelihood so far in this stage. */
  readonly evaluations: number;
}

export type Method = 'p0_mbg' | 'p0_pareto' | 'p0_rhythm' | 'layered' | 'layered_cv' | 'recency' | 'rfm' | 'base';

export interface BacktestResult {
  readonly customers: number;
  readonly baseRate: number;
  readonly methods: Readonly<Partial<Record<Method, RiskQuality>>>;
  readonly counts: Readonly<Record<'mbg' | 'pareto' | 'zero' | 'final', CountQuality>>;
  readonly models: PopulationModels;
  readonly spending: Fit<GammaGamma>;
  readonly layer: Layer;
  readonly usualSpend: number;
  readonly champion: Learnt['champion'];
  readonly origins: readonly Origin[];
  readonly tracking: readonly Tracked[];
  /** Mean discounted value of a customer at the cut-off: spend (or purchases, where no amount is known), 10 % a year, margin 1. */
  readonly value: AheadValue;
  readonly demandShift: number | undefined;
  readonly gate: { readonly holds: boolean; readonly checks: readonly GateCheck[] };
  readonly flags: readonly string[];
}

const MOST_EXAMPLES_AN_ORIGIN = 15_000;
const LEARNING_ROWS = 8_000;

type Final = BacktestResult['methods'] & Record<'recency' | 'rfm' | 'base' | 'layered', RiskQuality>;

function judgeMethods(cutOff: CutOff, past: readonly CutOff[], learnt: Learnt, seed: number): Final {
  const { snapshot, models, risks, stayedAway, outcome, horizonWeeks } = cutOff;
  const judged = (risk: Float64Array) => judgeRisk(risk, stayedAway, outcome.value);
  const rate = stayedAway.reduce((sum, y) => sum + y, 0) / max(1, stayedAway.length);
  const regular = models.habit.model === 'mbg' ? undefined : risks.habit;
  const mbg = regular
    ? snapshot.repeats.map((_, i) => silenceRisk(models.mbg.parameters, historyAt(snapshot, i), horizonWeeks))
    : risks.habit;
  const rows = featuresOf(snapshot, risks);
  return {
    p0_mbg: judged(mbg),
    p0_pareto: judged(risks.pareto),
    ...(regular ? { p0_rhythm: judged(regular) } : {}),
    layered: judged(Float64Array.from(rows, (row) => layeredRisk(learnt.layer, row))),
    layered_cv: judged(crossValidatedRisk(cutOff, seed)),
    recency: judged(calibrated(past, silenceScore)(silenceScore(cutOff))),
    rfm: judged(calibrated(past, rfmScore)(rfmScore(cutOff))),
    base: judged(stayedAway.map(() => rate)),
  };
}

function judgePredictions(cutOff: CutOff, champion: PurchaseModel): BacktestResult['counts'] {
  const { snapshot, models, outcome, horizonWeeks } = cutOff;
  const judged = (model: PurchaseModel) =>
    judgeCounts(
      snapshot.repeats.map((_, i) => expectedPurchases(model, historyAt(snapshot, i), horizonWeeks)),
      outcome.count,
    );
  return {
    mbg: judged(models.mbg.parameters),
    pareto: judged(models.pareto.parameters),
    zero: judgeCounts(new Float64Array(outcome.count.length), outcome.count),
    final: judged(champion),
  };
}

const LAYER_FLAGS = { learnt: [], notNeeded: ['layerNotNeeded'], tooLittle: ['layerNotLearnt'] } as const;

function flagsOf(cutOff: CutOff, spending: Fit<GammaGamma>, learnt: Learnt, origins: readonly Origin[]): string[] {
  const { mbg, pareto, habit } = cutOff.models;
  const shorter = origins.some((origin) => origin.horizonDays < cutOff.horizonWeeks * 7);
  const all = [
    ...mbg.flags,
    ...pareto.flags.map((flag) => (mbg.flags.includes(flag) ? flag : `pareto:${flag}`)),
    ...spending.flags.map((flag) => (flag === 'noAmounts' ? flag : `spend:${flag}`)),
    ...(habit.model === 'mbg' ? [] : ['regularRhythm']),
    ...LAYER_FLAGS[learnt.layerState],
    ...(shorter && learnt.layerState === 'learnt' ? ['layerLearntOnShorterHorizon'] : []),
    ...(mbg.flags.includes('pooledPrior') ? ['lowConfidence'] : []),
  ];
  return [...new Set(all)];
}

const MOST_VALUED = 2_000;
const TERMS = { margin: 1, yearlyDiscount: 0.1 };

/** From at most 2 000 customers, evenly chosen. */
function meanValue(deployed: Deployed, everybody: Snapshot): AheadValue {
  const drawn = thinnedSnapshot(everybody, MOST_VALUED);
  const values = Array.from(drawn.repeats, (_, i) => valueAhead(deployed, seenAt(drawn, i), TERMS));
  const mean = (key: keyof AheadValue) => values.reduce((sum, v) => sum + v[key], 0) / max(1, values.length);
  return { months12: mean('months12'), months24: mean('months24'), months36: mean('months36') };
}

/** What a backtest found, as it would be put to work. */
export function deployedOf(result: Omit<BacktestResult, 'value'>): Deployed {
  const { models, spending, layer, usualSpend, champion, flags } = result;
  return {
    modelVersion: 1,
    mbg: models.mbg.parameters,
    pareto: models.pareto.parameters,
    habit: models.habit,
    champion,
    layer,
    usualSpend,
    spending: spending.parameters,
    flags,
  };
}

/**
 * Fits on what is known at `asOf`, learns the layer on earlier cut-offs whose outcome was over by then, and judges on what follows.
 * Needs at least one customer before the cut-off. Deterministic for a seed; independent of the order of rows and customers but for the
 * folds of `layered_cv`.
 */
export function backtest(ledger: Ledger, plan: BacktestPlan): BacktestResult {
  const judged = judgeAt(ledger, plan);
  return { ...judged, value: meanValue(deployedOf(judged), snapshotAt(ledger, plan.asOf)) };
}

function judgeAt(ledger: Ledger, plan: BacktestPlan): Omit<BacktestResult, 'value'> {
  const { asOf, horizonDays, seed, watch } = plan;
  const [firstDay] = spanOf(ledger) ?? [asOf];
  const origins = rollingOrigins(firstDay, asOf, horizonDays);
  const progress = (stage: BacktestStep['stage'], done: number, of: number): FitOptions =>
    watch ? { watch: (evaluations) => watch({ stage, done, of, evaluations }) } : {};
  const cutOff = cutOffAt(ledger, { asOf, horizonDays }, Infinity, progress('fit', 0, 1));
  const past = origins.map((origin, i) =>
    cutOffAt(ledger, origin, MOST_EXAMPLES_AN_ORIGIN, {
      ...progress('learn', i, origins.length),
      mostRows: LEARNING_ROWS,
    }),
  );
  watch?.({ stage: 'judge', done: 0, of: 1, evaluations: 0 });
  const learnt = learnFrom(past);
  const { models, snapshot, stayedAway } = cutOff;
  const championModel = learnt.champion === 'habit' ? models.habit : models.pareto.parameters;
  const spending = fitSpending(snapshot.paid, snapshot.meanSpend);
  const methods = judgeMethods(cutOff, past, learnt, seed);
  const counts = judgePredictions(cutOff, championModel);
  const shift = demandShift(ledger, asOf, horizonDays);
  const customers = stayedAway.length;
  const baseRate = stayedAway.reduce((sum, y) => sum + y, 0) / max(1, customers);
  const { layered: final, recency, rfm, base } = methods;
  return {
    customers,
    baseRate,
    methods,
    counts,
    models,
    spending,
    layer: learnt.layer,
    usualSpend: usualSpendOf(snapshot),
    champion: learnt.champion,
    origins,
    tracking: track(ledger, cutOff, championModel, counts.final.predicted),
    demandShift: shift,
    gate: judgeGate({ customers, baseRate, final, recency, rfm, base, counts: counts.final, demandShift: shift }),
    flags: flagsOf(cutOff, spending, learnt, origins),
  };
}
