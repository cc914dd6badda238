import { unpack } from '../log/stored-event.js';
import type { Events, StreamState } from '../store/events.js';
import { isMetastream } from '../store/stream-metadata.js';
import { type LinkList, linkListOf } from './link-list.js';

export type Presence = 'found' | 'missing' | 'deleted';

/** One stream as readers see it at this moment: an ordinary one or a system stream that the index stands for. */
export class StreamView {
  private readonly list: LinkList | undefined;

  constructor(
    private readonly events: Events,
    readonly name: string,
  ) {
    this.list = linkListOf(events, name);
  }

  /** Soft-deleted streams and streams that only have metadata count as missing. */
  get presence(): Presence {
    if (this.list) return this.last >= 0 ? 'found' : 'missing';
    if (this.isTombstoned) return 'deleted';
    const { number, metadata } = this.state;
    return number < 0 || this.last < 0 || metadata.softDeleted ? 'missing' : 'found';
  }

  get isTombstoned(): boolean {
    const { number } = this.state;
    if (number >= 0 && this.events.index.isTombstoned(number)) return true;
    return isMetastream(this.name) && this.events.head(this.name.slice(2)).tombstoned;
  }

  /** Revision of the last event, -1 where there is none. */
  get last(): number {
    if (this.list) return this.list.length() - 1;
    const { number } = this.state;
    return number < 0 ? -1 : this.events.index.lastRevision(number);
  }

  /** The first revision that truncation and counting leave to be seen; may lie beyond the last. */
  get first(): number {
    const { metadata } = this.state;
    if (metadata.softDeleted) return this.last + 1;
    const maxCount = isMetastream(this.name) ? 1 : metadata.maxCount;
    return Math.max(metadata.truncateBefore, maxCount ? this.last - maxCount + 1 : 0, 0);
  }

  /** Bodies of the revisions `from` to `to`, which must exist; undefined for those too old to be shown. */
  bodies(from: number, to: number): (Buffer | undefined)[] {
    const { list } = this;
    if (list) return Array.from({ length: to - from + 1 }, (_, index) => list.body(from + index));
    const oldest = this.oldest();
    return Array.from(this.events.index.ordinalsOf(this.state.number, from, to), (ordinal) => {
      const body = this.events.bodyAt(ordinal);
      return oldest !== undefined && unpack(body).created < oldest ? undefined : body;
    });
  }

  /** The event at a revision as long as readers may see it. */
  visible(revision: number): Buffer | undefined {
    const hidden = this.presence !== 'found' || revision < this.first || revision > this.last;
    return hidden ? undefined : this.bodies(revision, revision)[0];
  }

  /** The event that ended the stream for good. */
  tombstone(): Buffer | undefined {
    const { number } = this.state;
    return number >= 0 && this.events.index.isTombstoned(number)
      ? this.events.bodyAt(this.events.index.tombstoneOf(number))
      : undefined;
  }

  private get state(): StreamState {
    return this.events.state(this.name);
  }

  private oldest(): number | undefined {
    const { maxAgeMs } = this.state.metadata;
    return maxAgeMs === undefined ? undefined : Date.now() - maxAgeMs;
  }
}
