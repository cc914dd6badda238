import { matcher } from '../read/filter.js';
import { StreamView } from '../read/stream-view.js';
import type { Events } from '../store/events.js';
import { ALL, type GroupKey, type GroupSettings } from './group-settings.js';
import { type Message, messageOf } from './message.js';

const STEP = 512;
const MAX_LOOKED_AT = 20_000;

/** Where a group's events come from, in order. Sequences are revisions of a stream or ordinals of the log. */
export type Source = {
  /** The next event, or undefined when there is none yet. */
  next(): Message | undefined;
  /** Goes on behind a checkpoint. */
  continueAfter(checkpoint: string): void;
  /** A sequence as checkpoints and statistics write it. */
  describe(sequence: number): string;
  /** The event `ahead` places further on, or the last one there is; undefined where the group has seen none and none is waiting. */
  lastKnown(ahead: number): number | undefined;
  /** Number of events that wait. */
  waiting(): number;
  watch(poke: () => void): () => void;
};

export const sourceOf = (events: Events, key: GroupKey, settings: GroupSettings): Source =>
  key.stream === ALL ? new LogSource(events, settings) : new StreamSource(events, key.stream, settings);

class StreamSource implements Source {
  private readonly view: StreamView;
  private at: number;
  private seen: number | undefined;

  constructor(
    private readonly events: Events,
    private readonly stream: string,
    private readonly settings: GroupSettings,
  ) {
    this.view = new StreamView(events, stream);
    this.at = settings.startFrom === 'end' ? this.view.last + 1 : settings.startFrom;
  }

  next(): Message | undefined {
    for (
      this.at = Math.max(this.at, this.view.presence === 'found' ? this.view.first : 0);
      this.at <= this.view.last;
    ) {
      const revision = this.at++;
      const [body] = this.view.bodies(revision, revision);
      this.seen = revision;
      if (body) return messageOf(this.events, body, revision, this.settings.resolveLinks);
    }
    return undefined;
  }

  continueAfter(checkpoint: string): void {
    this.at = Number(checkpoint) + 1;
  }

  describe(sequence: number): string {
    return String(sequence);
  }

  lastKnown(ahead: number): number | undefined {
    const last = Math.min(this.view.last, this.at + ahead - 1);
    return last >= this.at ? last : this.seen;
  }

  waiting(): number {
    return Math.max(0, this.view.last - this.at + 1);
  }

  watch(poke: () => void): () => void {
    return this.events.watchers.watchStream(this.stream, poke);
  }
}

class LogSource implements Source {
  private readonly matches;
  private at: number;
  private seen: number | undefined;

  constructor(
    private readonly events: Events,
    private readonly settings: GroupSettings,
  ) {
    const { filter, startFrom } = settings;
    this.matches = filter ? matcher(filter) : () => true;
    this.at = startFrom === 'end' ? events.index.size : events.index.positions.firstAt(startFrom);
  }

  /** Looks at a bounded number of events, so that a filter that matches little does not hold up everything else. */
  next(): Message | undefined {
    const end = Math.min(this.events.index.size, this.at + MAX_LOOKED_AT);
    while (this.at < end) {
      const ordinal = this.at++;
      const body = this.events.bodyAt(ordinal);
      if (!this.matches(body)) continue;
      this.seen = ordinal;
      return messageOf(this.events, body, ordinal, this.settings.resolveLinks);
    }
    return undefined;
  }

  continueAfter(checkpoint: string): void {
    const position = Number(/^C:(\d+)/.exec(checkpoint)?.[1] ?? 0);
    this.at = this.events.index.positions.firstAt(position + 1);
  }

  describe(sequence: number): string {
    const position = this.events.index.positions.get(sequence);
    return `C:${position}/P:${position}`;
  }

  lastKnown(): number | undefined {
    return this.seen;
  }

  waiting(): number {
    let waiting = 0;
    const end = Math.min(this.events.index.size, this.at + STEP);
    for (let ordinal = this.at; ordinal < end; ordinal++) if (this.matches(this.events.bodyAt(ordinal))) waiting++;
    return waiting;
  }

  watch(poke: () => void): () => void {
    return this.events.watchers.watchAll(poke);
  }
}
