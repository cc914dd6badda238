import {
  factsOf,
  type PurchaseFact,
  type PurchaseHistory,
  type Standing,
  standingAt,
  without,
} from '../history/purchase-history.js';
import { type Deployed, scoreCustomer } from './score-customer.js';
import { fading, SIGNALS } from './signals.js';

const { abs, floor } = Math;

/** One fact and what it does to the log-odds of staying away: the score with it minus the score without it. */
export interface FactEffect {
  readonly fact: PurchaseFact;
  readonly logOdds: number;
}

const STRONGEST = 3;

/** The facts that move the risk most, strongest first: at most three. */
export function strongestFacts(
  deployed: Deployed,
  history: PurchaseHistory,
  asOf: number,
  horizon: number,
): readonly FactEffect[] {
  const logOddsOf = (kept: PurchaseHistory): number => {
    const standing = standingAt(kept, asOf);
    return standing ? scoreCustomer(deployed, standing, horizon).logOdds : 0;
  };
  const full = logOddsOf(history);
  const effects = factsOf(history, asOf).map((fact) => ({ fact, logOdds: full - logOddsOf(without(history, fact)) }));
  return effects.sort((a, b) => abs(b.logOdds) - abs(a.logOdds)).slice(0, STRONGEST);
}

/** The customer `days` later, if nothing happens until then. */
export function unheardFor(standing: Standing, days: number): Standing {
  const weeks = days / 7;
  const fade = fading(days);
  const signals = Object.fromEntries(SIGNALS.map((name) => [name, (standing.signals[name] ?? 0) * fade]));
  return {
    ...standing,
    asOf: standing.asOf + days,
    age: standing.age + weeks,
    silence: standing.silence + weeks,
    signals,
    openBooking: false,
    isNew: false,
  };
}

const TEN_YEARS = 3653;

/**
 * "If nothing happens by then, the risk reaches `level`": the first such day, today when it already has, undefined when it will not
 * within ten years. A fading complaint may lower the risk for a while; the day found is the one after which silence prevails.
 */
export function dayWhenRiskReaches(
  deployed: Deployed,
  standing: Standing,
  horizon: number,
  level = 0.8,
): number | undefined {
  const reached = (days: number) => scoreCustomer(deployed, unheardFor(standing, days), horizon).risk >= level;
  if (reached(0)) return standing.asOf;
  if (!reached(TEN_YEARS)) return undefined;
  let quiet = 0;
  let loud = TEN_YEARS;
  while (loud - quiet > 1) {
    const middle = floor((quiet + loud) / 2);
    if (reached(middle)) loud = middle;
    else quiet = middle;
  }
  return standing.asOf + loud;
}
