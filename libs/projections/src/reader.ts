import { bytesOf, type Log, type LogEntry, positionOf } from './log.js';

export type Limits = Readonly<{ count: number; bytes: number }>;
/** How much to take, and how long to wait for as much where there is a backlog. */
export type Gathering = Limits & Readonly<{ gatherMs: number }>;

const ANYTHING: Limits = { count: 1, bytes: Number.POSITIVE_INFINITY };

/** Reads ahead of the one who takes, by at most twice what is taken at once. */
export class Reader {
  readonly #entries: LogEntry[] = [];
  readonly #sizes: number[] = [];
  readonly #abort = new AbortController();
  #bytes = 0;
  #failure: unknown;
  #hasFailed = false;
  #arrived: (() => void) | undefined;
  #enough: Limits = ANYTHING;
  #last: bigint | null;
  #taken: (() => void) | undefined;
  /** Milliseconds of `performance.now()` when the log last said something. */
  lastHeard = performance.now();

  constructor(
    log: Log,
    after: bigint | null,
    private readonly ahead: Limits,
    /** What was the last position when it began to read: up to there it is behind. */
    private readonly head: bigint | null,
  ) {
    this.#last = after;
    void this.#pump(log, after);
  }

  get waiting(): number {
    return this.#entries.length;
  }

  /** More is known to come. */
  get isBehind(): boolean {
    return this.head !== null && (this.#last === null || this.#last < this.head);
  }

  /** The first entry that waits to be taken. */
  get first(): LogEntry | undefined {
    return this.#entries[0];
  }

  /**
   * What has come, at most `limits`, as soon as there is anything; nothing after `patience` milliseconds. From a backlog
   * as much as `limits` allow.
   * @throws what the log threw, once everything before it has been taken
   */
  async take(limits: Gathering, patience: number): Promise<readonly LogEntry[]> {
    await this.#arrival(ANYTHING, patience);
    if (this.#entries.length > 0 && this.isBehind) await this.#arrival(limits, limits.gatherMs);
    if (this.#entries.length === 0 && this.#hasFailed) throw this.#failure;
    const count = this.#fitting(limits);
    const bytes = this.#sizes.splice(0, count).reduce((sum, size) => sum + size, 0);
    this.#bytes -= bytes;
    const taken = this.#entries.splice(0, count);
    this.#taken?.();
    return taken;
  }

  /** Makes the next `take` throw. */
  fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#failure = error;
    this.close();
    this.#arrived?.();
  }

  close(): void {
    this.#abort.abort();
    this.#taken?.();
  }

  #fitting({ count, bytes }: Limits): number {
    let size = 0;
    const past = this.#sizes.findIndex((one, index) => {
      size += one;
      return index > 0 && (index >= count || size > bytes);
    });
    return past === -1 ? this.#entries.length : past;
  }

  get #hasEnough(): boolean {
    const { count, bytes } = this.#enough;
    const isMuch = this.#entries.length >= count || this.#bytes >= bytes;
    return isMuch || this.#hasFailed || (this.#entries.length > 0 && !this.isBehind);
  }

  async #arrival(enough: Limits, patience: number): Promise<void> {
    this.#enough = enough;
    if (this.#hasEnough) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#arrived = resolve;
      timer = setTimeout(resolve, patience);
    });
    clearTimeout(timer);
    this.#arrived = undefined;
  }

  async #pump(log: Log, after: bigint | null): Promise<void> {
    const { signal } = this.#abort;
    try {
      for await (const entry of log.follow({ after, signal })) {
        if (signal.aborted) return;
        const position = positionOf(entry);
        if (this.#last !== null && position <= this.#last)
          throw new Error(`The log went from ${this.#last} back to ${position}`);
        this.#last = position;
        this.#push(entry);
        if (this.#entries.length >= this.ahead.count || this.#bytes >= this.ahead.bytes) await this.#room();
      }
      this.fail(new Error('The log ended'));
    } catch (error) {
      this.fail(error);
    }
  }

  #push(entry: LogEntry): void {
    const size = bytesOf(entry);
    this.#entries.push(entry);
    this.#sizes.push(size);
    this.#bytes += size;
    this.lastHeard = performance.now();
    if (this.#arrived && this.#hasEnough) this.#arrived();
  }

  async #room(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#taken = resolve;
    });
    this.#taken = undefined;
  }
}
