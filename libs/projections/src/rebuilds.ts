import { type Sql, sqlOver } from '#postgres';
import type { Pool } from './view.js';

/**
 * `asked`: a projector begins it within a second or so. `running`, `cancelling`: somebody is at it. `paused`: it was cut
 * short, and goes on from there. `cancelled`: what was filled has been dropped. `failed`: at a fact that cannot be folded.
 */
export type RebuildState = 'asked' | 'running' | 'paused' | 'cancelling' | 'cancelled' | 'failed' | 'done';

export type Progress = Readonly<{
  events: bigint;
  perSecond: number;
  percent: number;
  /** Null while nothing can be said. */
  secondsLeft: number | null;
}>;

/** A view's last rebuild, for anyone to read. */
export type RebuildStatus = Progress &
  Readonly<{
    state: RebuildState;
    /** Rows that were not as they had been; null: not known yet, or they could not be compared. */
    differences: bigint | null;
    /** At what it failed, without data. */
    error: string | null;
    seenAt: string;
  }>;

export const REBUILDS_SCHEMA = `
create table if not exists projection_rebuilds (
  view text primary key, state text not null, by_request boolean not null default false,
  events bigint not null default 0, per_second double precision not null default 0,
  percent double precision not null default 0, seconds_left double precision,
  differences bigint, error text, seen_at timestamptz not null default now()
) with (fillfactor = 30)`;

const BEAT_MS = 500;
/** Who has not been heard of for so long is gone, and a rebuild under way is a paused one. */
const SILENCE = `interval '10 s'`;

/** How a state reads: nobody writes down that they were killed. */
const STATE = `case when r.state in ('running', 'cancelling') and r.seen_at < now() - ${SILENCE} then 'paused' else r.state end`;

/** To be selected beside a view's status. */
export const REBUILD_COLUMN = `(select jsonb_build_object('state', ${STATE}, 'events', events::text, 'perSecond', per_second,
  'percent', percent, 'secondsLeft', seconds_left, 'differences', differences::text, 'error', error,
  'seenAt', to_char(seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  from projection_rebuilds r where r.view = c.view) as rebuild`;

/** Asks whoever keeps these views to rebuild them, all from one read. One that is under way goes on. */
export const askForRebuild = async (sql: Sql, views: readonly string[]): Promise<void> => {
  await sql(
    `insert into projection_rebuilds as r (view, state, by_request) select view, 'asked', true from unnest($1::text[]) as v (view)
     on conflict (view) do update set state = 'asked', by_request = true, differences = null, error = null, seen_at = now()
     where ${STATE} not in ('asked', 'running', 'cancelling')`,
    [views],
  );
};

/** Of these views, those that somebody asked to have rebuilt and nobody is at. */
export const askedRebuilds = async (sql: Sql, views: readonly string[]): Promise<readonly string[]> => {
  const rows = await sql<{ view: string }>(
    `select view from projection_rebuilds r where view = any($1) and by_request and ${STATE} in ('asked', 'paused') order by view`,
    [views],
  );
  return rows.map(({ view }) => view);
};

/** Tells whoever is at it to stop and to drop what was filled. @returns the views of which somebody is */
export const tellToCancel = async (sql: Sql, views: readonly string[]): Promise<readonly string[]> => {
  const rows = await sql<{ view: string }>(
    `update projection_rebuilds r set state = 'cancelling'
     where view = any($1) and ${STATE} in ('running', 'cancelling') returning view`,
    [views],
  );
  return rows.map(({ view }) => view);
};

type End = Readonly<{
  state: RebuildState;
  error?: string | null;
  done?: Readonly<{ events: bigint; differences: bigint | null }>;
}>;

/** Of these views, those whose rebuild somebody wants to end: pausing leaves them as they are. */
export const beingCancelled = async (sql: Sql, views: readonly string[]): Promise<readonly string[]> => {
  const rows = await sql<{ view: string }>(
    `select view from projection_rebuilds where view = any($1) and state = 'cancelling' order by view`,
    [views],
  );
  return rows.map(({ view }) => view);
};

export const endRebuilds = async (
  sql: Sql,
  views: readonly string[],
  { state, error = null, done }: End,
): Promise<void> => {
  await sql(
    `update projection_rebuilds set state = $2, error = $3, differences = $4, events = coalesce($5, events),
       percent = case when $2 = 'done' then 100 else percent end, seconds_left = null, seen_at = now()
     where view = any($1) and state <> 'done' and ($2 <> 'paused' or state <> 'cancelling')`,
    [views, state, error, done?.differences, done?.events],
  );
};

type Telling = Readonly<{
  pool: Pool;
  views: readonly string[];
  /** Whoever keeps the views does it, and takes it up again when it was cut short. */
  byRequest: boolean;
  progress: () => Progress;
  /** Somebody wants it to end for these views. */
  cancelled: (views: readonly string[]) => void;
  failed: (error: unknown) => void;
}>;

/** Says twice a second how far a rebuild is, and hears when it is cancelled. */
export class Teller {
  #timer: NodeJS.Timeout | undefined;
  #under: Promise<void> | null = null;

  constructor(private readonly telling: Telling) {}

  async begin(): Promise<void> {
    const { pool, views, byRequest, failed } = this.telling;
    await sqlOver(pool)(
      `insert into projection_rebuilds (view, state, by_request)
       select view, 'running', $2 from unnest($1::text[]) as v (view)
       on conflict (view) do update set state = 'running', by_request = $2, differences = null, error = null,
         seen_at = now(), events = 0, per_second = 0, percent = 0, seconds_left = null`,
      [views, byRequest],
    );
    this.#timer = setInterval(() => {
      this.#under ??= this.#tell()
        .catch(failed)
        .finally(() => {
          this.#under = null;
        });
    }, BEAT_MS);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#under;
  }

  async #tell(): Promise<void> {
    const { pool, views, progress, cancelled } = this.telling;
    const { events, perSecond, percent, secondsLeft } = progress();
    const rows = await sqlOver(pool)<{ view: string; state: RebuildState }>(
      `update projection_rebuilds set events = $2, per_second = $3, percent = $4, seconds_left = $5, seen_at = now()
       where view = any($1) and state <> 'done' returning view, state`,
      [views, events, perSecond, percent, secondsLeft],
    );
    const ending = rows.flatMap(({ view, state }) => (state === 'cancelling' ? [view] : []));
    if (ending.length > 0) cancelled(ending);
  }
}
