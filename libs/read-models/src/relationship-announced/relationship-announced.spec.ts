import type { AnnouncedEvent } from '#domain';
import { view } from '#testing';
import { relationshipAnnounced } from './relationship-announced.projection.js';

const { given } = view(relationshipAnnounced);
const policyVersion = 'relationship.default@0';
const stage = (to: 'active' | 'at_risk'): AnnouncedEvent => ({
  type: 'LifecycleStageChanged',
  data: {
    ...{ to, since: '2026-03-01', rule: 'often', inputs: { services: 1, servicesInYear: 1 } },
    ...{ evidence: [], policyVersion },
  },
});
const risk = (score: number): AnnouncedEvent => ({
  type: 'ChurnRiskAssessed',
  data: { score, band: 'high', previous: { score: 0, band: 'low' }, contributions: [], policyVersion },
});
const story = (...events: readonly AnnouncedEvent[]) => ({
  stream: 'relationship-ann',
  customers: [{ id: 'ann', role: 'self' }],
  events,
});

it('is the last of each kind', () => {
  given(story(stage('active'), risk(60), stage('at_risk'), risk(71))).thenRow('ann', {
    ...{ customerId: 'ann', stage: 'at_risk', score: 71, band: 'high' },
  });
  given(story(stage('active'))).thenRow('ann', { stage: 'active', score: null, band: null });
  given(story(risk(60))).thenRow('ann', { stage: null, score: 60, band: 'high' });
});
