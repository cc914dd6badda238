import {
  assertNever,
  type Decision,
  defineSlice,
  type Meaning,
  type Meta,
  type Participant,
  reject,
  type Stamped,
} from '#kernel';
import { isEmpty } from '../vocabulary/time-window.js';
import {
  type CallbackCommand,
  type CallbackEvent,
  type CompleteCallback,
  commands,
  events,
  type RecordCallAttempt,
  type RequestCallback,
} from './callback.messages.js';
import { words } from './callback.words.js';

type Callback =
  | { status: 'none' }
  | { status: 'due'; requester: string; topic: string; dueBy: string; attempts: readonly string[] }
  | { status: 'completed' | 'missed' | 'cancelled'; requester: string };

const evolve = (callback: Callback, { type, data }: Stamped<CallbackEvent>): Callback => {
  if (type === 'CallbackRequested') {
    const [dueBy = ''] = data.windows.map(({ to }) => to).sort((a, b) => (a < b ? 1 : -1));
    return { status: 'due', requester: data.requester, topic: data.topic, dueBy, attempts: [] };
  }
  if (callback.status !== 'due') return callback;
  const { requester } = callback;
  switch (type) {
    case 'CallAttempted':
      return { ...callback, attempts: [...callback.attempts, data.attemptId] };
    case 'CallbackCompleted':
      return { status: 'completed', requester };
    case 'CallbackMissed':
      return { status: 'missed', requester };
    case 'CallbackCancelled':
      return { status: 'cancelled', requester };
    default:
      return assertNever(type);
  }
};

const decide = ({ type, data, meta }: Stamped<CallbackCommand>, callback: Callback): Decision<CallbackEvent> => {
  switch (type) {
    case 'RequestCallback':
      return request(callback, data, meta);
    case 'RecordCallAttempt':
      return attempt(callback, data);
    case 'CompleteCallback':
      return complete(callback, data, meta);
    case 'MarkCallbackMissed':
      return miss(callback, meta);
    case 'CancelCallback':
      return cancel(callback, data.reason);
    default:
      return assertNever(type);
  }
};

const request = (callback: Callback, data: RequestCallback, { zone }: Meta): Decision<CallbackEvent> => {
  if (callback.status !== 'none') return callback.requester === data.requester ? [] : reject('callback-id-taken');
  if (data.windows.some(isEmpty)) return reject('window-is-empty');
  return [{ type: 'CallbackRequested', data: { zone, ...data } }];
};

const attempt = (callback: Callback, data: RecordCallAttempt): Decision<CallbackEvent> => {
  if (callback.status !== 'due') return reject('callback-not-due');
  if (callback.attempts.includes(data.attemptId)) return [];
  return [{ type: 'CallAttempted', data: { n: callback.attempts.length + 1, ...data } }];
};

const complete = (callback: Callback, data: CompleteCallback, { occurredAt }: Meta): Decision<CallbackEvent> => {
  if (callback.status === 'completed') return [];
  if (callback.status !== 'due') return reject('callback-not-due');
  if (data.callAgain && isEmpty(data.callAgain)) return reject('window-is-empty');
  const { topic, dueBy } = callback;
  return [{ type: 'CallbackCompleted', data: { topic, late: occurredAt > dueBy, ...data } }];
};

const miss = (callback: Callback, { occurredAt }: Meta): Decision<CallbackEvent> => {
  if (callback.status === 'missed') return [];
  if (callback.status !== 'due') return reject('callback-not-due');
  const { topic, dueBy } = callback;
  if (occurredAt < dueBy) return reject('callback-window-still-open');
  return [{ type: 'CallbackMissed', data: { topic, dueBy } }];
};

const cancel = (callback: Callback, reason?: string): Decision<CallbackEvent> => {
  if (callback.status === 'cancelled') return [];
  if (callback.status !== 'due') return reject('callback-not-due');
  return [{ type: 'CallbackCancelled', data: { topic: callback.topic, ...(reason && { reason }) } }];
};

const participants = (callback: Callback): readonly Participant[] =>
  callback.status === 'none' ? [] : [{ id: callback.requester, role: 'requester' }];

const touchpoint = ({ type, data }: CallbackEvent): Meaning => {
  switch (type) {
    case 'CallbackRequested':
      return { sentiment: 0, summary: 'requested', params: { topic: data.topic } };
    case 'CallAttempted':
      return { sentiment: data.result === 'reached' ? 0 : -1, summary: data.result, params: { n: data.n } };
    case 'CallbackCompleted':
      return data.late ? { sentiment: -1, summary: 'completed-late' } : { sentiment: 1, summary: 'completed' };
    case 'CallbackMissed':
      return { sentiment: -1, summary: 'missed', params: { topic: data.topic } };
    case 'CallbackCancelled':
      return { sentiment: 0, summary: 'cancelled', params: { topic: data.topic } };
    default:
      return assertNever(type);
  }
};

export const callback = defineSlice<CallbackCommand, Callback, CallbackEvent>({
  category: 'callback',
  collection: 'callbacks',
  openings: ['RequestCallback'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  evolve,
  decide,
  participants,
  touchpoint,
  words,
});
