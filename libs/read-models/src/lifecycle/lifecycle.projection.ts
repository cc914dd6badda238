import {
  defaultParameters,
  historyOf,
  PARAMETERS,
  type RelationshipEvent,
  type RelationshipState,
  relationshipFacts,
  remember,
  type Standing,
  stageAnnounced,
  standingOn,
} from '#domain';
import { dayNumber, defineProjection, perCustomer } from '#kernel';
import { type CompanyContext, companyContext } from '../company.context.js';

export type LifecycleRow = Standing & Readonly<{ customerId: string; state: RelationshipState }>;

/** Where the relationship with each customer stands, and why. */
export const lifecycle = defineProjection<LifecycleRow, RelationshipEvent, CompanyContext>({
  name: 'lifecycle',
  version: 1,
  hears: relationshipFacts,
  keys: perCustomer,
  fold: (row, fact, customerId, { zone }) => {
    const state = remember(row?.state ?? null, fact, customerId, zone);
    return row ? { ...row, state } : derived({ customerId, state }, state.firstSeen);
  },
  context: companyContext,
  announces: [
    {
      name: 'when-stage-changed-then-announce',
      column: 'stage',
      category: 'relationship',
      policyVersion: PARAMETERS,
      says: (now, was) => stageAnnounced(now, was?.stage),
    },
  ],
  advance: ({ customerId, state }, today) => derived({ customerId, state }, dayNumber(today)),
});

const derived = (known: Pick<LifecycleRow, 'customerId' | 'state'>, day: number): LifecycleRow => ({
  ...known,
  ...standingOn(historyOf(known.state, defaultParameters), day),
});
