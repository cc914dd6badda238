import { featuresOf } from '../calibration/features.js';
import { type Layer, layeredRisk, learnLayer, plainLayer } from '../calibration/layer.js';
import { type Examples, regress } from '../calibration/logistic-regression.js';
import { auc, logLoss } from '../judgement/metrics.js';
import { midranks } from '../judgement/ranking.js';
import { seeded } from '../numerics/random.js';
import { logistic, logit } from '../numerics/special-functions.js';
import type { CutOff } from './cut-off.js';

const { floor, log1p } = Math;

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

export const silenceScore = ({ snapshot }: CutOff): Float64Array => snapshot.silence.map(log1p);
export const rfmScore = ({ rfm }: CutOff): Float64Array => rfm.map((sum) => -sum);

export type Family = 'habit' | 'pareto';

export interface Learnt {
  readonly layer: Layer;
  /** `notNeeded`: on the latest past cut-off it beat plain P0 by less than chance would; `tooLittle`: nothing to learn from. */
  readonly layerState: 'learnt' | 'notNeeded' | 'tooLittle';
  /** The family whose P0 lost least on the past cut-offs; it predicts the counts. */
  readonly champion: Family;
}

const lossOf =
  (family: Family) =>
  (sum: number, { risks, stayedAway }: CutOff) =>
    sum + logLoss(risks[family], stayedAway);

const AUC_GAIN = 0.003;
const LOSS_GAIN = 0.005;

interface Trial {
  readonly layer: Layer;
  readonly examples: Examples;
  readonly champion: Family;
}

/** Whether a layer beats the better plain P0 on examples it has not learnt from, by ranking or by log-loss. */
function earnsItsPlace({ layer, examples, champion }: Trial): boolean {
  const { features, happened } = examples;
  const plain = plainLayer(champion);
  const risk = Float64Array.from(features, (row) => layeredRisk(layer, row));
  const p0 = Float64Array.from(features, (row) => layeredRisk(plain, row));
  const gain = 1 - logLoss(risk, happened) / logLoss(p0, happened);
  return gain >= LOSS_GAIN || (auc(risk, happened) - auc(p0, happened) >= AUC_GAIN && gain > -LOSS_GAIN);
}

function everyOther({ features, happened }: Examples, odd: 0 | 1): Examples {
  return {
    features: features.filter((_, i) => i % 2 === odd),
    happened: happened.filter((_, i) => i % 2 === odd),
  };
}

/** What a trial layer learns from and is tried on: older cut-offs against the latest; with a single one, customers against customers. */
function trialSplit(cutOffs: readonly CutOff[]): { readonly older: Examples; readonly latest: Examples } {
  if (cutOffs.length > 1) return { older: examplesOf(cutOffs.slice(1)), latest: examplesOf(cutOffs.slice(0, 1)) };
  const only = examplesOf(cutOffs);
  return { older: everyOther(only, 0), latest: everyOther(only, 1) };
}

/** Learns the layer from past cut-offs, latest first, and keeps it only where it earns its place. */
export function learnFrom(cutOffs: readonly CutOff[]): Learnt {
  const paretoWins = cutOffs.reduce(lossOf('pareto'), 0) < cutOffs.reduce(lossOf('habit'), 0);
  const champion: Family = paretoWins ? 'pareto' : 'habit';
  const { older, latest } = trialSplit(cutOffs);
  const trial = learnLayer(older);
  const layer = trial && learnLayer(examplesOf(cutOffs));
  if (!layer) return { layer: plainLayer(champion), layerState: 'tooLittle', champion };
  if (!earnsItsPlace({ layer: trial, examples: latest, champion }))
    return { layer: plainLayer(champion), layerState: 'notNeeded', champion };
  return { layer, layerState: 'learnt', champion };
}

const FOLDS = 5;

/**
 * The layer as it would be if the outcome of other customers over the same weeks were known: five folds of customers. Shows how much
 * of an error is the change of times; never the deployed score.
 */
export function crossValidatedRisk(cutOff: CutOff, seed: number): Float64Array {
  const features = featuresOf(cutOff.snapshot, cutOff.risks);
  const random = seeded(seed);
  const fold = Uint8Array.from(features, () => floor(random.uniform() * FOLDS));
  const layers = Array.from({ length: FOLDS }, (_, k) => {
    const others = Uint32Array.from(fold, (_f, i) => i).filter((i) => fold[i] !== k);
    return learnLayer({
      features: Array.from(others, (i) => features[i] as Float64Array),
      happened: Float64Array.from(others, (i) => cutOff.stayedAway[i] as number),
    });
  });
  return Float64Array.from(features, (row, i) => layeredRisk(layers[fold[i] as number] ?? plainLayer('habit'), row));
}
