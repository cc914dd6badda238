import { openCore } from './core.js';
import { keepDeadlines } from './deadlines.js';
import { engineOver } from './engine.js';
import { react } from './react.js';
import type { Session } from './session.js';
import { followDays, keepDays } from './watch.js';

/**
 * The work of a projector: keeps its share of the views true to the log, does what reactions ask for, closes the days,
 * and says what their rows promised when its time has come.
 * Several at once do not harm each other: views are shared out, and what two do twice is recorded once.
 * @returns what ends it, once `stopping` has ended
 */
export const keepViews = async (session: Session, stopping: AbortSignal): Promise<() => Promise<void>> => {
  const engine = engineOver(session, { shared: true });
  const core = await openCore(session);
  await engine.start();
  const mine = () => [...engine.kept.values()].filter(({ state }) => state === 'running').map(({ view }) => view);
  const work = Promise.all([
    keepDays(session, stopping),
    followDays(session, stopping),
    react(session, core.decide, stopping),
    keepDeadlines(session, core.decide, mine, stopping),
  ]);
  return async () => {
    await work;
    await engine.stop();
    await core.close();
  };
};
