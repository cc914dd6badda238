import { assertNever, type Decision, defineSlice, type Meaning, type Stamped } from '#kernel';
import { CALM, isNews } from './announcing.js';
import {
  type AnnounceChurnRisk,
  type AnnouncedEvent,
  type AnnounceStage,
  type Assessed,
  type ChurnRiskAssessed,
  commands,
  events,
  type LifecycleStageChanged,
  type RelationshipCommand,
} from './relationship.messages.js';
import { relationshipWords } from './relationship.words.js';
import type { Stage } from './stage-rules.js';

/** What was announced last. */
type Relationship = Readonly<{ status: Stage | 'unannounced'; risk: Assessed | null }>;

const evolve = (relationship: Relationship, { type, data }: Stamped<AnnouncedEvent>): Relationship => {
  switch (type) {
    case 'LifecycleStageChanged':
      return { ...relationship, status: data.to };
    case 'ChurnRiskAssessed':
      return { ...relationship, risk: { score: data.score, band: data.band } };
    default:
      return assertNever(type);
  }
};

const decide = ({ type, data }: Stamped<RelationshipCommand>, relationship: Relationship): Decision<AnnouncedEvent> => {
  switch (type) {
    case 'AnnounceStage':
      return announceStage(data, relationship);
    case 'AnnounceChurnRisk':
      return announceRisk(data, relationship);
    default:
      return assertNever(type);
  }
};

const announceStage = (said: AnnounceStage, { status }: Relationship): Decision<AnnouncedEvent> => {
  if (status === said.to) return [];
  const from = said.from ?? (status === 'unannounced' ? undefined : status);
  return [{ type: 'LifecycleStageChanged', data: { ...said, ...(from && { from }) } }];
};

const announceRisk = (said: AnnounceChurnRisk, { risk }: Relationship): Decision<AnnouncedEvent> => {
  const { was, ...now } = said;
  const previous = risk ?? was ?? CALM;
  return isNews(previous, now) ? [{ type: 'ChurnRiskAssessed', data: { ...now, previous } }] : [];
};

const touchpoint = ({ type, data }: Stamped<AnnouncedEvent>): Meaning =>
  type === 'LifecycleStageChanged' ? stageMeaning(data) : riskMeaning(data);

const GOOD: readonly Stage[] = ['first_time', 'developing', 'active', 'loyal'];
const BAD: readonly Stage[] = ['expired_lead', 'at_risk', 'dormant', 'churned'];

const sentimentOf = (stage: Stage): Meaning['sentiment'] => {
  if (BAD.includes(stage)) return -1;
  return GOOD.includes(stage) ? 1 : 0;
};

const stageMeaning = ({ from, to, rule, inputs }: LifecycleStageChanged): Meaning => ({
  sentiment: sentimentOf(to),
  summary: from ? 'stage-changed' : 'stage-began',
  params: { ...(from && { from: `@stage-${from}` }), to: `@stage-${to}`, why: `@rule-${rule}`, ...inputs },
});

const riskMeaning = ({ score, band, previous, contributions }: ChurnRiskAssessed): Meaning => {
  const [main] = contributions.filter(({ points }) => points > 0).sort((one, other) => other.points - one.points);
  return {
    sentiment: score > previous.score ? -1 : 1,
    summary: 'risk-assessed',
    params: {
      ...{ score, before: previous.score, band: `@band-${band}` },
      ...(main ? { why: `@${main.signal}`, value: main.value, baseline: main.baseline } : { why: '@calm' }),
    },
  };
};

/** What we conclude of a customer from all that happened, as far as others were told. Its id is the customer's. */
export const relationship = defineSlice<RelationshipCommand, Relationship, AnnouncedEvent>({
  category: 'relationship',
  collection: 'relationships',
  openings: ['AnnounceStage', 'AnnounceChurnRisk'],
  reserved: ['AnnounceStage', 'AnnounceChurnRisk'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'unannounced', risk: null },
  evolve,
  decide,
  participants: (_, id) => [{ id, role: 'self' }],
  touchpoint,
  words: relationshipWords,
});
