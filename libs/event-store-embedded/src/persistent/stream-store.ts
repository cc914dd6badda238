import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../log/record.js';
import { LINK_TYPE } from '../read/link-list.js';
import { StreamView } from '../read/stream-view.js';
import type { Written } from '../store/append.js';
import type { Store } from '../store/store.js';
import { METADATA_TYPE, metastreamOf } from '../store/stream-metadata.js';
import { checkpointStream, type GroupKey, parkedStream } from './group-settings.js';
import { type Message, messageOf } from './message.js';

const NOTHING = new Uint8Array(0);
const JSON_TYPE = 'application/json';
const ADMINISTRATORS_ONLY = { $r: '$admins', $w: '$admins', $d: '$admins', $mr: '$admins', $mw: '$admins' };

/** What groups keep in streams of their own: checkpoints and parked events. */
export class StreamStore {
  constructor(private readonly store: Store) {}

  async saveCheckpoint(key: GroupKey, checkpoint: string): Promise<boolean> {
    return this.append(checkpointStream(key), {
      type: 'SubscriptionCheckpoint',
      contentType: JSON_TYPE,
      metadata: NOTHING,
      data: json(checkpoint),
    });
  }

  /** The checkpoint written last, or undefined. */
  checkpoint(key: GroupKey): string | undefined {
    const stream = checkpointStream(key);
    const { last, softDeleted } = this.store.events.head(stream);
    const event = softDeleted ? undefined : this.store.events.at(stream, last);
    return event && String(JSON.parse(event.data.toString('utf8')));
  }

  /** Keeps an event aside. Whoever reads its metadata takes a missing number for zero, as the database writes it. */
  async park(key: GroupKey, message: Message, reason: string): Promise<boolean> {
    const metadata = {
      added: new Date().toISOString(),
      reason,
      ...(message.revision > 0 && { subscriptionEventNumber: message.revision }),
    };
    const data = Buffer.from(message.linkData);
    return this.append(parkedStream(key), {
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      metadata: json(metadata),
      data,
    });
  }

  /** Parked events that were not taken yet, up to but not including the revision `stopAt`; they are not handed out again. */
  async takeParked(key: GroupKey, stopAt: number | undefined): Promise<Message[]> {
    const stream = parkedStream(key);
    const view = new StreamView(this.store.events, stream);
    const end = Math.min(stopAt ?? Number.POSITIVE_INFINITY, view.last + 1);
    if (view.presence !== 'found' || view.first >= end) return [];
    const bodies = view.bodies(view.first, end - 1).flatMap((body) => body ?? []);
    const messages = bodies.map((body) => messageOf(this.store.events, body, undefined, true));
    await this.append(metastreamOf(stream), {
      type: METADATA_TYPE,
      contentType: JSON_TYPE,
      metadata: NOTHING,
      data: json({ $tb: end, $acl: ADMINISTRATORS_ONLY }),
    });
    return messages;
  }

  parkedCount(key: GroupKey): number {
    const view = new StreamView(this.store.events, parkedStream(key));
    return view.presence === 'found' ? Math.max(0, view.last - view.first + 1) : 0;
  }

  /** Deletes what a group kept. */
  async forget(key: GroupKey): Promise<void> {
    for (const stream of [checkpointStream(key), parkedStream(key)])
      if (this.store.events.head(stream).last >= 0) await this.store.write({ kind: 'delete', stream, expected: 'any' });
  }

  async append(stream: string, event: Omit<NewEvent, 'id'>): Promise<boolean> {
    const write = { kind: 'append', stream, expected: 'any', events: [{ id: randomUUID(), ...event }] } as const;
    const written: Written = await this.store.write(write);
    return written.outcome === 'written';
  }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
