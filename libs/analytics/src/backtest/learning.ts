import { featuresOf } from '../calibration/features.js';
import { type Layer, layeredRisk, learnLayer, UNLEARNT } from '../calibration/layer.js';
import { type Examples, regress } from '../calibration/logistic-regression.js';
import { logLoss } from '../judgement/metrics.js';
import { midranks } from '../judgement/ranking.js';
import { seeded } from '../numerics/random.js';
import { logistic, logit } from '../numerics/special-functions.js';
import type { CutOff } from './cut-off.js';

const joined = (parts: readonly Float64Array[]): Float64Array =>
  Float64Array.from(parts.flatMap((part) => Array.from(part)));

export function examplesOf(cutOffs: readonly CutOff[]): Examples {
  return {
    features: cutOffs.flatMap((cutOff) => featuresOf(cutOff.snapshot, cutOff.risks)),
    happened: joined(cutOffs.map((cutOff) => cutOff.stayedAway)),
  };
}

/** A probability from a score that only ranks. The order of the score is always kept. */
export type Calibrated = (score: Float64Array) => Float64Array;

const LEAST_SLOPE = 1e-6;

function lineThrough(score: Float64Array, happened: Float64Array): Calibrated {
  const rate = happened.reduce((sum, y) => sum + y, 0) / happened.length;
  const features = Array.from(score, (v) => Float64Array.of(v));
  const [constant = 0, slope = 0] = regress({ features, happened }, { mean: [0, 1], sd: [10, 10] });
  const rising = slope > LEAST_SLOPE;
  return (scores) => scores.map((v) => logistic(rising ? constant + slope * v : logit(rate) + LEAST_SLOPE * v));
}

/** Calibrates a ranking rule on past cut-offs; without any, by rank alone. */
export function calibrated(cutOffs: readonly CutOff[], scoreOf: (cutOff: CutOff) => Float64Array): Calibrated {
  if (cutOffs.length === 0) return (score) => midranks(score).map((rank) => (rank - 0.5) / score.length);
  return lineThrough(joined(cutOffs.map(scoreOf)), joined(cutOffs.map((cutOff) => cutOff.stayedAway)));
}

export const silenceScore = ({ snapshot }: CutOff): Float64Array => snapshot.silence.map(Math.log1p);
export const rfmScore = ({ rfm }: CutOff): Float64Array => rfm.map((sum) => -sum);

export interface Learnt {
  readonly layer: Layer;
  readonly layerLearnt: boolean;
  /** The family whose P0 lost least on the past cut-offs; it predicts the counts. */
  readonly champion: 'habit' | 'pareto';
}

const lossOf =
  (family: 'habit' | 'pareto') =>
  (sum: number, { risks, stayedAway }: CutOff) =>
    sum + logLoss(risks[family], stayedAway);

export function learnFrom(cutOffs: readonly CutOff[]): Learnt {
  const layer = learnLayer(examplesOf(cutOffs));
  const paretoWins = cutOffs.reduce(lossOf('pareto'), 0) < cutOffs.reduce(lossOf('habit'), 0);
  return { layer: layer ?? UNLEARNT, layerLearnt: layer !== undefined, champion: paretoWins ? 'pareto' : 'habit' };
}

const FOLDS = 5;

/**
 * The layer as it would be if the outcome of other customers over the same weeks were known: five folds of customers. Shows how much
 * of an error is the change of times; never the deployed score.
 */
export function crossValidatedRisk(cutOff: CutOff, seed: number): Float64Array {
  const features = featuresOf(cutOff.snapshot, cutOff.risks);
  const random = seeded(seed);
  const fold = Uint8Array.from(features, () => Math.floor(random.uniform() * FOLDS));
  const layers = Array.from({ length: FOLDS }, (_, k) => {
    const others = Uint32Array.from(fold, (_f, i) => i).filter((i) => fold[i] !== k);
    return learnLayer({
      features: Array.from(others, (i) => features[i] as Float64Array),
      happened: Float64Array.from(others, (i) => cutOff.stayedAway[i] as number),
    });
  });
  return Float64Array.from(features, (row, i) => layeredRisk(layers[fold[i] as number] ?? UNLEARNT, row));
}
