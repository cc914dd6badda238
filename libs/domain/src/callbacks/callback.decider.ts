import {
  assertNever,
  type Decision,
  defineSlice,
  laterBy,
  type Meaning,
  type Meta,
  type Participant,
  type Policies,
  type Policy,
  reject,
  type Stamped,
} from '#kernel';
import { isSame } from '../vocabulary/same.js';
import { isEmpty, type TimeWindow } from '../vocabulary/time-window.js';
import {
  type CallAttempted,
  type CallbackCommand,
  type CallbackEvent,
  type CallbackRules,
  type CompleteCallback,
  commands,
  events,
  type RecordCallAttempt,
  type RequestCallback,
  type RescheduleCallback,
} from './callback.messages.js';
import { words } from './callback.words.js';
import { callRefused, HOUR_MS, windowsRefused } from './calling.rules.js';

type CallbackPolicies = { rules?: Policy<CallbackRules> };
type Rules = Policies<CallbackPolicies>;

type Attempt = Readonly<{ id: string; at: string; isOurs: boolean }>;
type Promised = Readonly<{
  status: 'due' | 'missed' | 'completed' | 'cancelled' | 'expired';
  requester: string;
  topic: string;
  /** Nobody asked for it: a window is no leave to call at night. */
  isFollowUp: boolean;
  windows: readonly TimeWindow[];
  zone: string;
  dueBy: string;
  attempts: readonly Attempt[];
  /** Attempts of ours since the last promise. */
  used: number;
  expiresAt?: string | undefined;
}>;
type Callback = Readonly<{ status: 'none' }> | Promised;

const evolve = (callback: Callback, { type, data, meta }: Stamped<CallbackEvent>): Callback => {
  if (type === 'CallbackRequested') {
    const { requester, topic } = data;
    return { status: 'due', requester, topic, isFollowUp: isOurs(data), attempts: [], ...promised(data) };
  }
  if (callback.status === 'none' || !isOpen(callback)) return callback;
  switch (type) {
    case 'CallAttempted':
      return attempted(callback, data, meta);
    case 'CallbackRescheduled':
      return { ...callback, status: 'due', isFollowUp: false, ...promised(data), expiresAt: undefined };
    case 'CallbackCompleted':
      return { ...callback, status: 'completed' };
    case 'CallbackMissed':
      return { ...callback, status: 'missed', expiresAt: data.expiresAt };
    case 'CallbackExpired':
      return { ...callback, status: 'expired' };
    case 'CallbackCancelled':
      return { ...callback, status: 'cancelled' };
    default:
      return assertNever(type);
  }
};

/** A missed call may be made good. */
const isOpen = ({ status }: Promised): boolean => status === 'due' || status === 'missed';

const promised = ({ windows, zone }: Pick<Promised, 'windows' | 'zone'>) => ({
  windows,
  zone,
  dueBy: windows
    .map(({ to }) => to)
    .sort()
    .at(-1) as string,
  used: 0,
});

const attempted = (callback: Promised, data: CallAttempted, { occurredAt }: Meta): Promised => {
  const { attemptId: id, startedAt: at = occurredAt, theyCalled = false } = data;
  const attempt = { id, at, isOurs: !theyCalled };
  return { ...callback, attempts: [...callback.attempts, attempt], used: callback.used + Number(!theyCalled) };
};

const decide = (
  { type, data, meta }: Stamped<CallbackCommand>,
  callback: Callback,
  policies: Rules,
): Decision<CallbackEvent> => {
  if (type === 'RequestCallback') return request(callback, data, meta, policies);
  if (callback.status === 'none') return reject('callback-not-due');
  switch (type) {
    case 'RecordCallAttempt':
      return attempt(callback, data, meta, policies);
    case 'RescheduleCallback':
      return reschedule(callback, data, meta, policies);
    case 'CompleteCallback':
      return complete(callback, data, meta, policies);
    case 'MarkCallbackMissed':
      return miss(callback, meta, policies);
    case 'ExpireCallback':
      return expire(callback, meta);
    case 'CancelCallback':
      return cancel(callback, data.reason);
    default:
      return assertNever(type);
  }
};

/** What history promised is not judged by the rules of now. */
const refusedNow = (windows: readonly TimeWindow[], zone: string, meta: Meta, { rules }: Rules) => {
  if (meta.backfill) return windows.some(isEmpty) ? reject('window-is-empty') : undefined;
  return windowsRefused(windows, { at: meta.occurredAt, zone, rules: rules?.body });
};

const request = (callback: Callback, data: RequestCallback, meta: Meta, policies: Rules): Decision<CallbackEvent> => {
  if (callback.status !== 'none') return callback.requester === data.requester ? [] : reject('callback-id-taken');
  const said = { zone: meta.zone, ...data };
  return refusedNow(said.windows, said.zone, meta, policies) ?? [{ type: 'CallbackRequested', data: said }];
};

const attempt = (
  callback: Promised,
  data: RecordCallAttempt,
  { occurredAt, backfill }: Meta,
  { rules }: Rules,
): Decision<CallbackEvent> => {
  if (callback.attempts.some(({ id }) => id === data.attemptId)) return [];
  if (!isOpen(callback)) return reject('callback-not-due');
  const { attempts, topic, zone, used } = callback;
  const windows = callback.isFollowUp ? [] : callback.windows;
  const said: CallbackEvent = { type: 'CallAttempted', data: { n: attempts.length + 1, ...data } };
  if (data.theyCalled || backfill || !rules) return [said];
  const calls = attempts.filter(({ isOurs }) => isOurs).map(({ at }) => at);
  const refused = callRefused(data.startedAt ?? occurredAt, { zone, windows, calls }, rules.body);
  if (refused) return refused;
  const isLast = data.result !== 'reached' && used + 1 >= rules.body.maxAttempts;
  return isLast ? [said, { type: 'CallbackExpired', data: { topic, reason: 'attempts_used_up' } }] : [said];
};

const reschedule = (
  callback: Promised,
  data: RescheduleCallback,
  meta: Meta,
  policies: Rules,
): Decision<CallbackEvent> => {
  if (!isOpen(callback)) return reject('callback-not-due');
  const { topic } = callback;
  const said = { zone: callback.zone, ...data };
  if (callback.status === 'due' && said.zone === callback.zone && isSame(said.windows, callback.windows)) return [];
  const refused = refusedNow(said.windows, said.zone, meta, policies);
  return refused ?? [{ type: 'CallbackRescheduled', data: { topic, ...said } }];
};

const complete = (callback: Promised, data: CompleteCallback, meta: Meta, policies: Rules): Decision<CallbackEvent> => {
  if (callback.status === 'completed') return [];
  if (!isOpen(callback)) return reject('callback-not-due');
  const { topic, dueBy, zone } = callback;
  const refused = data.callAgain && refusedNow([data.callAgain], zone, meta, policies);
  return refused ?? [{ type: 'CallbackCompleted', data: { topic, late: meta.occurredAt > dueBy, ...data } }];
};

const miss = (callback: Promised, { occurredAt }: Meta, { rules }: Rules): Decision<CallbackEvent> => {
  if (callback.status === 'missed') return [];
  if (callback.status !== 'due') return reject('callback-not-due');
  const { topic, dueBy } = callback;
  if (occurredAt < dueBy) return reject('callback-window-still-open');
  const expiry = rules && { expiresAt: laterBy(rules.body.expiryHours * HOUR_MS, dueBy) };
  return [{ type: 'CallbackMissed', data: { topic, dueBy, ...expiry } }];
};

const expire = ({ status, topic, expiresAt }: Promised, { occurredAt }: Meta): Decision<CallbackEvent> => {
  if (status === 'expired') return [];
  if (status !== 'missed') return reject('callback-not-missed');
  if (expiresAt === undefined || occurredAt < expiresAt) return reject('callback-may-still-be-made-good');
  return [{ type: 'CallbackExpired', data: { topic, reason: 'time_passed' } }];
};

const cancel = (callback: Promised, reason?: string): Decision<CallbackEvent> => {
  if (callback.status === 'cancelled') return [];
  if (!isOpen(callback)) return reject('callback-not-due');
  return [{ type: 'CallbackCancelled', data: { topic: callback.topic, ...(reason && { reason }) } }];
};

/** Whatever promises a window, or calls. */
const needs = ({ type }: CallbackCommand): { rules?: string } =>
  type === 'ExpireCallback' || type === 'CancelCallback' ? {} : { rules: 'callback.default' };

const participants = (callback: Callback): readonly Participant[] =>
  callback.status === 'none' ? [] : [{ id: callback.requester, role: 'requester' }];

/** A follow-up: nobody asked for it. */
const isOurs = ({ kind = 'customer' }: Pick<RequestCallback, 'kind'>): boolean => kind !== 'customer';

const touchpoint = ({ type, data }: CallbackEvent): Meaning => {
  switch (type) {
    case 'CallbackRequested':
      return { sentiment: 0, summary: isOurs(data) ? 'follow-up' : 'requested', params: { topic: data.topic } };
    case 'CallAttempted':
      if (data.theyCalled) return { sentiment: 0, summary: 'they_called' };
      return { sentiment: data.result === 'reached' ? 0 : -1, summary: data.result, params: { n: data.n } };
    case 'CallbackRescheduled':
      return { sentiment: 0, summary: 'rescheduled', params: { topic: data.topic } };
    case 'CallbackCompleted':
      return data.late ? { sentiment: -1, summary: 'completed-late' } : { sentiment: 1, summary: 'completed' };
    case 'CallbackMissed':
      return { sentiment: -1, summary: 'missed', params: { topic: data.topic } };
    case 'CallbackExpired':
      return { sentiment: -1, summary: `expired-${data.reason}`, params: { topic: data.topic } };
    case 'CallbackCancelled':
      return { sentiment: 0, summary: 'cancelled', params: { topic: data.topic } };
    default:
      return assertNever(type);
  }
};

export const callback = defineSlice<CallbackCommand, Callback, CallbackEvent, CallbackPolicies>({
  category: 'callback',
  collection: 'callbacks',
  openings: ['RequestCallback'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  evolve,
  decide,
  needs,
  participants,
  touchpoint,
  words,
});
