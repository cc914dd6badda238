import { logistic } from '../numerics/special-functions.js';
import { BELIEFS, FEATURES, type Feature } from './features.js';
import { type Examples, regress } from './logistic-regression.js';
import { SIGNALS } from './signals.js';

const { abs, floor, min } = Math;

/** logit risk = constant + Σ weight · feature. Plain JSON. */
export interface Layer {
  readonly constant: number;
  readonly weights: Readonly<Record<Feature, number>>;
  readonly examples: number;
}

const isSignal = (feature: Feature): boolean => (SIGNALS as readonly Feature[]).includes(feature);
/** A signal's weight is learnt only from this many customers who carry it. */
const FEWEST_CARRIERS = 100;
/** Signals together never move the log-odds further than this. */
export const SIGNAL_LIMIT = 1.5;
const MOST_EXAMPLES = 60_000;
const FEWEST_OF_EACH = 30;

/** Signals keep their belief until there is data; everything else weighs nothing. */
const unlearnt = (): Record<Feature, number> =>
  Object.fromEntries(FEATURES.map((f) => [f, isSignal(f) ? BELIEFS[f][0] : 0])) as Record<Feature, number>;

/** The layer that changes nothing: P0 of one family as it is, moved by signals alone. */
export function plainLayer(family: 'habit' | 'pareto'): Layer {
  return { constant: 0, weights: { ...unlearnt(), [family]: 1 }, examples: 0 };
}

function thinned({ features, happened }: Examples): Examples {
  if (features.length <= MOST_EXAMPLES) return { features, happened };
  const chosen = Array.from({ length: MOST_EXAMPLES }, (_, i) => floor((i * features.length) / MOST_EXAMPLES));
  return {
    features: chosen.map((i) => features[i] as Float64Array),
    happened: Float64Array.from(chosen, (i) => happened[i] as number),
  };
}

const constantColumn = (features: readonly Float64Array[], j: number): boolean =>
  features.every((row) => row[j] === features[0]?.[j]);

function carried({ features }: Examples): Feature[] {
  return FEATURES.filter((feature, j) => {
    if (constantColumn(features, j)) return false;
    return !isSignal(feature) || features.filter((row) => row[j] !== 0).length >= FEWEST_CARRIERS;
  });
}

function fitOn(examples: Examples, chosen: readonly Feature[]): Layer {
  const columns = chosen.map((feature) => FEATURES.indexOf(feature));
  const beliefs = [BELIEFS.constant, ...chosen.map((feature) => BELIEFS[feature])];
  const [constant = 0, ...learnt] = regress(
    {
      features: examples.features.map((row) => Float64Array.from(columns, (j) => row[j] as number)),
      happened: examples.happened,
    },
    { mean: beliefs.map(([mean]) => mean), sd: beliefs.map(([, sd]) => sd) },
  );
  const weights = unlearnt();
  chosen.forEach((feature, i) => {
    weights[feature] = learnt[i] as number;
  });
  return { constant, weights, examples: examples.features.length };
}

/**
 * Learns the layer from past cut-offs whose outcome is known. Never lets a higher P0 lower the risk: a model whose weight comes out
 * negative is left out. Undefined when fewer than 30 customers stayed away, or came back.
 */
export function learnLayer(all: Examples): Layer | undefined {
  const away = all.happened.reduce((sum, y) => sum + y, 0);
  if (min(away, all.happened.length - away) < FEWEST_OF_EACH) return undefined;
  const examples = thinned(all);
  let chosen = carried(examples);
  for (;;) {
    const layer = fitOn(examples, chosen);
    const wrong = (['habit', 'pareto'] as const).filter((feature) => layer.weights[feature] < 0);
    const worst = wrong.sort((f, g) => layer.weights[f] - layer.weights[g])[0];
    if (!worst) return { ...layer, examples: all.features.length };
    chosen = chosen.filter((feature) => feature !== worst);
  }
}

export interface Contribution {
  readonly term: Feature | 'constant';
  /** What the term adds to the log-odds of staying away. */
  readonly logOdds: number;
}

/** The exact, additive parts of the layered log-odds; they sum to logit of {@link layeredRisk}. */
export function contributions(layer: Layer, row: Float64Array): Contribution[] {
  const parts = FEATURES.map((term, j) => ({ term, logOdds: layer.weights[term] * (row[j] as number) }));
  const signals = parts.filter(({ term }) => isSignal(term)).reduce((sum, part) => sum + part.logOdds, 0);
  const shrink = abs(signals) > SIGNAL_LIMIT ? SIGNAL_LIMIT / abs(signals) : 1;
  return [
    { term: 'constant', logOdds: layer.constant },
    ...parts.map((part) => (isSignal(part.term) ? { ...part, logOdds: part.logOdds * shrink } : part)),
  ];
}

export function layeredRisk(layer: Layer, row: Float64Array): number {
  return logistic(contributions(layer, row).reduce((sum, { logOdds }) => sum + logOdds, 0));
}
