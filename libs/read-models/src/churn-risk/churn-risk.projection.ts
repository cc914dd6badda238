import {
  defaultParameters,
  historyOf,
  netRevenueOn,
  nextRiskChange,
  nextStandingChange,
  type RelationshipEvent,
  type RelationshipState,
  type Risk,
  relationshipFacts,
  remember,
  riskOn,
  type Stage,
  stageOn,
} from '#domain';
import { dayNumber, dayText, defineProjection, perCustomer } from '#kernel';
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
