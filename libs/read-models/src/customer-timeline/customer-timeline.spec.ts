import type { callback } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { customerTimeline } from './customer-timeline.projection.js';

type CallbackEvent = EventOf<typeof callback>;
const { given } = view(customerTimeline);

describe('the timeline', () => {
  it('holds every fact for everybody it names, with all their roles', () =>
    given({
      stream: 'callback-1',
      customers: [
        { id: 'ann', role: 'requester' },
        { id: 'ann', role: 'payer' },
        { id: 'bob', role: 'traveller' },
      ],
      events: [missed, missed],
    })
      .on('2026-03-01')
      .then({
        'ann:0': {
          customerId: 'ann',
          position: 0n,
          roles: ['requester', 'payer'],
          type: 'CallbackMissed',
          occurredAt: '2026-03-01T12:00:00.000Z',
          sentiment: -1,
          summary: 'callback.missed',
          params: { topic: 'invoice' },
          backfill: false,
        },
        'ann:1': { revision: 1n, eventId: 'callback-1@1' },
        'bob:0': { roles: ['traveller'], stream: 'callback-1' },
        'bob:1': {},
      }));

  it('tells what no slice has words for', () =>
    given({ stream: 'visit-1', customers: [{ id: 'ann', role: 'guest' }], events: [stranger] })
      .on('2026-03-01')
      .then({ 'ann:0': { type: 'VisitStarted', summary: null, sentiment: null, params: null } }));

  it('is silent about facts that name nobody', () =>
    given({ stream: 'clock-company', events: [stranger] })
      .on('2026-03-01')
      .then({}));
});

const missed = at<CallbackEvent>('2026-03-01T12:00:00.000Z', {
  type: 'CallbackMissed',
  data: { topic: 'invoice', dueBy: '2026-03-01T11:00:00.000Z' },
});
const stranger = { type: 'VisitStarted', data: {} };
