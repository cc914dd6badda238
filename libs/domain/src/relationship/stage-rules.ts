import { isHighRisk, riskOn } from './churn.js';
import { type History, openComplaints, type Services, servicesBetween } from './history.js';
import type { RelationshipParameters } from './parameters.js';
import type { Mark, RelationshipState } from './state.js';

/** From first contact to loss, as a reader expects them. */
export const stages = [
  'prospect',
  'registered',
  'expired_lead',
  'first_time',
  'developing',
  'active',
  'loyal',
  'at_risk',
  'dormant',
  'churned',
  'closed',
  'blocked',
  'erased',
] as const;
export type Stage = (typeof stages)[number];

type Finding = Readonly<{
  holds: (history: History, day: number, services: Services | null) => boolean;
  /** The events that show it. */
  evidence: (history: History, day: number, services: Services | null) => readonly string[];
}>;
export type StageRule = Finding & Readonly<{ stage: Stage; rule: string }>;

const marked = (
  markIn: (state: RelationshipState) => Mark | null,
  since: (parameters: RelationshipParameters) => number = () => 0,
): Finding => ({
  holds: ({ state, parameters }, day) => {
    const mark = markIn(state);
    return mark !== null && mark.day + since(parameters) <= day;
  },
  evidence: ({ state }) => {
    const mark = markIn(state);
    return mark ? [mark.eventId] : [];
  },
});

const silentBeyond = (limit: (services: Services, parameters: RelationshipParameters) => number): Finding => ({
  holds: ({ parameters }, _, services) => services !== null && services.gap > limit(services, parameters),
  evidence: ({ state }, _, services) => (services ? servicesBetween(state, services.last, services.last) : []),
});

const served = (holds: (services: Services, history: History, day: number) => boolean): Finding => ({
  holds: (history, day, services) => services !== null && holds(services, history, day),
  evidence: ({ state }, day, services) => (services ? servicesBetween(state, services.first, day) : []),
});

const isLoyal = ({ inYear, first, rhythm }: Services, history: History, day: number) =>
  inYear >= rhythm.loyalMin &&
  day - first >= history.parameters.loyalTenureDays &&
  !openComplaints(history, day).some(({ severity }) => severity === 'sev1' || severity === 'sev2');

const highRisk: Finding = {
  holds: (history, day, services) => isHighRisk(history, services, day),
  evidence: (history, day) => riskOn(history, day).contributions.flatMap(({ eventIds }) => eventIds),
};

/** The first that holds is the stage; the last always does. */
export const stageRules: readonly StageRule[] = [
  { stage: 'erased', rule: 'erased', ...marked(({ erased }) => erased) },
  { stage: 'blocked', rule: 'blocked', ...marked(({ blocked }) => blocked) },
  { stage: 'closed', rule: 'closed', ...marked(({ closed }) => closed) },
  {
    stage: 'churned',
    rule: 'silent-too-long',
    ...silentBeyond(({ interval, rhythm }, { silence }) => Math.max(silence.churned * interval, rhythm.churnDays)),
  },
  { stage: 'dormant', rule: 'silent-long', ...silentBeyond(({ interval }, { silence }) => silence.dormant * interval) },
  { stage: 'at_risk', rule: 'overdue', ...silentBeyond(({ interval }, { silence }) => silence.atRisk * interval) },
  { stage: 'at_risk', rule: 'high-risk', ...highRisk },
  { stage: 'loyal', rule: 'often-and-long', ...served(isLoyal) },
  { stage: 'active', rule: 'often', ...served(({ inYear, rhythm }) => inYear >= rhythm.activeMin) },
  { stage: 'developing', rule: 'came-again', ...served(({ count }) => count > 1) },
  { stage: 'first_time', rule: 'came-once', ...served(() => true) },
  {
    stage: 'expired_lead',
    rule: 'never-came',
    ...marked(
      ({ registered }) => registered,
      ({ leadDays }) => leadDays + 1,
    ),
  },
  { stage: 'registered', rule: 'registered', ...marked(({ registered }) => registered) },
  { stage: 'prospect', rule: 'known-of', holds: () => true, evidence: () => [] },
];
