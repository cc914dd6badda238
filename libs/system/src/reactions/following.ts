import { setTimeout as pause } from 'node:timers/promises';
import type { LogEntry } from '#event-store';
import type { AnyReaction, Recorded } from '#kernel';
import { inTransaction, type Sql, sqlOver } from '#postgres';
import type { Session } from '../session.js';
import { chainsBefore, hear, Memories } from './hearing.js';
import { enterIntents, type Intent, type Place } from './tables.js';

/** Facts that are heard together at most: what comes while a batch is written is the next one. */
const MOST = 500;
/** While there is enough to do, what comes is gathered: small batches would keep both sides busy. */
const LINGER_MS = 20;
/** Behind this long with nothing coming the connection is taken for dead. */
const SILENT_MS = 15_000;

/** Who does what is asked for. */
export type DoingLike = Readonly<{ isBusy: boolean; take: (intents: readonly Intent[]) => Promise<void> }>;
type Heard = Readonly<{ memories: Memories; intents: readonly Intent[] }>;
export type Stores = Pick<Session, 'store' | 'pool' | 'log'>;

/** Somebody else has told these reactions facts since their places were read: nothing of ours was kept. */
export class Overtaken extends Error {}

/** Reactions that stand at the same place, and are told the log together. */
export class Following {
  #places: readonly Place[];
  #movedAt = performance.now();
  #isBusy = false;

  constructor(
    private readonly reactions: readonly AnyReaction[],
    places: readonly Place[],
    private readonly stores: Stores,
    private readonly doing: DoingLike,
  ) {
    this.#places = places;
  }

  /** Tells them everything behind their place, then what comes, until the signal ends. */
  async run(signal: AbortSignal): Promise<void> {
    const after = this.#places[0]?.position ?? null;
    const entries = this.stores.store.follow({ after, signal })[Symbol.asyncIterator]();
    try {
      for (let coming = entries.next(); ; ) {
        const first = await coming;
        if (first.done) return;
        const batch = [first.value];
        coming = entries.next();
        coming.catch(() => undefined); // heard of when its turn comes
        const late = this.doing.isBusy ? pause(LINGER_MS, null) : null;
        while (batch.length < MOST) {
          const nothingMore = late ?? nothingYet();
          const next = await Promise.race([coming, nothingMore]);
          if (next === null || next.done) break;
          batch.push(next.value);
          coming = entries.next();
          coming.catch(() => undefined);
        }
        this.#isBusy = true;
        await this.#tell(batch);
        this.#isBusy = false;
        this.#movedAt = performance.now();
      }
    } finally {
      await entries.return?.();
    }
  }

  get place(): Readonly<{ names: readonly string[]; position: bigint | null }> {
    return { names: this.#places.map(({ name }) => name), position: this.#places[0]?.position ?? null };
  }

  /** @throws when the log has more and nothing has come for long */
  insist(head: bigint | null): void {
    const { position } = this.place;
    if (this.#isBusy || head === null || (position !== null && position >= head)) this.#movedAt = performance.now();
    else if (performance.now() - this.#movedAt > SILENT_MS) throw new Error('the log has more and says nothing');
  }

  async #tell(batch: readonly LogEntry[]): Promise<void> {
    const heard = await this.#hear(batch);
    const position = positionOf(batch.at(-1) as LogEntry);
    // What a crash of the database takes is heard again: places, memory and intents are lost together or not at all.
    await inTransaction(this.stores.pool, (sql) => this.#keep(sql, position, heard), { isLax: true });
    this.#places = this.#places.map((place) => ({ ...place, position, turn: place.turn + 1n }));
    await this.doing.take(heard.intents);
  }

  async #keep(sql: Sql, position: bigint, { memories, intents }: Heard): Promise<void> {
    const moved = await sql(
      `update reactions r set position = $3, turn = r.turn + 1 from unnest($1::text[], $2::bigint[]) as p (name, turn)
       where r.name = p.name and r.turn = p.turn returning r.name`,
      [this.#places.map(({ name }) => name), this.#places.map(({ turn }) => turn), position],
    );
    if (moved.length !== this.#places.length) throw new Overtaken('somebody else runs the reactions');
    await memories.write(sql);
    await enterIntents(sql, intents);
  }

  async #hear(batch: readonly LogEntry[]): Promise<Heard> {
    const sql = sqlOver(this.stores.pool);
    const facts = batch.flatMap((entry): Recorded[] => (entry.kind === 'fact' ? [entry.fact] : []));
    const heard = facts.filter(({ type }) => this.reactions.some(({ hears }) => hears.includes(type)));
    const [memories, chains] = await Promise.all([Memories.of(sql, this.reactions, heard), chainsBefore(sql, heard)]);
    const { log } = this.stores;
    const intents = batch.flatMap((entry) =>
      this.reactions
        .filter(({ hears }) => hears.includes(entry.kind === 'fact' ? entry.fact.type : entry.type))
        .flatMap((reaction) => {
          const place = this.#places.find(({ name }) => name === reaction.name) as Place;
          return hear(reaction, place, entry, { log, memories, chains });
        }),
    );
    return { memories, intents };
  }
}

const positionOf = (entry: LogEntry): bigint => (entry.kind === 'fact' ? entry.fact.position : entry.position);

const nothingYet = (): Promise<null> => new Promise((resolve) => setImmediate(() => resolve(null)));
