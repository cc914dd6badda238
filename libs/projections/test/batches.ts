import type { Pool } from '../src/view.js';

/** Places in the transaction of a batch where a program can stop, seen from its side of the connection. */
export const MOMENTS = ['before the statement', 'before COMMIT', 'after COMMIT'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Ways in which an engine could write its batches wrongly, planted into what it says to PostgreSQL. */
export type Bug = 'checkpoint first' | 'checkpoint last' | 'no fence';

type Values = readonly unknown[];
type Client = Readonly<{ query: (...args: never[]) => unknown }>;

const FENCE = 'and c.turn = n.turn';
/** Rows that are written once are a fence too: a second writer of them fails. */
const ONCE = /(part_\d+ as \(insert(?:(?!on conflict)[\s\S])*?)(?=\)(?:, part_| update))/g;
const MOVES = 'update projection_checkpoints as c';
/** How many values the statement that moves the checkpoints has: they stand last. */
const OF_MOVES = 9;

export type Watching = Readonly<{
  /** Called at every moment of every batch, and waited for. */
  at?: (moment: Moment, client: Client) => Promise<void> | void;
  bug?: Bug | null;
  /** What is sent in place of any statement. */
  rewrite?: (text: string) => string;
}>;

/** Stands between an engine and its pool: call it before the pool's first connection. */
export const watchBatches = (pool: Pool, { at, bug = null, rewrite = (text) => text }: Watching): void => {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const run = (text: string, values: Values = []) =>
      Reflect.apply(query, undefined, [values.length > 0 ? { text, values } : text]) as Promise<unknown>;
    const outside = (text: string, values: Values) => pool.query(text, [...values]);
    const writer = writerWith(bug, run, outside);
    let isBatch = false;
    const watched = async (text: string, values: Values): Promise<unknown> => {
      if (text.includes(MOVES)) {
        isBatch = true;
        await at?.('before the statement', client);
        return writer.write(text, values);
      }
      if (text !== 'commit' || !isBatch) return run(text, values);
      isBatch = false;
      await at?.('before COMMIT', client);
      const committed = await run(text);
      await at?.('after COMMIT', client);
      await writer.committed();
      return committed;
    };
    Reflect.set(client, 'query', (first: string | { text: string; values?: Values }, ...rest: unknown[]) => {
      const text = rewrite(typeof first === 'string' ? first : first.text);
      const values = (typeof first === 'string' ? (rest[0] as Values | undefined) : first.values) ?? [];
      const isOurs = rest.length === 0 && (typeof first === 'string' || first.constructor === Object);
      if (isOurs) return watched(text, values);
      return Reflect.apply(query, undefined, [
        typeof first === 'string' ? text : Object.assign(first, { text }),
        ...rest,
      ]);
    });
  });
};

type Run = (text: string, values: Values) => Promise<unknown>;

/** Writes a batch as it is told, or with a bug. */
const writerWith = (bug: Bug | null, run: Run, outside: Run) => {
  let owed: readonly [string, Values] | null = null;
  const write = async (text: string, values: Values): Promise<unknown> => {
    if (bug === null) return run(text, values);
    const unfenced = text.replace(FENCE, '');
    if (bug === 'no fence') return run(unfenced.replace(ONCE, '$1 on conflict do nothing'), values);
    const offset = values.length - OF_MOVES;
    const from = text.indexOf(MOVES);
    const moves = unfenced.slice(from).replace(/\$(\d+)/g, (_, number) => `$${Number(number) - offset}`);
    if (bug === 'checkpoint first') {
      await outside(moves, values.slice(offset));
      return run(unfenced, values);
    }
    owed = [moves, values.slice(offset)];
    return run(`${text.slice(0, from)} select unnest($${offset + 1}::text[]) as view`, values.slice(0, offset + 1));
  };
  const committed = async () => {
    const [moves, values] = owed ?? [null, []];
    owed = null;
    if (moves !== null) await outside(moves, values);
  };
  return { write, committed };
};

export const TRAP = 4_711n;

/**
 * Makes something happen in the transaction of a batch before it writes to a table, which `set` names: it waits, for as
 * long as somebody holds the advisory lock `TRAP` (the default).
 */
export const trapFor = async (admin: Pool, tables: readonly string[], deed = `pg_advisory_xact_lock(${TRAP})`) => {
  await admin.query(`
    create table trap (target text);
    insert into trap values (null);
    create function spring() returns trigger language plpgsql as $$ begin
      if exists (select 1 from trap where target = tg_table_name) then perform ${deed}; end if;
      return null;
    end $$;
    create trigger spring before update on projection_checkpoints execute function spring();
    ${tables.map((table) => `create trigger spring before insert on "${table}" execute function spring();`).join('\n')}`);
  return { set: (target: string | null) => admin.query('update trap set target = $1', [target]) };
};
