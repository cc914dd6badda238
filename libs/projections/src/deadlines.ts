import type { Dispatch } from '#kernel';
import { columnsOf, type Sql } from '#postgres';
import { addColumn } from './ddl.js';
import { type RowSealing, unsealed } from './sealing.js';
import { columnOf, keyFieldOf, type Row, type View } from './view.js';

/**
 * A deadline that its row still shows though it was said: the answer was no (`refused`), nothing came of it (`unmoved`),
 * or saying it went wrong (`failed`: tried again at `again_at`, in the machine's time). Void once the row moves.
 */
export const DEADLINES_SCHEMA = `
create table if not exists projection_deadlines (
  view text not null, key text not null, due_at timestamptz not null, outcome text not null, why text,
  tries integer not null, again_at timestamptz, primary key (view, key)
);
${addColumn('projection_deadlines', 'standing', 'text')}`;

/** A row whose time has come. */
export type Due = Readonly<{
  view: View;
  key: string;
  /** UTC with milliseconds. */
  at: string;
  /** What its row stands at, where an instant may come due again; null: the instant says it all. */
  standing: string | null;
  says: () => Dispatch;
  /** How often saying it went wrong. */
  tries: number;
}>;

type Aside = Readonly<{ outcome: 'refused' | 'unmoved' | 'failed'; why: string | null; againAt: string | null }>;

/** How many rows are read at a time. */
const PAGE = 1_000;

const namesIn = (view: View) => {
  const { deadline } = view.projection;
  if (!deadline) throw new Error(`${view.projection.name} has no deadline`);
  const field = keyFieldOf(view);
  const column = view.table.columns[field];
  const type = typeof column === 'object' ? column.type : String(column);
  const standing = deadline.standing === undefined ? 'null::text' : `t.${columnOf(deadline.standing)}::text`;
  return { deadline, at: `t.${columnOf(deadline.at)}`, standing, key: `t.${columnOf(field)}`, field, type };
};
type Names = ReturnType<typeof namesIn>;

/** What was put aside was put aside for this. */
const isSame = ({ at, standing }: Names): string => `a.due_at = ${at} and a.standing is not distinct from ${standing}`;

const besideIt = (names: Names): string =>
  `left join projection_deadlines a on a.view = $1 and a.key = ${names.key}::text and ${isSame(names)}`;

/**
 * The next instant in the rows that are served, past ones included; null: none is open. What was put aside counts from
 * when it is to be tried again, `now` in the machine's time.
 */
export const nextDue = async (sql: Sql, view: View, now: string): Promise<string | null> => {
  const { name } = view.projection;
  const names = namesIn(view);
  const { at, key, type } = names;
  await sql(
    `delete from projection_deadlines a where a.view = $1
       and not exists (select 1 from "${view.table.name}" t where ${key} = a.key::${type} and ${isSame(names)})`,
    [name],
  );
  const [row] = await sql<{ at: string }>(
    `select ${at} as at from "${view.table.name}" t ${besideIt(names)}
     where ${at} is not null and (a.view is null or a.again_at <= $2) order by ${at}, ${key} limit 1`,
    [name, now],
  );
  return row?.at ?? null;
};

type Asked = Readonly<{
  /** Up to and with this instant of business time. */
  by: string;
  /** The machine's time. */
  now: string;
  /** How rows lie in their table. */
  rows?: RowSealing;
}>;

/** The rows whose time has come, the first due first. Reads a page when it is asked for. */
export async function* dueRows(sql: Sql, view: View, { by, now, rows = unsealed }: Asked): AsyncGenerator<Due> {
  const { name } = view.projection;
  const names = namesIn(view);
  const { deadline, at, standing, key, field, type } = names;
  type Found = Row & Readonly<{ __at: string; __standing: string | null; __tries: number }>;
  for (let last: Found | undefined; ; ) {
    const page: readonly Found[] = await sql<Found>(
      `select ${columnsOf(view.table, 't')}, ${at} as "__at", ${standing} as "__standing",
         coalesce(a.tries, 0) as "__tries"
       from "${view.table.name}" t ${besideIt(names)}
       where ${at} <= $2 and (a.view is null or a.again_at <= $3)
         and ($4::timestamptz is null or (${at}, ${key}) > ($4::timestamptz, $5::${type}))
       order by ${at}, ${key} limit ${PAGE}`,
      [name, by, now, last?.__at ?? null, last?.[field] ?? null],
    );
    const opened = rows.open(
      view.table,
      page.map(({ __at, __standing, __tries, ...row }) => row),
    );
    for (const [index, row] of opened.entries()) {
      const { __at, __standing, __tries } = page[index] as Found;
      const says = () => deadline.says(row);
      yield { view, key: String(row[field]), at: __at, standing: __standing, says, tries: __tries };
    }
    if (page.length < PAGE) return;
    last = page.at(-1);
  }
}

/** Keeps a deadline out of the way: until it is to be tried again, or until its row moves. */
export const putAside = async (
  sql: Sql,
  { view, key, at, standing, tries }: Omit<Due, 'says'>,
  { outcome, why, againAt }: Aside,
): Promise<void> => {
  await sql(
    `insert into projection_deadlines (view, key, due_at, outcome, why, tries, again_at, standing)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (view, key) do update set due_at = excluded.due_at, standing = excluded.standing, outcome = excluded.outcome, why = excluded.why,
       tries = excluded.tries, again_at = excluded.again_at`,
    [view.projection.name, key, at, outcome, why, tries + 1, againAt, standing],
  );
};
