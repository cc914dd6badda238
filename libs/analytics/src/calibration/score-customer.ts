import type { Scorable } from '../history/purchase-history.js';
import type { BetaGeometric } from '../models/beta-geometric.js';
import { aliveTerms } from '../models/beta-geometric.js';
import { expectedSpend, type GammaGamma } from '../models/gamma-gamma.js';
import { interpolated, runningValue, type ValueTerms, WEEKS_PER_YEAR } from '../models/lifetime-value.js';
import type { Pareto } from '../models/pareto.js';
import { alive, expectedPurchases, type PurchaseModel, silenceRisk } from '../models/score.js';
import { logistic } from '../numerics/special-functions.js';
import { featureRow } from './features.js';
import { type Contribution, contributions, type Layer } from './layer.js';

const { max } = Math;

/** Everything a score needs besides the customer: plain JSON, so that it is the same years later on any machine. Times in weeks. */
export interface Deployed {
  readonly modelVersion: 1;
  readonly mbg: BetaGeometric;
  readonly pareto: Pareto;
  readonly habit: PurchaseModel;
  readonly champion: 'habit' | 'pareto';
  readonly layer: Layer;
  /** The population's median of mean spends at the fit. */
  readonly usualSpend: number;
  readonly spending: GammaGamma;
  readonly flags: readonly string[];
}

export type ScoreFlag = 'openBooking' | 'new' | 'dropoutNotIdentified' | 'lowConfidence';

export interface Score {
  readonly asOf: number;
  readonly modelVersion: 1;
  /** P(no purchase within the horizon), 0..1; 0 while a booking is open. */
  readonly risk: number;
  /** The log-odds of `risk` before an open booking overrides it: the sum of `because`. */
  readonly logOdds: number;
  readonly because: readonly Contribution[];
  /** P(alive) of MBG/NBD and its exact parts; not to be read where dropout is not identified. */
  readonly alive: number;
  readonly aliveBecause: { readonly habit: number; readonly silence: number };
  readonly expectedPurchases: number;
  /** E[spend of the next purchase]; 0 when no amount was ever known. */
  readonly expectedSpend: number;
  readonly flags: readonly ScoreFlag[];
}

const championOf = (deployed: Deployed): PurchaseModel =>
  deployed.champion === 'habit' ? deployed.habit : deployed.pareto;

function flagsOf(deployed: Deployed, seen: Scorable): ScoreFlag[] {
  const fits = (['dropoutNotIdentified', 'lowConfidence'] as const).filter((flag) => deployed.flags.includes(flag));
  return [...(seen.openBooking ? (['openBooking'] as const) : []), ...(seen.isNew ? (['new'] as const) : []), ...fits];
}

function partsOf(deployed: Deployed, seen: Scorable, horizon: number): Contribution[] {
  const row = featureRow(
    {
      habit: silenceRisk(deployed.habit, seen, horizon),
      pareto: silenceRisk(deployed.pareto, seen, horizon),
      silence: max(0, seen.silence),
      repeats: seen.repeats,
      meanSpend: seen.meanSpend,
      signal: (name) => seen.signals[name] ?? 0,
    },
    deployed.usualSpend,
  );
  return contributions(deployed.layer, row);
}

/** Scores one customer for the next `horizon` weeks. A pure function of (standing, deployed, horizon): never throws, always finite. */
export function scoreCustomer(deployed: Deployed, seen: Scorable, horizon: number): Score {
  const because = partsOf(deployed, seen, horizon);
  const logOdds = because.reduce((sum, part) => sum + part.logOdds, 0);
  return {
    asOf: seen.asOf,
    modelVersion: deployed.modelVersion,
    risk: seen.openBooking ? 0 : logistic(logOdds),
    logOdds,
    because,
    alive: seen.openBooking ? 1 : alive(deployed.mbg, seen),
    aliveBecause: aliveTerms(deployed.mbg, seen),
    expectedPurchases: expectedPurchases(championOf(deployed), seen, horizon),
    expectedSpend: deployed.usualSpend > 0 ? expectedSpend(deployed.spending, seen.paid, seen.meanSpend) : 0,
    flags: flagsOf(deployed, seen),
  };
}

export interface AheadValue {
  readonly months12: number;
  readonly months24: number;
  readonly months36: number;
}

/** Discounted value of the next 12, 24 and 36 months, in the unit of the amounts (in purchases, where no amount is known). */
export function valueAhead(deployed: Deployed, seen: Scorable, terms: Omit<ValueTerms, 'unitsPerYear'>): AheadValue {
  const model = championOf(deployed);
  const spend = deployed.usualSpend > 0 ? expectedSpend(deployed.spending, seen.paid, seen.meanSpend) : 1;
  const exact = (weeks: number) => expectedPurchases(model, seen, weeks);
  const within = interpolated(exact, model.alpha + max(0, seen.age), 3 * WEEKS_PER_YEAR);
  const running = runningValue(within, spend, 36, { ...terms, unitsPerYear: WEEKS_PER_YEAR });
  const after = (months: number) => running[months - 1] as number;
  return { months12: after(12), months24: after(24), months36: after(36) };
}
