import { type Scored, scoreRisks } from '../calibration/features.js';
import type { Ledger } from '../history/ledger.js';
import { type Outcome, outcomeOf, type Snapshot, snapshotAt, thinnedSnapshot } from '../history/snapshot.js';
import { quintiles } from '../judgement/ranking.js';
import { fitPopulation, type PopulationModels } from '../models/population.js';
import type { FitOptions } from '../models/preparation.js';
import type { Origin } from './origins.js';

/** A population as it was known at a day, its models fitted to that alone, and what came after. */
export interface CutOff {
  readonly snapshot: Snapshot;
  readonly models: PopulationModels;
  readonly risks: Scored;
  readonly horizonWeeks: number;
  readonly outcome: Outcome;
  /** 1 for a customer without a purchase in the window. */
  readonly stayedAway: Float64Array;
  /** Sum of the quintiles of recency, frequency and (where known) money. */
  readonly rfm: Float64Array;
}

function rfmOf(snapshot: Snapshot): Float64Array {
  const recent = quintiles(snapshot.silence.map((weeks) => -weeks));
  const frequent = quintiles(snapshot.repeats);
  const money = quintiles(snapshot.meanSpend.map((mean, i) => mean * (snapshot.paid[i] as number)));
  const priced = snapshot.meanSpend.some((mean) => mean > 0);
  return recent.map((fifth, i) => fifth + (frequent[i] as number) + (priced ? (money[i] as number) : 0));
}

/** Fits at the cut-off and scores at most `mostScored` customers, evenly chosen. */
export function cutOffAt(ledger: Ledger, origin: Origin, mostScored: number, options: FitOptions): CutOff {
  const everybody = snapshotAt(ledger, origin.asOf);
  const models = fitPopulation(everybody, options);
  const snapshot = thinnedSnapshot(everybody, mostScored);
  const outcome = outcomeOf(ledger, snapshot, origin.horizonDays);
  const horizonWeeks = origin.horizonDays / 7;
  return {
    snapshot,
    models,
    horizonWeeks,
    risks: scoreRisks(snapshot, models, horizonWeeks),
    outcome,
    stayedAway: outcome.count.map((count) => (count === 0 ? 1 : 0)),
    rfm: rfmOf(snapshot),
  };
}
