import { customerAs, defineReaction, type Event } from '#kernel';
import type { CallbackCommand, CallbackCompleted } from '../callbacks/callback.messages.js';

export const whenAnotherCallAgreedThenRequestCallback = defineReaction<Event<'CallbackCompleted', CallbackCompleted>>({
  name: 'when-another-call-agreed-then-request-callback',
  hears: ['CallbackCompleted'],
  react: (fact) => {
    const { topic, callAgain } = fact.data;
    const requester = customerAs('requester', fact);
    if (!callAgain || !requester) return [];
    const command: CallbackCommand = { type: 'RequestCallback', data: { requester, topic, windows: [callAgain] } };
    return [{ category: 'callback', command }];
  },
});
