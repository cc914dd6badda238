import type { RelationshipEvent } from '#domain';
import { at, view } from '#testing';
import { lifecycle } from './lifecycle.projection.js';

const company = { logId: 'l', zone: 'Europe/London', currency: 'GBP', closedDay: null };
const { given } = view(lifecycle, company);

describe('the lifecycle', () => {
  it('counts every role once, and time alone moves it on', () => {
    const ann = { stream: 'customer-ann', customers: [{ id: 'ann', role: 'self' }], events: [registered] };
    const trip = { stream: 'booking-1', customers: roles, events: [at('2026-02-28T23:30:00.000Z', served)] };
    const known = given(ann, trip);
    const bob = { customerId: 'bob', inputs: expect.objectContaining({ lastServiceOn: '2026-02-28', services: 1 }) };
    known.on('2026-03-01').then({ ann: { stage: 'first_time', nextChangeOn: '2026-05-30' }, bob });
    known.on('2026-05-29').then({ ann: { stage: 'first_time', since: '2026-02-28' }, bob });
    known.on('2026-05-30').then({ ann: { stage: 'at_risk', rule: 'overdue', since: '2026-05-30' }, bob });
  });

  it('has its days where the company is', () => {
    const late = { stream: 'booking-1', customers: roles, events: [at('2026-06-30T23:30:00.000Z', served)] };
    const on = { inputs: expect.objectContaining({ lastServiceOn: '2026-07-01' }) };
    given(late).on('2026-07-02').then({ ann: on, bob: on });
  });

  it('ends when time has done all it can', () =>
    given({ stream: 'booking-1', customers: roles, events: [at('2026-02-01T09:00:00.000Z', served)] })
      .on('2027-12-01')
      .thenRow('ann', { stage: 'churned', nextChangeOn: null }));
});

const roles = [
  { id: 'ann', role: 'booker' },
  { id: 'ann', role: 'payer' },
  { id: 'bob', role: 'traveller' },
];
const registered: RelationshipEvent = { type: 'IndividualRegistered', data: {} };
const served: RelationshipEvent = {
  type: 'ServiceCompleted',
  data: { vertical: 'retail', lineIds: ['1'], amount: { amount: 4200, currency: 'GBP' } },
};
