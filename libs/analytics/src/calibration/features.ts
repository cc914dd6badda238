import type { Snapshot } from '../history/snapshot.js';
import { historyAt, median } from '../models/history.js';
import type { PopulationModels } from '../models/population.js';
import { silenceRisk } from '../models/score.js';
import { logit } from '../numerics/special-functions.js';
import { SIGNAL_PRIORS, SIGNALS, type Signal } from './signals.js';

const { log, log1p } = Math;

/** What the calibration layer sees of a customer, in this order. */
export const FEATURES = ['habit', 'pareto', 'silence', 'repeats', 'spend', ...SIGNALS] as const;
export type Feature = 'habit' | 'pareto' | 'silence' | 'repeats' | 'spend' | Signal;

type Belief = readonly [mean: number, sd: number];
const signalBelief = (signal: Signal): [Signal, Belief] => [signal, [SIGNAL_PRIORS[signal], 0.5]];

/** Beliefs before any data. habit + pareto = 1: the layer starts as the mean of the two models' log-odds. Judgement, replaced by the fit. */
export const BELIEFS: Readonly<Record<Feature | 'constant', Belief>> = {
  constant: [0, 1],
  habit: [0.5, 0.5],
  pareto: [0.5, 0.5],
  silence: [0, 0.5],
  repeats: [0, 0.5],
  spend: [0, 0.5],
  ...(Object.fromEntries(SIGNALS.map(signalBelief)) as Record<Signal, Belief>),
};

export interface Scored {
  readonly habit: Float64Array;
  readonly pareto: Float64Array;
}

/** P0 of a whole snapshot, by both families. `horizon` in weeks. */
export function scoreRisks(snapshot: Snapshot, models: PopulationModels, horizon: number): Scored {
  const n = snapshot.repeats.length;
  const habit = new Float64Array(n);
  const pareto = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const history = historyAt(snapshot, i);
    habit[i] = silenceRisk(models.habit, history, horizon);
    pareto[i] = silenceRisk(models.pareto.parameters, history, horizon);
  }
  return { habit, pareto };
}

/** The population's median of mean spends, against which a customer's is large or small; 0 when no amount is known. */
export const usualSpendOf = (snapshot: Snapshot): number => median(snapshot.meanSpend.filter((spend) => spend > 0));

export interface Seen {
  /** P0 by the habit model and by Pareto/NBD. */
  readonly habit: number;
  readonly pareto: number;
  /** Weeks since the last purchase or service. */
  readonly silence: number;
  readonly repeats: number;
  readonly meanSpend: number;
  readonly signal: (name: Signal) => number;
}

/** A row of {@link FEATURES}: logit P0 twice, ln(1 + weeks of silence), ln(1 + x), ln(mean spend / usual), each faded signal. */
export function featureRow(seen: Seen, usualSpend: number): Float64Array {
  const priced = seen.meanSpend > 0 && usualSpend > 0;
  return Float64Array.of(
    logit(seen.habit),
    logit(seen.pareto),
    log1p(seen.silence),
    log1p(seen.repeats),
    priced ? log(seen.meanSpend / usualSpend) : 0,
    ...SIGNALS.map(seen.signal),
  );
}

export function featuresOf(snapshot: Snapshot, { habit, pareto }: Scored): Float64Array[] {
  const usual = usualSpendOf(snapshot);
  return Array.from(habit, (risk, i) =>
    featureRow(
      {
        habit: risk,
        pareto: pareto[i] as number,
        silence: snapshot.silence[i] as number,
        repeats: snapshot.repeats[i] as number,
        meanSpend: snapshot.meanSpend[i] as number,
        signal: (name) => snapshot.signals[name]?.[i] ?? 0,
      },
      usual,
    ),
  );
}
