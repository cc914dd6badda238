import { setTimeout as pause } from 'node:timers/promises';
import { idFrom, type Receipt, type Wish } from '#application';
import { reactions, slices } from '#domain';
import { type AnyReaction, type Dispatch, isRejection, type Recorded, type Rejection } from '#kernel';
import type { Session } from './session.js';

type Decide = (wish: Wish) => Promise<Receipt | Rejection>;

const TABLE = `create table if not exists reaction_checkpoint
  (only_one boolean primary key default true check (only_one), position bigint not null)`;
const AGAIN_AFTER_MS = 1000;
/** Facts nobody reacts to are remembered as passed only now and then. */
const REMEMBER_EVERY = 500;

/**
 * Until the signal ends: does what the reactions ask for, fact by fact in the order of the log. What was done right
 * before a crash is done again under the same command id, which records nothing. History from elsewhere is passed over.
 */
export const react = async (session: Session, decide: Decide, signal: AbortSignal): Promise<void> => {
  const { sql, store, logger } = session;
  while (!signal.aborted) {
    try {
      await sql(TABLE);
      let passed = 0;
      for await (const entry of store.follow({ after: await remembered(session), signal })) {
        if (entry.kind !== 'fact') continue;
        const acted = await actOn(entry.fact, session, decide);
        if (acted || ++passed % REMEMBER_EVERY === 0) await remember(session, entry.fact.position);
      }
    } catch (error) {
      logger.warn({ err: error }, 'reactions wait for the stores');
      await pause(AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
};

const actOn = async (fact: Recorded, session: Session, decide: Decide): Promise<boolean> => {
  if (fact.meta.backfill) return false;
  const asked = reactions
    .filter(({ hears }) => hears.includes(fact.type))
    .flatMap((reaction) => reaction.react(fact).map((dispatch, n) => wishOf({ reaction, dispatch, n }, fact, session)));
  for (const wish of asked) {
    const answer = await decide(wish);
    const told = { reaction: wish.meta.actor.id, cause: fact.id, id: wish.id };
    if (isRejection(answer)) session.logger.info({ ...told, code: answer.rejected }, 'a reaction was refused');
  }
  return asked.length > 0;
};

type Asked = Readonly<{ reaction: AnyReaction; dispatch: Dispatch; n: number }>;

const wishOf = ({ reaction, dispatch, n }: Asked, cause: Recorded, { log, clock }: Session): Wish => {
  const slice = slices.find(({ category }) => category === dispatch.category);
  if (!slice) throw new Error(`${reaction.name} speaks to a slice that is not there: ${dispatch.category}`);
  const commandId = idFrom(log.secret, reaction.name, cause.id, n);
  const meta = {
    commandId,
    correlationId: cause.meta.correlationId,
    causationId: cause.id,
    occurredAt: clock.now(),
    zone: log.company.zone,
    actor: { kind: 'system', id: reaction.name },
    channel: 'reaction',
  } as const;
  return { slice, id: dispatch.id ?? idFrom(commandId, 'id'), commands: [dispatch.command], meta };
};

const remembered = async ({ sql }: Session): Promise<bigint | null> => {
  const [row] = await sql<{ position: bigint }>('select position from reaction_checkpoint');
  return row?.position ?? null;
};

const remember = async ({ sql }: Session, position: bigint): Promise<void> => {
  await sql(
    `insert into reaction_checkpoint (position) values ($1)
     on conflict (only_one) do update set position = excluded.position where reaction_checkpoint.position < excluded.position`,
    [position],
  );
};
