import type { Recorded } from '#kernel';
import { at, recorded, remembering } from '#testing';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { ComplaintEvent } from '../complaints/complaint.messages.js';
import { whenComplaintResolvedThenFollowUp } from './when-complaint-resolved-then-follow-up.js';

const { given } = remembering(whenComplaintResolvedThenFollowUp);

type Resolved = Extract<ComplaintEvent, { type: 'ComplaintResolved' }>;
const complainant = '01900000-0000-7000-8000-0000000000c1';
const now = '2026-03-01T09:00:00.000Z';
const resolved = (when = now) => {
  const event: Resolved = { type: 'ComplaintResolved', data: { outcome: 'upheld' } };
  return recorded<Resolved>(
    'complaint-1',
    [at(when, event)],
    [{ id: complainant, role: 'complainant' }],
  )[0] as Recorded<Resolved>;
};
const data = {
  requester: complainant,
  kind: 'complaint' as const,
  topic: 'after-complaint',
  windows: [{ from: now, to: '2026-03-03T09:00:00.000Z' }],
  relatedTo: 'complaint-1',
};
const requested = recorded<CallbackEvent>(
  'callback-1',
  [{ type: 'CallbackRequested', data: { ...data, zone: 'UTC' } }],
  [{ id: complainant, role: 'requester' }],
);

describe('when a complaint is resolved', () => {
  it('who complained is called within two days', () =>
    given()
      .when(resolved())
      .then({ category: 'callback', command: { type: 'RequestCallback', data } }));
  it('one call is open at a time', () =>
    given(...requested)
      .when(resolved())
      .then());
  it('heard of too late nobody is called', () => given().when(resolved('2026-02-20T09:00:00.000Z')).then());
});
