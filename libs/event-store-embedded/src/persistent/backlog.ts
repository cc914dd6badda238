import type { GroupSettings } from './group-settings.js';
import type { Source } from './source.js';

const DEFAULT_BATCH = 20;
const MOST_AT_ONCE = 100;

/**
 * What a group has read of its source and not given out yet, as sequences: no more than its buffer holds. While it is live
 * every new event joins at once; when the buffer overflows it is behind, and reads in batches until it has caught up.
 */
export class Backlog {
  readonly waiting: number[] = [];
  /** Sequence of the last event read. */
  lastKnown: number | undefined;
  live = false;
  private arrivals = 0;

  constructor(
    private readonly source: Source,
    private readonly settings: GroupSettings,
  ) {
    this.live = source.isAtEnd();
  }

  /** Events that arrived by themselves, as many as the live buffer remembers. */
  get liveCount(): number {
    return Math.min(this.arrivals, this.settings.liveBufferSize);
  }

  /** Something was written that may be for this group. */
  arrived(): void {
    if (!this.live) {
      this.arrivals++;
      return;
    }
    while (this.live) {
      if (this.waiting.length >= this.settings.historyBufferSize) {
        this.live = this.source.isAtEnd();
        return;
      }
      const sequence = this.source.next() ?? this.source.end?.();
      if (sequence === undefined) return;
      this.arrivals++;
      this.add(sequence);
    }
  }

  /** Reads on where the group is behind and has room. `retrying`: events that wait to be sent again. */
  fill(retrying: number): void {
    const { historyBufferSize, readBatchSize } = this.settings;
    while (!this.live && historyBufferSize - this.waiting.length - retrying > readBatchSize) {
      if (!this.readBatch(Math.min(readBatchSize || DEFAULT_BATCH, MOST_AT_ONCE))) return;
      if (!this.source.isAtEnd()) continue;
      this.live = true;
      this.arrivals = 0;
    }
  }

  private readBatch(size: number): boolean {
    for (let read = 0; read < size; read++) {
      const sequence = this.source.next();
      if (sequence === undefined) return this.source.isAtEnd();
      this.add(sequence);
    }
    return true;
  }

  private add(sequence: number): void {
    this.waiting.push(sequence);
    this.lastKnown = sequence;
  }
}
