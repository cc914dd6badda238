import { setTimeout as pause } from 'node:timers/promises';
import { Unavailable } from '#application';
import { Limit } from '#event-store';
import { type AnyReaction, isRejection, type Recorded } from '#kernel';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import { explained } from '#projections';
import { Batches } from '../batches.js';
import { type Asked, type Cause, commandBecause, type Decide, wishBecause } from '../because.js';
import type { Session } from '../session.js';
import { Memories, turnsOf } from './hearing.js';
import { type Intent, type IntentState, parkedKeys, waitingIntents } from './tables.js';

/** So many commands are under way at once. */
const AT_ONCE = 128;
/** With more than this to do nothing more is heard for a while. */
const MOST_WAITING = 5_000;
/** So often something is tried while the stores do not answer: for the better part of an hour. */
const MOST_ATTEMPTS = 20;
const PAUSE_MS = { first: 250, most: 300_000 };

type Outcome = Readonly<{ state: IntentState; error: string | null }>;
type Ended = Outcome & Readonly<{ id: string; attempts: number }>;
type Lane = Readonly<{ queue: Intent[] }>;

/** Does what reactions asked for: in order under one key, side by side under different ones. */
export class Doing {
  readonly #lanes = new Map<string, Lane>();
  /** The keys that something parked holds up: what else comes for them waits in the table. */
  readonly #blocked = new Map<string, Readonly<{ reaction: string; key: string }>>();
  readonly #running = new Set<Promise<void>>();
  readonly #limit = new Limit(AT_ONCE);
  readonly #ended: Batches<Ended, undefined>;
  readonly #sql: Sql;
  #waiting = 0;
  #roomFound: () => void = () => undefined;
  #error: unknown;

  constructor(
    private readonly reactions: readonly AnyReaction[],
    private readonly session: Session,
    private readonly decide: Decide,
    private readonly signal: AbortSignal,
  ) {
    this.#sql = sqlOver(session.pool);
    signal.addEventListener('abort', () => this.#roomFound(), { once: true });
    this.#ended = new Batches(async (all) => {
      await this.#write(all);
      return all.map(() => undefined);
    });
  }

  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** Goes on with what an earlier runner left. */
  async begin(): Promise<void> {
    for (const parked of await parkedKeys(this.#sql)) this.#blocked.set(laneOf(parked), parked);
    this.#add(await waitingIntents(this.#sql));
  }

  /** Does these, which are in the table. Settles when there is room for more; throws what ended this runner. */
  async take(intents: readonly Intent[]): Promise<void> {
    this.#add(intents);
    while (this.#waiting > MOST_WAITING && !this.signal.aborted && !this.#error)
      await new Promise<void>((resolve) => {
        this.#roomFound = resolve;
      });
    if (this.#error) throw this.#error;
  }

  /** Looks whether something parked was retried or skipped, wherever that was done, and goes on there. */
  async look(): Promise<void> {
    if (this.#error) throw this.#error;
    if (this.#blocked.size === 0) return;
    const parked = new Set((await parkedKeys(this.#sql)).map(laneOf));
    for (const [name, lane] of this.#blocked) if (!parked.has(name)) await this.#reload(name, lane);
  }

  /** Lets what is under way end. */
  async stop(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #reload(name: string, of: Readonly<{ reaction: string; key: string }>): Promise<void> {
    if (this.#lanes.has(name)) return; // what was there before it is not done yet
    this.#blocked.delete(name);
    const lane: Lane = { queue: [] };
    this.#lanes.set(name, lane);
    const rows = await waitingIntents(this.#sql, of);
    const come = lane.queue.splice(0);
    lane.queue.push(...rows, ...come.filter(({ id }) => !rows.some((row) => row.id === id)));
    this.#waiting += lane.queue.length - come.length;
    this.#launch(name, lane);
  }

  #add(intents: readonly Intent[]): void {
    for (const intent of intents) {
      const name = laneOf(intent);
      if (intent.state === 'parked') this.#block(intent);
      if (this.#blocked.has(name)) continue;
      const lane = this.#lanes.get(name) ?? { queue: [] };
      lane.queue.push(intent);
      this.#waiting += 1;
      if (this.#lanes.has(name)) continue;
      this.#lanes.set(name, lane);
      this.#launch(name, lane);
    }
  }

  #block(intent: Intent): void {
    const { reaction, key, cause, id, error } = intent;
    this.#blocked.set(laneOf(intent), { reaction, key });
    this.session.logger.error({ reaction, cause, id, error }, 'something to be done was put aside');
  }

  #launch(name: string, lane: Lane): void {
    const running = this.#work(name, lane).catch((error) => {
      this.#error ??= error;
      this.#roomFound();
    });
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #work(name: string, { queue }: Lane): Promise<void> {
    for (let intent = queue[0]; intent && !this.signal.aborted; intent = queue[0]) {
      const outcome = await this.#untilDone(intent);
      if (outcome === null) return;
      if (outcome.state === 'parked') {
        this.#block({ ...intent, ...outcome });
        this.#left(queue.length);
        queue.length = 0;
      } else {
        queue.shift();
        this.#left(1);
      }
    }
    this.#lanes.delete(name);
  }

  #left(count: number): void {
    this.#waiting -= count;
    if (this.#waiting <= MOST_WAITING) this.#roomFound();
  }

  /** Null: the runner has to end first. What was done right before is done again then, under the same id. */
  async #untilDone(intent: Intent): Promise<Outcome | null> {
    for (let attempts = 1; ; attempts++) {
      const outcome = await this.#limit.run(() => this.#attempt(intent, attempts));
      if (this.signal.aborted && outcome.state === 'waiting') return null;
      await this.#ended.do({ ...outcome, id: intent.id, attempts });
      if (outcome.state !== 'waiting') return outcome;
      const wait = Math.min(PAUSE_MS.most, PAUSE_MS.first * 2 ** (attempts - 1));
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: this.signal, ref: false }).catch(() => null);
      if (this.signal.aborted) return null;
    }
  }

  async #attempt(intent: Intent, attempts: number): Promise<Outcome> {
    if (this.signal.aborted) return { state: 'waiting', error: null };
    const { reaction, cause, id } = intent;
    try {
      const refused = await this.#do(intent);
      if (refused) this.session.logger.info({ reaction, cause, id, code: refused }, 'a reaction was refused');
      return refused ? { state: 'refused', error: refused } : { state: 'done', error: null };
    } catch (error) {
      const mayPass = error instanceof Unavailable && attempts < MOST_ATTEMPTS;
      return { state: mayPass ? 'waiting' : 'parked', error: explained(error) };
    }
  }

  /** @returns the code of a refusal, if it was refused */
  async #do(intent: Intent): Promise<string | undefined> {
    const { id, reaction, cause, correlation, dispatch } = intent;
    if (dispatch === null) return this.#hearAgain(intent);
    return this.#say({ id: cause, correlationId: correlation }, { by: reaction, dispatch, commandId: id });
  }

  async #say(cause: Cause, asked: Asked): Promise<string | undefined> {
    const answer = await this.decide(wishBecause(cause, asked, this.session));
    return isRejection(answer) ? answer.rejected : undefined;
  }

  /** The fact that the reaction failed over: what it asks for now is done at once. */
  async #hearAgain({ reaction: name, stream, revision }: Intent): Promise<string | undefined> {
    const reaction = this.reactions.find((one) => one.name === name);
    if (!reaction) throw new ReferenceError(`there is no reaction ${name}`);
    const fact = await this.#factAt(stream, revision);
    const memories = await Memories.of(this.#sql, [reaction], [fact]);
    const cause = { id: fact.id, correlationId: fact.meta.correlationId };
    let n = 0;
    let refused: string | undefined;
    for (const { asked } of turnsOf(reaction, fact, memories))
      for (const dispatch of asked()) {
        const commandId = commandBecause(this.session.log, name, cause.id, n++);
        refused = (await this.#say(cause, { by: name, dispatch, commandId })) ?? refused;
      }
    return refused;
  }

  async #factAt(stream: string, revision: bigint): Promise<Recorded> {
    for await (const fact of this.session.store.read(stream, { from: revision })) return fact;
    throw new ReferenceError(`${stream} holds no fact ${revision}`);
  }

  async #write(ended: readonly Ended[]): Promise<void> {
    // Lost in a crash it is done again, under the same ids.
    await inTransaction(
      this.session.pool,
      (sql) =>
        sql(
          `with changed as (
           update reaction_intents i set state = e.state, attempts = e.attempts, error = e.error, at = now()
           from unnest($1::uuid[], $2::text[], $3::integer[], $4::text[]) as e (id, state, attempts, error)
           where i.id = e.id and i.state = 'waiting' returning i.reaction, i.state
         ), counted as (
           select reaction, count(*) filter (where state = 'done') as done,
             count(*) filter (where state = 'refused') as refused
           from changed group by reaction
         )
         update reactions r set done = r.done + c.done, refused = r.refused + c.refused
         from counted c where r.name = c.reaction`,
          [
            ended.map(({ id }) => id),
            ended.map(({ state }) => state),
            ended.map(({ attempts }) => attempts),
            ended.map(({ error }) => error),
          ],
        ),
      { isLax: true },
    );
  }
}

const laneOf = ({ reaction, key }: Readonly<{ reaction: string; key: string }>): string => `${reaction} ${key}`;
