import type { Contribution, Risk, Stage } from '#domain';
import type { FieldsOf } from './fields.js';
import { type Language, phraseOf } from './language.js';

export type RiskAnswer = Risk &
  Readonly<{
    customerId: string;
    stage: Stage;
    /** Of the last 365 days. */
    netRevenue: Readonly<{ amount: number; currency: string }>;
    /** The contributions in words, those that weigh most first. */
    reasons: readonly string[];
    nextChangeOn: string | null;
  }>;

export const riskFields = {
  customerId: 'operational',
  score: 'behaviour',
  band: 'behaviour',
  contributions: 'behaviour',
  reasons: 'behaviour',
  stage: 'behaviour',
  netRevenue: 'commercial',
  nextChangeOn: 'behaviour',
} as const satisfies FieldsOf<RiskAnswer>;

type Known = Risk &
  Pick<RiskAnswer, 'customerId' | 'stage' | 'nextChangeOn'> &
  Readonly<{ netRevenue: bigint; currency: string }>;

export const riskAnswer = (row: Known, language: Language): RiskAnswer => ({
  customerId: row.customerId,
  score: row.score,
  band: row.band,
  contributions: row.contributions,
  reasons: reasonsIn(row.contributions, language),
  stage: row.stage,
  netRevenue: { amount: Number(row.netRevenue), currency: row.currency },
  nextChangeOn: row.nextChangeOn,
});

const reasonsIn = (contributions: readonly Contribution[], language: Language): readonly string[] =>
  contributions
    .filter(({ signal }) => signal !== 'limit')
    .sort((a, b) => b.points - a.points)
    .map(({ signal, value, baseline }) => phraseOf(`relationship.${signal}`, { value, baseline }, language));
