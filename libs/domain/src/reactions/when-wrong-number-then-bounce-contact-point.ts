import { customerAs, defineReaction, idIn } from '#kernel';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import type { CustomerCommand } from '../customers/customer.messages.js';

/** The contact point that a callback is to reach its requester at. */
export type Reaching = Readonly<{ contactPointId: string | null }>;

/** Nobody calls a number again that was somebody else's. */
export const whenWrongNumberThenBounceContactPoint = defineReaction<CallbackEvent, Reaching>({
  name: 'when-wrong-number-then-bounce-contact-point',
  hears: ['CallbackRequested', 'CallAttempted', 'CallbackCompleted', 'CallbackExpired', 'CallbackCancelled'],
  remembers: {
    version: 1,
    initial: { contactPointId: null },
    keys: ({ stream }) => [idIn(stream)],
    evolve: (state, { type, data }) => {
      if (type === 'CallAttempted') return state;
      return type === 'CallbackRequested' && data.contactPointId ? { contactPointId: data.contactPointId } : null;
    },
  },
  react: (fact, { contactPointId }) => {
    const requester = customerAs('requester', fact);
    if (fact.type !== 'CallAttempted' || fact.data.result !== 'wrong_number') return [];
    if (contactPointId === null || requester === undefined) return [];
    const command: CustomerCommand = { type: 'BounceContactPoint', data: { contactPointId, reason: 'wrong_number' } };
    return [{ category: 'customer', id: requester, command }];
  },
});
