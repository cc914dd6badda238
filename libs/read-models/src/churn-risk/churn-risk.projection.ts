import {
  type AnnounceChurnRisk,
  type Assessed,
  CALM,
  defaultParameters,
  historyOf,
  isNews,
  netRevenueOn,
  nextRiskChange,
  nextStandingChange,
  PARAMETERS,
  type RelationshipEvent,
  type RelationshipState,
  type Risk,
  relationshipFacts,
  remember,
  riskAnnounced,
  riskOn,
  type Stage,
  stageOn,
} from '#domain';
import { type Announcement, dayNumber, dayText, defineProjection, perCustomer } from '#kernel';
import { type CompanyContext, companyContext } from '../company.context.js';

export type ChurnRiskRow = Risk &
  Readonly<{
    customerId: string;
    registered: boolean;
    stage: Stage;
    /** Of the last 365 days, in minor units of the company's currency. */
    netRevenue: bigint;
    currency: string;
    nextChangeOn: string | null;
    state: RelationshipState;
  }>;

/** A score may move a little every day: news is another band, or ten points since the last news. */
const whenRiskMoved: Announcement<ChurnRiskRow, Assessed> = {
  name: 'when-churn-risk-moved-then-announce',
  column: 'score',
  category: 'relationship',
  policyVersion: PARAMETERS,
  says: (now, was) => riskAnnounced(now, was ?? undefined),
  weighs: ({ type, data }, told) => {
    const { score, band, was: seen = CALM } = data as AnnounceChurnRisk;
    const [was, now] = [told ?? seen, { score, band }];
    return isNews(was, now) ? { told: now, says: { type, data: { ...data, was } } } : { told: was, says: null };
  },
};

/** Who is about to leave, and what makes us think so. */
export const churnRisk = defineProjection<ChurnRiskRow, RelationshipEvent, CompanyContext>({
  name: 'churn_risk',
  version: 1,
  hears: relationshipFacts,
  keys: perCustomer,
  fold: (row, fact, customerId, { zone, currency }) => {
    const state = remember(row?.state ?? null, fact, customerId, zone);
    return row ? { ...row, currency, state } : derived({ customerId, currency, state }, state.firstSeen);
  },
  context: companyContext,
  announces: [whenRiskMoved],
  advance: ({ customerId, state }, today, { currency }) => derived({ customerId, currency, state }, dayNumber(today)),
});

const derived = (known: Pick<ChurnRiskRow, 'customerId' | 'currency' | 'state'>, day: number): ChurnRiskRow => {
  const history = historyOf(known.state, defaultParameters);
  const changes = [nextRiskChange(history, day), nextStandingChange(history, day)].filter((next) => next !== null);
  return {
    ...known,
    ...riskOn(history, day),
    registered: known.state.registered !== null,
    stage: stageOn(history, day),
    netRevenue: BigInt(netRevenueOn(history, day)),
    nextChangeOn: changes.length > 0 ? dayText(Math.min(...changes)) : null,
  };
};
