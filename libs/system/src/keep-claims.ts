import { categoryIn, idIn, isRejection, type Recorded } from '#kernel';
import { commandBecause, type Decide, wishBecause } from './because.js';
import { claimBookOf, claimsIn } from './claim-book.js';
import type { Follower } from './follow-log.js';
import type { Session } from './session.js';

/**
 * Keeps the claims true to the log: confirms what was recorded, frees what was given back. Where two recorded the same
 * after all, the first in the log has it, and the second is told to give it up.
 */
export const keepingClaims = (session: Session, decide: Decide): Follower => {
  const book = claimBookOf(session);
  return {
    checkpoint: 'claim_checkpoint',
    see: async (fact) => {
      const holding = claimsIn(fact.stream)?.of(fact);
      if (!holding) return false;
      if (holding === 'frees all') await book.releaseAll(fact.stream);
      else if ('frees' in holding) await book.release(fact.stream, holding.frees, fact.position);
      else if (!(await book.confirm({ ...holding.takes, holder: fact.stream }, fact.position)))
        await giveUp(fact, holding.takes.as, session, decide);
      return true;
    },
  };
};

const giveUp = async (fact: Recorded, as: string, session: Session, decide: Decide): Promise<void> => {
  const command = claimsIn(fact.stream)?.giveUp(as);
  if (!command) throw new Error(`${fact.stream} holds nothing alone`);
  const dispatch = { category: categoryIn(fact.stream), id: idIn(fact.stream), command };
  const cause = { id: fact.id, correlationId: fact.meta.correlationId };
  const by = 'identifier-claims';
  const commandId = commandBecause(session.log, by, cause.id, 0);
  const answer = await decide(wishBecause(cause, { by, dispatch, commandId }, session));
  const told = { stream: fact.stream, as, ...(isRejection(answer) && { code: answer.rejected }) };
  session.logger.warn(told, 'two claimed the same: the second gives it up');
};
