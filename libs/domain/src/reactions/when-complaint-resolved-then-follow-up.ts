import { customerAs, defineReaction, type Event, type Recorded } from '#kernel';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { ComplaintResolved } from '../complaints/complaint.messages.js';
import {
  callbackEvents,
  type FollowUps,
  followUp,
  isOpen,
  type Owed,
  openFollowUps,
  owedWithin,
} from './follow-ups.js';

type Resolved = Event<'ComplaintResolved', ComplaintResolved>;
const KIND = 'complaint';
const HOURS = 48;

const owed = (fact: Recorded<Resolved>): Owed => owedWithin(HOURS, customerAs('complainant', fact), fact);

/** Who complained is asked whether it is settled. */
export const whenComplaintResolvedThenFollowUp = defineReaction<Resolved | CallbackEvent, FollowUps>({
  name: 'when-complaint-resolved-then-follow-up',
  hears: ['ComplaintResolved', ...callbackEvents],
  remembers: openFollowUps<Resolved>(KIND, owed),
  react: (fact, remembered) => {
    if (fact.type !== 'ComplaintResolved' || isOpen(remembered, fact)) return [];
    const call = owed(fact as Recorded<Resolved>);
    return call ? [followUp(call, fact, { kind: KIND, topic: 'after-complaint' })] : [];
  },
});
