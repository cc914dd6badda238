import type { Event, Participant } from '#kernel';
import { at, recorded, remembering } from '#testing';
import type { BookingEvent } from '../bookings/booking.messages.js';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { Vertical } from '../vocabulary/verticals.js';
import { whenServiceCompletedThenFollowUp } from './when-service-completed-then-follow-up.js';

const { given } = remembering(whenServiceCompletedThenFollowUp);

describe('after a service', () => {
  it('who booked is called within a day', () =>
    given()
      .when(completed())
      .then(call({ to: tomorrow })));
  it('of logistics within two', () =>
    given()
      .when(completed({ vertical: 'logistics' }))
      .then(call({ to: '2026-03-03T09:00:00.000Z' })));
  it('of a bus nobody is called', () =>
    given()
      .when(completed({ vertical: 'bus-city' }))
      .then());
  it('nobody is called whom nobody knows', () =>
    given()
      .when(completed({ people: [] }))
      .then());
  it('heard of too late nobody is called', () =>
    given()
      .when(completed({ when: '2026-02-20T09:00:00.000Z' }))
      .then());
  it('one call is open at a time', () =>
    given(completed(), requested())
      .when(completed({ id: 'b2' }))
      .then());
  it('two that end at once bring one call', () =>
    given(completed())
      .when(completed({ id: 'b2' }))
      .then());
  it('the customer’s own wish to be called is another matter', () =>
    given(requested('customer'))
      .when(completed())
      .then(call({ to: tomorrow })));
  it.each(['CallbackCompleted', 'CallbackMissed', 'CallbackExpired', 'CallbackCancelled'] as const)(
    'after %s there is another',
    (type) =>
      given(completed(), requested(), over(type))
        .when(completed({ id: 'b2' }))
        .then(call({ to: tomorrow, id: 'b2' })),
  );
  it('one that was missed and may be made good is still open', () =>
    given(completed(), requested(), over('CallbackMissed', '2026-03-04T09:00:00.000Z'))
      .when(completed({ id: 'b2' }))
      .then());
  it('one that was refused is not waited for beyond its day', () =>
    given(completed({ when: '2026-02-28T08:00:00.000Z' }))
      .when(completed({ id: 'b2' }))
      .then(call({ to: tomorrow, id: 'b2' })));
  it('nothing is remembered of calls that are over', () =>
    given(completed(), requested(), over('CallbackCompleted')).keeps({}));
});

const booker = '01900000-0000-7000-8000-0000000000c1';
const now = '2026-03-01T09:00:00.000Z';
const tomorrow = '2026-03-02T09:00:00.000Z';

type Done = Readonly<{ vertical?: Vertical; when?: string; id?: string; people?: readonly Participant[] }>;
const one = <E extends Event>(stream: string, event: E, people: readonly Participant[]) => {
  const [fact] = recorded<E>(stream, [event], people);
  if (!fact) throw new Error('nothing was recorded');
  return fact;
};
const completed = ({
  vertical = 'car-rental-leisure',
  when = now,
  id = 'b1',
  people = [{ id: booker, role: 'booker' }],
}: Done = {}) => {
  const data = { vertical, lineIds: ['1'], amount: { amount: 100, currency: 'EUR' } };
  const event: Extract<BookingEvent, { type: 'ServiceCompleted' }> = { type: 'ServiceCompleted', data };
  return one(`booking-${id}`, at(when, event), people);
};
const requester = [{ id: booker, role: 'requester' }];
const window = { from: now, to: tomorrow };
const requested = (kind: 'post_service' | 'customer' = 'post_service') => {
  const data = { requester: booker, topic: 'after-service', kind, windows: [window], zone: 'UTC' };
  return one<CallbackEvent>('callback-k1', { type: 'CallbackRequested', data }, requester);
};
type End = 'CallbackCompleted' | 'CallbackMissed' | 'CallbackExpired' | 'CallbackCancelled';
const over = (type: End, expiresAt?: string) => {
  const reason = 'time_passed' as const;
  const data = { topic: 'after-service', late: false, dueBy: tomorrow, reason, ...(expiresAt && { expiresAt }) };
  return one<CallbackEvent>('callback-k1', { type, data }, requester);
};
const call = ({ to, id = 'b1' }: Readonly<{ to: string; id?: string }>) => ({
  category: 'callback',
  command: {
    type: 'RequestCallback',
    data: {
      requester: booker,
      kind: 'post_service',
      topic: 'after-service',
      windows: [{ from: now, to }],
      relatedTo: `booking-${id}`,
    },
  },
});
