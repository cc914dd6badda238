import { reaction } from '#testing';
import { whenAnotherCallAgreedThenRequestCallback } from './when-another-call-agreed-then-request-callback.js';

const { whenever } = reaction(whenAnotherCallAgreedThenRequestCallback);

const id = '01900000-0000-7000-8000-0000000000c1';
const requester = { id, role: 'requester' };
const topic = 'invoice';
const callAgain = { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T11:00:00.000Z' };

it('a promise of another call is a callback', () =>
  whenever({ type: 'CallbackCompleted', data: { topic, late: false, callAgain } }, requester).then({
    category: 'callback',
    command: { type: 'RequestCallback', data: { requester: id, topic, windows: [callAgain] } },
  }));

it('no promise, no callback', () =>
  whenever({ type: 'CallbackCompleted', data: { topic, late: true } }, requester).then());
