import type { Sql } from '#postgres';
import type { Fault } from './faults.js';
import { REBUILD_COLUMN, type RebuildStatus } from './rebuilds.js';
import type { Timing } from './timing.js';

/**
 * `running` follows the log, `rebuilding` is served from old rows, `superseded` is kept by a newer version of the
 * program, `elsewhere` by another process.
 */
export type ViewState = 'running' | 'stopped' | 'rebuilding' | 'superseded' | 'elsewhere';

/** What a process knows of a view it keeps, beyond its checkpoint. */
export type Report = Readonly<{
  view: string;
  state: ViewState;
  /** The last entry of the log when it was last asked. */
  head: bigint | null;
  eventsPerSecond: number;
  /** When the first fact that waits was recorded; null: none waits. */
  waitingSince: string | null;
  caughtUpSince: string | null;
  lastError: string | null;
  lastErrorAt: string | null;
  timing: Timing;
  /** When the one who keeps the view last went round: long ago means stuck or gone. */
  heartbeatAt: string;
}>;

/** A view as anyone may see it. */
export type ViewStatus = Report &
  Readonly<{
    version: number;
    position: bigint | null;
    /** Facts in the rows' past, heard or not. */
    events: bigint;
    /** Facts still to come: an estimate from positions. */
    lagEvents: number;
    lagSeconds: number;
    stoppedAt: Fault | null;
    /** The last rebuild, under way or not; null: there was none. */
    rebuild: RebuildStatus | null;
    /** Seconds since `heartbeatAt`. */
    heartbeatAge: number;
    /** Somebody keeps the view, and does not hang. */
    isAlive: boolean;
    /** Facts that could not be folded, and those that wait behind them. */
    parked: number;
    waiting: number;
    /** Deadlines that went wrong when they were said, and are tried again; and the last of the reasons. */
    deadlinesFailing: number;
    deadlineError: string | null;
  }>;

/** How old a heartbeat may be before its owner counts as gone. */
export const HEARTBEAT_LIMIT_MS = 10_000;

export const writeReports = async (sql: Sql, reports: readonly Report[]): Promise<void> => {
  await sql(
    `insert into projection_status (view, state, head, events_per_second, waiting_since, caught_up_since,
       last_error, last_error_at, timing, heartbeat_at)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::float8[], $5::text[], $6::timestamptz[],
       $7::text[], $8::timestamptz[], $9::jsonb[], $10::timestamptz[])
     on conflict (view) do update set state = excluded.state, head = excluded.head,
       events_per_second = excluded.events_per_second, waiting_since = excluded.waiting_since,
       caught_up_since = excluded.caught_up_since, last_error = excluded.last_error,
       last_error_at = excluded.last_error_at, timing = excluded.timing,
       heartbeat_at = excluded.heartbeat_at`,
    [
      reports.map(({ view }) => view),
      reports.map(({ state }) => state),
      reports.map(({ head }) => head),
      reports.map(({ eventsPerSecond }) => eventsPerSecond),
      reports.map(({ waitingSince }) => waitingSince),
      reports.map(({ caughtUpSince }) => caughtUpSince),
      reports.map(({ lastError }) => lastError),
      reports.map(({ lastErrorAt }) => lastErrorAt),
      reports.map(({ timing }) => JSON.stringify(timing)),
      reports.map(({ heartbeatAt }) => heartbeatAt),
    ],
  );
};

type Stored = Omit<ViewStatus, 'lagEvents' | 'lagSeconds' | 'stoppedAt' | 'rebuild' | 'heartbeatAge' | 'isAlive'> &
  Readonly<{ stopped: Readonly<Record<keyof Fault, string>> | null; rebuild: StoredRebuild | null }>;
type StoredRebuild = Omit<RebuildStatus, 'events' | 'differences'> &
  Readonly<{ events: string; differences: string | null }>;

/**
 * How every view stands, readable from any process; `now` in milliseconds since 1970 of the wall clock. None where no
 * view has ever been kept.
 */
export const readStatus = async (sql: Sql, now = Date.now()): Promise<readonly ViewStatus[]> => {
  const [kept] = await sql<{ isThere: boolean }>(`select to_regclass('projection_status') is not null as "isThere"`);
  if (!kept?.isThere) return [];
  const rows = await sql<Stored>(
    `select c.view, c.version, c.position, c.events, c.stopped, s.state, s.head, s.events_per_second as "eventsPerSecond",
       s.waiting_since as "waitingSince", s.caught_up_since as "caughtUpSince", s.last_error as "lastError",
       s.last_error_at as "lastErrorAt", coalesce(s.timing, '{"batches":0,"read":0,"fold":0,"write":0,"commit":0}') as timing, s.heartbeat_at as "heartbeatAt",
       ${REBUILD_COLUMN},
       coalesce(p.parked, 0)::integer as parked, coalesce(p.waiting, 0)::integer as waiting,
       coalesce(d.failing, 0)::integer as "deadlinesFailing", d.why as "deadlineError"
     from projection_checkpoints c join projection_status s using (view)
     left join (
       select view, count(*) filter (where error is not null) as parked, count(*) filter (where error is null) as waiting
       from projection_parked where slot = 'live' and reason is null group by view
     ) p using (view)
     left join (
       select view, count(*) as failing, max(why) as why from projection_deadlines where outcome = 'failed' group by view
     ) d using (view) where c.slot = 'live' order by c.view`,
  );
  const density = Math.max(
    0,
    ...rows.map(({ events, position }) => (position ? Number(events) / Number(position) : 0)),
  );
  return rows.map((row) => statusOf(row, density, now));
};

const statusOf = ({ stopped, rebuild, ...row }: Stored, density: number, now: number): ViewStatus => {
  const { waitingSince, heartbeatAt } = row;
  return {
    ...row,
    lagEvents: lagEventsOf(row, density),
    lagSeconds: waitingSince === null ? 0 : Math.max(0, (now - Date.parse(waitingSince)) / 1000),
    stoppedAt: stopped && { ...stopped, position: BigInt(stopped.position), revision: BigInt(stopped.revision) },
    rebuild: rebuild && {
      ...rebuild,
      events: BigInt(rebuild.events),
      differences: rebuild.differences === null ? null : BigInt(rebuild.differences),
    },
    heartbeatAge: Math.max(0, (now - Date.parse(heartbeatAt)) / 1000),
    isAlive: now - Date.parse(heartbeatAt) < HEARTBEAT_LIMIT_MS,
  };
};

/** Positions may be byte offsets: what is left counts as many facts as the same stretch of the past held. */
const lagEventsOf = ({ head, position }: Pick<Stored, 'head' | 'position'>, density: number): number => {
  const left = head === null ? 0n : head - (position ?? 0n);
  return left > 0n ? Math.max(1, Math.round(Number(left) * density)) : 0;
};
