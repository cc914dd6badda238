import { engineOver, leaveStores, loggerFor, openSession, readSettings, type Session } from '#system';
import type { Acknowledged } from './clients.js';

export type Left = Readonly<{ lost: number; doubled: number; differing: number; facts: number }>;

/**
 * Opens what a deployment left behind and counts: acknowledged facts that are not where their receipt says (lost), ids
 * that stand in the log twice (doubled), and view rows that differ from a rebuild from the first fact.
 */
export const whatIsLeft = async (data: string, acknowledged: readonly Acknowledged[]): Promise<Left> => {
  const session = await openSession(readSettings({ TOUCHLINE_DATA: data }), loggerFor('test', 'error'));
  try {
    const { places, doubled, facts } = await inventory(session);
    const lost = acknowledged.filter(({ answer }) => !isThere(places, answer)).length;
    return { lost, doubled, differing: await differencesFromRebuild(session), facts };
  } finally {
    await session.close();
    await leaveStores(session.stores);
  }
};

type Places = ReadonlyMap<string, string>;

/** A receipt's last event stands at its position, at its revision. */
const isThere = (places: Places, { position, revision, events }: Acknowledged['answer']) =>
  places.get(position) === `${revision} ${events.at(-1)}`;

const inventory = async ({ store }: Session) => {
  const head = await store.head();
  const places = new Map<string, string>();
  const ids = new Set<string>();
  let facts = 0;
  const stop = new AbortController();
  for await (const entry of store.follow({ after: null, signal: stop.signal })) {
    if (entry.kind !== 'fact') throw new Error(`unreadable: ${entry.reason}`);
    const { id, position, revision, type } = entry.fact;
    places.set(String(position), `${revision} ${type}`);
    ids.add(id);
    facts++;
    if (position === head) stop.abort();
  }
  return { places, doubled: facts - ids.size, facts };
};

const differencesFromRebuild = async (session: Session): Promise<number> => {
  const engine = engineOver(session);
  await engine.start();
  try {
    await engine.settled();
    const rebuilt = await engine.rebuild([...engine.kept.keys()]);
    return rebuilt.reduce((sum, { differences }) => sum + Number(differences ?? 1n), 0);
  } finally {
    await engine.stop();
  }
};
