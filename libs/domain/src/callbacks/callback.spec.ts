import type { Stamped } from '#kernel';
import { at, someCompany, someMeta, specification } from '#testing';
import { defaultPolicies } from '../policies/defaults.js';
import { callback } from './callback.decider.js';
import type { CallbackCommand, CallbackEvent, CallbackRules, RecordCallAttempt } from './callback.messages.js';

const rules = defaultPolicies({ zone: 'UTC' }).find(({ kind }) => kind === 'callback')?.body as CallbackRules;
const policies = { company: someCompany, rules: { ref: 'callback.default@1', body: rules } };
const { given, tells } = specification(callback, policies);

/** A call of ours, or of theirs, at that time. */
const calls = (id: string, when: string, more: Partial<RecordCallAttempt> = {}): Stamped<CallbackCommand> =>
  at(when, { type: 'RecordCallAttempt', data: { attemptId: id, result: 'no_answer', ...more } });
const called = (id: string, when: string, more: Partial<RecordCallAttempt> = {}): Stamped<CallbackEvent> =>
  at(when, { type: 'CallAttempted', data: { attemptId: id, n: 1, result: 'no_answer', ...more } });

describe('the promise of a call', () => {
  const wants = (from: string, to: string, more: object = {}): CallbackCommand => ({
    type: 'RequestCallback',
    data: { ...asked, windows: [{ from, to }], ...more },
  });
  it('is not of a time that is over', () =>
    given()
      .when(at(noon, wants(window.from, noon)))
      .thenRejected('window-in-the-past'));
  it('is not of a night', () =>
    given().when(wants('2026-03-01T21:00:00.000Z', '2026-03-02T08:30:00.000Z')).thenRejected('window-in-quiet-hours'));
  it('is not of a night where the customer is', () => {
    given()
      .when(wants('2026-03-01T14:00:00.000Z', '2026-03-01T16:00:00.000Z', { zone: 'Asia/Shanghai' }))
      .thenRejected('window-in-quiet-hours');
    given()
      .when(wants('2026-03-01T14:00:00.000Z', '2026-03-01T16:00:00.000Z', { zone: 'Europe/London' }))
      .then({
        type: 'CallbackRequested',
        data: {
          ...asked,
          windows: [{ from: '2026-03-01T14:00:00.000Z', to: '2026-03-01T16:00:00.000Z' }],
          zone: 'Europe/London',
        },
      });
  });
  it('may begin or end at night: they asked for it', () => {
    const windows = [{ from: '2026-03-01T20:30:00.000Z', to: '2026-03-01T22:00:00.000Z' }];
    given()
      .when({ type: 'RequestCallback', data: { ...asked, windows } })
      .then({ type: 'CallbackRequested', data: { ...asked, windows, zone: 'UTC' } });
  });
  it('of history is kept as it was', () => {
    const old = { from: '2025-03-01T22:00:00.000Z', to: '2025-03-01T23:00:00.000Z' };
    const command: CallbackCommand = { type: 'RequestCallback', data: { ...asked, windows: [old] } };
    given()
      .when({ ...command, meta: { ...someMeta, backfill: true } })
      .then({ type: 'CallbackRequested', data: { ...asked, windows: [old], zone: 'UTC' } });
  });
  it('over the hour that clocks jump is as long as it is', () => {
    const windows = [{ from: '2026-03-29T00:30:00.000Z', to: '2026-03-29T07:31:00.000Z' }]; // 00:30 to 08:31 in London
    given()
      .when({ type: 'RequestCallback', data: { ...asked, windows, zone: 'Europe/London' } })
      .then({ type: 'CallbackRequested', data: { ...asked, windows, zone: 'Europe/London' } });
  });
  it('can be moved, and its window with it', () => {
    given(requested).when(reschedule).then(rescheduled);
    given(requested, rescheduled).when(at(noon, miss)).thenRejected('callback-window-still-open');
    given(requested, missed, rescheduled)
      .when(at(callAgain.to, miss))
      .then({ type: 'CallbackMissed', data: { topic, dueBy: callAgain.to, expiresAt: '2026-03-05T11:00:00.000Z' } });
  });
  it('is not moved to where it cannot be kept, nor once it is over', () => {
    given(requested).when(at('2026-03-03T00:00:00.000Z', reschedule)).thenRejected('window-in-the-past');
    given(requested, completed).when(reschedule).thenRejected('callback-not-due');
  });
  it('R-40: is broken at an instant, in whatever zone somebody looks', () => {
    const seenFrom = (zone: string, when: string): Stamped<CallbackCommand> => ({
      ...miss,
      meta: { ...someMeta, zone, occurredAt: when },
    });
    for (const zone of ['UTC', 'Asia/Shanghai', 'America/New_York', 'Pacific/Kiritimati']) {
      given(requested).when(seenFrom(zone, window.to)).then(missed);
      given(requested).when(seenFrom(zone, '2026-03-01T10:59:59.999Z')).thenRejected('callback-window-still-open');
    }
  });
});

describe('our calls', () => {
  const nextAt = (when: string) => ({ nextAt: when });
  it('are four hours apart', () =>
    given(requested, called('a1', '2026-03-01T09:00:00.000Z'))
      .when(calls('a2', '2026-03-01T12:59:59.999Z'))
      .thenRejected('call-too-soon', nextAt('2026-03-01T13:00:00.000Z')));
  it('are two a day at most, of the customer’s days', () => {
    const twice = [called('a1', '2026-03-01T09:00:00.000Z'), called('a2', '2026-03-01T13:00:00.000Z')];
    given(requested, ...twice)
      .when(calls('a3', '2026-03-01T18:00:00.000Z'))
      .thenRejected('call-too-soon', nextAt('2026-03-02T08:30:00.000Z'));
    const inShanghai: CallbackEvent = { type: 'CallbackRequested', data: { ...asked, zone: 'Asia/Shanghai' } };
    given(inShanghai, called('a1', '2026-03-01T01:00:00.000Z'), called('a2', '2026-03-01T06:00:00.000Z'))
      .when(calls('a3', '2026-03-01T11:00:00.000Z'))
      .thenRejected('call-too-soon', nextAt('2026-03-02T00:30:00.000Z'));
  });
  it('are not at night, unless they asked for that', () => {
    given(requested)
      .when(calls('a1', '2026-03-01T21:00:00.000Z'))
      .thenRejected('call-in-quiet-hours', nextAt('2026-03-02T08:30:00.000Z'));
    const windows = [{ from: '2026-03-01T20:30:00.000Z', to: '2026-03-01T22:00:00.000Z' }];
    given({ type: 'CallbackRequested', data: { ...asked, windows, zone: 'UTC' } })
      .when(calls('a1', '2026-03-01T21:30:00.000Z'))
      .then({ type: 'CallAttempted', data: { attemptId: 'a1', n: 1, result: 'no_answer' } });
    given({ type: 'CallbackRequested', data: { ...asked, windows, kind: 'post_service', zone: 'UTC' } })
      .when(calls('a1', '2026-03-01T21:30:00.000Z'))
      .thenRejected('call-in-quiet-hours', nextAt('2026-03-02T08:30:00.000Z'));
  });
  it('are of no matter when they reach us, and not counted', () => {
    const theirs = called('a1', '2026-03-01T09:00:00.000Z', { theyCalled: true });
    given(requested, theirs)
      .when(calls('a2', '2026-03-01T09:01:00.000Z'))
      .then({ type: 'CallAttempted', data: { attemptId: 'a2', n: 2, result: 'no_answer' } });
    given(requested, called('a1', '2026-03-01T21:00:00.000Z'))
      .when(calls('a2', '2026-03-01T23:00:00.000Z', { result: 'reached', theyCalled: true }))
      .then({ type: 'CallAttempted', data: { attemptId: 'a2', n: 2, result: 'reached', theyCalled: true } });
  });
  it('end with the third that does not reach them', () => {
    const twice = [called('a1', '2026-03-01T09:00:00.000Z'), called('a2', '2026-03-01T13:00:00.000Z')];
    const third = '2026-03-02T09:00:00.000Z';
    given(requested, ...twice, missed)
      .when(calls('a3', third))
      .then(
        { type: 'CallAttempted', data: { attemptId: 'a3', n: 3, result: 'no_answer' } },
        { type: 'CallbackExpired', data: { topic, reason: 'attempts_used_up' } },
      );
    given(requested, ...twice, missed)
      .when(calls('a3', third, { result: 'reached' }))
      .then({ type: 'CallAttempted', data: { attemptId: 'a3', n: 3, result: 'reached' } });
    given(requested, ...twice, rescheduled)
      .when(calls('a3', third))
      .then({ type: 'CallAttempted', data: { attemptId: 'a3', n: 3, result: 'no_answer' } });
  });
});

describe('a missed call', () => {
  it('may be made good', () => {
    given(requested, missed).when(at(noon, attempt)).then(attempted);
    given(requested, missed).when(at(noon, complete)).then(completedLate);
    given(requested, missed).when(cancel).then(cancelled);
  });
  it('expires when nobody did', () => {
    given(requested, missed).when(at('2026-03-04T11:00:00.000Z', expire)).then(expired);
    given(requested, missed)
      .when(at('2026-03-04T10:59:59.999Z', expire))
      .thenRejected('callback-may-still-be-made-good');
    given(requested).when(at('2026-03-04T11:00:00.000Z', expire)).thenRejected('callback-not-missed');
    given(requested, missed, rescheduled)
      .when(at('2026-03-04T11:00:00.000Z', expire))
      .thenRejected('callback-not-missed');
  });
  it('of before there was an end to it has none', () =>
    given(requested, { type: 'CallbackMissed', data: { topic, dueBy: window.to } })
      .when(at('2030-03-04T11:00:00.000Z', expire))
      .thenRejected('callback-may-still-be-made-good'));
  it('that has expired is over', () => {
    for (const command of [reschedule, complete, cancel, attempt])
      given(requested, missed, expired).when(command).thenRejected('callback-not-due');
  });
});

describe('a callback', () => {
  it('is due once requested', () => given().when(request).then(requested));
  it('requested again is requested once', () => given(requested).when(request).thenNothing());
  it('concerns who asked for it', () => given(requested, attempted).concerns({ id: requester, role: 'requester' }));
  it('still concerns them when it is over', () =>
    given(requested, missed).concerns({ id: requester, role: 'requester' }));
  it('belongs to one customer', () => given(requested).when(requestByAnother).thenRejected('callback-id-taken'));
  it('may be a follow-up of ours', () => given().when(followUp).then(followUpRequested));
  it('needs a window', () => given().when(requestWithoutTime).thenRejected('window-is-empty'));
  it('counts our attempts', () =>
    given(requested, attempted).when(at('2026-03-01T13:00:00.000Z', attemptAgain)).then(attemptedAgain));
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
  it('missed twice is missed once', () => given(requested, missed).when(at(noon, miss)).thenNothing());
  it('can be cancelled', () => given(requested).when(cancel).then(cancelled));
  it('completed is not cancelled', () => given(requested, completed).when(cancel).thenRejected('callback-not-due'));
  it('tells its story', () => {
    tells(requested, 'Asked to be called back about invoice');
    tells(followUpRequested, 'We will call them about invoice');
    tells(attempted, 'We called, nobody answered (attempt 1)');
    tells(completed, 'Called back in time');
    tells(completedLate, 'Called back late');
    tells(missed, 'We missed the callback about invoice');
    tells(expired, 'The missed callback about invoice was never made good');
    tells(
      { type: 'CallbackExpired', data: { topic, reason: 'attempts_used_up' } },
      'We could not reach them about invoice and gave up',
    );
    tells(rescheduled, 'The callback about invoice was moved');
    tells(
      { type: 'CallAttempted', data: { attemptId: 'a', n: 2, result: 'reached', theyCalled: true } },
      'They called us',
    );
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
const followUp: CallbackCommand = { type: 'RequestCallback', data: { ...asked, kind: 'post_service' } };
const attempt: CallbackCommand = { type: 'RecordCallAttempt', data: { attemptId: 'a1', result: 'no_answer' } };
const attemptAgain: CallbackCommand = { type: 'RecordCallAttempt', data: { attemptId: 'a2', result: 'busy' } };
const complete: CallbackCommand = { type: 'CompleteCallback', data: {} };
const promise: CallbackCommand = { type: 'CompleteCallback', data: { callAgain } };
const promiseWithoutTime: CallbackCommand = { type: 'CompleteCallback', data: { callAgain: empty } };
const reschedule: CallbackCommand = { type: 'RescheduleCallback', data: { windows: [callAgain] } };
const expire: CallbackCommand = { type: 'ExpireCallback', data: {} };
const miss: CallbackCommand = { type: 'MarkCallbackMissed', data: {} };
const cancel: CallbackCommand = { type: 'CancelCallback', data: { reason: 'solved' } };

const requested: CallbackEvent = { type: 'CallbackRequested', data: { ...asked, zone: 'UTC' } };
const followUpRequested: CallbackEvent = {
  type: 'CallbackRequested',
  data: { ...asked, kind: 'post_service', zone: 'UTC' },
};
const attempted: CallbackEvent = { type: 'CallAttempted', data: { attemptId: 'a1', n: 1, result: 'no_answer' } };
const attemptedAgain: CallbackEvent = { type: 'CallAttempted', data: { attemptId: 'a2', n: 2, result: 'busy' } };
const completed: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: false } };
const completedLate: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: true } };
const promised: CallbackEvent = { type: 'CallbackCompleted', data: { topic, late: false, callAgain } };
const missed: CallbackEvent = {
  type: 'CallbackMissed',
  data: { topic, dueBy: window.to, expiresAt: '2026-03-04T11:00:00.000Z' },
};
const expired: CallbackEvent = { type: 'CallbackExpired', data: { topic, reason: 'time_passed' } };
const rescheduled: CallbackEvent = { type: 'CallbackRescheduled', data: { topic, windows: [callAgain], zone: 'UTC' } };
const cancelled: CallbackEvent = { type: 'CallbackCancelled', data: { topic, reason: 'solved' } };
