import { reactions } from '#domain';
import { isRejection, type Recorded } from '#kernel';
import { type Decide, wishBecause } from './because.js';
import { type Follower, followLog } from './follow-log.js';
import { keepingClaims } from './keep-claims.js';
import type { Session } from './session.js';

/**
 * Until the signal ends: does what the reactions ask for, and keeps the identifier claims true, fact by fact in the order
 * of the log.
 */
export const react = (session: Session, decide: Decide, signal: AbortSignal): Promise<void> =>
  followLog(session, [reacting(session, decide), keepingClaims(session, decide)], signal);

/** What was done right before a crash is done again under the same command id. History from elsewhere is passed over. */
const reacting = (session: Session, decide: Decide): Follower => ({
  checkpoint: 'reaction_checkpoint',
  see: async (fact) => {
    const asked = fact.meta.backfill ? [] : wishesBecause(fact, session);
    for (const wish of asked) {
      const answer = await decide(wish);
      const told = { reaction: wish.meta.actor.id, cause: fact.id, id: wish.id };
      if (isRejection(answer)) session.logger.info({ ...told, code: answer.rejected }, 'a reaction was refused');
    }
    return asked.length > 0;
  },
});

const wishesBecause = (fact: Recorded, session: Session) =>
  reactions
    .filter(({ hears }) => hears.includes(fact.type))
    .flatMap((reaction) =>
      reaction.react(fact).map((dispatch, n) => wishBecause(fact, { by: reaction.name, dispatch, n }, session)),
    );
