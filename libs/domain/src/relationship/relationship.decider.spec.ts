import { specification } from '#testing';
import { isNews } from './announcing.js';
import { relationship } from './relationship.decider.js';
import type { AnnouncedEvent, RelationshipCommand } from './relationship.messages.js';

const { given, tells } = specification(relationship);
const evidence = ['01900000-0000-7000-8000-000000000001'];
const policyVersion = 'relationship.default@0';
const inputs = {
  registeredOn: '2026-01-02',
  services: 3,
  servicesInYear: 3,
  expectedInterval: 60.5,
  vertical: 'rail',
} as const;
const grounds = { since: '2026-05-01', rule: 'overdue', inputs, evidence, policyVersion } as const;
type Stage = Extract<AnnouncedEvent, { type: 'LifecycleStageChanged' }>['data']['to'];
const stage = (to: Stage, from?: Stage): RelationshipCommand => ({
  type: 'AnnounceStage',
  data: { ...grounds, to, ...(from && { from }) },
});
const changed = (to: Stage, from?: Stage): AnnouncedEvent => ({
  type: 'LifecycleStageChanged',
  data: { ...grounds, to, ...(from && { from }) },
});

describe('a stage', () => {
  it('is announced with where it came from, by which rule, and what shows it', () => {
    given().when(stage('registered')).then(changed('registered'));
    given(changed('registered')).when(stage('first_time', 'registered')).then(changed('first_time', 'registered'));
    given(changed('first_time')).when(stage('at_risk', 'first_time')).then(changed('at_risk', 'first_time'));
    given(changed('at_risk')).when(stage('dormant', 'at_risk')).then(changed('dormant', 'at_risk'));
    given(changed('dormant')).when(stage('churned', 'dormant')).then(changed('churned', 'dormant'));
  });
  it('that history brought in silence is where the next one comes from', () =>
    given(changed('registered')).when(stage('at_risk', 'active')).then(changed('at_risk', 'active')));
  it('that is reconciled comes from the one that was announced', () =>
    given(changed('active')).when(stage('dormant')).then(changed('dormant', 'active')));
  it('is announced once', () => given(changed('at_risk')).when(stage('at_risk', 'active')).thenNothing());
  it('concerns the customer whose it is', () => given(changed('active')).concerns({ id: 'any', role: 'self' }));
});

describe('a risk', () => {
  const low = { score: 25, band: 'low' } as const;
  const overdue = { signal: 'overdue', points: 45, value: 150, baseline: 60, eventIds: evidence } as const;
  const booked = { signal: 'open_booking', points: -20, value: 1, baseline: 0, eventIds: evidence } as const;
  const contributions = [overdue];
  type Score = Readonly<{ score: number; band: 'low' | 'medium' | 'high' | 'critical' }>;
  const risk = (now: Score, was?: Score): RelationshipCommand => ({
    type: 'AnnounceChurnRisk',
    data: { ...now, ...(was && { was }), contributions, policyVersion },
  });
  const assessed = (now: Score, previous: Score): AnnouncedEvent => ({
    type: 'ChurnRiskAssessed',
    data: { ...now, previous, contributions, policyVersion },
  });
  const told = assessed(low, { score: 10, band: 'low' });

  it('is announced in another band, or ten points away, and not for less', () => {
    given(told)
      .when(risk({ score: 30, band: 'medium' }))
      .then(assessed({ score: 30, band: 'medium' }, low));
    given(told)
      .when(risk({ score: 15, band: 'low' }))
      .then(assessed({ score: 15, band: 'low' }, low));
    given(told)
      .when(risk({ score: 16, band: 'low' }))
      .thenNothing();
    given(told)
      .when(risk({ score: 29, band: 'low' }))
      .thenNothing();
  });
  it('counts from what was announced, however it crept there', () => {
    const at = (score: number): Score => ({ score, band: 'medium' });
    const first = assessed(at(31), low);
    given(first)
      .when(risk(at(40), at(39)))
      .thenNothing();
    given(first)
      .when(risk(at(41), at(40)))
      .then(assessed(at(41), at(31)));
  });
  it('that swings about a bound is announced each time it crosses it, and never within a band', () => {
    const [under, over] = [assessed({ score: 54, band: 'medium' }, low), assessed({ score: 55, band: 'high' }, low)];
    given(under)
      .when(risk({ score: 53, band: 'medium' }))
      .thenNothing();
    given(over)
      .when(risk({ score: 56, band: 'high' }))
      .thenNothing();
    given(over, under)
      .when(risk({ score: 55, band: 'high' }))
      .then(assessed({ score: 55, band: 'high' }, { score: 54, band: 'medium' }));
  });
  it('of whom nothing was announced counts from what was seen, or from nothing', () => {
    given()
      .when(risk({ score: 61, band: 'high' }, { score: 60, band: 'high' }))
      .thenNothing();
    given()
      .when(risk({ score: 70, band: 'high' }, { score: 60, band: 'high' }))
      .then(assessed({ score: 70, band: 'high' }, { score: 60, band: 'high' }));
    given()
      .when(risk({ score: 9, band: 'low' }))
      .thenNothing();
    given()
      .when(risk({ score: 10, band: 'low' }))
      .then(assessed({ score: 10, band: 'low' }, { score: 0, band: 'low' }));
  });
  it('is news by the same measure before it is said and when it is judged', () => {
    expect(isNews(low, { score: 29, band: 'low' })).toBe(false);
    expect(isNews(low, { score: 35, band: 'medium' })).toBe(true);
  });

  it('and a stage are told on the timeline with their reason', () => {
    tells(
      changed('registered'),
      'First stage: registered. No service since {lastServiceOn}: more than one and a half times the expected 60.5 days',
    );
    const lost = {
      ...grounds,
      to: 'at_risk',
      from: 'active',
      inputs: { ...inputs, lastServiceOn: '2026-02-01' },
    } as const;
    tells(
      { type: 'LifecycleStageChanged', data: lost },
      'Stage: at risk, before: active. No service since 2026-02-01: more than one and a half times the expected 60.5 days',
    );
    const data = {
      score: 75,
      band: 'critical',
      previous: low,
      contributions: [booked, overdue],
      policyVersion,
    } as const;
    tells(
      { type: 'ChurnRiskAssessed', data },
      'Risk of leaving: critical, 75 of 100, before: 25. No service for 150 days; one was expected after 60',
    );
    tells(
      { type: 'ChurnRiskAssessed', data: { ...data, score: 0, band: 'low', contributions: [booked] } },
      'Risk of leaving: low, 0 of 100, before: 25. Nothing speaks for it',
    );
  });
});
