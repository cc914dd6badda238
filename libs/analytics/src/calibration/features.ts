import type { Snapshot } from '../history/snapshot.js';
import { historyAt, median } from '../models/history.js';
import type { PopulationModels } from '../models/population.js';
import { silenceRisk } from '../models/score.js';
import { logit } from '../numerics/special-functions.js';

/** What the calibration layer sees of a customer, in this order. */
export const FEATURES = ['habit', 'pareto', 'silence', 'repeats', 'spend', 'returned'] as const;
export type Feature = (typeof FEATURES)[number];

/** Beliefs before any data. habit + pareto = 1: the layer starts as the mean of the two models' log-odds. Judgement, replaced by the fit. */
export const BELIEFS: Readonly<Record<Feature | 'constant', readonly [mean: number, sd: number]>> = {
  constant: [0, 1],
  habit: [0.5, 0.5],
  pareto: [0.5, 0.5],
  silence: [0, 0.5],
  repeats: [0, 0.5],
  spend: [0, 0.5],
  returned: [0, 0.5],
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

/** Rows of {@link FEATURES}: logit P0 twice, ln(1 + weeks of silence), ln(1 + x), ln(mean spend / median), faded returns. */
export function featuresOf(snapshot: Snapshot, { habit, pareto }: Scored): Float64Array[] {
  const usual = median(snapshot.meanSpend.filter((spend) => spend > 0));
  return Array.from(habit, (risk, i) => {
    const spend = snapshot.meanSpend[i] as number;
    return Float64Array.of(
      logit(risk),
      logit(pareto[i] as number),
      Math.log1p(snapshot.silence[i] as number),
      Math.log1p(snapshot.repeats[i] as number),
      spend > 0 ? Math.log(spend / usual) : 0,
      snapshot.returned[i] as number,
    );
  });
}
