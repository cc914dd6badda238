import { setTimeout as sleep } from 'node:timers/promises';
import { sqlOver } from '#postgres';
import { Bell } from './bell.js';
import { type Checkpoint, readCheckpoints } from './checkpoints.js';
import { factsByCustomer } from './facts-by-customer.js';
import type { Fault } from './faults.js';
import { Heartbeat } from './heartbeat.js';
import type { Log } from './log.js';
import { Member } from './member.js';
import { type Logger, Pack, type Surroundings } from './pack.js';
import { Rebuild, type RebuildOptions, type Rebuilt, StoppedWhileFilling } from './rebuild.js';
import { refold } from './refold.js';
import { type Released, release } from './release.js';
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
  /** What becomes of a fact that a view cannot fold: the view stops there (the default), or goes on without it. */
  poison?: 'stop' | 'park';
}>;

/** A view, and what this process has to do with it. */
export type Kept = {
  readonly view: View;
  member: Member;
  state: ViewState;
  fault: Fault | null;
  rebuild: Rebuild | null;
};

/** A pack that has caught up this fast is near enough to be joined with the one that leads. */
const NEAR_MS = 1_000;
const DEPLOY_PAUSE_MS = 1_000;

/** Keeps the views of one process true to the log. */
export class ProjectionEngine {
  readonly kept: ReadonlyMap<string, Kept>;
  readonly packs = new Set<Pack>();
  readonly #around: Surroundings;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  readonly #tasks = new Set<Promise<void>>();
  readonly #heartbeat: Heartbeat;
  #lead: Pack | null = null;
  #regrouping: Promise<void> = Promise.resolve();

  constructor(private readonly options: EngineOptions) {
    const views = [factsByCustomer, ...options.views];
    assertSound(views);
    this.kept = new Map(
      views.map((view) => [
        view.projection.name,
        { view, member: this.#memberFor(view), state: 'running', fault: null, rebuild: null },
      ]),
    );
    const { log, pool, logger, clock = () => new Date() } = options;
    const committed = () => this.#bell.ring();
    this.#around = {
      log,
      pool,
      logger,
      now: clock,
      parks: options.poison === 'park',
      committed,
      left: (member, why) => this.#left(member, why),
    };
    this.#heartbeat = new Heartbeat(this, this.#around);
  }

  /**
   * Makes missing tables and begins to follow the log. A view whose version or columns are new is rebuilt beside its
   * old rows first.
   */
  async start(): Promise<void> {
    await this.prepare();
    const checkpoints = await readCheckpoints(sqlOver(this.options.pool), [...this.kept.keys()], 'live');
    const ready: Member[] = [];
    for (const one of this.kept.values()) {
      one.state = stateFor(one.view, checkpoints.get(one.view.projection.name));
      if (one.state === 'rebuilding') this.#launch(this.#deploy(one));
      if (one.state !== 'running') continue;
      const checkpoint = checkpoints.get(one.view.projection.name);
      if (checkpoint) one.member.resume(checkpoint);
      ready.push(one.member);
    }
    const [first, ...others] = byPosition(ready);
    this.#lead = this.#follow(first ?? []);
    for (const members of others) this.#launch(this.#catchUp(members));
    await this.#heartbeat.start();
  }

  /** Makes missing tables. For a process that rebuilds or refolds without following the log. */
  async prepare(): Promise<void> {
    await prepareTables(
      this.options.pool,
      [...this.kept.values()].map(({ view }) => view),
    );
  }

  /** Lets the batches under way end. An unfinished rebuild goes on after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('The engine was stopped'));
    this.#heartbeat.stop();
    await this.#regrouping;
    await Promise.all([...this.packs].map((pack) => pack.stop()));
    await Promise.all(this.#tasks);
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
      await this.#bell.rung;
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
    for (const one of wanted) one.rebuild = rebuild;
    try {
      const rebuilt = await rebuild.run();
      for (const one of wanted) if (one.state === 'stopped' && this.#lead) await this.#resume(one);
      return rebuilt;
    } finally {
      for (const one of wanted) one.rebuild = null;
    }
  }

  /** Folds one customer's row afresh from the facts recorded under these ids. */
  refold(name: string, key: string, recordedIds: readonly string[] = [key]): Promise<void> {
    const { log, pool } = this.options;
    return refold({ log, pool, view: this.#keptAs(name).view, key, recordedIds });
  }

  /** Folds a fact that the view had to put aside, and what waits behind it, as the fold is now. */
  retry(name: string, position: bigint): Promise<Released> {
    const { log, pool } = this.options;
    return release({ log, pool, view: this.#keptAs(name).view, position, skip: null });
  }

  /** Leaves a parked fact out for good, in rebuilds too, and folds what waits behind it. The reason stays on record. */
  skip(name: string, position: bigint, reason: string): Promise<Released> {
    const { log, pool } = this.options;
    return release({ log, pool, view: this.#keptAs(name).view, position, skip: reason });
  }

  async status(): Promise<readonly ViewStatus[]> {
    await this.#heartbeat.write();
    return readStatus(sqlOver(this.options.pool), this.#around.now().getTime());
  }

  #memberFor(view: View): Member {
    return new Member(view, 'live', { parks: this.options.poison === 'park' });
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

  #launch(task: Promise<void>): void {
    this.#tasks.add(task);
    void task.finally(() => this.#tasks.delete(task));
  }

  #follow(members: readonly Member[], until: bigint | null = null): Pack {
    const pack = new Pack(this.#around, members, 'live', until);
    this.packs.add(pack);
    this.#launch(pack.run().finally(() => this.packs.delete(pack)));
    return pack;
  }

  /** Views behind the others read for themselves until they are near, then share the read. */
  async #catchUp(members: readonly Member[]): Promise<void> {
    for (let behind = members; behind.length > 0 && !this.#stop.signal.aborted; ) {
      const target = this.#lead?.position ?? null;
      if (target === null) return this.#join(behind);
      const from = performance.now();
      const pack = this.#follow(behind, target);
      await pack.run();
      behind = pack.members;
      if (performance.now() - from < NEAR_MS) return this.#join(behind);
    }
  }

  /** The pack that leads begins again with more members, from the one furthest behind; the others skip what they have. */
  #join(members: readonly Member[]): Promise<void> {
    this.#regrouping = this.#regrouping.then(async () => {
      await this.#lead?.stop();
      if (!this.#stop.signal.aborted) this.#lead = this.#follow([...(this.#lead?.members ?? []), ...members]);
    });
    return this.#regrouping;
  }

  /** Another version's rows are served until ours have caught up. */
  async #deploy(one: Kept): Promise<void> {
    const { name } = one.view.projection;
    while (!this.#stop.signal.aborted) {
      try {
        const checkpoint = (await readCheckpoints(sqlOver(this.options.pool), [name], 'live')).get(name);
        if (stateFor(one.view, checkpoint) === 'rebuilding') await this.rebuild([name]);
        return await this.#resume(one);
      } catch (error) {
        if (error instanceof StoppedWhileFilling && error.fault !== 'superseded')
          return this.#left(one.member, error.fault);
        this.options.logger.warn({ view: name, error: String(error) }, 'A new version could not be deployed yet');
        await sleep(DEPLOY_PAUSE_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #resume(one: Kept): Promise<void> {
    const { name } = one.view.projection;
    const checkpoint = (await readCheckpoints(sqlOver(this.options.pool), [name], 'live')).get(name);
    if (!checkpoint) throw new Error(`${name} has no checkpoint`);
    one.member = this.#memberFor(one.view);
    one.member.resume(checkpoint);
    one.state = 'running';
    one.fault = null;
    this.#launch(this.#catchUp([one.member]));
  }
}

const stateFor = ({ projection, table }: View, checkpoint: Checkpoint | undefined): ViewState => {
  if (!checkpoint) throw new Error(`${projection.name} has no checkpoint`);
  if (checkpoint.version > projection.version) return 'superseded';
  const isSame = checkpoint.version === projection.version && checkpoint.shape === shapeOf({ projection, table });
  return isSame ? 'running' : 'rebuilding';
};

const hasPassed = ({ state, member }: Kept, head: bigint): boolean => {
  const { position } = member.committed;
  return state === 'running' && position !== null && position >= head;
};

/** Those that stand at the same place together, the furthest first. */
const byPosition = (members: readonly Member[]): Member[][] => {
  const groups = new Map<bigint, Member[]>();
  for (const member of members) {
    const position = member.committed.position ?? -1n;
    groups.set(position, [...(groups.get(position) ?? []), member]);
  }
  return [...groups].sort(([a], [b]) => (a > b ? -1 : 1)).map(([, group]) => group);
};
