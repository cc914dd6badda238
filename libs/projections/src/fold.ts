import type { Recorded } from '#kernel';
import { type Sql, selectByKeys } from '#postgres';
import { Announcer } from './announcer.js';
import type { Standing } from './checkpoints.js';
import { faultAt, UnwritableRow } from './faults.js';
import { type LogEntry, positionOf } from './log.js';
import type { Member } from './member.js';
import { holdOfKey, holdOfStream, type Parked, skipOf } from './parked.js';
import { cutBefore, type Heard, mayPark, type Plan, type Poison, planOf } from './plan.js';
import { daysOf, derived, type Sweep, turn } from './time.js';
import { keyFieldOf, placeOf, type Row } from './view.js';

/** What a batch makes of one view, to be written as a whole. */
export type Step = Readonly<{
  member: Member;
  from: Standing;
  to: Standing;
  /** Rows that replace none. */
  made: readonly Row[];
  /** Rows that may replace one. */
  rows: readonly Row[];
  /** Keys of the rows to remove. */
  gone: readonly string[];
  parked: readonly Parked[];
  /** What is announced, also of rows that the sweep moves. */
  announcer: Announcer | null;
  sweep: Sweep;
  /** Whose personal data goes. */
  forgotten: readonly string[];
  /** The entry it could not get past; the rest of the step is what came before that. */
  poison: Poison | null;
}>;

/**
 * Folds what lies behind the member's standing, reading the rows it does not know, and moves its standing on.
 * @param doomed an entry known to fail: it is parked unfolded
 */
export const foldBatch = async (
  sql: Sql,
  member: Member,
  entries: readonly LogEntry[],
  doomed: Poison | null = null,
): Promise<Step> => {
  const from = performance.now();
  const plan = planOf(member, entries);
  const planned = performance.now();
  if (!member.view.appendOnly) await readRows(sql, member, plan.heard);
  const read = performance.now();
  const step = stepOf(member, entries, { plan, doomed });
  member.stopwatch.spent('read', read - planned);
  member.stopwatch.spent('fold', planned - from + performance.now() - read);
  member.standing = step.to;
  return step;
};

/** Makes the rows known that these facts touch. */
const readRows = async (sql: Sql, member: Member, heard: readonly Heard[]): Promise<void> => {
  const { view, rows } = member;
  const field = keyFieldOf(view);
  const missing = new Set<string>();
  for (const { keys } of heard) for (const key of keys ?? []) if (!rows.knows(key)) missing.add(key);
  if (missing.size === 0) return;
  const wanted = [...missing].map((key) => ({ [field]: key }));
  for (const row of await storedRows(sql, member, wanted)) {
    rows.keep(String(row[field]), row);
    missing.delete(String(row[field]));
  }
  for (const key of missing) rows.keep(key, null);
};

/** The rows with these keys that exist, as a fold knows them. */
export const storedRows = async (sql: Sql, member: Member, keys: readonly Row[]): Promise<readonly Row[]> => {
  const { table, sealing, name } = member;
  const stored = await sql<Row>(...selectByKeys(table, keys));
  try {
    return sealing.open(table, stored);
  } catch (error) {
    throw new UnwritableRow(name, error); // a row that was changed behind our back: a rebuild makes it anew
  }
};

type Planned = Readonly<{ plan: Plan; doomed: Poison | null }>;

const stepOf = (member: Member, entries: readonly LogEntry[], { plan, doomed }: Planned): Step => {
  const folding = new Folding(member, doomed);
  const poison = folding.run(plan.heard);
  if (poison) return stepOf(member, entries, { plan: cutBefore(member, entries, plan, poison), doomed });
  const { rows, parked, context, announcer } = folding;
  const from = member.standing;
  const { derivedFor, sweep } = daysOf(member, folding);
  const written = member.view.appendOnly ? { made: rowsIn(rows), rows: [], gone: [] } : keptOf(member, rows);
  for (const { hold } of parked) if (hold !== null) member.holds.add(hold);
  const { through: position, facts: events, factAt, forgotten } = plan;
  if (forgotten.length > 0) blankRowsOf(member, forgotten);
  return {
    member,
    from,
    to: { position, turn: from.turn + 1n, context, derivedFor, events, factAt },
    ...written,
    parked,
    announcer,
    sweep,
    forgotten,
    poison: plan.poison,
  };
};

const rowsIn = (folded: ReadonlyMap<string, Row | null>) => [...folded.values()].filter((row) => row !== null);

/** Keeps the rows in memory. @returns which of them are new to the table, and which are to go */
const keptOf = (
  { rows: known }: Member,
  folded: ReadonlyMap<string, Row | null>,
): Pick<Step, 'made' | 'rows' | 'gone'> => {
  const [made, rows, gone]: [Row[], Row[], string[]] = [[], [], []];
  for (const [key, row] of folded) {
    const isThere = known.get(key) !== null;
    if (row !== null) (isThere ? rows : made).push(row);
    else if (isThere) gone.push(key);
    known.keep(key, row);
  }
  return { made, rows, gone };
};

/** Nothing personal of them stays in the memory either. */
const blankRowsOf = ({ rows, table, sealing }: Member, forgotten: readonly string[]): void => {
  const theirs = (row: Row) => forgotten.includes(String(sealing.subjectOf(table, row)));
  rows.rewrite((row) => (theirs(row) ? sealing.blanked(table, row) : row));
};

/** One pass over what a view has heard. */
class Folding {
  /** The rows that changed. */
  readonly rows = new Map<string, Row | null>();
  readonly parked: Parked[] = [];
  readonly announcer: Announcer | null;
  context: object | null;
  derivesAnew = false;
  readonly #lastEntry = new Map<string, LogEntry>();
  readonly #holds = new Set<string>();

  constructor(
    private readonly member: Member,
    private readonly doomed: Poison | null,
  ) {
    this.context = member.standing.context;
    this.announcer = member.announces.length > 0 ? new Announcer(member) : null;
  }

  /** @returns what it could not get past: all that was folded is then void */
  run(heard: readonly Heard[]): Poison | null {
    for (const one of heard) {
      try {
        this.#take(one);
      } catch (error) {
        return { entry: one.entry, error };
      }
    }
    return this.#derive();
  }

  #take(one: Heard): void {
    const { entry, fact, keys } = one;
    if (fact === null || keys === null) {
      if (!this.member.skips.has(skipOf(positionOf(entry), ''))) this.#park(one, { key: '', error: one.error });
      return;
    }
    if (this.member.turnsOn.has(fact.type)) this.#turn(fact);
    if (this.#holdsAny && this.#isHeld(holdOfStream(fact.stream))) this.#park(one, { key: '', error: null });
    else for (const key of keys) this.#fold(one, { entry, fact, key });
  }

  #turn(fact: Recorded): void {
    const { context, derivesAnew } = turn(this.member, this.context, fact);
    if (context !== this.context) this.announcer?.turned(fact, this.context, context, derivesAnew);
    this.context = context;
    this.derivesAnew ||= derivesAnew;
  }

  #fold(one: Heard, touch: Touch): void {
    const { key, fact } = touch;
    if (this.member.skips.size > 0 && this.member.skips.has(skipOf(fact.position, key))) return;
    if (this.#holdsAny && this.#isHeld(holdOfKey(key))) this.#park(one, { key, error: null });
    else if (this.doomed?.entry === one.entry) this.#park(one, { key, error: this.doomed.error });
    else if (mayPark(this.member, one.entry)) this.#foldOrPark(one, touch);
    else this.#foldRow(touch);
  }

  #foldOrPark(one: Heard, touch: Touch): void {
    try {
      this.#foldRow(touch);
    } catch {
      this.#foldAgain(one, touch);
    }
  }

  #foldAgain(one: Heard, touch: Touch): void {
    try {
      this.#foldRow(touch);
    } catch (error) {
      this.#park(one, { key: touch.key, error });
    }
  }

  #foldRow({ entry, fact, key }: Touch): void {
    const { view, projection, rows: known } = this.member;
    const { announcer, context } = this;
    if (view.appendOnly) {
      const row = projection.fold(null, fact, key, context);
      if (row !== null) this.#put(placeOf(view, row), row, entry);
      return;
    }
    const before = this.rows.get(key);
    const stored = before === undefined ? known.get(key) : before;
    const row = announcer ? announcer.upToDate(key, stored) : stored;
    if (row !== stored) this.#put(key, row, entry);
    const after = projection.fold(row, fact, key, context);
    if (after === row) return;
    this.#put(key, announcer ? announcer.changed(fact, key, { before: row, after }, context) : after, entry);
  }

  #put(key: string, row: Row | null, entry: LogEntry): void {
    this.rows.set(key, row);
    if (this.member.projection.advance) this.#lastEntry.set(key, entry);
  }

  get #holdsAny(): boolean {
    return this.#holds.size > 0 || this.member.holds.size > 0;
  }

  #isHeld(hold: string): boolean {
    return this.#holds.has(hold) || this.member.holds.has(hold);
  }

  #park({ entry, fact }: Heard, { key, error }: Missing): void {
    const { position, stream, revision, type, error: text } = faultAt(entry, error);
    const { view } = this.member;
    const hold = view.appendOnly ? null : key === '' ? holdOfStream(stream) : holdOfKey(key);
    if (hold !== null) this.#holds.add(hold);
    const isPoison = error !== null || fact === null;
    const context = this.context;
    this.parked.push({ position, key, hold, stream, revision, type, error: isPoison ? text : null, context });
  }

  /** Derives each row that changed, once, for the day on which the batch ends. */
  #derive(): Poison | null {
    if (!this.member.projection.advance) return null;
    for (const [key, row] of this.rows) {
      try {
        const now = this.announcer ? this.announcer.upToDate(key, row) : row;
        this.rows.set(key, now && derived(this.member, now, this.context));
      } catch (error) {
        return { entry: this.#lastEntry.get(key) as LogEntry, error };
      }
    }
    return null;
  }
}

type Touch = Readonly<{ entry: LogEntry; fact: Recorded; key: string }>;
type Missing = Readonly<{ key: string; error: unknown }>;
