import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readStatus, waitFor } from '#projections';
import type { Inquiry } from '#read-models';
import { type Core, engineOver, openCore, type Session } from '#system';
import { Ended, type Hands, WRONG_USAGE, withSession } from './verb.js';

/** A log there is already: reading begins none, because zone and currency of a log are for ever. */
export const withLog = async <T>(hands: Hands, work: (session: Session) => Promise<T>): Promise<T> => {
  const key = await stat(join(hands.settings.data, 'log.key')).catch(() => undefined);
  if (!key) throw noLog(hands);
  return withSession(hands, work);
};

/** There is no log in the data folder yet. */
export const noLog = ({ settings: { data }, phrase }: Hands): Ended =>
  new Ended(
    phrase(
      `There is no log in ${data} yet: begin one with "touchline start", or name its folder with TOUCHLINE_DATA.`,
      `${data} 中还没有日志：用 “touchline start” 新建，或用 TOUCHLINE_DATA 指明其文件夹。`,
    ),
  );

/** No view has that name. */
export const noSuchView = ({ phrase }: Hands, names: readonly string[], view: string): Ended =>
  new Ended(
    phrase(`There is no view ${view}. There are: ${names.join(', ')}`, `没有视图 ${view}。现有：${names.join('、')}`),
    WRONG_USAGE,
  );

export type Asking = Readonly<{ session: Session; core: Core; ask: Ask }>;
/** Asks with these fields; the others are as the question presets them. */
export type Ask = <Q extends Inquiry<unknown>>(
  shape: new (who: Hands['who']) => Q,
  fields: Partial<Omit<Q, 'asking'>>,
) => Promise<AnswerOf<Q>>;
type AnswerOf<Q> = Q extends Inquiry<infer R> ? R : never;

/** The views to ask, brought up to date first where no projector keeps them. */
export const withViews = <T>(hands: Hands, work: (asking: Asking) => Promise<T>): Promise<T> =>
  withLog(hands, async (session) => {
    await bringUpToDate(session);
    const core = await openCore(session);
    try {
      return await work({ session, core, ask: askingOver(core, hands.who) });
    } finally {
      await core.close();
    }
  });

export const askingOver =
  (core: Core, who: Hands['who']): Ask =>
  (shape, fields) =>
    core.ask(Object.assign(new shape(who), fields)) as never;

/** How long a projector that seems to run is given. */
const PROJECTOR_WITHIN_MS = 2_000;

/**
 * Brings every view to where the log ends now. Where a projector runs it does this. Two at once are harmless, because
 * every write is fenced: so one that has only just gone, or hangs, is not waited for.
 */
export const bringUpToDate = async (session: Session): Promise<void> => {
  const engine = engineOver(session);
  await engine.prepare();
  if (await isKeptElsewhere(session)) return;
  await engine.start();
  try {
    await engine.settled();
  } finally {
    await engine.stop();
  }
};

const isKeptElsewhere = async ({ sql, store }: Session): Promise<boolean> => {
  const status = await readStatus(sql);
  if (!status.some(({ isAlive }) => isAlive)) return false;
  const head = await store.head();
  if (head === null) return true;
  const seen = status.map(({ view }) => waitFor(sql, view, head, PROJECTOR_WITHIN_MS));
  return (await Promise.all(seen)).every(Boolean);
};
