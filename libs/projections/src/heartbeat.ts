import { sqlOver } from '#postgres';
import type { Kept } from './kept.js';
import { positionOf } from './log.js';
import type { Pack, Surroundings } from './pack.js';
import { type Report, writeReports } from './status.js';

const EVERY_MS = 1_000;
/** The log has more, yet has said nothing for so long: it is asked again. */
const SILENCE_MS = 10_000;

type Trace = { events: bigint; at: number; perSecond: number; caughtUpSince: string | null };

/** Says once a second, for every process to read, how each view stands. */
export class Heartbeat {
  readonly #traces = new Map<string, Trace>();
  #timer: NodeJS.Timeout | undefined;
  #head: bigint | null = null;
  #isAsking = false;
  #writing: Promise<void> | null = null;

  constructor(
    private readonly engine: Readonly<{ kept: ReadonlyMap<string, Kept>; packs: ReadonlySet<Pack> }>,
    private readonly around: Surroundings,
    /** Hears every beat. */
    private readonly beaten: () => Promise<void>,
  ) {}

  async start(): Promise<void> {
    await this.write();
    this.#timer = setInterval(() => {
      this.#wakeSilent();
      void this.#askHead();
      this.write()
        .then(this.beaten)
        .catch((error) => this.#failed(error));
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Joins a writing that is under way: a database that does not answer is not asked twice. */
  write(): Promise<void> {
    this.#writing ??= writeReports(
      sqlOver(this.around.pool),
      [...this.engine.kept.values()]
        .filter(({ state }) => state !== 'superseded' && state !== 'elsewhere')
        .map((kept) => this.#report(kept)),
    ).finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #askHead(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const from = performance.now();
    try {
      this.#head = await this.around.log.head();
    } catch (error) {
      this.#failed(error);
      this.#wakeDeaf(from, error);
    } finally {
      this.#isAsking = false;
    }
  }

  #failed(error: unknown): void {
    this.around.logger.warn({ error: String(error) }, 'The state of the views could not be told');
  }

  #report(kept: Kept): Report {
    const { view, member, state } = kept;
    const { name } = view.projection;
    const pack = [...this.engine.packs].find(({ members }) => members.includes(member));
    const trace = this.#trace(name, kept);
    const { lastError } = member;
    return {
      view: name,
      state,
      head: this.#head,
      eventsPerSecond: trace.perSecond,
      waitingSince: trace.caughtUpSince ? null : this.#waitingSince(kept, pack),
      caughtUpSince: trace.caughtUpSince,
      lastError: lastError?.text ?? null,
      lastErrorAt: lastError?.at ?? null,
      timing: member.stopwatch.timing,
      heartbeatAt: pack && pack.beatAt > 0 ? new Date(pack.beatAt).toISOString() : this.around.now().toISOString(),
    };
  }

  /** A view is caught up when it has passed what was the head a beat ago: under writes it is always a little behind. */
  #trace(name: string, { member, state }: Kept): Trace {
    const { events, position } = member.committed;
    const at = performance.now();
    const before = this.#traces.get(name) ?? { events, at: at - EVERY_MS, perSecond: 0, caughtUpSince: null };
    const isCaughtUp = state === 'running' && (this.#head === null || (position !== null && position >= this.#head));
    const trace = {
      events,
      at,
      perSecond: Math.round((Number(events - before.events) * 1000) / Math.max(1, at - before.at)),
      caughtUpSince: isCaughtUp ? (before.caughtUpSince ?? this.around.now().toISOString()) : null,
    };
    this.#traces.set(name, trace);
    return trace;
  }

  /** Since when the first fact that the rows lack has been there; while a batch is under way, the last that they have. */
  #waitingSince({ member }: Kept, pack: Pack | undefined): string {
    const { position, factAt } = member.committed;
    const first = pack?.reader?.first;
    const isNext = first?.kind === 'fact' && (position === null || positionOf(first) > position);
    return isNext ? first.fact.recordedAt : (factAt ?? this.around.now().toISOString());
  }

  /** Whoever heard nothing either while the log gave no answer may listen to a connection on which nothing ever comes. */
  #wakeDeaf(since: number, error: unknown): void {
    for (const { reader } of this.engine.packs)
      if (reader?.waiting === 0 && reader.lastHeard < since) reader.fail(error);
  }

  #wakeSilent(): void {
    for (const { reader, position } of this.engine.packs) {
      const hasMore = this.#head !== null && (position === null || position < this.#head);
      const isSilent = reader?.waiting === 0 && performance.now() - reader.lastHeard > SILENCE_MS;
      if (hasMore && isSilent) reader.fail(new Error('The log has more and says nothing'));
    }
  }
}
