import type { Recorded } from '#kernel';
import { recorded, remembering } from '#testing';
import type { CallbackEvent } from '../callbacks/callback.messages.js';
import { whenWrongNumberThenBounceContactPoint } from './when-wrong-number-then-bounce-contact-point.js';

const { given } = remembering(whenWrongNumberThenBounceContactPoint);

const requester = '01900000-0000-7000-8000-0000000000c1';
const fact = (event: CallbackEvent) =>
  recorded<CallbackEvent>('callback-k1', [event], [{ id: requester, role: 'requester' }])[0] as Recorded<CallbackEvent>;
const window = { from: '2026-03-01T09:00:00.000Z', to: '2026-03-01T11:00:00.000Z' };
const requested = (contactPointId?: string) =>
  fact({
    type: 'CallbackRequested',
    data: { requester, topic: 'invoice', windows: [window], zone: 'UTC', ...(contactPointId && { contactPointId }) },
  });
const attempted = (result: 'wrong_number' | 'busy') =>
  fact({ type: 'CallAttempted', data: { attemptId: 'a1', n: 1, result } });

describe('a wrong number', () => {
  it('no longer reaches who asked for the call', () =>
    given(requested('c1'))
      .when(attempted('wrong_number'))
      .then({
        category: 'customer',
        id: requester,
        command: { type: 'BounceContactPoint', data: { contactPointId: 'c1', reason: 'wrong_number' } },
      }));
  it('that nobody knows the contact point of says nothing', () =>
    given(requested()).when(attempted('wrong_number')).then());
  it('is something else than a busy line', () => given(requested('c1')).when(attempted('busy')).then());
  it('is forgotten with the callback', () =>
    given(requested('c1'), fact({ type: 'CallbackCancelled', data: { topic: 'invoice' } })).keeps({}));
});
