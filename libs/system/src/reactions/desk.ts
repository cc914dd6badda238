import type { Sql } from '#postgres';
import { countIntents } from '#projections';
import type { IntentState } from './tables.js';

/** Older than that, nobody runs the reactions. */
const ALIVE_MS = 10_000;
const SHOWN = 20;

/** Something that a reaction asked for, as anyone may see it: nothing personal. */
export type Action = Readonly<{
  id: string;
  state: IntentState;
  /** The fact that it is done because of. */
  type: string;
  stream: string;
  revision: bigint;
  position: bigint;
  /** The command, and what it is said to; null: the reaction failed over the fact. */
  command: string | null;
  key: string;
  attempts: number;
  error: string | null;
  /** Why it was skipped, and by whom it was retried or skipped. */
  reason: string | null;
  decidedBy: string | null;
  /** When it came, or was done. */
  at: string;
}>;

export type ReactionStatus = Readonly<{
  reaction: string;
  /** `remembering`: it makes its memory from what happened before it was there, and does nothing. */
  state: 'running' | 'remembering' | 'nobody-runs-it';
  position: bigint | null;
  lagEvents: number;
  lagSeconds: number;
  waiting: number;
  parked: number;
  done: bigint;
  refused: bigint;
  lastAction: Action | null;
}>;

/** Nothing is parked under that id, or no such reaction is there. */
export class NoSuchAction extends Error {}

type Stored = Omit<ReactionStatus, 'state' | 'lagEvents' | 'lastAction'> &
  Readonly<{
    silentUntil: bigint | null;
    head: bigint | null;
    age: number | null;
  }>;

/** How every reaction stands, readable from any process once a session was opened. */
export const readReactions = async (sql: Sql): Promise<readonly ReactionStatus[]> => {
  const density = await densityIn(sql);
  const announced = await countIntents(sql);
  const rows = await sql<Stored>(
    `select r.name as reaction, r.position, r.silent_until as "silentUntil", r.done, r.refused,
       coalesce(extract(epoch from now() - r.waiting_since), 0)::float8 as "lagSeconds",
       (select count(*) from reaction_intents i where i.reaction = r.name and state = 'waiting')::integer as waiting,
       (select count(*) from reaction_intents i where i.reaction = r.name and state = 'parked')::integer as parked,
       l.head, (extract(epoch from now() - l.seen_at) * 1000)::float8 as age
     from reactions r left join reaction_lease l on true order by r.name`,
  );
  const last = await sql<Action & { reaction: string }>(
    `select distinct on (reaction) reaction, ${ACTION} from reaction_intents
     where state in ('done', 'refused', 'skipped') order by reaction, at desc, position desc`,
  );
  return rows.map((row) =>
    statusOf(
      { ...row, waiting: row.waiting + (announced.get(row.reaction) ?? 0) },
      last.find(({ reaction }) => reaction === row.reaction),
      density,
    ),
  );
};

/** How many facts there are to a step of the position, as far as a view knows. */
const densityIn = async (sql: Sql): Promise<number> => {
  const [table] = await sql<{ isThere: boolean }>(
    `select to_regclass('projection_checkpoints') is not null as "isThere"`,
  );
  if (!table?.isThere) return 0;
  const [row] = await sql<{ density: number | null }>(
    'select max(events::float8 / position) as density from projection_checkpoints where position > 0',
  );
  return row?.density ?? 0;
};

const statusOf = (
  { silentUntil, head, age, ...row }: Stored,
  last: (Action & { reaction: string }) | undefined,
  density: number,
): ReactionStatus => {
  const left = head === null ? 0n : head - (row.position ?? 0n);
  const { reaction: _, ...lastAction } = last ?? { reaction: null };
  return {
    ...row,
    state: stateOf({ silentUntil, age, position: row.position }),
    lagEvents: left > 0n ? Math.max(1, Math.round(Number(left) * density)) : 0,
    lastAction: last ? (lastAction as Action) : null,
  };
};

const stateOf = ({ silentUntil, age, position }: Pick<Stored, 'silentUntil' | 'age' | 'position'>) => {
  if (age === null || age > ALIVE_MS) return 'nobody-runs-it';
  return silentUntil !== null && (position ?? -1n) < silentUntil ? 'remembering' : 'running';
};

const ACTION = `id, state, type, stream, revision, position, dispatch -> 'command' ->> 'type' as command, key, attempts,
  error, reason, decided_by as "decidedBy", at`;

/** What a reaction has to do and did of late: what is parked, what waits, the last that is over. */
export const actionsOf = async (sql: Sql, reaction: string): Promise<readonly Action[]> => {
  const [known] = await sql('select 1 from reactions where name = $1', [reaction]);
  if (!known) throw new NoSuchAction(reaction);
  return sql<Action>(
    `select * from (
       select ${ACTION}, row_number() over (partition by state in ('parked', 'waiting') order by
         case when state in ('parked', 'waiting') then position end, n,
         case when state not in ('parked', 'waiting') then at end desc, position desc) as nth
       from reaction_intents where reaction = $1
     ) as each where nth <= case when state = 'parked' then 1000 else ${SHOWN} end
     order by state not in ('parked', 'waiting'), nth`,
    [reaction],
  ).then((rows) => rows.map(({ nth: _, ...action }: Action & { nth?: unknown }) => action));
};

type At = Readonly<{ reaction: string; id: string; by: string }>;

/** Lets it be tried again, and then what waits behind it. @throws NoSuchAction */
export const retryAction = (sql: Sql, { reaction, id, by }: At): Promise<void> =>
  decided(
    sql,
    `update reaction_intents set state = 'waiting', attempts = 0, error = null, decided_by = $3
     where reaction = $1 and id::text = $2 and state = 'parked' returning id`,
    [reaction, id, by],
  );

/** Leaves it undone for good; what waits behind it goes on. @throws NoSuchAction */
export const skipAction = (sql: Sql, { reaction, id, by }: At, reason: string): Promise<void> =>
  decided(
    sql,
    `update reaction_intents set state = 'skipped', decided_by = $3, reason = $4, at = now()
     where reaction = $1 and id::text = $2 and state = 'parked' returning id`,
    [reaction, id, by, reason],
  );

const decided = async (sql: Sql, text: string, values: readonly unknown[]): Promise<void> => {
  if ((await sql(text, values)).length === 0) throw new NoSuchAction(String(values[1]));
};
