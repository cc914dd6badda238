import { setTimeout as pause } from 'node:timers/promises';
import { reactions } from '#domain';
import type { AnyReaction } from '#kernel';
import type { Announced } from '#projections';
import type { Decide } from '../because.js';
import type { Session } from '../session.js';
import { announcements } from './announcements.js';
import { Announcing } from './announcing.js';
import { Doing } from './doing.js';
import { Following } from './following.js';
import { Lease } from './lease.js';
import { type Place, placesOf, registerReactions } from './tables.js';

const BEAT_MS = 1_000;
/** Long enough ago for what was done to be forgotten; the last of each reaction stay. */
const KEPT_DAYS = 1;
export const KEPT_OF_EACH = 20;
const PURGE_EVERY_MS = 3_600_000;

/** What is run: reactions, which are told the log, and what views announce. */
export type Running = Readonly<{ reactions: readonly AnyReaction[]; announcements: readonly Announced[] }>;
const ALL: Running = { reactions, announcements };

/**
 * Until the signal ends: tells the reactions what happens, does what they ask for, and says what views announce. One
 * process does, others take over when it is gone.
 */
export const runReactions = async (
  session: Session,
  decide: Decide,
  signal: AbortSignal,
  running: Running = ALL,
): Promise<void> => {
  const lease = new Lease(session.pool);
  while (!signal.aborted) {
    try {
      if (await lease.take()) await reign({ session, decide, lease, ...running }, signal);
    } catch (error) {
      session.logger.warn({ err: error }, 'the reactions wait for the stores');
    }
    await rest(signal);
  }
  lease.end();
};

const rest = (signal: AbortSignal): Promise<void> =>
  pause(BEAT_MS, undefined, { signal, ref: false }).catch(() => undefined);

type Realm = Running & Readonly<{ session: Session; decide: Decide; lease: Lease }>;

/** From taking the lease to losing it. */
const reign = async (realm: Realm, signal: AbortSignal): Promise<void> => {
  const { session, decide, lease } = realm;
  await registerReactions(session, [...realm.reactions, ...realm.announcements]);
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  const doing = new Doing(realm.reactions, session, decide, ending);
  const groups = [
    ...groupsOf(await placesOf(session.pool, realm.reactions)).map((group) => {
      const known = realm.reactions.filter(({ name }) => group.some((place) => place.name === name));
      return new Following(known, group, session, doing);
    }),
    ...(await placesOf(session.pool, realm.announcements)).flatMap((place) => {
      const known = realm.announcements.filter(({ name }) => name === place.name);
      return known.map((announced) => new Announcing(announced, place, session, doing));
    }),
  ];
  await doing.begin();
  const work = [...groups.map((group) => group.run(ending)), beat({ session, lease, doing, groups }, ending)];
  const ended = await Promise.allSettled(work.map((one) => one.finally(() => over.abort())));
  await doing.stop();
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
};

/** Those that stand at one place are told the log together: one that makes its memory anew keeps nobody waiting. */
const groupsOf = (places: readonly Place[]): readonly (readonly Place[])[] =>
  [...new Set(places.map(({ position }) => position))].map((at) => places.filter(({ position }) => position === at));

type Group = Following | Announcing;
type Beating = Readonly<{ session: Session; lease: Lease; doing: Doing; groups: readonly Group[] }>;

/** Once a second: keeps the lease, says how far each has come, looks for what was retried, forgets what was done long ago. */
const beat = async ({ session, lease, doing, groups }: Beating, signal: AbortSignal): Promise<void> => {
  const lags = new Lags(session.sql);
  let purgeAt = 0;
  while (!signal.aborted) {
    if (!(await lease.take())) return;
    const head = await session.store.head();
    for (const group of groups) await group.insist(head);
    await lags.tell(head, groups);
    await doing.look();
    if (Date.now() > purgeAt) {
      await purge(session);
      purgeAt = Date.now() + PURGE_EVERY_MS;
    }
    await rest(signal);
  }
};

/** Since when each has not heard what the log holds, to the second. */
class Lags {
  #heads: Readonly<{ head: bigint; at: string }>[] = [];

  constructor(private readonly sql: Session['sql']) {}

  async tell(head: bigint | null, groups: readonly Group[]): Promise<void> {
    const places = groups.map(({ place: { names, position } }) => ({ names, position: position ?? -1n }));
    if (head !== null) this.#heads.push({ head, at: new Date().toISOString() });
    this.#heads = this.#heads.filter((one) => places.some(({ position }) => position < one.head));
    for (const { names, position } of places)
      await this.sql(
        'update reactions set waiting_since = $2 where name = any($1) and waiting_since is distinct from $2',
        [names, this.#heads.find((one) => one.head > position)?.at ?? null],
      );
    await this.sql('update reaction_lease set head = $1', [head]);
  }
}

/** What was skipped stays, with its reason. */
export const purge = async ({ sql }: Pick<Session, 'sql'>, days = KEPT_DAYS): Promise<void> => {
  await sql(
    `delete from reaction_intents i using (
       select id, row_number() over (partition by reaction order by at desc, position desc) as nth from reaction_intents
       where state in ('done', 'refused')
     ) o where i.id = o.id and o.nth > $1 and i.at < now() - make_interval(days => $2)`,
    [KEPT_OF_EACH, days],
  );
};
