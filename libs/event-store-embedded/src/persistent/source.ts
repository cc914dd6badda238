import { TOMBSTONE_REVISION } from '../log/record.js';
import { isOutsideAll, matcher } from '../read/filter.js';
import { StreamView } from '../read/stream-view.js';
import type { Events } from '../store/events.js';
import { ALL, type GroupKey, type GroupSettings } from './group-settings.js';
import { type Message, messageOf } from './message.js';

const MAX_LOOKED_AT = 20_000;
/** Sequence of the event that ends a stream: behind every other. */
const ENDING = Number.MAX_SAFE_INTEGER;

/** Where a group's events come from, in order. Sequences are revisions of a stream or ordinals of the log. */
export type Source = {
  /** The next event's sequence, or undefined when none is found now. */
  next(): number | undefined;
  /** What ended a stream for good, once: only who follows live is shown it. */
  end?(): number | undefined;
  /** Whether `next` has been through everything there is. */
  isAtEnd(): boolean;
  /** The event of a sequence that `next` gave; undefined where it may no longer be seen. */
  message(sequence: number): Message | undefined;
  /** Everything up to this sequence has been passed by `next`. */
  readonly passed: number;
  /** Goes on behind a checkpoint, whose sequence it returns. */
  continueAfter(checkpoint: string): number;
  /** A sequence as checkpoints and statistics write it. */
  describe(sequence: number): string;
  watch(poke: () => void): () => void;
};

export const sourceOf = (events: Events, key: GroupKey, settings: GroupSettings): Source =>
  key.stream === ALL ? new LogSource(events, settings) : new StreamSource(events, key.stream, settings);

class StreamSource implements Source {
  private readonly view: StreamView;
  private at: number;
  private isEnded = false;

  constructor(
    private readonly events: Events,
    private readonly stream: string,
    private readonly settings: GroupSettings,
  ) {
    this.view = new StreamView(events, stream);
    this.at = settings.startFrom === 'end' ? this.view.last + 1 : settings.startFrom;
  }

  get passed(): number {
    return this.at - 1;
  }

  next(): number | undefined {
    if (this.isAtEnd()) return undefined;
    this.at = Math.max(this.at, this.view.first);
    return this.at++;
  }

  end(): number | undefined {
    if (this.isEnded || !this.view.tombstone()) return undefined;
    this.isEnded = true;
    return ENDING;
  }

  /** What a deleted stream held is not there any more. */
  isAtEnd(): boolean {
    return this.view.presence !== 'found' || Math.max(this.at, this.view.first) > this.view.last;
  }

  message(sequence: number): Message | undefined {
    if (sequence > this.view.last && sequence !== ENDING) return undefined;
    const body = sequence === ENDING ? this.view.tombstone() : this.view.bodies(sequence, sequence)[0];
    return body && messageOf(this.events, body, sequence, this.settings.resolveLinks);
  }

  continueAfter(checkpoint: string): number {
    this.at = Number(checkpoint) + 1;
    return this.passed;
  }

  describe(sequence: number): string {
    return String(sequence === ENDING ? TOMBSTONE_REVISION : sequence);
  }

  watch(poke: () => void): () => void {
    return this.events.watchers.watchStream(this.stream, poke);
  }
}

class LogSource implements Source {
  private readonly matches;
  private at: number;
  passed: number;

  constructor(
    private readonly events: Events,
    private readonly settings: GroupSettings,
  ) {
    const { filter, startFrom } = settings;
    this.matches = filter ? matcher(filter) : () => true;
    this.at = startFrom === 'end' ? events.index.size : events.index.positions.firstAt(startFrom);
    this.passed = this.at - 1;
  }

  /** Looks at a bounded number of events, so that a filter that matches little does not hold up everything else. */
  next(): number | undefined {
    const end = Math.min(this.events.index.size, this.at + MAX_LOOKED_AT);
    while (this.at < end) {
      const ordinal = this.at++;
      const body = this.events.bodyAt(ordinal);
      // A checkpoint of this very group must not count as progress that is worth another checkpoint.
      if (isOutsideAll(this.events, body)) continue;
      this.passed = ordinal;
      if (this.matches(body)) return ordinal;
    }
    return undefined;
  }

  isAtEnd(): boolean {
    return this.at >= this.events.index.size;
  }

  message(sequence: number): Message {
    return messageOf(this.events, this.events.bodyAt(sequence), sequence, this.settings.resolveLinks);
  }

  continueAfter(checkpoint: string): number {
    const position = Number(/^C:(\d+)/.exec(checkpoint)?.[1] ?? 0);
    this.at = this.events.index.positions.firstAt(position + 1);
    this.passed = this.at - 1;
    return this.passed;
  }

  describe(sequence: number): string {
    const position = this.events.index.positions.get(sequence);
    return `C:${position}/P:${position}`;
  }

  watch(poke: () => void): () => void {
    return this.events.watchers.watchAll(poke);
  }
}
