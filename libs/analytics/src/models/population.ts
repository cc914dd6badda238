import type { BetaGeometric } from './beta-geometric.js';
import { type Fit, fitBetaGeometric, fitGammaGamma, fitPareto, fitRhythm } from './fit.js';
import type { GammaGamma, Spending } from './gamma-gamma.js';
import type { Cohort } from './history.js';
import type { Pareto } from './pareto.js';
import type { FitOptions } from './preparation.js';
import type { Rhythm } from './rhythm.js';
import type { PurchaseModel } from './score.js';

/** Everything fitted to one population at one day. */
export interface PopulationModels {
  readonly mbg: Fit<BetaGeometric>;
  readonly pareto: Fit<Pareto>;
  /** The rhythms tried, k = 2 and up; empty where gaps are unknown or few. */
  readonly rhythms: readonly Fit<Rhythm>[];
  /** MBG with the k of highest likelihood: `mbg` itself when k = 1. */
  readonly habit: PurchaseModel;
}

const MOST_K = 3;
const FEWEST_REPEATS_FOR_RHYTHM = 300;

/** k = 1 on the rows that the rhythms are fitted to: MBG/NBD itself, but for large populations. */
function plainOn(cohort: Cohort, mbg: Fit<BetaGeometric>, beside: Fit<Rhythm>): number {
  return beside.flags.includes('fittedOnSample') ? fitRhythm(cohort, 1).logLikelihood : mbg.logLikelihood;
}

/** Adds k while the likelihood rises; `best` is undefined when k = 1 stays ahead. */
function rhythmsOf(cohort: Cohort, mbg: Fit<BetaGeometric>, options: FitOptions) {
  const tried: Fit<Rhythm>[] = [];
  let best: Fit<Rhythm> | undefined;
  if (!cohort.lnGaps || mbg.repeats < FEWEST_REPEATS_FOR_RHYTHM) return { tried, best };
  let reached = -Infinity;
  for (let k = 2; k <= MOST_K; k++) {
    const fit = fitRhythm(cohort, k, options);
    if (k === 2) reached = plainOn(cohort, mbg, fit);
    tried.push(fit);
    if (fit.logLikelihood <= reached) break;
    reached = fit.logLikelihood;
    best = fit;
  }
  return { tried, best };
}

export function fitPopulation(cohort: Cohort, options: FitOptions = {}): PopulationModels {
  const mbg = fitBetaGeometric(cohort, 'mbg', options);
  const { tried, best } = rhythmsOf(cohort, mbg, options);
  return { mbg, rhythms: tried, habit: best?.parameters ?? mbg.parameters, pareto: fitPareto(cohort, options) };
}

/** Gamma-Gamma on all transactions with a known, positive amount. */
export function fitSpending(paid: Float64Array, meanSpend: Float64Array, options: FitOptions = {}): Fit<GammaGamma> {
  const chosen = Uint32Array.from(paid, (_, i) => i).filter((i) => (paid[i] as number) > 0);
  const spending: Spending = {
    transactions: Float64Array.from(chosen, (i) => paid[i] as number),
    mean: Float64Array.from(chosen, (i) => meanSpend[i] as number),
  };
  return fitGammaGamma(spending, options);
}
