import { at, specification } from '#testing';
import { callback } from './callback.decider.js';
import type { CallbackCommand, CallbackEvent } from './callback.messages.js';

const { given, tells } = specification(callback);

describe('a callback', () => {
  it('is due once requested', () => given().when(request).then(requested));
  it('requested again is requested once', () => given(requested).when(request).thenNothing());
  it('concerns who asked for it', () => given(requested, attempted).concerns({ id: requester, role: 'requester' }));
  it('still concerns them when it is over', () =>
    given(requested, missed).concerns({ id: requester, role: 'requester' }));
  it('belongs to one customer', () => given(requested).when(requestByAnother).thenRejected('callback-id-taken'));
  it('needs a window', () => given().when(requestWithoutTime).thenRejected('window-is-empty'));
  it('counts our attempts', () => given(requested, attempted).when(attemptAgain).then(attemptedAgain));
  it('knows an attempt by its id', () => given(requested, attempted).when(attempt).thenNothing());
  it('completed in its window is in time', () => given(requested).when(at(window.to, complete)).then(completed));
  it('completed after its window is late', () => given(requested).when(at(noon, complete)).then(completedLate));
  it('completed twice is completed once', () => given(requested, completed).when(complete).thenNothing());
  it('may end in a promise', () => given(requested).when(promise).then(promised));
  it('promises a window', () => given(requested).when(promiseWithoutTime).thenRejected('window-is-empty'));
  it('is not completed before it is requested', () => given().when(complete).thenRejected('callback-not-due'));
  it('is missed when its window has passed', () => given(requested).when(at(noon, miss)).then(missed));
  it('is not missed while its window is open', () =>
    given(requested).when(miss).thenRejected('callback-window-still-open'));
  it('missed is not called any more', () => given(requested, missed).when(attempt).thenRejected('callback-not-due'));
  it('missed twice is missed once', () => given(requested, missed).when(at(noon, miss)).thenNothing());
  it('can be cancelled', () => given(requested).when(cancel).then(cancelled));
  it('completed is not cancelled', () => given(requested, completed).when(cancel).thenRejected('callback-not-due'));
  it('tells its story', () => {
    tells(requested, 'Asked to be called back about invoice');
    tells(attempted, 'We called, nobody answered (attempt 1)');
    tells(completed, 'Called back in time');
    tells(completedLate, 'Called back late');
    tells(missed, 'We missed the callback about invoice');
    tells(cancelled, 'The callback about invoice was cancelled');
  });
});

const noon = '2026-03-01T12:00:00.000Z';
const requester = '01900000-0000-7000-8000-0000000000c1';
const another = '01900000-0000-7000-8000-0000000000c2';
const topic = 'invoice';
const window = { from: '2026-03-01T09:00:00.000Z', to: '2026-03-01T11:00:00.000Z' };
const callAgain = { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T11:00:00.000Z' };
const empty = { from: window.to, to: window.to };
const asked = { requester, topic, windows: [window], note: 'ring twice' };

const request: CallbackCommand = { type: 'RequestCallback', data: asked };
const requestByAnother: CallbackCommand = { type: 'RequestCallback', data: { ...asked, requester: another } };
const requestWithoutTime: CallbackCommand = { type: 'RequestCallback', data: { ...asked, windows: [empty] } };
const attempt: CallbackCommand = { type: 'RecordCallAttempt', data: { attemptId: 'a1', result: 'no_answer' } };
const attemptAgain: CallbackCommand = { type: 'RecordCallAttempt', data: { attemptId: 'a2', result: 'busy' } };
const complete: CallbackCommand = { type: 'CompleteCallback', data: {} };
const promise: CallbackCommand = { type: 'CompleteCallback', data: { callAgain } };
const promiseWithoutTime: CallbackCommand = { type: 'CompleteCallback', data: { callAgain: empty } };
const miss: CallbackCommand = { type: 'MarkCallbackMissed', data: {} };
const cancel: CallbackCommand = { type: 'CancelCallback', data: { reason: 'solved' } };

const requested: CallbackEvent = { type: 'CallbackRequested', data: { ...asked, zone: 'UTC' } };
const attempted: CallbackEvent = { type: 'CallAttempted', data: { attemptId: 'a1', n: 1, result: 'no_answer' } };
const attemptedAgain: CallbackEvent = { type: 'CallAttempted', data: { attemptId: 'a2', n: 2, result: 'busy' } };
const completed: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: false } };
const completedLate: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: true } };
const promised: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: false, callAgain } };
const missed: CallbackEvent = { type: 'CallbackMissed', data: { topic, dueBy: window.to } };
const cancelled: CallbackEvent = { type: 'CallbackCancelled', data: { topic, reason: 'solved' } };
