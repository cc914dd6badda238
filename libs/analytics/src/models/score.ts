import * as betaGeometric from './beta-geometric.js';
import type { History } from './history.js';
import * as pareto from './pareto.js';
import * as rhythm from './rhythm.js';

/** Any fitted model of when customers buy. Plain JSON: the parameters alone recompute every score. */
export type PurchaseModel = betaGeometric.BetaGeometric | pareto.Pareto | rhythm.Rhythm;

interface Scores<M> {
  readonly alive: (model: M, history: History) => number;
  readonly silenceRisk: (model: M, history: History, horizon: number) => number;
  readonly expectedPurchases: (model: M, history: History, horizon: number) => number;
}

const scoresOf = (model: PurchaseModel): Scores<PurchaseModel> => {
  const byModel = { mbg: betaGeometric, bg: betaGeometric, pareto, 'mbg-k': rhythm, 'bg-k': rhythm };
  return byModel[model.model] as unknown as Scores<PurchaseModel>;
};

/** P(alive | history), 0..1. Where the fit carries `dropoutNotIdentified` it says nothing: use {@link silenceRisk}. */
export const alive = (model: PurchaseModel, history: History): number =>
  probability(scoresOf(model).alive(model, history));

/** P0(H): no purchase within `horizon`, in the unit of the fit. The churn risk, 0..1. */
export const silenceRisk = (model: PurchaseModel, history: History, horizon: number): number =>
  probability(scoresOf(model).silenceRisk(model, history, horizon));

/** CE(H): expected purchases within `horizon`, in the unit of the fit. */
export const expectedPurchases = (model: PurchaseModel, history: History, horizon: number): number =>
  scoresOf(model).expectedPurchases(model, history, horizon);

/** What is next to 0 or 1 may come out a rounding error beyond it. */
const probability = (computed: number): number => Math.min(1, Math.max(0, computed));
