import { randomUUID } from 'node:crypto';
import { type NewEvent, RecordGroup } from '../log/record.js';
import { unpack } from '../log/stored-event.js';
import type { Append, Removal, Write, Written } from './append.js';
import type { Events } from './events.js';
import { decide, type Head } from './expected.js';
import type { RecentIds } from './recent-ids.js';
import {
  isMetastream,
  METADATA_TYPE,
  metastreamOf,
  originalOf,
  parseMetadata,
  SOFT_DELETE,
  withTruncateBefore,
} from './stream-metadata.js';

type Staged = { head: Head; ids: string[]; metadata: Uint8Array | undefined };
const NOTHING = new Uint8Array(0);
const TICKS_PER_MILLISECOND = 10_000;

/**
 * The writes that are synced together. They are decided one after the other, each on top of those before it,
 * but nobody else sees any of them until the whole group is durable.
 */
export class StagedGroup {
  readonly records = new RecordGroup();
  private readonly streams = new Map<string, Staged>();
  private readonly ids = new Map<string, { stream: string; revision: number }>();
  private created = '';

  constructor(
    private readonly events: Events,
    private readonly recent: RecentIds,
  ) {}

  begin(): void {
    this.records.begin(this.events.log.end);
    this.streams.clear();
    this.ids.clear();
    this.created = String(Date.now() * TICKS_PER_MILLISECOND);
  }

  stage(write: Write): Written {
    return write.kind === 'append' ? this.append(write) : this.remove(write);
  }

  /** Hands over the ids of the group, now that it is durable. */
  keepIds(): void {
    for (const [id, { stream, revision }] of this.ids) this.recent.add(id, stream, revision);
  }

  private append({ stream, expected, events }: Append): Written {
    const ids = events.map(({ id }) => id);
    const refused = this.unlessWritable(stream, expected, ids);
    if (refused) return refused;
    const { head } = this.stream(stream);
    const described = isMetastream(stream) ? originalOf(stream) : undefined;
    const metadata = described === undefined ? undefined : events.at(-1)?.data;
    const revivals = [
      head.softDeleted && this.revival(stream, this.metadataOf(stream)),
      described !== undefined &&
        this.stream(described).head.softDeleted &&
        this.revival(described, metadata ?? this.metadataOf(described)),
    ];
    const position = events.length ? events.map((event) => this.add(stream, event)).at(-1) : this.records.addEmpty();
    if (described !== undefined && metadata) this.describe(described, metadata);
    for (const revival of revivals) if (revival) this.setMetadata(revival.stream, revival.metadata);
    return { outcome: 'written', revision: head.last + events.length, position };
  }

  private remove({ kind, stream, expected }: Removal): Written {
    const { head } = this.stream(stream);
    if (!head.tombstoned && kind === 'delete' && head.last < 0 && !head.hasMetadata)
      return { outcome: 'wrong-expected-version', current: -1, expected };
    const refused = this.unlessWritable(stream, expected, [randomUUID()]);
    if (refused) return refused;
    this.stream(metastreamOf(stream));
    const position = kind === 'delete' ? this.setMetadata(stream, SOFT_DELETE) : this.entomb(stream);
    return { outcome: 'written', revision: head.last, position };
  }

  private unlessWritable(stream: string, expected: Write['expected'], ids: readonly string[]): Written | undefined {
    const { head } = this.stream(stream);
    const decision = decide(expected, ids, head, {
      idAt: (revision) => this.idAt(stream, revision),
      recent: (id) => this.recentRevision(id, stream),
    });
    if (decision.outcome === 'write') return undefined;
    if (decision.outcome === 'deleted') return { outcome: 'stream-deleted' };
    if (decision.outcome === 'wrong') return { outcome: 'wrong-expected-version', current: head.last, expected };
    return {
      outcome: 'repeated',
      revision: decision.revision,
      position: this.visiblePosition(stream, decision.revision),
    };
  }

  private add(stream: string, event: NewEvent): number {
    const staged = this.stream(stream);
    const revision = staged.head.last + 1;
    const position = this.records.add(event, { stream, revision, created: this.created });
    staged.head = { ...staged.head, last: revision };
    staged.ids.push(event.id);
    if (!this.ids.has(event.id)) this.ids.set(event.id, { stream, revision });
    return position;
  }

  private entomb(stream: string): number {
    const staged = this.stream(stream);
    staged.head = { ...staged.head, tombstoned: true };
    const event = {
      id: randomUUID(),
      type: '$streamDeleted',
      contentType: 'application/octet-stream',
      metadata: NOTHING,
      data: NOTHING,
    };
    return this.records.add(event, { stream, revision: undefined, created: this.created });
  }

  /** Metadata that brings a deleted stream back from its first new revision on. Nothing is written yet. */
  private revival(stream: string, metadata: Uint8Array): { stream: string; metadata: Buffer } | undefined {
    const revived = withTruncateBefore(metadata, this.stream(stream).head.last + 1);
    this.stream(metastreamOf(stream));
    return revived && { stream, metadata: revived };
  }

  private setMetadata(stream: string, metadata: Uint8Array): number {
    const position = this.add(metastreamOf(stream), metadataEvent(metadata));
    this.describe(stream, metadata);
    return position;
  }

  private describe(stream: string, metadata: Uint8Array): void {
    const staged = this.stream(stream);
    staged.metadata = metadata;
    staged.head = { ...staged.head, hasMetadata: true, softDeleted: parseMetadata(metadata).softDeleted };
  }

  private metadataOf(stream: string): Uint8Array {
    const staged = this.stream(stream).metadata;
    if (staged) return staged;
    const metastream = metastreamOf(stream);
    return this.events.at(metastream, this.events.head(metastream).last)?.data ?? NOTHING;
  }

  private stream(name: string): Staged {
    const staged = this.streams.get(name);
    if (staged) return staged;
    const added = { head: this.events.head(name), ids: [], metadata: undefined };
    this.streams.set(name, added);
    return added;
  }

  private idAt(stream: string, revision: number): string | undefined {
    const { head, ids } = this.stream(stream);
    const durable = head.last - ids.length;
    return revision > durable ? ids[revision - durable - 1] : this.events.at(stream, revision)?.id;
  }

  private recentRevision(id: string, stream: string): number | undefined {
    if (this.recent.has(id)) return this.recent.find(id, stream);
    const staged = this.ids.get(id);
    return staged?.stream === stream ? staged.revision : undefined;
  }

  /** Position of an event written before; none where readers no longer see it or it is part of this very group. */
  private visiblePosition(stream: string, revision: number): number | undefined {
    const { metadata } = this.events.state(stream);
    const { last } = this.events.head(stream);
    const maxCount = isMetastream(stream) ? 1 : metadata.maxCount;
    const first = Math.max(metadata.truncateBefore, maxCount ? last - maxCount + 1 : 0);
    if (revision < first) return undefined;
    const event = this.events.at(stream, revision);
    const isTooOld = event && metadata.maxAgeMs !== undefined && event.created < Date.now() - metadata.maxAgeMs;
    return isTooOld ? undefined : (event?.position ?? this.stagedPositions().get(`${revision}@${stream}`));
  }

  private stagedPositions(): Map<string, number> {
    const positions = new Map<string, number>();
    this.records.each((body, position) => {
      const { stream, revision } = unpack(body);
      positions.set(`${revision}@${stream}`, position);
    });
    return positions;
  }
}

const metadataEvent = (data: Uint8Array): NewEvent => ({
  id: randomUUID(),
  type: METADATA_TYPE,
  contentType: 'application/json',
  metadata: NOTHING,
  data,
});
