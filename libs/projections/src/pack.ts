import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import type { Recorded } from '#kernel';
import { type Sql, sqlOver } from '#postgres';
import type { Slot } from './checkpoints.js';
import { readCheckpoints } from './checkpoints.js';
import { type Fault, isDataFault } from './faults.js';
import { foldBatch, type Step } from './fold.js';
import { HeldSteps, mayBeHeld, sharesOf } from './held-steps.js';
import { isolate, stopAt } from './isolate.js';
import { bytesOf, type Log, type LogEntry, positionOf } from './log.js';
import type { Member } from './member.js';
import { Pace } from './pace.js';
import { readParking } from './parked.js';
import { Reader } from './reader.js';
import type { RowSealing } from './sealing.js';
import { type Pool, shapeOf } from './view.js';
import { writeSteps } from './write.js';

/** The part of a logger that the engine speaks to. */
export type Logger = Readonly<Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>>;

/** What a pack lives on, and whom it tells. */
export type Surroundings = Readonly<{
  log: Log;
  pool: Pool;
  logger: Logger;
  now: () => Date;
  /** A fact that cannot be folded is put aside; otherwise the view stops there. */
  parks: boolean;
  rows: RowSealing;
  forgets: (fact: Recorded) => string | null;
  /** The tables have come further. */
  committed: () => void;
  /** A view goes no further: at a fact it cannot fold, or because another version of it is served now. */
  left: (member: Member, why: Fault | 'superseded') => void;
}>;

/** How long a pack waits for the log before it shows that it is alive. */
const PATIENCE_MS = 500;
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** Entries that a view, or some view, could not be taken through in one go. */
class Trouble extends Error {
  constructor(
    readonly members: readonly Member[],
    readonly entries: readonly LogEntry[],
  ) {
    super('A view failed at a batch');
  }
}

/** What was held back could not be written as one, or something behind it not be folded: it is taken one by one. */
class HeldBackInVain extends Error {}

/** Views that share one read of the log. Whatever fails, it goes on from the checkpoints. */
export class Pack {
  readonly members: Member[];
  /** When it last went round, in milliseconds of the wall clock. */
  beatAt = 0;
  reader: Reader | null = null;
  readonly #stop = new AbortController();
  readonly #sql: Sql;
  readonly #pace: Pace;
  readonly #letGo: (() => void)[] = [];
  readonly #dismissed = new Set<Member>();
  #failures = 0;
  /** While a table is filled its rows are written once for many batches. */
  #holdsBack: boolean;
  #held = new HeldSteps();
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  /** PostgreSQL has what is being written: until then it waits for us. */
  #handedOver: Promise<void> = Promise.resolve();
  #run: Promise<void> | null = null;

  constructor(
    private readonly around: Surroundings,
    members: readonly Member[],
    readonly slot: Slot,
    /** Where to end; null: never. */
    private readonly until: bigint | null = null,
  ) {
    this.members = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#sql = sqlOver(around.pool);
    this.#pace = new Pace(slot);
    this.#holdsBack = slot === 'next';
  }

  /** Up to where all its views have come; null: one of them nowhere yet. */
  get position(): bigint | null {
    let lowest: bigint | null = null;
    for (const { committed } of this.members) {
      if (committed.position === null) return null;
      if (lowest === null || committed.position < lowest) lowest = committed.position;
    }
    return lowest;
  }

  /** Settles when it has been stopped, has come to its end, or all of its views have left. */
  run(): Promise<void> {
    this.#run ??= this.#keepGoing();
    return this.#run;
  }

  /** Lets the batch under way end, well or ill. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.reader?.fail(new Error('stopped'));
    await this.#run;
  }

  /** Goes on without that view, from the next batch on. Settles when it is no longer written here. */
  async dismiss(member: Member): Promise<void> {
    if (!this.members.includes(member)) return;
    this.#dismissed.add(member);
    await Promise.race([this.#run, new Promise<void>((resolve) => this.#letGo.push(resolve))]);
  }

  async #keepGoing(): Promise<void> {
    while (!this.#isOver) {
      try {
        this.#release();
        await this.#follow();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  get #isOver(): boolean {
    return this.#stop.signal.aborted || this.members.length === 0 || this.#hasArrived(this.position);
  }

  #release(): void {
    for (const member of this.#dismissed) this.members.splice(this.members.indexOf(member), 1);
    this.#dismissed.clear();
    for (const resolve of this.#letGo.splice(0)) resolve();
  }

  #hasArrived(position: bigint | null): boolean {
    return this.until !== null && position !== null && position >= this.until;
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      if (error instanceof HeldBackInVain) {
        this.#holdsBack = false;
        return;
      }
      if (!(error instanceof Trouble)) throw error;
      for (const member of error.members) await this.#isolate(member, error.entries);
    } catch (failure) {
      await this.#pause(failure);
    }
  }

  async #pause(failure: unknown): Promise<void> {
    this.#failures += 1;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    const pauseMs = Math.round(longest * (0.5 + Math.random() / 2));
    const text = failure instanceof Error ? `${failure.name}: ${failure.message}` : 'unknown';
    const at = this.around.now().toISOString();
    for (const member of this.members) member.lastError = { text, at };
    this.around.logger.warn({ error: text, pauseMs }, 'Views fall back to their checkpoints');
    await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  async #follow(): Promise<void> {
    await this.#resume();
    await this.#catchUpWithTime();
    if (this.#isOver) return;
    const { log } = this.around;
    const reader = new Reader(log, this.position, this.#pace.ahead, this.until ?? (await log.head()));
    this.reader = reader;
    this.#held = new HeldSteps();
    this.#writing = Promise.resolve();
    try {
      while (!this.#isOver) {
        if (this.#dismissed.size > 0) await this.#writing;
        this.#release();
        if (!this.#isWriting && this.#held.isWorthIt)
          this.#start((handedOver) => this.#writeHeld('worth it', handedOver));
        await this.#handedOver;
        const entries = this.#wanted(await this.#take(reader));
        this.beatAt = Date.now();
        const last = entries.at(-1);
        if (!last) continue;
        const steps = await this.#fold(entries);
        // Folding on while this is written pays only when there is more to fold, and must not be when time moves rows.
        const isBehind = reader.isBehind || reader.waiting >= this.#pace.limits.count / 2;
        const hasMore = isBehind && !this.#hasArrived(positionOf(last));
        await this.#writeOrHold(entries, steps, hasMore);
        if (!hasMore || steps.some(({ sweep, forgotten }) => sweep !== 'none' || forgotten.length > 0))
          await this.#writing;
      }
    } finally {
      reader.close();
      this.reader = null;
      await this.#writing;
    }
  }

  /** While the database is busy with a table that is being filled, what comes next gathers. */
  async #writeOrHold(entries: readonly LogEntry[], steps: readonly Step[], hasMore: boolean): Promise<void> {
    if (this.#holdsBack && steps.every(mayBeHeld)) {
      const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
      this.#held.hold(steps, bytes);
      if (hasMore && !this.#held.isFull) return;
      await this.#writing;
      if (!this.#stop.signal.aborted) this.#start((handedOver) => this.#writeHeld('all', handedOver));
      return;
    }
    for (const { member } of steps) member.rows.trim();
    await this.#writing;
    if (!this.#held.isEmpty) await this.#writeHeld('all');
    this.#start((handedOver) => this.#write(entries, steps, handedOver));
  }

  #start(work: (handedOver: () => void) => Promise<void>): void {
    this.#isWriting = true;
    this.#handedOver = new Promise((resolve) => {
      this.#writing = work(resolve).finally(() => {
        this.#isWriting = false;
        resolve();
      });
    });
    this.#writing.catch(() => undefined); // whoever waits for it is told
  }

  /** At the live end the wait for the log is no work, and is not counted. */
  async #take(reader: Reader): Promise<readonly LogEntry[]> {
    const { isBehind } = reader;
    const from = performance.now();
    const entries = await reader.take(this.#pace.limits, PATIENCE_MS);
    const waited = performance.now() - from;
    if (isBehind) for (const { stopwatch } of this.members) stopwatch.spent('read', waited);
    return entries;
  }

  /** Takes up what the database has. The answer to a COMMIT that got lost is found here too. */
  async #resume(): Promise<void> {
    const { position } = this;
    const names = this.members.map(({ name }) => name);
    const checkpoints = await readCheckpoints(this.#sql, names, this.slot);
    const parking = await readParking(this.#sql, names, this.slot);
    for (const member of [...this.members]) {
      const checkpoint = checkpoints.get(member.name);
      if (!checkpoint && this.slot === 'live') throw new Error(`${member.name} has no checkpoint`);
      const isOurs = checkpoint?.version === member.projection.version && checkpoint.shape === shapeOf(member.view);
      if (checkpoint && isOurs) member.resume(checkpoint, parking.get(member.name));
      else this.#drop(member, 'superseded');
    }
    // Whoever moved them, things are going well.
    if (this.position !== position) this.#failures = 0;
    this.around.committed();
  }

  /** Days that were left to be made up for when a table was filled. */
  async #catchUpWithTime(): Promise<void> {
    for (const member of [...this.members]) {
      const step = await foldBatch(this.#sql, member, []);
      if (step.sweep === 'none') member.standing = step.from;
      else await this.#makeUp(step);
    }
  }

  async #makeUp(step: Step): Promise<void> {
    try {
      await this.#commit([step]);
    } catch (error) {
      if (!isDataFault(error)) throw error;
      const entry: LogEntry = { kind: 'checkpoint', position: step.from.position ?? 0n };
      this.#drop(step.member, await stopAt(this.#sql, step.member, { entry, error }));
    }
  }

  #wanted(entries: readonly LogEntry[]): readonly LogEntry[] {
    const { until } = this;
    if (until === null) return entries;
    const within = entries.filter((entry) => positionOf(entry) <= until);
    // What lies behind the end proves that there is nothing more before it.
    return within.length < entries.length ? [...within, { kind: 'checkpoint', position: until }] : within;
  }

  async #fold(entries: readonly LogEntry[]): Promise<readonly Step[]> {
    const steps: Step[] = [];
    for (const member of this.members) {
      // What is being written, and read, goes on meanwhile.
      if (this.#isWriting) await turn();
      try {
        steps.push(await foldBatch(this.#sql, member, entries));
      } catch (error) {
        if (!isDataFault(error)) throw error;
        throw this.#held.isEmpty ? new Trouble(this.members.slice(), entries) : new HeldBackInVain();
      }
    }
    return steps;
  }

  async #writeHeld(which: 'worth it' | 'all', handedOver?: () => void): Promise<void> {
    try {
      const written = await Promise.allSettled(
        sharesOf(this.#held.release(which)).map((steps) => this.#commit(steps, handedOver)),
      );
      for (const one of written) if (one.status === 'rejected') throw one.reason;
    } catch (error) {
      throw isDataFault(error) ? new HeldBackInVain() : error;
    }
  }

  async #write(entries: readonly LogEntry[], steps: readonly Step[], handedOver: () => void): Promise<void> {
    try {
      const moving = steps.filter(({ from, to }) => from.position !== to.position);
      await this.#commit(moving, handedOver);
    } catch (error) {
      throw isDataFault(error)
        ? new Trouble(
            steps.map(({ member }) => member),
            entries,
          )
        : error;
    }
    const poisoned = steps.filter(({ poison }) => poison !== null).map(({ member }) => member);
    if (poisoned.length > 0) throw new Trouble(poisoned, entries);
  }

  async #commit(steps: readonly Step[], handedOver: () => void = () => undefined): Promise<void> {
    if (steps.length === 0) return;
    const from = performance.now();
    await writeSteps({ pool: this.around.pool, slot: this.slot }, steps, handedOver);
    this.#pace.took(performance.now() - from);
    this.#failures = 0;
    for (const { member, to } of steps) member.committed = to;
    this.around.committed();
  }

  async #isolate(member: Member, entries: readonly LogEntry[]): Promise<void> {
    const commit = (step: Step) => this.#commit([step]);
    const fault = await isolate({ sql: this.#sql, member, entries, commit, signal: this.#stop.signal });
    if (fault) this.#drop(member, fault);
  }

  #drop(member: Member, why: Fault | 'superseded'): void {
    this.#dismissed.delete(member);
    this.members.splice(this.members.indexOf(member), 1);
    this.around.left(member, why);
  }
}
