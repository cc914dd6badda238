import { setTimeout as pause } from 'node:timers/promises';
import { idFrom } from '#application';
import type { Command } from '#kernel';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import { type Announced, explained, takeIntents, type WaitingIntent, waitingIntents } from '#projections';
import { type DoingLike, Overtaken, type Stores } from './following.js';
import { chainsOf, intentOf, Memories } from './hearing.js';
import { enterIntents, type Intent, type Place } from './tables.js';

/** So many changes are taken together at most. */
const MOST = 1_000;
const LOOK_EVERY_MS = 150;

/**
 * Takes what a view announces, in order, and hands it to who does it, like what a reaction asks for: the same tables,
 * the same pauses, parked alike. What was taken is gone from where the view wrote it once it stands there.
 */
export class Announcing {
  #place: Place;
  #written: bigint | null;
  readonly #sql: Sql;

  constructor(
    private readonly announced: Announced,
    place: Place,
    private readonly stores: Stores,
    private readonly doing: DoingLike,
  ) {
    this.#place = place;
    this.#written = place.position;
    this.#sql = sqlOver(stores.pool);
  }

  /** Takes what there is, then what comes, until the signal ends. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { through, intents } = await waitingIntents(this.#sql, this.announced, MOST);
      if (intents.length > 0) await this.#take(intents);
      const isAll = intents.length < MOST;
      if (isAll) this.#hasCome(through);
      if (isAll) await pause(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** How far the view had come when nothing of it was left to be said. */
  get place(): Readonly<{ names: readonly string[]; position: bigint | null }> {
    return { names: [this.announced.name], position: this.#place.position };
  }

  /** Once a second: keeps how far it has come. A view that stands still says so itself. */
  async insist(): Promise<void> {
    const { name, position } = this.#place;
    if (position === this.#written) return;
    await this.#sql('update reactions set position = greatest(position, $2) where name = $1', [name, position]);
    this.#written = position;
  }

  #hasCome(through: bigint | null): void {
    const { position } = this.#place;
    if (through !== null && (position === null || through > position))
      this.#place = { ...this.#place, position: through };
  }

  async #take(waiting: readonly WaitingIntent[]): Promise<void> {
    const told = waiting.map(({ key }) => ({ reaction: this.announced.name, key }));
    const [memories, chains] = await Promise.all([
      Memories.at(this.#sql, this.announced.weighs ? told : []),
      chainsOf(
        this.#sql,
        waiting.map(({ cause }) => cause.commandId),
      ),
    ]);
    const intents = waiting.flatMap((one) => this.#intentOf(one, memories, chains));
    await inTransaction(this.stores.pool, (sql) => this.#keep(sql, { waiting, memories, intents }), { isLax: true });
    this.#place = { ...this.#place, turn: this.#place.turn + 1n };
    await this.doing.take(intents);
  }

  /** What is to be said of a change: nothing, when it is no news. */
  #intentOf(waiting: WaitingIntent, memories: Memories, chains: ReadonlyMap<string, string>): readonly Intent[] {
    const { name, view, category, policyVersion, weighs } = this.announced;
    const { key, was, becomes, evidence, occurredAt, command, cause } = waiting;
    const { correlationId: correlation, commandId, ...about } = cause;
    const id = idFrom(this.stores.log.secret, view, name, key, evidence, was ?? '', becomes ?? '', policyVersion);
    const place = { revision: BigInt(about.revision), position: BigInt(about.position) };
    const before = chains.get(commandId) ?? '';
    const saying = (said: Command): Intent => {
      const dispatch = { category, id: key, command: said, occurredAt };
      return intentOf(name, { ...about, ...place, correlation }, { id, key, dispatch, n: 0, before });
    };
    if (!weighs) return [saying(command)];
    try {
      const { told, says } = weighs(command, memories.get(name, key));
      memories.set(name, key, told);
      return says ? [saying(says)] : [];
    } catch (error) {
      return [{ ...saying(command), state: 'parked', error: explained(error) }];
    }
  }

  async #keep(sql: Sql, { waiting, memories, intents }: Taken): Promise<void> {
    const { name, turn } = this.#place;
    const moved = await sql('update reactions set turn = turn + 1 where name = $1 and turn = $2 returning 1', [
      name,
      turn,
    ]);
    if (moved.length === 0 || (await takeIntents(sql, waiting)) < waiting.length)
      throw new Overtaken('somebody else says what views announce');
    await memories.write(sql);
    await enterIntents(sql, intents);
  }
}

type Taken = Readonly<{ waiting: readonly WaitingIntent[]; memories: Memories; intents: readonly Intent[] }>;
