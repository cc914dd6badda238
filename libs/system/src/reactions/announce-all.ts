import { setTimeout as pause } from 'node:timers/promises';
import { countIntents } from '#projections';
import type { Decide } from '../because.js';
import type { Session } from '../session.js';
import { announcements } from './announcements.js';
import { runReactions } from './runner.js';

const LOOK_EVERY_MS = 50;

/**
 * Until nothing that the views announced is left to be said, but what is parked: does so here, unless another process
 * does. With that, reactions to it may begin; what is not done in time is done by whoever runs next.
 * @throws when it is not said within that time
 */
export const announceAll = async (session: Session, decide: Decide, withinMs: number): Promise<void> => {
  const over = new AbortController();
  const running = runReactions(session, decide, over.signal);
  try {
    for (const end = performance.now() + withinMs; (await waitingIn(session)) > 0; await pause(LOOK_EVERY_MS))
      if (performance.now() > end) throw new Error('what the views announce is not said in time: see the reactions');
  } finally {
    over.abort();
    await running;
  }
};

const waitingIn = async ({ sql }: Session): Promise<number> => {
  const names = announcements.map(({ name }) => name);
  const announced = await countIntents(sql);
  const [row] = await sql<{ waiting: number }>(
    `select count(*)::integer as waiting from reaction_intents w where state = 'waiting' and reaction = any($1)
       and not exists (select 1 from reaction_intents p where p.state = 'parked' and p.reaction = w.reaction and p.key = w.key)`,
    [names],
  );
  return names.reduce((sum, name) => sum + (announced.get(name) ?? 0), row?.waiting ?? 0);
};

/** What was said of these customers in another way: how far each moves is measured from there. */
export const forgetTold = async ({ sql }: Pick<Session, 'sql'>, keys: readonly string[]): Promise<void> => {
  const names = announcements.map(({ name }) => name);
  await sql('delete from reaction_memory where reaction = any($1) and key = any($2)', [names, keys]);
};
