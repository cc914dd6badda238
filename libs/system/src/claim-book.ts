import type { Pool } from 'pg';
import { CLAIM_LASTS_MS, type ClaimBook, type Claimed, type EventStore, type LogIdentity } from '#application';
import { slices } from '#domain';
import { type AnySlice, categoryIn, heldAfter, type Recorded } from '#kernel';
import type { Sql } from '#postgres';
import { spelling } from '#read-models';
import { blindIndexOf } from './keyed.js';
import { tableOnDemand } from './table-on-demand.js';

/** `claimed_at`: a claim is under way since then, until the log has spoken. `turn` is raised by every change of holder. */
const TABLE = `create table if not exists identifier_claims (
  kind text not null, blind_index text not null, holder text not null, held_as text not null,
  claimed_at timestamptz, confirmed bigint, turn bigint not null default 0, primary key (kind, blind_index)
);
create index if not exists identifier_claims_holder on identifier_claims (holder)`;

type Row = Readonly<{ holder: string; as: string; confirmed: bigint | null; turn: bigint; isUnderWay: boolean }>;
type Place = Readonly<{ kind: string; index: string; holder: string; as: string }>;

const IS_UNDER_WAY = `coalesce(claimed_at > clock_timestamp() - interval '${CLAIM_LASTS_MS} milliseconds', false)`;

/**
 * Who holds what only one may hold. The table is a lock and an index, the log is the truth: a claim under way keeps
 * others off for a while; after that the holder's stream says whether it holds. Throws `Unavailable`.
 */
export class ClaimsInPostgres implements ClaimBook {
  private readonly sql: Sql;

  constructor(
    pool: Pool,
    private readonly store: Pick<EventStore, 'read'>,
    private readonly log: Pick<LogIdentity, 'secret'>,
  ) {
    this.sql = tableOnDemand(pool, TABLE);
  }

  async claim(claimed: Claimed): Promise<boolean> {
    const place = this.placeOf(claimed);
    for (;;) {
      if (await this.begin(place)) return true;
      const other = await this.standing(place);
      if (!other) continue; // given back a moment ago
      if (other.isUnderWay || (await this.holds(other))) return false;
      if (await this.takeOver(place, other, null)) return true;
    }
  }

  /**
   * The log says that it holds: at that position it was recorded. False when another did so before it and holds still:
   * two were recorded after all, and this one has to give up. Any order and any number of repeats end alike.
   */
  async confirm(claimed: Claimed, position: bigint): Promise<boolean> {
    const place = this.placeOf(claimed);
    for (;;) {
      if (await this.enter(place, position)) return true;
      const other = await this.standing(place);
      if (!other) continue;
      if (!(await this.holds(place))) return true; // it has given up since
      if (other.confirmed !== null && other.confirmed < position) return false;
      if (await this.takeOver(place, other, position)) return true;
    }
  }

  /** The log says that it gave this back, at that position. A new claim of its own that is under way stays. */
  async release(holder: string, as: string, position: bigint): Promise<void> {
    const its = 'holder = $1 and held_as = $2 and coalesce(confirmed <= $3, true)';
    await this.sql(`delete from identifier_claims where ${its} and not ${IS_UNDER_WAY}`, [holder, as, position]);
    await this.sql(`update identifier_claims set confirmed = null where ${its}`, [holder, as, position]);
  }

  /** Everything a stream holds or has claimed: its person was forgotten. */
  async releaseAll(holder: string): Promise<void> {
    await this.sql('delete from identifier_claims where holder = $1', [holder]);
  }

  private placeOf({ kind, value, holder, as }: Claimed): Place {
    return { kind, index: blindIndexOf(this.log, kind, spelling(kind, value)), holder, as };
  }

  private async begin({ kind, index, holder, as }: Place): Promise<boolean> {
    const begun = await this.sql(
      `insert into identifier_claims as known (kind, blind_index, holder, held_as, claimed_at)
       values ($1, $2, $3, $4, clock_timestamp())
       on conflict (kind, blind_index) do update set claimed_at = clock_timestamp(), turn = known.turn + 1
       where known.holder = excluded.holder and known.held_as = excluded.held_as
       returning kind`,
      [kind, index, holder, as],
    );
    return begun.length > 0;
  }

  private async enter({ kind, index, holder, as }: Place, position: bigint): Promise<boolean> {
    const entered = await this.sql(
      `insert into identifier_claims as known (kind, blind_index, holder, held_as, confirmed)
       values ($1, $2, $3, $4, $5)
       on conflict (kind, blind_index) do update
       set claimed_at = null, confirmed = greatest(known.confirmed, excluded.confirmed), turn = known.turn + 1
       where known.holder = excluded.holder and known.held_as = excluded.held_as
       returning kind`,
      [kind, index, holder, as, position],
    );
    return entered.length > 0;
  }

  private async standing({ kind, index }: Place): Promise<Row | undefined> {
    const [row] = await this.sql<Row>(
      `select holder, held_as as "as", confirmed, turn, ${IS_UNDER_WAY} as "isUnderWay"
       from identifier_claims where kind = $1 and blind_index = $2`,
      [kind, index],
    );
    return row;
  }

  /** Unless it changed hands since it was looked at. */
  private async takeOver({ kind, index, holder, as }: Place, from: Row, position: bigint | null): Promise<boolean> {
    const taken = await this.sql(
      `update identifier_claims set holder = $3, held_as = $4, turn = turn + 1, confirmed = $5,
         claimed_at = case when $5::bigint is null then clock_timestamp() end
       where kind = $1 and blind_index = $2 and turn = $6 returning kind`,
      [kind, index, holder, as, position, from.turn],
    );
    return taken.length > 0;
  }

  private async holds({ holder, as }: Pick<Place, 'holder' | 'as'>): Promise<boolean> {
    const claims = claimsIn(holder);
    const facts: Recorded[] = [];
    for await (const fact of this.store.read(holder)) facts.push(fact);
    return claims !== undefined && heldAfter(claims, facts).has(as);
  }
}

/** What instances of a stream's slice may hold alone. */
export const claimsIn = (stream: string): AnySlice['claims'] =>
  slices.find(({ category }) => category === categoryIn(stream))?.claims;

type Parts = Readonly<{ pool: Pool; store: Pick<EventStore, 'read'>; log: Pick<LogIdentity, 'secret'> }>;

/** The book over a session's stores. */
export const claimBookOf = ({ pool, store, log }: Parts): ClaimsInPostgres => new ClaimsInPostgres(pool, store, log);
