import { setTimeout as pause } from 'node:timers/promises';
import { type Clock, idFrom, Unavailable, type Wish } from '#application';
import { slices } from '#domain';
import { isRejection, laterBy, millisecondsBetween } from '#kernel';
import { type Due, dueRows, explained, nextDue, putAside, waitFor } from '#projections';
import type { Decide } from './because.js';
import { machineClock } from './business-clock.js';
import type { Session } from './session.js';

/** A view as the engine keeps it. */
type View = Due['view'];

/** Where rows lie, what the time is, and who says what is due. */
export type Saying = Pick<Session, 'sql' | 'store' | 'log' | 'clock' | 'logger' | 'secrets'> &
  Readonly<{
    decide: Decide;
    machine?: Clock;
    /** How long a view may take to hear what the log already says, in milliseconds. */
    catchUpMs?: number;
  }>;

/** What a round came to: what was said and not refused; whether something due has to wait; when the next is due. */
export type Round = Readonly<{ said: readonly Due[]; isWaiting: boolean; next: string | null }>;

/** Promises of one instant have no order among them: so many are said at once. */
const AT_ONCE = 32;
const CATCH_UP_MS = 5_000;
const AGAIN_AFTER_MS = 1_000;
const MOST_AGAIN_MS = 3_600_000;
/** A row that is new may be due sooner than all that were known; a standing clock may be moved. */
const LOOK_EVERY_MS = 500;

/**
 * Says what rows promised when the time has come: in the order of due times, each dated then, however late it is noticed.
 * A row speaks once its view has passed what was the head of the log when the round began: what had moved the deadline
 * by then, moved it. Ids derive from view, key, due time and what the row stands at, where that matters: who says it again
 * records nothing.
 */
export class Deadlines {
  /** What the last round said, by row. */
  private told = new Map<string, string>();

  constructor(
    private readonly saying: Saying,
    /** The views whose rows this process answers for now. */
    private readonly views: () => readonly View[],
  ) {}

  /** Says all that is due by that instant of business time. Throws `Unavailable`; what was said then stays said. */
  async round(by = this.saying.clock.now(), signal?: AbortSignal): Promise<Round> {
    const { sql, store, catchUpMs = CATCH_UP_MS } = this.saying;
    const now = this.machineNow();
    const open: { view: View; at: string }[] = [];
    for (const view of this.views().filter(({ projection }) => projection.deadline)) {
      const at = await nextDue(sql, view, now);
      if (at !== null) open.push({ view, at });
    }
    const due = open.filter(({ at }) => at <= by);
    const next = open.reduce<string | null>((first, { at }) => (first === null || at < first ? at : first), null);
    if (due.length === 0) {
      this.told = new Map();
      return { said: [], isWaiting: false, next };
    }
    const head = await store.head();
    const ready: View[] = [];
    for (const { view } of due)
      if (head === null || (await waitFor(sql, view.projection.name, head, catchUpMs))) ready.push(view);
    const said = await this.sayAll(ready, { by, now }, signal);
    return { said, isWaiting: ready.length < due.length, next };
  }

  private async sayAll(
    views: readonly View[],
    asked: Readonly<{ by: string; now: string }>,
    signal?: AbortSignal,
  ): Promise<readonly Due[]> {
    const { sql, secrets } = this.saying;
    const said: Due[] = [];
    const before = this.told;
    this.told = new Map();
    const each = views.map((view) => dueRows(sql, view, { ...asked, rows: secrets.rows }));
    for await (const group of atOnce(inOrder(each))) {
      if (signal?.aborted) break;
      const answers = await Promise.allSettled(group.map((due) => this.say(due, before)));
      for (const [index, answer] of answers.entries()) {
        if (answer.status === 'rejected') throw answer.reason;
        if (answer.value) said.push(group[index] as Due);
      }
    }
    return said;
  }

  /** @returns whether it was said, and not refused */
  private async say(due: Due, before: ReadonlyMap<string, string>): Promise<boolean> {
    const { sql, decide, logger } = this.saying;
    const row = rowOf(due);
    const { at, key } = due;
    const promised = `${at} ${due.standing ?? ''}`;
    const about = { view: due.view.projection.name, key, at };
    const aside = (outcome: 'refused' | 'unmoved' | 'failed', why: string | null, againAt: string | null = null) =>
      putAside(sql, due, { outcome, why, againAt });
    try {
      const answer = await decide(this.wishOf(due));
      if (isRejection(answer)) {
        logger.info({ ...about, code: answer.rejected }, 'a deadline was refused');
        await aside('refused', answer.rejected);
        return false;
      }
      if (before.get(row) === promised) {
        logger.warn(about, 'a deadline was said and its row still shows it');
        await aside('unmoved', null);
        return false;
      }
      this.told.set(row, promised);
      return true;
    } catch (error) {
      // The stores pass by themselves; what is wrong with one row must not hold up the others.
      if (error instanceof Unavailable || isOfStore(error)) throw error;
      const why = explained(error);
      logger.error({ ...about, error: why }, 'a deadline could not be said');
      const after = Math.min(AGAIN_AFTER_MS * 2 ** due.tries, MOST_AGAIN_MS);
      await aside('failed', why, laterBy(after, this.machineNow()));
      return false;
    }
  }

  private wishOf({ view: { projection }, key, at, standing, says }: Due): Wish {
    const { log } = this.saying;
    const by = `${projection.name}-deadline`;
    const { category, id, command } = says();
    const slice = slices.find((one) => one.category === category);
    if (!slice) throw new Error(`${by} speaks to a slice that is not there: ${category}`);
    const commandId = idFrom(
      log.secret,
      'deadline',
      projection.name,
      key,
      at,
      ...(standing === null ? [] : [standing]),
    );
    const meta = {
      commandId,
      correlationId: commandId,
      causationId: commandId,
      occurredAt: at,
      zone: log.company.zone,
      actor: { kind: 'system', id: by },
      channel: 'deadline',
    } as const;
    return { slice, id: id ?? idFrom(commandId, 'id'), commands: [command], meta };
  }

  private machineNow(): string {
    return (this.saying.machine ?? machineClock).now();
  }
}

/** Until the signal ends: says what is due, as soon as it is. */
export const keepDeadlines = async (
  session: Session,
  decide: Decide,
  views: () => readonly View[],
  signal: AbortSignal,
): Promise<void> => {
  const { clock, logger } = session;
  const deadlines = new Deadlines({ ...session, decide }, views);
  while (!signal.aborted) {
    try {
      const { said, next } = await deadlines.round(clock.now(), signal);
      // What was said may have led to a promise that is due already.
      if (said.length === 0) await rest(untilNext(next, clock.now()), signal);
    } catch (error) {
      logger.warn({ err: error }, 'what is due waits for the stores');
      await rest(AGAIN_AFTER_MS, signal);
    }
  }
};

/** Milliseconds to rest before the next look. */
const untilNext = (next: string | null, now: string): number => {
  const until = next === null ? LOOK_EVERY_MS : millisecondsBetween(now, next);
  return until > 0 && until < LOOK_EVERY_MS ? until : LOOK_EVERY_MS;
};

const rest = (milliseconds: number, signal: AbortSignal) =>
  pause(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);

const rowOf = ({ view, key }: Due): string => `${view.projection.name} ${key}`;

/** PostgreSQL said no, or nothing: the rows are not to blame. */
const isOfStore = (error: unknown): boolean => error instanceof Error && 'severity' in error;

/** Everything of several, each of which is in the order of due times, in that order. */
async function* inOrder(each: readonly AsyncGenerator<Due>[]): AsyncGenerator<Due> {
  const heads: { due: Due; rest: AsyncGenerator<Due> }[] = [];
  for (const rest of each) await take(rest);
  while (heads.length > 0) {
    const first = heads.reduce((least, one) => (one.due.at < least.due.at ? one : least));
    heads.splice(heads.indexOf(first), 1);
    yield first.due;
    await take(first.rest);
  }

  async function take(rest: AsyncGenerator<Due>): Promise<void> {
    const { value, done } = await rest.next();
    if (!done) heads.push({ due: value, rest });
  }
}

/** Those of one instant together, so many at most. */
async function* atOnce(dues: AsyncIterable<Due>): AsyncGenerator<readonly Due[]> {
  let group: Due[] = [];
  for await (const due of dues) {
    if (group.length === AT_ONCE || (group[0] && group[0].at !== due.at)) {
      yield group;
      group = [];
    }
    group.push(due);
  }
  if (group.length > 0) yield group;
}
