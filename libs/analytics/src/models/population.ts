import type { BetaGeometric } from './beta-geometric.js';
import { type Fit, type FitOptions, fitBetaGeometric, fitGammaGamma, fitPareto, fitRhythm } from './fit.js';
import type { GammaGamma, Spending } from './gamma-gamma.js';
import type { Cohort } from './history.js';
import type { Pareto } from './pareto.js';
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

/** Adds k while the likelihood rises. k = 1 is MBG/NBD itself, whose likelihood needs no gaps. */
function rhythmsOf(cohort: Cohort, mbg: Fit<BetaGeometric>, options: FitOptions): Fit<Rhythm>[] {
  const tried: Fit<Rhythm>[] = [];
  if (!cohort.lnGaps || mbg.repeats < FEWEST_REPEATS_FOR_RHYTHM) return tried;
  let best = mbg.logLikelihood / mbg.customers;
  for (let k = 2; k <= MOST_K; k++) {
    const fit = fitRhythm(cohort, k, options);
    tried.push(fit);
    const reached = fit.logLikelihood / fit.customers;
    if (reached <= best) break;
    best = reached;
  }
  return tried;
}

export function fitPopulation(cohort: Cohort, options: FitOptions = {}): PopulationModels {
  const mbg = fitBetaGeometric(cohort, 'mbg', options);
  const rhythms = rhythmsOf(cohort, mbg, options);
  const better = rhythms.filter((fit) => fit.logLikelihood / fit.customers > mbg.logLikelihood / mbg.customers);
  const best = better.reduce<Fit<Rhythm> | undefined>(
    (a, b) => (a && a.logLikelihood >= b.logLikelihood ? a : b),
    undefined,
  );
  return { mbg, rhythms, habit: best?.parameters ?? mbg.parameters, pareto: fitPareto(cohort, options) };
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
