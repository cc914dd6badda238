import { lnGamma, logAddExp, logistic } from '../numerics/special-functions.js';
import { type BetaGeometric, chances } from './beta-geometric.js';
import { mostRepeats, risingLogs } from './beta-geometric-likelihood.js';
import { type Cohort, type History, tidy } from './history.js';

const { exp, log, max } = Math;

/**
 * (M)BG/CNBD-k: as the beta-geometric models, but gaps between purchases are Erlang-k: k > 1 is a regular rhythm
 * (Reutterer, Platzer & Schröder 2021). λ counts the k steps of which every k-th is a purchase; k = 1 is the (M)BG/NBD itself.
 */
export interface Rhythm {
  readonly model: 'mbg-k' | 'bg-k';
  readonly k: number;
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

const leavingChances = (p: Rhythm): 0 | 1 => chances(p.model === 'mbg-k' ? 'mbg' : 'bg');

export function withRhythm({ model, ...p }: BetaGeometric, k: number): Rhythm {
  return { ...p, model: `${model}-k`, k };
}

/** ln of the k ways to be still here: j steps taken since the last purchase, j = 0..k-1, each with its share. */
function waiting(p: Rhythm, { repeats, recency, age }: History): { readonly ln: number; readonly shares: number[] } {
  const shape = p.r + p.k * repeats;
  const lnEnd = log(p.alpha + age);
  const terms = [-shape * lnEnd];
  for (let j = 1; j < p.k; j++)
    terms.push((terms[j - 1] as number) + log(((age - recency) * (shape + j - 1)) / j) - lnEnd);
  const ln = terms.reduce(logAddExp);
  return { ln, shares: terms.map((term) => exp(term - ln)) };
}

/** P(alive | x, t_x, T): the customer has not left yet. */
export function alive(p: Rhythm, history: History): number {
  const tidied = tidy(history);
  const m = leavingChances(p);
  if (tidied.repeats + m === 0) return 1;
  const habit = log(p.b + tidied.repeats + m - 1) - log(p.a);
  const left = -(p.r + p.k * tidied.repeats) * log(p.alpha + tidied.recency);
  return logistic(habit + waiting(p, tidied).ln - left);
}

/** Running sum of a negative binomial's masses. */
class Steps {
  private lnMass: number;
  private taken = 0;
  private below = 0;
  constructor(
    private readonly shape: number,
    private readonly lnHit: number,
    lnMiss: number,
  ) {
    this.lnMass = shape * lnMiss;
  }

  /** P(at least n steps); n must not fall between calls. */
  atLeast(n: number): number {
    while (this.taken < n) {
      this.below += exp(this.lnMass);
      this.lnMass += log((this.shape + this.taken) / (this.taken + 1)) + this.lnHit;
      this.taken++;
    }
    return max(0, 1 - this.below);
  }
}

/** P(the n-th next purchase falls within the horizon | alive and staying), as a function of n. */
function arrivals(p: Rhythm, history: History, horizon: number): (n: number) => number {
  const shape = p.r + p.k * history.repeats;
  const later = p.alpha + history.age + horizon;
  const lnHit = log(horizon / later);
  const lnMiss = log((p.alpha + history.age) / later);
  const ways = waiting(p, history).shares.map((share, j) => ({ share, j, steps: new Steps(shape + j, lnHit, lnMiss) }));
  return (n) => ways.reduce((sum, { share, j, steps }) => sum + share * steps.atLeast(n * p.k - j), 0);
}

/** P0(H) = P(no purchase within `horizon` | x, t_x, T): the churn risk. In [0, 1]; 1 at horizon 0. */
export function silenceRisk(p: Rhythm, history: History, horizon: number): number {
  if (!(horizon > 0)) return 1;
  return 1 - alive(p, history) * arrivals(p, tidy(history), horizon)(1);
}

const NEVER = -Infinity;
const MOST_PURCHASES = 100_000;

/** CE(H) = E[purchases within `horizon` | x, t_x, T]: the sum over n of P(still here for the n-th and it falls within H). */
export function expectedPurchases(p: Rhythm, history: History, horizon: number): number {
  if (!(horizon > 0)) return 0;
  const tidied = tidy(history);
  const arrives = arrivals(p, tidied, horizon);
  const survivors = p.b + tidied.repeats + leavingChances(p);
  let stays = 1;
  let sum = 0;
  for (let n = 1; n < MOST_PURCHASES; n++) {
    const term = stays * arrives(n);
    sum += term;
    if (term < 1e-14 * sum || sum === 0) break;
    stays *= (survivors + n - 1) / (p.a + survivors + n - 1);
  }
  return alive(p, tidied) * sum;
}

/** One row's part in the likelihood: ln(here + left), and what its slope needs. Overwritten row by row. */
class Row {
  ln = 0;
  left = 0;
  /** Slopes of ln(here + left) by r and by α. */
  byR = 0;
  byAlpha = 0;

  read(p: Rhythm, repeats: number, recency: number, age: number, lnOdds: number): void {
    const shape = p.r + p.k * repeats;
    const lnEnd = log(p.alpha + age);
    const lnLast = log(p.alpha + recency);
    const quiet = (age - recency) / (p.alpha + age);
    let way = 1;
    let ways = 1;
    let slope = 0;
    let steps = 0;
    let rising = 0;
    for (let j = 1; j < p.k; j++) {
      way *= (quiet * (shape + j - 1)) / j;
      rising += 1 / (shape + j - 1);
      ways += way;
      slope += way * rising;
      steps += way * j;
    }
    const lnHere = log(ways) - shape * lnEnd;
    const lnLeft = lnOdds - shape * lnLast;
    this.ln = logAddExp(lnHere, lnLeft);
    this.left = exp(lnLeft - this.ln);
    const here = 1 - this.left;
    this.byR = here * (slope / ways - lnEnd) - this.left * lnLast;
    this.byAlpha = (-here * (shape + steps / ways)) / (p.alpha + age) - (this.left * shape) / (p.alpha + recency);
  }
}

/**
 * Log-likelihood of a cohort that carries Σ ln gap; without it, that constant is left out. Its slope by (r, α, a, b) is written to
 * `slope` when given.
 */
export function logLikelihood(p: Rhythm, cohort: Cohort, slope?: Float64Array): number {
  const m = leavingChances(p);
  const most = mostRepeats(cohort);
  const rate = risingLogs(p.r, most * p.k);
  const stay = risingLogs(p.b, most + m);
  const all = risingLogs(p.a + p.b, most + m);
  const lnOrders = lnGamma(p.k);
  const lnAlpha = log(p.alpha);
  const lnA = log(p.a);
  const row = new Row();
  const [byR, byAlpha, byA, byB] = [0, 1, 2, 3];
  const sums = [0, 0, 0, 0];
  let value = 0;
  for (let i = 0; i < cohort.repeats.length; i++) {
    const x = cohort.repeats[i] as number;
    const weight = cohort.weight[i] as number;
    const loyal = p.b + x + m - 1;
    const lnOdds = x + m > 0 ? lnA - log(loyal) : NEVER;
    row.read(p, x, cohort.recency[i] as number, cohort.age[i] as number, lnOdds);
    const gaps = (p.k - 1) * (cohort.lnGaps?.[i] ?? 0) - x * lnOrders;
    const loyalty = (stay.logs[x + m] as number) - (all.logs[x + m] as number);
    value += weight * ((rate.logs[p.k * x] as number) + p.r * lnAlpha + gaps + loyalty + row.ln);
    if (!slope) continue;
    const gone = all.inverses[x + m] as number;
    sums[byR] = (sums[byR] as number) + weight * ((rate.inverses[p.k * x] as number) + lnAlpha + row.byR);
    sums[byAlpha] = (sums[byAlpha] as number) + weight * (p.r / p.alpha + row.byAlpha);
    sums[byA] = (sums[byA] as number) + weight * (row.left / p.a - gone);
    const leaving = row.left > 0 ? row.left / loyal : 0;
    sums[byB] = (sums[byB] as number) + weight * ((stay.inverses[x + m] as number) - gone - leaving);
  }
  slope?.set(sums);
  return value;
}
