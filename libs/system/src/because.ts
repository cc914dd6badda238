import { idFrom, type LogIdentity, type Receipt, type Wish } from '#application';
import { slices } from '#domain';
import type { Dispatch, Rejection } from '#kernel';
import type { Session } from './session.js';

export type Decide = (wish: Wish) => Promise<Receipt | Rejection>;

/** A fact's id, and the story that it belongs to. */
export type Cause = Readonly<{ id: string; correlationId: string }>;

/** What is asked for, by whom of the house, and the id of the command, which derives from the cause. */
export type Asked = Readonly<{ by: string; dispatch: Dispatch; commandId: string }>;

/** The channel of what the house itself asks for because of a fact. */
export const REACTING = 'reaction';

/** Derives from the fact: asked for again it is the same command. */
export const commandBecause = ({ secret }: Pick<LogIdentity, 'secret'>, by: string, cause: string, n: number): string =>
  idFrom(secret, by, cause, n);

/** A wish of the system's own because of a fact. Its ids derive from that fact: wished again it records nothing. */
export const wishBecause = (
  cause: Cause,
  { by, dispatch, commandId }: Asked,
  { log, clock }: Pick<Session, 'log' | 'clock'>,
): Wish => {
  const slice = slices.find(({ category }) => category === dispatch.category);
  if (!slice) throw new Error(`${by} speaks to a slice that is not there: ${dispatch.category}`);
  const meta = {
    commandId,
    correlationId: cause.correlationId,
    causationId: cause.id,
    occurredAt: dispatch.occurredAt ?? clock.now(),
    zone: log.company.zone,
    actor: { kind: 'system', id: by },
    channel: REACTING,
  } as const;
  return { slice, id: dispatch.id ?? idFrom(commandId, 'id'), commands: [dispatch.command], meta };
};
