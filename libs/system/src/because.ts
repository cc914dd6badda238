import { idFrom, type Receipt, type Wish } from '#application';
import { slices } from '#domain';
import type { Dispatch, Recorded, Rejection } from '#kernel';
import type { Session } from './session.js';

export type Decide = (wish: Wish) => Promise<Receipt | Rejection>;

/** What is asked for, as the how-manieth thing, by whom of the house. */
export type Asked = Readonly<{ by: string; dispatch: Dispatch; n: number }>;

/** A wish of the system's own because of a fact. Its ids derive from that fact: wished again it records nothing. */
export const wishBecause = (cause: Recorded, { by, dispatch, n }: Asked, { log, clock }: Session): Wish => {
  const slice = slices.find(({ category }) => category === dispatch.category);
  if (!slice) throw new Error(`${by} speaks to a slice that is not there: ${dispatch.category}`);
  const commandId = idFrom(log.secret, by, cause.id, n);
  const meta = {
    commandId,
    correlationId: cause.meta.correlationId,
    causationId: cause.id,
    occurredAt: clock.now(),
    zone: log.company.zone,
    actor: { kind: 'system', id: by },
    channel: 'reaction',
  } as const;
  return { slice, id: dispatch.id ?? idFrom(commandId, 'id'), commands: [dispatch.command], meta };
};
