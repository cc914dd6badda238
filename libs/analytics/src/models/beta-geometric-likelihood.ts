import { logistic, softplus } from '../numerics/special-functions.js';
import type { BetaGeometric } from './beta-geometric.js';
import { chances } from './beta-geometric.js';
import type { Cohort } from './history.js';

const { log, max } = Math;

/** Prefix sums over i < n of ln(from + i) and 1 / (from + i): ln Γ and digamma differences without ever calling them. */
export function risingLogs(from: number, most: number): { logs: Float64Array; inverses: Float64Array } {
  const logs = new Float64Array(most + 1);
  const inverses = new Float64Array(most + 1);
  for (let i = 0; i < most; i++) {
    logs[i + 1] = (logs[i] as number) + log(from + i);
    inverses[i + 1] = (inverses[i] as number) + 1 / (from + i);
  }
  return { logs, inverses };
}

export const mostRepeats = (cohort: Cohort): number => cohort.repeats.reduce((m, x) => max(m, x), 0);

/**
 * Log-likelihood of a cohort, its slope by (r, α, a, b) added up in `slope` when given. Per customer, with A = r + x, b' = b + x + m:
 * lnΓ(A) - lnΓ(r) + r ln α + ln B(a, b') - ln B(a, b) - A ln(α + T) + ln(1 + a / (b' - 1) · ((α + T) / (α + t_x))^A).
 */
export function logLikelihood(p: BetaGeometric, cohort: Cohort, slope?: Float64Array): number {
  const m = chances(p.model);
  const most = mostRepeats(cohort);
  const rate = risingLogs(p.r, most);
  const stay = risingLogs(p.b, most + m);
  const all = risingLogs(p.a + p.b, most + m);
  const lnAlpha = log(p.alpha);
  const lnA = log(p.a);
  const sums = new Float64Array(4);
  let value = 0;
  for (let i = 0; i < cohort.repeats.length; i++) {
    const x = cohort.repeats[i] as number;
    const w = cohort.weight[i] as number;
    const shape = p.r + x;
    const atEnd = p.alpha + (cohort.age[i] as number);
    const atLast = p.alpha + (cohort.recency[i] as number);
    const lnEnd = log(atEnd);
    const quiet = lnEnd - log(atLast);
    const canHaveLeft = x + m > 0;
    const odds = canHaveLeft ? lnA - log(p.b + x + m - 1) + shape * quiet : -Infinity;
    const left = canHaveLeft ? logistic(odds) : 0;
    const staying = (stay.logs[x + m] as number) - (all.logs[x + m] as number);
    value += w * ((rate.logs[x] as number) + p.r * lnAlpha + staying - shape * lnEnd + softplus(odds));
    if (!slope) continue;
    const gone = all.inverses[x + m] as number;
    sums[0] = (sums[0] as number) + w * ((rate.inverses[x] as number) + lnAlpha - lnEnd + left * quiet);
    sums[1] = (sums[1] as number) + w * (p.r / p.alpha - shape / atEnd + left * shape * (1 / atEnd - 1 / atLast));
    sums[2] = (sums[2] as number) + w * (left / p.a - gone);
    sums[3] =
      (sums[3] as number) + w * ((stay.inverses[x + m] as number) - gone - left / (canHaveLeft ? p.b + x + m - 1 : 1));
  }
  slope?.set(sums);
  return value;
}
