import type { callback } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type CallbackEvent = EventOf<typeof callback>;
type Type = CallbackEvent['type'];
type Fact<T extends Type> = Recorded<Extract<CallbackEvent, { type: T }>>;

export const callbackStatuses = ['due', 'completed', 'missed', 'cancelled'] as const;

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

const requested = ({ data, meta, stream }: Fact<'CallbackRequested'>): CallbackRow => {
  const { windows } = data;
  const dueBy = windows
    .map(({ to }) => to)
    .sort()
    .at(-1) as string;
  return {
    contactPointId: null,
    relatedTo: null,
    note: null,
    attempts: 0,
    lastResult: null,
    late: null,
    outcome: null,
    endedAt: null,
    ...data,
    callbackId: idIn(stream),
    status: 'due',
    dueFrom: windows.map(({ from }) => from).sort()[0] as string,
    dueBy,
    deadline: meta.backfill ? null : dueBy,
    requestedAt: meta.occurredAt,
  };
};

type Changes = {
  [T in Exclude<Type, 'CallbackRequested'>]: (row: CallbackRow, fact: Fact<T>) => Partial<CallbackRow>;
};
const changes: Changes = {
  CallAttempted: (_, { data }) => ({ attempts: data.n, lastResult: data.result }),
  CallbackCompleted: ({ note }, { data, meta }) => ({
    status: 'completed',
    deadline: null,
    late: data.late,
    outcome: data.outcome ?? null,
    note: data.note ?? note,
    endedAt: meta.occurredAt,
  }),
  CallbackMissed: (_, { meta }) => ({ status: 'missed', deadline: null, endedAt: meta.occurredAt }),
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
    says: ({ callbackId: id }) => ({ category: 'callback', id, command: { type: 'MarkCallbackMissed', data: {} } }),
  },
});
