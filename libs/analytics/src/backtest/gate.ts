import type { CountQuality, RiskQuality } from '../judgement/metrics.js';

const { abs, max } = Math;

export interface GateCheck {
  readonly criterion: 'enough' | 'bothOutcomes' | 'discrimination' | 'brier' | 'calibration' | 'bias';
  readonly holds: boolean;
  readonly measured: number;
  readonly limit: number;
  /** Why the criterion does not apply; it then counts as held. */
  readonly waived?: 'fewerThan5000' | 'demandShift';
}

export interface Judged {
  readonly customers: number;
  /** Share of customers who stayed away. */
  readonly baseRate: number;
  readonly final: RiskQuality;
  readonly recency: RiskQuality;
  readonly rfm: RiskQuality;
  readonly base: RiskQuality;
  readonly counts: CountQuality;
  /** Change of new customers per week from before the cut-off to after it; undefined when either side has too few. */
  readonly demandShift: number | undefined;
}

const FEWEST_CUSTOMERS = 100;
const CALIBRATION_FROM = 5_000;
const AUC_SLACK = 0.005;
const BRIER_SHARE = 0.9;
const ECE_LIMIT = 0.03;
const BIAS_LIMIT = 0.2;

function calibration({ customers, final }: Judged): GateCheck {
  const check = { criterion: 'calibration', measured: final.ece, limit: ECE_LIMIT } as const;
  if (customers < CALIBRATION_FROM) return { ...check, holds: true, waived: 'fewerThan5000' };
  return { ...check, holds: final.ece <= ECE_LIMIT };
}

/** A shift of demand excuses a bias only when customers the models never saw show it too, in the same direction. */
function bias({ counts, demandShift }: Judged): GateCheck {
  const check = { criterion: 'bias', measured: counts.bias, limit: BIAS_LIMIT } as const;
  if (abs(counts.bias) <= BIAS_LIMIT) return { ...check, holds: true };
  const explained = demandShift !== undefined && abs(demandShift) > BIAS_LIMIT && demandShift * counts.bias < 0;
  return explained ? { ...check, holds: true, waived: 'demandShift' } : { ...check, holds: false };
}

/** Whether the final score may be used: see the limits above. */
export function judgeGate(judged: Judged): { readonly holds: boolean; readonly checks: readonly GateCheck[] } {
  const { customers, baseRate, final, recency, rfm, base } = judged;
  const rival = max(recency.auc, rfm.auc) - AUC_SLACK;
  const checks: GateCheck[] = [
    { criterion: 'enough', holds: customers >= FEWEST_CUSTOMERS, measured: customers, limit: FEWEST_CUSTOMERS },
    { criterion: 'bothOutcomes', holds: baseRate > 0 && baseRate < 1, measured: baseRate, limit: 1 },
    { criterion: 'discrimination', holds: final.auc >= rival, measured: final.auc, limit: rival },
    {
      criterion: 'brier',
      holds: final.brier <= BRIER_SHARE * base.brier,
      measured: final.brier,
      limit: BRIER_SHARE * base.brier,
    },
    calibration(judged),
    bias(judged),
  ];
  return { holds: checks.every((check) => check.holds), checks };
}
