import { customerAs, defineReaction, type Event, type Recorded } from '#kernel';
import type { ServiceCompleted } from '../bookings/booking.messages.js';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { Vertical } from '../vocabulary/verticals.js';
import {
  callbackEvents,
  type FollowUps,
  followUp,
  isOpen,
  type Owed,
  openFollowUps,
  owedWithin,
} from './follow-ups.js';

/** By when we call after a service, in hours; nobody calls back whoever took a bus or bought something. */
const HOURS: Readonly<Partial<Record<Vertical, number>>> = {
  'airline-leisure': 24,
  'airline-business': 24,
  'car-rental-leisure': 24,
  'car-rental-business': 24,
  logistics: 48,
};

type Completed = Event<'ServiceCompleted', ServiceCompleted>;
const KIND = 'post_service';

const owed = (fact: Recorded<Completed>): Owed => {
  const hours = HOURS[fact.data.vertical];
  return hours === undefined ? null : owedWithin(hours, customerAs('booker', fact), fact);
};

/** Who booked is asked how it was: one call at a time, however much of the service ends before it. */
export const whenServiceCompletedThenFollowUp = defineReaction<Completed | CallbackEvent, FollowUps>({
  name: 'when-service-completed-then-follow-up',
  hears: ['ServiceCompleted', ...callbackEvents],
  remembers: openFollowUps<Completed>(KIND, owed),
  react: (fact, remembered) => {
    if (fact.type !== 'ServiceCompleted' || isOpen(remembered, fact)) return [];
    const call = owed(fact as Recorded<Completed>);
    return call ? [followUp(call, fact, { kind: KIND, topic: 'after-service' })] : [];
  },
});
