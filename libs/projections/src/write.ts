import { type Copy, columnsOf, deleteByKeys, forget, inTransaction, type Sql, type Statement, upsert } from '#postgres';
import type { Slot } from './checkpoints.js';
import { moveCheckpoints } from './checkpoints.js';
import { FenceLost, UnwritableRow } from './faults.js';
import type { Step } from './fold.js';
import { announce } from './intents.js';
import { park } from './parked.js';
import { derived, todayIn } from './time.js';
import { columnOf, keyFieldOf, NEXT_CHANGE, type Pool, type Row } from './view.js';

/** Who is frozen in the middle of a batch must not hold its locks against those who take over. */
const FROZEN_MS = 3_000;

/** Working on rows for longer than that with nothing said to PostgreSQL could be taken for being frozen. */
const BREATH_MS = 500;

/** A month of days may announce more of the rows than one statement should carry. */
const ANNOUNCED_AT_ONCE = 500;

/** How many rows are re-derived at a time when a day has closed. */
const SWEEP_ROWS = 2_000;

/**
 * Writes the steps of one batch, all or none.
 * @param handedOver hears when PostgreSQL has what it is to write: until then it waits for this process, which has not to go
 * on with other work
 * @throws FenceLost when one of the checkpoints is no longer where its step starts
 * @throws UnwritableRow when a row does not fit its table
 */
export const writeSteps = async (
  { pool, slot }: Readonly<{ pool: Pool; slot: Slot }>,
  steps: readonly Step[],
  handedOver: () => void,
): Promise<void> => {
  const from = performance.now();
  await madeReady(steps);
  const statement = statementOf(slot, slot === 'next' ? steps.map((step) => ({ ...step, made: [] })) : steps);
  let written = from;
  const write = async (sql: Sql, copy: Copy, given: () => Promise<void>) => {
    // A table that is being filled is made durable by the commit that puts it in its place.
    if (slot === 'next') await sql('set local synchronous_commit to off');
    const moving = sql(...statement);
    await Promise.race([moving, given()]);
    handedOver();
    const moved = await moving;
    if (moved.length !== steps.length) throw new FenceLost(steps.map(({ member }) => member.name));
    if (slot === 'next') for (const step of steps) await copyRows(copy, step);
    for (const step of steps) {
      await forgetIn(sql, step);
      if (step.sweep !== 'none') await sweep(sql, step);
    }
    written = performance.now();
  };
  await inTransaction(pool, write, { idleMs: FROZEN_MS });
  const committed = performance.now();
  for (const { member } of steps) {
    member.stopwatch.batch();
    member.stopwatch.spent('write', written - from);
    member.stopwatch.spent('commit', committed - written);
  }
};

/** Rows that replace none are copied into a table that is being filled: an insert would cost three times as much. */
const copyRows = async (copy: Copy, { member, made }: Step): Promise<void> => {
  if (made.length === 0) return;
  try {
    await copy(member.table, member.sealing.seal(member.table, made));
  } catch (error) {
    // What PostgreSQL refused says so itself.
    throw error instanceof TypeError ? new UnwritableRow(member.name, error) : error;
  }
};

/** Rows that the batch did not touch: what is personal in them goes, whatever the fold thinks of it. */
const forgetIn = async (sql: Sql, { member, forgotten }: Step): Promise<void> => {
  if (forgotten.length === 0) return;
  const statement = forget(member.table, forgotten);
  if (statement) await sql(...statement);
};

/** Settles when the rows of these steps can be sealed. */
export const madeReady = async (steps: readonly Step[]): Promise<void> => {
  await Promise.all(
    steps.map(({ member: { sealing, table }, made, rows }) => sealing.prepare(table, [...made, ...rows])),
  );
};

/** One statement for the rows and checkpoints of all views. A row comes back for each checkpoint that was moved. */
export const statementOf = (slot: Slot, steps: readonly Step[]): Statement => {
  const moves = steps.map(({ member, from, to }) => ({ view: member.name, from, to }));
  const parts = steps.flatMap(rowsOf);
  const values: unknown[] = [];
  const place = ([text, own]: Statement) => {
    const offset = values.length;
    values.push(...own);
    return text.replace(/\$(\d+)/g, (_, number) => `$${Number(number) + offset}`);
  };
  const rows = parts.map((part, index) => `part_${index} as (${place(part)})`);
  const main = place(moveCheckpoints(slot, moves));
  return [`${rows.length > 0 ? `with ${rows.join(', ')} ` : ''}${main}`, values];
};

const rowsOf = ({ member, made, rows: changed, gone, parked, announcer }: Step): Statement[] => {
  const field = keyFieldOf(member.view);
  const rows = made.length > 0 ? [...made, ...changed] : changed;
  try {
    return [
      ...(announcer && announcer.intents.length > 0 ? [announce(member.name, announcer.intents)] : []),
      ...(parked.length > 0 ? [park(member.name, member.slot, parked)] : []),
      ...(rows.length > 0 ? [written(member, rows)] : []),
      ...(gone.length > 0
        ? [
            deleteByKeys(
              member.table,
              gone.map((key) => ({ [field]: key })),
            ),
          ]
        : []),
    ];
  } catch (error) {
    throw new UnwritableRow(member.name, error);
  }
};

/** A row that is what one fact says is written once: it replaces none, and no second fact may claim its place. */
const written = ({ table, view, sealing }: Step['member'], rows: readonly Row[]): Statement => {
  const [text, values] = upsert(table, sealing.seal(table, rows));
  return [view.appendOnly ? text.replace(/\s+on conflict [\s\S]*$/, '') : text, values];
};

/** Re-derives the rows whose day has come, a chunk at a time. */
const sweep = async (sql: Sql, { member, to, announcer, sweep: which }: Step): Promise<void> => {
  const told = announcer?.intents.length ?? 0;
  const { table, view, rows: known } = member;
  const field = keyFieldOf(view);
  const key = columnOf(field);
  const today = todayIn(member, to.context);
  const moved = (row: Row) => announcer?.upToDate(String(row[field]), row) ?? row;
  const isDue = which === 'due' ? `${columnOf(NEXT_CHANGE)} <= $2` : '$2::date is not null';
  let after: unknown = null;
  for (;;) {
    const chunk = await sql<Row>(
      `select ${columnsOf<Row>(table)} from "${table.name}" where ($1::text is null or ${key} > ($1::text)::${typeOf(table, field)})
       and ${isDue} order by ${key} limit ${SWEEP_ROWS}`,
      [after, today],
    );
    if (chunk.length === 0) break;
    const rows: Row[] = [];
    let heardOf = performance.now();
    for (const row of member.sealing.open(table, chunk)) {
      rows.push(rederived(member, moved(row), to.context));
      if (performance.now() - heardOf < BREATH_MS) continue;
      await sql('select 1');
      heardOf = performance.now();
    }
    await member.sealing.prepare(table, rows);
    await sql(...upsert<Row>(table, member.sealing.seal(table, rows)));
    for (const row of rows) known.refresh(String(row[field]), row);
    const intents = announcer?.intents.splice(told) ?? [];
    while (intents.length > 0) await sql(...announce(member.name, intents.splice(0, ANNOUNCED_AT_ONCE)));
    after = chunk.at(-1)?.[field];
  }
};

const rederived = (member: Step['member'], row: Row, context: object | null): Row => {
  try {
    return derived(member, row, context);
  } catch (error) {
    throw new UnwritableRow(member.name, error);
  }
};

const typeOf = ({ columns }: Step['member']['table'], field: string): string => {
  const column = columns[field];
  return typeof column === 'object' ? column.type : String(column);
};
