import type { callback } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { callbacks } from './callbacks.projection.js';

type CallbackEvent = EventOf<typeof callback>;
const { given } = view(callbacks);
const callbackAfter = (...events: readonly CallbackEvent[]) => ({
  is: (expected: object) =>
    given({ stream: 'callback-1', events: [requested, ...events].map((event) => at(noon, event)) }).thenRow(
      '1',
      expected,
    ),
});

describe('a callback', () => {
  it('is due from the first window to the end of the last', () =>
    callbackAfter().is({
      callbackId: '1',
      status: 'due',
      requester: 'ann',
      dueFrom: window.from,
      dueBy: evening.to,
      attempts: 0,
      note: 'ring twice',
    }));
  it('has a deadline while a window or a miss is open', () => {
    callbackAfter().is({ deadline: evening.to });
    callbackAfter(missed).is({ deadline: missed.data.expiresAt });
    callbackAfter(missed, moved).is({
      status: 'due',
      dueFrom: later.from,
      dueBy: later.to,
      deadline: later.to,
      endedAt: null,
    });
    callbackAfter({ type: 'CallAttempted', data: { attemptId: 'a', n: 1, result: 'reached' } }).is({ deadline: null });
    const [history] = [{ ...at(noon, requested), meta: { ...at(noon, requested).meta, backfill: true as const } }];
    given({ stream: 'callback-1', events: [history] }).thenRow('1', { status: 'due', deadline: null });
  });
  it('says what its deadline is about', () => {
    const says = (status: 'due' | 'missed') => callbacks.deadline?.says({ callbackId: '1', status } as never);
    expect(says('due')).toEqual({ category: 'callback', id: '1', command: { type: 'MarkCallbackMissed', data: {} } });
    expect(says('missed')).toEqual({ category: 'callback', id: '1', command: { type: 'ExpireCallback', data: {} } });
  });
  it('counts attempts', () =>
    callbackAfter({ type: 'CallAttempted', data: { attemptId: 'a', n: 1, result: 'busy' } }).is({
      attempts: 1,
      lastResult: 'busy',
      status: 'due',
    }));
  it('ends', () => {
    callbackAfter({ type: 'CallbackCompleted', data: { topic: 'bill', late: true } }).is({
      status: 'completed',
      late: true,
      note: 'ring twice',
      endedAt: noon,
    });
    callbackAfter(missed).is({ status: 'missed' });
    callbackAfter(missed, { type: 'CallbackExpired', data: { topic: 'bill', reason: 'time_passed' } }).is({
      status: 'expired',
      deadline: null,
    });
    callbackAfter({ type: 'CallbackCancelled', data: { topic: 'bill' } }).is({ status: 'cancelled' });
  });
});

const noon = '2026-03-01T12:00:00.000Z';
const window = { from: '2026-03-01T09:00:00.000Z', to: '2026-03-01T11:00:00.000Z' };
const evening = { from: '2026-03-01T18:00:00.000Z', to: '2026-03-01T19:00:00.000Z' };
const later = { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T11:00:00.000Z' };
const missed = {
  type: 'CallbackMissed',
  data: { topic: 'bill', dueBy: evening.to, expiresAt: '2026-03-04T19:00:00.000Z' },
} as const;
const moved: CallbackEvent = { type: 'CallbackRescheduled', data: { topic: 'bill', windows: [later], zone: 'UTC' } };
const requested: CallbackEvent = {
  type: 'CallbackRequested',
  data: { requester: 'ann', topic: 'bill', windows: [evening, window], zone: 'UTC', note: 'ring twice' },
};
