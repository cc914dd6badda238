import { isSame, isSameJson, type Kind, Kinds, LogHash, type MovedEvent } from './moved-event.js';
import { RawLog, Refused } from './raw-log.js';

/** The target holds something that is not the beginning of the source's log, or the source cannot be moved as it is. */
export class CannotMove extends Error {
  constructor(
    readonly reason: 'another-log' | 'revision-gap' | 'refused' | 'differs',
    message: string,
  ) {
    super(message);
  }
}

/** `phase` says what is being done; `events` how far it is. */
export type Progress = Readonly<{ phase: 'comparing' | 'copying' | 'verifying'; events: number }>;

/** `events`: all that are in both now. `found`: those that were in the target before. `sha256` is over all of them, in order. */
export type Moved = Readonly<{ events: number; found: number; streams: number; leftBehind: number; sha256: string }>;

/** At most so much is on its way to the target at once. */
const MOST_EVENTS = 500;
const MOST_BYTES = 512 * 1024;
const MOST_APPENDS = 64;

/**
 * Copies the log of one store to another: every event with its id, type, metadata and data, byte by byte, in the order of the
 * log, each appended at the revision it had. The target must be empty or hold the beginning of the same log, as an
 * interrupted move leaves it; it goes on from there. In the end the target is read from its beginning and compared by hash.
 * What every store has for itself (streams whose name begins with `$`, other than metadata of a stream) stays behind.
 * @throws CannotMove, or whatever the connection fails with; then the move may be started again.
 */
export const moveLog = async (
  urls: Readonly<{ from: string; to: string }>,
  { onProgress = () => {}, signal }: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<Moved> => {
  const [from, to] = [new RawLog(urls.from), new RawLog(urls.to)];
  try {
    return await new Move(from, to, onProgress, signal).run();
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
};

class Move {
  private readonly kinds = new Kinds();
  private readonly hash = new LogHash();
  private readonly streams = new Set<string>();
  private leftBehind = 0;
  private reached: bigint | undefined;

  constructor(
    private readonly from: RawLog,
    private readonly to: RawLog,
    private readonly onProgress: (progress: Progress) => void,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<Moved> {
    const found = await this.compare();
    const writer = new OrderedWriter(this.to);
    try {
      for (let before = -1; before !== this.hash.events; ) {
        before = this.hash.events;
        for await (const [kind, event] of this.source(this.reached)) {
          await writer.write(kind, event);
          this.onProgress({ phase: 'copying', events: this.hash.events });
        }
        await writer.flush();
      }
    } finally {
      await writer.settled();
    }
    await this.verify();
    return {
      events: this.hash.events,
      found,
      streams: this.streams.size,
      leftBehind: this.leftBehind,
      sha256: this.hash.hex,
    };
  }

  /** Walks both logs as far as the target reaches; number of events it holds already. */
  private async compare(): Promise<number> {
    const source = this.source(undefined)[Symbol.asyncIterator]();
    try {
      for await (const there of own(this.to)) {
        const { done, value } = await source.next();
        const [kind, here] = done ? [] : value;
        if (!kind || !here || !isSame(kind, here, there))
          throw new CannotMove(
            'another-log',
            `the target holds another log: its event ${there.revision} of ${there.stream} at position ${there.position} is not the source's ${here ? `event ${here.revision} of ${here.stream}` : 'any more'}`,
          );
        this.onProgress({ phase: 'comparing', events: this.hash.events });
      }
    } finally {
      await source.return?.(undefined);
    }
    return this.hash.events;
  }

  /** The source's events that move, noted as they pass. */
  private async *source(after: bigint | undefined): AsyncGenerator<readonly [Kind, MovedEvent]> {
    for await (const event of this.from.read(after)) {
      this.signal?.throwIfAborted();
      const kind = this.kinds.of(event);
      if (kind === 'own') this.leftBehind++;
      else {
        this.hash.add(kind, event);
        this.streams.add(event.stream);
        this.reached = event.position;
        yield [kind, event];
      }
    }
  }

  private async verify(): Promise<void> {
    const [kinds, hash] = [new Kinds(), new LogHash()];
    for await (const event of this.to.read(undefined)) {
      this.signal?.throwIfAborted();
      const kind = kinds.of(event);
      if (kind === 'own') continue;
      hash.add(kind, event);
      this.onProgress({ phase: 'verifying', events: hash.events });
    }
    if (hash.events !== this.hash.events || hash.hex !== this.hash.hex)
      throw new CannotMove(
        'differs',
        `the target does not hold what was copied: ${hash.events} events with SHA-256 ${hash.hex} instead of ${this.hash.events} with ${this.hash.hex}`,
      );
  }
}

async function* own(log: RawLog): AsyncGenerator<MovedEvent> {
  const kinds = new Kinds();
  for await (const event of log.read(undefined)) if (kinds.of(event) !== 'own') yield event;
}

/** Appends events in order, those of one stream that follow each other together; several appends may be on their way. */
class OrderedWriter {
  private batch: MovedEvent[] = [];
  private bytes = 0;
  private readonly underWay = new Set<Promise<void>>();
  private failure: unknown;

  constructor(private readonly to: RawLog) {}

  async write(kind: Kind, event: MovedEvent): Promise<void> {
    if (kind !== 'plain') {
      await this.flush();
      return kind === 'tombstone' ? this.to.tombstone(event.stream) : this.checkRevival(event);
    }
    const size = event.data.length + event.metadata.length;
    const last = this.batch.at(-1);
    // A deletion takes effect between appends: metadata must not share one with what follows.
    const joins =
      last?.stream === event.stream &&
      last.revision + 1n === event.revision &&
      last.type !== '$metadata' &&
      this.batch.length < MOST_EVENTS;
    if (last && (!joins || this.bytes + size > MOST_BYTES)) await this.send();
    this.batch.push(event);
    this.bytes += size;
  }

  /** Resolves when everything written so far is acknowledged. */
  async flush(): Promise<void> {
    if (this.batch.length) await this.send();
    await Promise.all(this.underWay);
    if (this.failure) throw this.failure;
  }

  /** Resolves when nothing is on its way any more, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay);
  }

  private async send(): Promise<void> {
    while (this.underWay.size >= MOST_APPENDS) await Promise.race(this.underWay);
    if (this.failure) throw this.failure;
    const { batch } = this;
    this.batch = [];
    this.bytes = 0;
    const [first] = batch as [MovedEvent];
    const appended = this.to.append(first.stream, first.revision - 1n, batch).then(
      () => void this.underWay.delete(appended),
      (error: unknown) => {
        this.failure ??= error instanceof Refused ? refusalOf(error, first) : error;
        this.underWay.delete(appended);
      },
    );
    this.underWay.add(appended);
  }

  private async checkRevival({ stream, revision, data }: MovedEvent): Promise<void> {
    const there = await this.to.lastMetadata(stream);
    if (there?.revision !== revision || !isSameJson(there.data, data))
      throw new CannotMove('refused', `the target did not revive what ${stream} describes as the source did`);
  }
}

const refusalOf = ({ name }: Refused, { stream, revision }: MovedEvent): CannotMove =>
  name === 'WrongExpectedVersion'
    ? new CannotMove(
        'revision-gap',
        `event ${revision} of ${stream} cannot stand at its revision: the source has lost events before it, or somebody else writes to the target`,
      )
    : new CannotMove('refused', `the target refuses event ${revision} of ${stream}: ${name}`);
