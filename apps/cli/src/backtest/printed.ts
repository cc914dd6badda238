import { type BacktestResult, deployedOf, type Fit } from '#analytics';
import type { Language } from '../words.js';
import type { Found } from './request.js';
import { reasonInWords } from './words.js';

/** A fit as it is kept: parameters by name, with what they rest on. */
function kept<P extends object>(fit: Fit<P>): object {
  const { parameters, logLikelihood, customers, repeats, groups, flags } = fit;
  return { ...parameters, logLikelihood, customers, repeats, groups, flags };
}

/** Likelihoods of the rhythms tried; k = 1 is MBG/NBD. */
function rhythms({ models }: BacktestResult): object[] {
  const one = { k: 1, logLikelihood: models.mbg.logLikelihood };
  return [one, ...models.rhythms.map((fit) => ({ k: fit.parameters.k, logLikelihood: fit.logLikelihood }))];
}

/**
 * The one object that `--json` prints. `parameters.deployed` with a customer's standing recomputes every score; `dataHash` says what
 * it was fitted to.
 */
export function printed(found: Found, lang: Language): object {
  const { result, notes, seconds } = found;
  const { models, methods, counts, gate, spending } = result;
  return {
    asOf: found.asOf,
    until: found.until,
    horizonWeeks: found.horizonWeeks,
    customers: result.customers,
    baseRate: result.baseRate,
    methods,
    counts,
    parameters: {
      modelVersion: 1,
      timeUnit: 'weeks',
      asOf: found.asOf,
      dataHash: found.dataHash,
      mbg: kept(models.mbg),
      pareto: kept(models.pareto),
      gammaGamma: kept(spending),
      rhythms: rhythms(result),
      champion: result.champion,
      layer: result.layer,
      learntFrom: result.origins,
      deployed: deployedOf(result),
    },
    value: result.value,
    tracking: result.tracking,
    demandShift: result.demandShift ?? null,
    gate: { holds: gate.holds, reasons: gate.checks.map((check) => reasonInWords(check, lang)), checks: gate.checks },
    flags: found.flags,
    file: { first: found.first, last: found.last, ...notes },
    seconds: Math.round(1000 * (seconds.read + seconds.judge)) / 1000,
    timing: seconds,
  };
}
