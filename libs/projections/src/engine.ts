import { setTimeout as sleep } from 'node:timers/promises';
import type { Recorded } from '#kernel';
import { sqlOver } from '#postgres';
import { Bell } from './bell.js';
import { type Checkpoint, readCheckpoints } from './checkpoints.js';
import { BeingRebuilt } from './claiming.js';
import { Crew } from './crew.js';
import { factsByCustomer } from './facts-by-customer.js';
import type { Fault } from './faults.js';
import { Heartbeat } from './heartbeat.js';
import type { Kept } from './kept.js';
import { Leases, type Leasing } from './leases.js';
import type { Log } from './log.js';
import { Member } from './member.js';
import type { Logger, Pack, Surroundings } from './pack.js';
import { listParked, type ParkedAt, type ParkedFact, parkedAt } from './parked.js';
import { discard, Rebuild, type RebuildOptions, type Rebuilt, StoppedWhileFilling } from './rebuild.js';
import { askedRebuilds, askForRebuild, tellToCancel } from './rebuilds.js';
import { type Refolded, refold } from './refold.js';
import { type Released, release } from './release.js';
import { type RowSealing, unsealed } from './sealing.js';
import { readStatus, type ViewState, type ViewStatus } from './status.js';
import { prepareTables } from './tables.js';
import { assertSound, type Pool, shapeOf, type View } from './view.js';

export type EngineOptions = Readonly<{
  log: Log;
  pool: Pool;
  /** The index of facts by customer is added to them. */
  views: readonly View[];
  logger: Logger;
  /** The wall clock: heartbeats and lags are told in it. */
  clock?: () => Date;
  /** How rows lie in their tables; as they are (the default). */
  rows?: RowSealing;
  /** Whose personal data goes with a fact: nobody's (the default). */
  forgets?: (fact: Recorded) => string | null;
  /** What becomes of a fact that a view cannot fold: the view stops there (the default), or goes on without it. */
  poison?: 'stop' | 'park';
  /** Several processes spread the views among them, each view kept by one; otherwise this process keeps all. */
  shared?: boolean;
}>;

const DEPLOY_PAUSE_MS = 1_000;
const LOOK_MS = 20;
const CLAIM_PASSES_MS = 5_000;

/** Keeps the views of one process true to the log. */
export class ProjectionEngine {
  readonly kept: ReadonlyMap<string, Kept>;
  readonly #around: Surroundings;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #deploying = new Set<Promise<void>>();
  readonly #heartbeat: Heartbeat;
  readonly #crew: Crew;
  readonly #leases: Leases | null;
  #isFollowing = false;
  /** The rebuild that was asked for, while it is under way. */
  #asked: Promise<void> | null = null;

  constructor(private readonly options: EngineOptions) {
    const views = [factsByCustomer, ...options.views];
    assertSound(views);
    const { log, pool, logger, clock = () => new Date(), rows = unsealed, forgets = () => null } = options;
    const committed = () => this.#bell.ring();
    this.#around = {
      log,
      pool,
      logger,
      now: clock,
      parks: options.poison === 'park',
      rows,
      forgets,
      committed,
      left: (member, why) => this.#left(member, why),
    };
    this.kept = new Map(
      views.map((view) => [
        view.projection.name,
        { view, member: this.#memberFor(view), state: 'running', fault: null },
      ]),
    );
    this.#crew = new Crew(this.#around);
    this.#leases = options.shared ? new Leases(this.#leasing()) : null;
    this.#heartbeat = new Heartbeat(this, this.#around, () => this.#rebuildAsAsked());
  }

  get packs(): ReadonlySet<Pack> {
    return this.#crew.packs;
  }

  /**
   * Makes missing tables and begins to follow the log. A view whose version or columns are new is rebuilt beside its
   * old rows first; where views are shared, those of others are left to them.
   */
  async start(): Promise<void> {
    await this.prepare();
    const checkpoints = await readCheckpoints(sqlOver(this.options.pool), [...this.kept.keys()], 'live');
    this.#isFollowing = true;
    const ready: Member[] = [];
    for (const one of this.kept.values()) {
      const checkpoint = checkpoints.get(one.view.projection.name);
      one.state = stateFor(one.view, checkpoint);
      if (one.state === 'rebuilding') this.#deploy(one);
      if (one.state !== 'running' || !checkpoint) continue;
      if (this.#leases) one.state = 'elsewhere';
      else ready.push(resumed(one.member, checkpoint));
    }
    if (ready.length > 0) this.#crew.add(ready);
    await this.#leases?.begin();
    await this.#heartbeat.start();
  }

  /** Makes missing tables. For a process that rebuilds or refolds without following the log. */
  async prepare(): Promise<void> {
    await prepareTables(
      this.options.pool,
      [...this.kept.values()].map(({ view }) => view),
      () => this.options.log.head(),
    );
  }

  /** Lets the batches under way end. An unfinished rebuild goes on after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('The engine was stopped'));
    this.#heartbeat.stop();
    await this.#crew.stop();
    await this.#leases?.end();
    await Promise.all(this.#deploying);
    await this.#asked;
    this.#bell.ring();
  }

  /**
   * Settles when every view has passed what is the head of the log now.
   * @throws when a view has stopped, or the engine has
   */
  async settled(): Promise<void> {
    const head = await this.options.log.head();
    while (head !== null) {
      this.#stop.signal.throwIfAborted();
      const views = [...this.kept.values()];
      const stopped = views.find(({ state }) => state === 'stopped');
      if (stopped?.fault) throw new StoppedWhileFilling(stopped.view.projection.name, stopped.fault);
      if (views.every((one) => one.state === 'superseded' || hasPassed(one, head))) return;
      const { rung } = this.#bell;
      const elsewhere = views.find((one) => one.state === 'elsewhere' && !hasPassed(one, head));
      if (elsewhere) await this.#look(elsewhere);
      else await rung;
    }
  }

  /**
   * Fills new tables from the beginning of the log and puts them in place of the old ones, which are served until then.
   * All of them from one read. Goes on where an unfinished one has ended.
   */
  async rebuild(names: readonly string[], { signal, ...options }: RebuildOptions = {}): Promise<readonly Rebuilt[]> {
    const wanted = names.map((name) => this.#keptAs(name));
    const signals = [this.#stop.signal, ...(signal ? [signal] : [])];
    const views = wanted.map(({ view }) => view);
    const rebuild = new Rebuild(this.#around, views, { ...options, signal: AbortSignal.any(signals) });
    const rebuilt = await rebuild.run();
    if (this.#isFollowing) await this.#resume(wanted.filter(({ state }) => state === 'stopped'));
    return rebuilt;
  }

  /**
   * Ends a rebuild, whichever process is at it, and drops what has been filled: within a second, when its batch is done.
   * Other views that shared the read are paused; those that somebody asked for go on by themselves.
   * @throws BeingRebuilt when one is about to begin, or to end, for as long as five seconds
   */
  async cancelRebuild(names: readonly string[]): Promise<void> {
    const wanted = names.map((name) => this.#keptAs(name).view);
    const until = performance.now() + CLAIM_PASSES_MS;
    for (;;) {
      const told = await tellToCancel(sqlOver(this.options.pool), names);
      const idle = wanted.filter(({ projection }) => !told.includes(projection.name));
      try {
        return await discard(this.options.pool, idle);
      } catch (error) {
        if (!(error instanceof BeingRebuilt) || performance.now() > until) throw error;
        await sleep(50);
      }
    }
  }

  /** As `refold` in refold.ts: one row afresh from the facts recorded under these keys. */
  refold(name: string, key: string, recordedIds: readonly string[] = [key]): Promise<Refolded> {
    return refold({ ...this.#around, view: this.#keptAs(name).view, key, recordedIds });
  }

  /** Folds a fact that the view had to put aside, and what waits behind it, as the fold is now. */
  retry(name: string, position: bigint): Promise<Released> {
    return release({ ...this.#around, view: this.#keptAs(name).view, position, skip: null });
  }

  /**
   * Leaves a parked fact out for good, in rebuilds too, and folds what waits behind it. Reason and who said so stay on
   * record.
   */
  skip(name: string, position: bigint, reason: string, by: string | null = null): Promise<Released> {
    return release({ ...this.#around, view: this.#keptAs(name).view, position, skip: { reason, by } });
  }

  /** Asks whoever keeps these views to rebuild them, all from one read: see `status` for what comes of it. */
  async askForRebuild(names: readonly string[]): Promise<void> {
    await askForRebuild(
      sqlOver(this.options.pool),
      names.map((name) => this.#keptAs(name).view.projection.name),
    );
  }

  /** What is parked, waits or was skipped: of one view, or of all. */
  parked(name?: string): Promise<readonly ParkedFact[]> {
    return listParked(sqlOver(this.options.pool), name);
  }

  /** The same, of one position, and what waits behind it. */
  async parkedAt(name: string, position: bigint): Promise<ParkedAt> {
    return parkedAt(await this.parked(name), position);
  }

  async status(): Promise<readonly ViewStatus[]> {
    if (this.#isFollowing) await this.#heartbeat.write();
    return readStatus(sqlOver(this.options.pool), this.#around.now().getTime());
  }

  async #rebuildAsAsked(): Promise<void> {
    if (this.#asked || this.#stop.signal.aborted) return;
    const names = await askedRebuilds(sqlOver(this.options.pool), [...this.kept.keys()]);
    if (names.length === 0) return;
    const { logger } = this.options;
    this.#asked ??= this.rebuild(names, { byRequest: true })
      .then((rebuilt) => {
        for (const { view, rows, differences } of rebuilt)
          logger.info({ view, rows: String(rows), differences: String(differences) }, 'A view was rebuilt');
      })
      .catch((error) => {
        // Paused ones are taken up again at the next beat, by whoever is first.
        logger.warn({ views: names, error: String(error) }, 'A rebuild that was asked for has ended');
      })
      .finally(() => {
        this.#asked = null;
      });
  }

  /** How far a view has come that another process keeps. */
  async #look({ view, member }: Kept): Promise<void> {
    const { name } = view.projection;
    const checkpoint = (await readCheckpoints(sqlOver(this.options.pool), [name], 'live')).get(name);
    if (checkpoint && checkpoint.position !== member.committed.position) member.resume(checkpoint);
    else await sleep(LOOK_MS);
  }

  #leasing(): Leasing {
    const { pool, logger } = this.options;
    const mine = () => [...this.kept.values()].filter(({ state }) => state !== 'superseded' && state !== 'rebuilding');
    return {
      pool,
      wanted: () => mine().map(({ view }) => view.projection.name),
      held: async (held, excess) => {
        const views = mine().map((one) => ({ one, isHeld: held.has(one.view.projection.name) }));
        const left = views.filter(({ one, isHeld }) => one.state !== 'elsewhere' && !isHeld);
        await Promise.all(left.map(({ one }) => this.#leave(one, excess)));
        await this.#resume(
          views.filter(({ one, isHeld }) => one.state === 'elsewhere' && isHeld).map(({ one }) => one),
        );
      },
      failed: (error) => logger.warn({ error: String(error) }, 'It could not be settled who keeps which view'),
    };
  }

  async #leave(one: Kept, excess: readonly string[]): Promise<void> {
    const { name } = one.view.projection;
    await this.#crew.dismiss(one.member);
    one.state = 'elsewhere';
    one.fault = null;
    const how = excess.includes(name) ? 'A view is given to another process' : 'A view was taken over';
    this.options.logger.info({ view: name }, how);
    this.#bell.ring();
  }

  #memberFor(view: View): Member {
    return new Member(view, 'live', this.#around);
  }

  #keptAs(name: string): Kept {
    const one = this.kept.get(name);
    if (!one) throw new Error(`There is no view ${name}: there are ${[...this.kept.keys()].join(', ')}`);
    return one;
  }

  #left({ name }: Member, why: Fault | 'superseded'): void {
    const one = this.#keptAs(name);
    const { logger } = this.options;
    one.state = why === 'superseded' ? 'superseded' : 'stopped';
    one.fault = why === 'superseded' ? null : why;
    if (why === 'superseded') logger.warn({ view: name }, 'A view is kept by another version of this program');
    else
      logger.error(
        { view: name, ...why, position: String(why.position), revision: String(why.revision) },
        'A view stopped',
      );
    this.#bell.ring();
  }

  /** Another version's rows are served until ours have caught up. */
  #deploy(one: Kept): void {
    const deploying = this.#deployed(one).finally(() => this.#deploying.delete(deploying));
    this.#deploying.add(deploying);
  }

  async #deployed(one: Kept): Promise<void> {
    const { name } = one.view.projection;
    while (!this.#stop.signal.aborted) {
      try {
        const checkpoint = (await readCheckpoints(sqlOver(this.options.pool), [name], 'live')).get(name);
        if (stateFor(one.view, checkpoint) === 'rebuilding') await this.rebuild([name]);
        if (this.#leases) one.state = 'elsewhere';
        else await this.#resume([one]);
        return;
      } catch (error) {
        if (error instanceof StoppedWhileFilling && error.fault !== 'superseded')
          return this.#left(one.member, error.fault);
        this.options.logger.warn({ view: name, error: String(error) }, 'A new version could not be deployed yet');
        await sleep(DEPLOY_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #resume(kept: readonly Kept[]): Promise<void> {
    if (kept.length === 0) return;
    const names = kept.map(({ view }) => view.projection.name);
    const checkpoints = await readCheckpoints(sqlOver(this.options.pool), names, 'live');
    for (const one of kept) {
      const { name } = one.view.projection;
      const checkpoint = checkpoints.get(name);
      if (!checkpoint) throw new Error(`${name} has no checkpoint`);
      one.member = resumed(this.#memberFor(one.view), checkpoint);
      one.state = 'running';
      one.fault = null;
    }
    this.#crew.add(kept.map(({ member }) => member));
  }
}

const stateFor = ({ projection, table }: View, checkpoint: Checkpoint | undefined): ViewState => {
  if (!checkpoint) throw new Error(`${projection.name} has no checkpoint`);
  if (checkpoint.version > projection.version) return 'superseded';
  const isSame = checkpoint.version === projection.version && checkpoint.shape === shapeOf({ projection, table });
  return isSame ? 'running' : 'rebuilding';
};

const resumed = (member: Member, checkpoint: Checkpoint): Member => {
  member.resume(checkpoint);
  return member;
};

const hasPassed = ({ state, member }: Kept, head: bigint): boolean => {
  const { position } = member.committed;
  return (state === 'running' || state === 'elsewhere') && position !== null && position >= head;
};
