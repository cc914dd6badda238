import { setTimeout as pause } from 'node:timers/promises';
import type { Recorded } from '#kernel';
import type { Session } from './session.js';

/** Work done fact by fact in the order of the log. Right before a crash it is done again: that must change nothing. */
export type Follower = Readonly<{
  /** The table of its checkpoint. */
  checkpoint: string;
  /** Whether anything was done. */
  see: (fact: Recorded) => Promise<boolean>;
}>;

const AGAIN_AFTER_MS = 1000;
/** Facts that meant nothing to a follower are remembered as passed only now and then. */
const REMEMBER_EVERY = 500;

/** Until the signal ends: every fact to each follower that has not passed it, all from one read of the log. */
export const followLog = async (
  session: Session,
  followers: readonly Follower[],
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      const places = await Promise.all(followers.map((follower) => Place.of(session, follower)));
      for await (const entry of session.store.follow({ after: leastOf(places), signal })) {
        if (entry.kind !== 'fact') continue;
        for (const place of places) await place.pass(entry.fact);
      }
    } catch (error) {
      session.logger.warn({ err: error }, 'what follows the log waits for the stores');
      await pause(AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
};

/** How far a follower has come. */
class Place {
  private sinceRemembered = 0;

  private constructor(
    private readonly sql: Session['sql'],
    private readonly follower: Follower,
    readonly after: bigint | null,
  ) {}

  static async of({ sql }: Session, follower: Follower): Promise<Place> {
    await sql(`create table if not exists ${follower.checkpoint}
      (only_one boolean primary key default true check (only_one), position bigint not null)`);
    const [row] = await sql<{ position: bigint }>(`select position from ${follower.checkpoint}`);
    return new Place(sql, follower, row?.position ?? null);
  }

  async pass(fact: Recorded): Promise<void> {
    if (this.after !== null && fact.position <= this.after) return;
    const hasActed = await this.follower.see(fact);
    if (hasActed || ++this.sinceRemembered >= REMEMBER_EVERY) await this.remember(fact.position);
  }

  private async remember(position: bigint): Promise<void> {
    this.sinceRemembered = 0;
    await this.sql(
      `insert into ${this.follower.checkpoint} as before (position) values ($1)
       on conflict (only_one) do update set position = excluded.position where before.position < excluded.position`,
      [position],
    );
  }
}

const leastOf = (places: readonly Place[]): bigint | null =>
  places
    .map(({ after }) => after)
    .reduce((least, after) => (least === null || after === null ? null : min(least, after)));

const min = (one: bigint, other: bigint): bigint => (one < other ? one : other);
