import { customerAs, type Event, idIn, laterBy, type Memory, type Recorded } from '#kernel';
import type { CallbackCommand, CallbackEvent, CallbackKind } from '../callbacks/callback.messages.js';

const HOUR_MS = 3_600_000;

/** The follow-ups of one kind that somebody is owed: those that are due, and until when one that was asked for may come. */
export type FollowUps = Readonly<{ due: readonly string[]; awaitedUntil: string | null }>;

/** What becomes of callbacks. */
export const callbackEvents = [
  'CallbackRequested',
  'CallbackCompleted',
  'CallbackMissed',
  'CallbackExpired',
  'CallbackCancelled',
] as const satisfies readonly CallbackEvent['type'][];

/** Who is to be called, and by when; null: nobody. */
export type Owed = Readonly<{ party: string; dueBy: string }> | null;

/** What is owed because of a fact, in so many hours from when it happened; nothing when we heard of it too late. */
export const owedWithin = (hours: number, party: string | undefined, { meta, recordedAt }: Recorded): Owed => {
  const dueBy = laterBy(hours * HOUR_MS, meta.occurredAt);
  return party !== undefined && dueBy > recordedAt ? { party, dueBy } : null;
};

/** Remembers for each party the follow-ups of a kind, so that one is open at a time. */
export const openFollowUps = <E extends Event>(
  kind: CallbackKind,
  owed: (fact: Recorded<E>) => Owed,
): Memory<E | CallbackEvent, FollowUps> => ({
  version: 1,
  initial: { due: [], awaitedUntil: null },
  keys: (fact) => {
    const party = isOfCallback(fact) ? customerAs('requester', fact) : owed(fact as Recorded<E>)?.party;
    return party === undefined ? [] : [party];
  },
  evolve: (state, fact) => {
    if (isOfCallback(fact)) return withCallback(state, fact, kind);
    const { dueBy } = owed(fact as Recorded<E>) ?? {};
    return dueBy === undefined || isOpen(state, fact) ? state : { ...state, awaitedUntil: dueBy };
  },
});

/** Whether a follow-up is due already, or asked for a moment ago. */
export const isOpen = ({ due, awaitedUntil }: FollowUps, { meta }: Recorded): boolean =>
  due.length > 0 || (awaitedUntil !== null && awaitedUntil > meta.occurredAt);

/** The call that is owed. */
export const followUp = (
  { party, dueBy }: NonNullable<Owed>,
  { stream, meta }: Recorded,
  { kind, topic }: Readonly<{ kind: CallbackKind; topic: string }>,
) => {
  const windows = [{ from: meta.occurredAt, to: dueBy }];
  const command: CallbackCommand = {
    type: 'RequestCallback',
    data: { requester: party, kind, topic, windows, relatedTo: stream },
  };
  return { category: 'callback', command };
};

const isOfCallback = (fact: Recorded): fact is Recorded<CallbackEvent> =>
  callbackEvents.some((type) => type === fact.type);

const withCallback = (state: FollowUps, fact: Recorded<CallbackEvent>, kind: CallbackKind): FollowUps | null => {
  const id = idIn(fact.stream);
  if (fact.type === 'CallbackRequested')
    return fact.data.kind === kind ? { due: [...state.due, id], awaitedUntil: null } : state;
  const isStillOwed = fact.type === 'CallbackMissed' && fact.data.expiresAt !== undefined;
  if (isStillOwed || !state.due.includes(id)) return state;
  const due = state.due.filter((other) => other !== id);
  return due.length > 0 || state.awaitedUntil !== null ? { ...state, due } : null;
};
