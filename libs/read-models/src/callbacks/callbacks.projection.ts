import type { callback } from '#domain';
import { defineProjection, type EventOf, idIn, type Meta, type Personal, perStream, type Recorded } from '#kernel';

type CallbackEvent = EventOf<typeof callback>;
type Type = CallbackEvent['type'];
type Fact<T extends Type> = Recorded<Extract<CallbackEvent, { type: T }>>;

export const callbackStatuses = ['due', 'completed', 'missed', 'expired', 'cancelled'] as const;

export type CallbackRow = Readonly<{
  callbackId: string;
  status: (typeof callbackStatuses)[number];
  requester: string;
  topic: string;
  windows: Fact<'CallbackRequested'>['data']['windows'];
  /** The first and the last instant at which they want to be called, and their zone. */
  dueFrom: string;
  dueBy: string;
  /** The instant at which something is to be said about it; null: nothing is. */
  deadline: string | null;
  zone: string;
  contactPointId: string | null;
  relatedTo: string | null;
  note: Personal<string> | null;
  attempts: number;
  lastResult: string | null;
  late: boolean | null;
  outcome: string | null;
  requestedAt: string;
  endedAt: string | null;
}>;

type Promised = Pick<Fact<'CallbackRequested'>['data'], 'windows' | 'zone'>;

const promised = ({ windows, zone }: Promised, { backfill }: Meta) => {
  const dueBy = windows
    .map(({ to }) => to)
    .sort()
    .at(-1) as string;
  return {
    status: 'due' as const,
    windows,
    zone,
    dueFrom: windows.map(({ from }) => from).sort()[0] as string,
    dueBy,
    deadline: backfill ? null : dueBy,
    endedAt: null,
  };
};

const requested = ({ data, meta, stream }: Fact<'CallbackRequested'>): CallbackRow => ({
  contactPointId: null,
  relatedTo: null,
  note: null,
  attempts: 0,
  lastResult: null,
  late: null,
  outcome: null,
  ...data,
  callbackId: idIn(stream),
  ...promised(data, meta),
  requestedAt: meta.occurredAt,
});

type Changes = {
  [T in Exclude<Type, 'CallbackRequested'>]: (row: CallbackRow, fact: Fact<T>) => Partial<CallbackRow>;
};
const changes: Changes = {
  // Whom we reached we did not miss.
  CallAttempted: ({ deadline }, { data }) => ({
    attempts: data.n,
    lastResult: data.result,
    deadline: data.result === 'reached' ? null : deadline,
  }),
  CallbackRescheduled: (_, { data, meta }) => promised(data, meta),
  CallbackCompleted: ({ note }, { data, meta }) => ({
    status: 'completed',
    deadline: null,
    late: data.late,
    outcome: data.outcome ?? null,
    note: data.note ?? note,
    endedAt: meta.occurredAt,
  }),
  CallbackMissed: (_, { data, meta }) => ({
    status: 'missed',
    deadline: meta.backfill ? null : (data.expiresAt ?? null),
    endedAt: meta.occurredAt,
  }),
  CallbackExpired: (_, { meta }) => ({ status: 'expired', deadline: null, endedAt: meta.occurredAt }),
  CallbackCancelled: (_, { meta }) => ({ status: 'cancelled', deadline: null, endedAt: meta.occurredAt }),
};

/** Every callback that was asked for, and what became of it. */
export const callbacks = defineProjection<CallbackRow, CallbackEvent>({
  name: 'callbacks',
  version: 2,
  hears: ['CallbackRequested', ...(Object.keys(changes) as (keyof Changes)[])],
  keys: perStream,
  fold: (row, fact) => {
    if (fact.type === 'CallbackRequested') return requested(fact);
    const change = changes[fact.type] as (row: CallbackRow, fact: Recorded<CallbackEvent>) => Partial<CallbackRow>;
    return row && { ...row, ...change(row, fact) };
  },
  deadline: {
    at: 'deadline',
    says: ({ callbackId: id, status }) => {
      const type = status === 'missed' ? 'ExpireCallback' : 'MarkCallbackMissed';
      return { category: 'callback', id, command: { type, data: {} } };
    },
  },
});
