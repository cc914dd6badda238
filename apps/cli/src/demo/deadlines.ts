import { views } from '#read-models';
import { Deadlines } from '#system';
import { type Asking, bringUpToDate } from '../views.js';

/** Says everything that is due up to that instant, and what that leads to, in turn; a projector that runs may be faster. */
export const letDeadlinesPass = async (
  { session, core }: Pick<Asking, 'session' | 'core'>,
  by: string,
): Promise<void> => {
  const deadlines = new Deadlines({ ...session, decide: core.decide }, () => views);
  for (let isOver = false; !isOver; ) {
    await bringUpToDate(session);
    const { said, isWaiting } = await deadlines.round(by);
    isOver = said.length === 0 && !isWaiting;
  }
};
