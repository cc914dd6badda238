import type { Decide } from './because.js';
import { followLog } from './follow-log.js';
import { keepingClaims } from './keep-claims.js';
import { runReactions } from './reactions/runner.js';
import type { Session } from './session.js';

/**
 * Until the signal ends: does what the reactions ask for, and keeps the identifier claims true, fact by fact in the order
 * of the log.
 */
export const react = async (session: Session, decide: Decide, signal: AbortSignal): Promise<void> => {
  await Promise.all([
    runReactions(session, decide, signal),
    followLog(session, [keepingClaims(session, decide)], signal),
  ]);
};
