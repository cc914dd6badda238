import type { RelationshipEvent } from '#domain';
import { at, view } from '#testing';
import { churnRisk } from './churn-risk.projection.js';

const { given } = view(churnRisk, { logId: 'l', zone: 'UTC', currency: 'EUR', closedDay: null });

describe('the churn risk', () => {
  it('adds up from silence, complaints and missed callbacks, whatever came first', () =>
    given(trip, complaint, call)
      .on('2026-06-01')
      .then({
        ann: {
          score: 75,
          band: 'critical',
          stage: 'at_risk',
          registered: false,
          netRevenue: 9_900n,
          currency: 'EUR',
          nextChangeOn: '2026-06-02',
          contributions: [
            { signal: 'overdue', points: 45, value: 150, baseline: 60, eventIds: ['booking-1@0'] },
            { signal: 'open_complaint', points: 20, value: 1, baseline: 0, eventIds: ['complaint-1@0'] },
            { signal: 'missed_callback', points: 10, value: 1, baseline: 0, eventIds: ['callback-1@0'] },
          ],
        },
      }));

  it('calms down when the complaint is settled', () =>
    given(trip, { ...complaint, events: [filed, resolved] })
      .on('2026-01-10')
      .then({ ann: { score: 0, band: 'low', contributions: [] } }));

  it('takes no money into account that somebody else paid', () =>
    given({ ...trip, customers: [{ id: 'ann', role: 'traveller' }] })
      .on('2026-01-10')
      .then({ ann: { netRevenue: 0n, stage: 'first_time' } }));

  it('forgets what was earned more than a year ago', () =>
    given(trip)
      .on('2027-01-03')
      .then({ ann: { netRevenue: 0n, score: 60, stage: 'churned', nextChangeOn: null } }));
});

const served: RelationshipEvent = {
  type: 'ServiceCompleted',
  data: { vertical: 'retail', lineIds: ['1'], amount: { amount: 9_900, currency: 'EUR' } },
};
const filed: RelationshipEvent = { type: 'ComplaintFiled', data: { complainant: 'ann' } };
const resolved: RelationshipEvent = { type: 'ComplaintResolved', data: { outcome: 'upheld' } };
const missed: RelationshipEvent = {
  type: 'CallbackMissed',
  data: { topic: 'bill', dueBy: '2026-05-01T00:00:00.000Z' },
};
const trip = {
  stream: 'booking-1',
  customers: [
    { id: 'ann', role: 'booker' },
    { id: 'ann', role: 'payer' },
  ],
  events: [at('2026-01-02T09:00:00.000Z', served)],
};
const complaint = { stream: 'complaint-1', customers: [{ id: 'ann', role: 'complainant' }], events: [filed] };
const call = { stream: 'callback-1', customers: [{ id: 'ann', role: 'requester' }], events: [missed] };
