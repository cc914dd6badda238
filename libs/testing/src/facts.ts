import type { Event, Meta, Participant, Recorded, Stamped } from '#kernel';
import { witness } from './witness.js';

const commandId = '01900000-0000-7000-8000-00000000000c';

export const someMeta: Meta = {
  commandId,
  correlationId: commandId,
  causationId: commandId,
  occurredAt: '2026-03-01T09:00:00.000Z',
  zone: 'UTC',
  actor: { kind: 'person', id: 'ann' },
  channel: 'phone',
};

/** The same message, said at another time. */
export const at = <M extends object>(occurredAt: string, message: M): Stamped<M> => ({
  ...message,
  meta: { ...someMeta, occurredAt },
});

export const stamped = <M extends object>(message: M | Stamped<M>): Stamped<M> =>
  'meta' in message ? message : at(someMeta.occurredAt, message);

/** Events as the store would give them back, in a stream of their own; `first` is the position of the first. */
export const recorded = <E extends Event>(
  stream: string,
  events: readonly (E | Stamped<E>)[],
  customers: readonly Participant[] = [],
  first = 0,
): readonly Recorded<E>[] => {
  witness.saw(events, customers);
  return events.map((event, index) => ({
    ...stamped<E>(event),
    id: `${stream}@${index}`,
    customers,
    stream,
    revision: BigInt(index),
    position: BigInt(first + index),
    recordedAt: someMeta.occurredAt,
  }));
};

export const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
};
