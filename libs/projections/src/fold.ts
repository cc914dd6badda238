import type { Recorded } from '#kernel';
import { type Sql, selectByKeys } from '#postgres';
import type { Standing } from './checkpoints.js';
import { type LogEntry, positionOf } from './log.js';
import type { Member } from './member.js';
import { keyFieldOf, mayHear, NEXT_CHANGE, placeOf, type Row } from './view.js';

/** Which rows time has moved: those that are due, or all of them. */
export type Sweep = 'none' | 'due' | 'all';

/** What a batch makes of one view, to be written as a whole. */
export type Step = Readonly<{
  member: Member;
  from: Standing;
  to: Standing;
  rows: readonly Row[];
  /** Keys of the rows to remove. */
  gone: readonly string[];
  sweep: Sweep;
  /** The entry it could not get past; the rest of the step is what came before that. */
  poison: Poison | null;
}>;
export type Poison = Readonly<{ entry: LogEntry; error: unknown }>;

type Heard = Readonly<{ entry: LogEntry; fact: Recorded; keys: readonly string[] }>;
type Plan = Readonly<{
  heard: readonly Heard[];
  through: bigint | null;
  facts: bigint;
  factAt: string | null;
  poison: Poison | null;
}>;

/** Folds what lies behind the member's standing, reading the rows it does not know, and moves its standing on. */
export const foldBatch = async (sql: Sql, member: Member, entries: readonly LogEntry[]): Promise<Step> => {
  const plan = planOf(member, entries);
  if (!member.view.appendOnly) await readRows(sql, member, plan.heard);
  const step = stepOf(member, entries, plan);
  member.standing = step.to;
  return step;
};

const planOf = (member: Member, entries: readonly LogEntry[]): Plan => {
  const { position } = member.standing;
  let { events: facts, factAt } = member.standing;
  let through = position;
  const heard: Heard[] = [];
  for (const entry of entries) {
    const at = positionOf(entry);
    if (position !== null && at <= position) continue;
    try {
      const one = hear(member, entry);
      if (one) heard.push(one);
    } catch (error) {
      return { heard, through, facts, factAt, poison: { entry, error } };
    }
    through = at;
    if (entry.kind === 'fact') {
      facts += 1n;
      factAt = entry.fact.recordedAt;
    }
  }
  return { heard, through, facts, factAt, poison: null };
};

const hear = (member: Member, entry: LogEntry): Heard | null => {
  if (entry.kind === 'checkpoint') return null;
  if (entry.kind === 'unreadable') {
    if (mayHear(member.view, entry.type)) throw new Error(entry.reason);
    return null;
  }
  const { fact } = entry;
  if (member.hears(fact)) return { entry, fact, keys: [...new Set(member.projection.keys(fact))] };
  return member.turnsOn.has(fact.type) ? { entry, fact, keys: [] } : null;
};

const readRows = async (sql: Sql, { table, view, rows }: Member, heard: readonly Heard[]): Promise<void> => {
  const field = keyFieldOf(view);
  const missing = new Set<string>();
  for (const { keys } of heard) for (const key of keys) if (!rows.knows(key)) missing.add(key);
  if (missing.size === 0) return;
  const found = await sql<Row>(
    ...selectByKeys(
      table,
      [...missing].map((key) => ({ [field]: key })),
    ),
  );
  for (const row of found) {
    rows.keep(String(row[field]), row);
    missing.delete(String(row[field]));
  }
  for (const key of missing) rows.keep(key, null);
};

const stepOf = (member: Member, entries: readonly LogEntry[], plan: Plan): Step => {
  const folded = foldHeard(member, plan.heard);
  if (folded.poison) return stepOf(member, entries, cutBefore(member, entries, plan, folded.poison));
  const from = member.standing;
  const { rows, context } = folded;
  const days = daysOf(member, folded);
  const gone = [...rows].flatMap(([key, row]) => (row === null && member.rows.get(key) !== null ? [key] : []));
  if (!member.view.appendOnly) for (const [key, row] of rows) member.rows.keep(key, row);
  return {
    member,
    from,
    to: {
      position: plan.through,
      turn: from.turn + 1n,
      context,
      derivedFor: days.derivedFor,
      events: plan.facts,
      factAt: plan.factAt,
    },
    rows: [...rows.values()].filter((row) => row !== null),
    gone,
    sweep: days.sweep,
    poison: plan.poison,
  };
};

/** The same plan as if the log ended before that entry. */
const cutBefore = (member: Member, entries: readonly LogEntry[], plan: Plan, poison: Poison): Plan => {
  const at = positionOf(poison.entry);
  const before = planOf(
    member,
    entries.filter((entry) => positionOf(entry) < at),
  );
  return { ...before, heard: plan.heard.filter(({ entry }) => positionOf(entry) < at), poison };
};

type Folded = Readonly<{
  /** The rows that changed. */
  rows: ReadonlyMap<string, Row | null>;
  context: object | null;
  /** A policy came, not just a day: every row may be derived otherwise. */
  derivesAnew: boolean;
  poison: Poison | null;
}>;

const foldHeard = (member: Member, heard: readonly Heard[]): Folded => {
  const rows = new Map<string, Row | null>();
  const lastEntry = new Map<string, LogEntry>();
  let context = member.standing.context;
  let derivesAnew = false;
  for (const { entry, fact, keys } of heard) {
    try {
      const turned = turn(member, context, fact);
      const changed = keys.flatMap((key) => foldRow(member, rows, { fact, key, context: turned.context }));
      for (const [key, row] of changed) {
        rows.set(key, row);
        lastEntry.set(key, entry);
      }
      context = turned.context;
      derivesAnew ||= turned.derivesAnew;
    } catch (error) {
      return { rows, context, derivesAnew, poison: { entry, error } };
    }
  }
  const poison = deriveRows(member, rows, { context, lastEntry });
  return { rows, context, derivesAnew, poison };
};

type Touch = Readonly<{ fact: Recorded; key: string; context: object | null }>;

const foldRow = (
  { view, projection, rows: known }: Member,
  rows: ReadonlyMap<string, Row | null>,
  { fact, key, context }: Touch,
): [string, Row | null][] => {
  if (view.appendOnly) {
    const row = projection.fold(null, fact, key, context);
    return row === null ? [] : [[placeOf(view, row), row]];
  }
  const before = rows.get(key);
  const row = before === undefined ? known.get(key) : before;
  const after = projection.fold(row, fact, key, context);
  return after === row ? [] : [[key, after]];
};

const turn = ({ projection, turnsOn }: Member, context: object | null, fact: Recorded) => {
  if (!projection.context || !turnsOn.has(fact.type)) return { context, derivesAnew: false };
  const { fold, today } = projection.context;
  const after = fold(context, fact);
  const isOtherDay = today(after) !== today(context);
  return { context: after, derivesAnew: !isOtherDay && JSON.stringify(after) !== JSON.stringify(context) };
};

/** The business day that rows are derived for in that context. */
export const todayIn = ({ projection }: Member, context: object | null): string | null =>
  projection.context && context ? projection.context.today(context) : null;

/** A row with the columns that time moves, as of that context. */
export const derived = (member: Member, row: Row, context: object | null): Row => {
  const { advance } = member.projection;
  const today = todayIn(member, context);
  if (!advance) return row;
  return today === null ? { ...row, [NEXT_CHANGE]: null } : advance(row, today, context);
};

type Deriving = Readonly<{ context: object | null; lastEntry: ReadonlyMap<string, LogEntry> }>;

const deriveRows = (member: Member, rows: Map<string, Row | null>, { context, lastEntry }: Deriving): Poison | null => {
  if (!member.projection.advance) return null;
  for (const [key, row] of rows) {
    try {
      if (row !== null) rows.set(key, derived(member, row, context));
    } catch (error) {
      return { entry: lastEntry.get(key) as LogEntry, error };
    }
  }
  return null;
};

const daysOf = (member: Member, { context, derivesAnew }: Folded): { derivedFor: string | null; sweep: Sweep } => {
  const { derivedFor } = member.standing;
  const today = todayIn(member, context);
  if (!member.projection.advance || today === null) return { derivedFor, sweep: 'none' };
  if (member.rows.provesEmpty) return { derivedFor: today, sweep: 'none' };
  if (member.defersDays) return { derivedFor: derivesAnew ? null : derivedFor, sweep: 'none' };
  if (derivesAnew || derivedFor === null) return { derivedFor: today, sweep: 'all' };
  return { derivedFor: today, sweep: derivedFor === today ? 'none' : 'due' };
};
