const { floor, min } = Math;

/** A past cut-off from which the following `horizonDays` are already known. */
export interface Origin {
  readonly asOf: number;
  readonly horizonDays: number;
}

const MOST_ORIGINS = 4;
const SHORTEST_DAYS = 14;

/**
 * Cut-offs to learn from, latest first. Each one's outcome is over by `asOf`, so nothing later is seen. The horizon is the one asked
 * for, or half the history where that is shorter; cut-offs lie a third of it apart and keep a third of the history behind them.
 */
export function rollingOrigins(firstDay: number, asOf: number, horizonDays: number): Origin[] {
  const span = asOf - firstDay;
  const horizon = min(horizonDays, floor(span / 2));
  if (horizon < SHORTEST_DAYS) return [];
  return Array.from({ length: MOST_ORIGINS }, (_, i) => ({
    asOf: asOf - horizon - floor((i * horizon) / 3),
    horizonDays: horizon,
  })).filter((origin) => origin.asOf - firstDay >= span / 3);
}
