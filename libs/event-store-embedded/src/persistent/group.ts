import { Backlog } from './backlog.js';
import { choose } from './choose.js';
import type { Consumer } from './consumer.js';
import { groupDropped, groupFull } from './errors.js';
import type { GroupKey, GroupSettings } from './group-settings.js';
import type { Message } from './message.js';
import { Progress } from './progress.js';
import type { Source } from './source.js';
import type { StreamStore } from './stream-store.js';

type Outstanding = { message: Message; consumer: Consumer; due: number };
export type Action = 'park' | 'retry' | 'skip' | 'stop';

/**
 * A group of consumers that share a stream or the log. Every event goes to one of them and comes again until it is
 * acknowledged, skipped or parked. The order is kept only as long as nothing comes again.
 */
export class Group {
  readonly consumers: Consumer[] = [];
  readonly outstanding = new Map<string, Outstanding>();
  readonly progress: Progress;
  readonly backlog: Backlog;
  /** Number of events sent, those sent again included. */
  delivered = 0;
  private readonly turns: Consumer[] = [];
  private retries: Message[] = [];
  private readonly parking = new Set<Message>();
  private readonly unwatch: () => void;
  private highest: number;
  private stopped = false;

  /** Goes on behind `checkpoint` where there is one. */
  constructor(
    readonly key: GroupKey,
    readonly settings: GroupSettings,
    readonly source: Source,
    private readonly store: StreamStore,
  ) {
    const checkpoint = store.checkpoint(key);
    this.highest = checkpoint === undefined ? source.passed : source.continueAfter(checkpoint);
    this.progress = new Progress(settings, this.highest, (sequence) =>
      store.saveCheckpoint(key, source.describe(sequence)),
    );
    if (checkpoint !== undefined) this.progress.saved = this.highest;
    this.backlog = new Backlog(source, settings);
    this.backlog.fill(0);
    this.unwatch = source.watch(() => {
      this.backlog.arrived();
      this.dispatch();
    });
  }

  get retryCount(): number {
    return this.retries.length;
  }

  /** `confirm` is called before the first event is sent. */
  connect(consumer: Consumer, confirm: () => void): void {
    const { maxSubscriberCount } = this.settings;
    if (maxSubscriberCount > 0 && this.consumers.length >= maxSubscriberCount) throw groupFull(this.key);
    this.consumers.push(consumer);
    this.turns.push(consumer);
    consumer.call.onClose = () => this.disconnect(consumer);
    confirm();
    this.dispatch();
  }

  acknowledge(ids: readonly string[]): void {
    for (const id of ids) this.settle(id);
    this.advance();
  }

  refuse(ids: readonly string[], { action, reason }: { action: Action; reason: string }): void {
    for (const id of ids) {
      const message = this.settle(id);
      if (message && action === 'retry') this.again(message);
      if (message && action === 'park') this.park(message, `Client explicitly NAK'ed message.\n${reason}`);
    }
    this.advance();
  }

  /** Delivers parked events once more, up to the revision `stopAt` of the parked stream, which is left out. */
  async replay(stopAt: number | undefined): Promise<void> {
    const messages = await this.store.takeParked(this.key, stopAt);
    this.retries.push(...messages);
    this.dispatch();
  }

  /** To be called once a second: what was not acknowledged in time comes again. */
  tick(now: number): void {
    for (const { message, due } of this.outstanding.values()) {
      if (due > now) continue;
      this.settle(message.id);
      this.again(message);
    }
    this.backlog.fill(this.retries.length);
    this.dispatch();
    this.progress.tick(now, this.processedUpTo());
  }

  /** Ends every consumer's call. */
  drop(): void {
    this.stopped = true;
    this.unwatch();
    for (const consumer of [...this.consumers]) consumer.call.fail(groupDropped(this.key));
  }

  /** What was on its way comes again, however often it came before: it is not to blame. */
  private disconnect(consumer: Consumer): void {
    for (const list of [this.consumers, this.turns]) list.splice(list.indexOf(consumer), 1);
    const lost = [...consumer.inFlight].flatMap((id) => this.outstanding.get(id)?.message ?? []);
    for (const message of lost.sort((a, b) => a.revision - b.revision)) {
      this.outstanding.delete(message.id);
      this.retry(message);
    }
    this.dispatch();
  }

  private settle(id: string): Message | undefined {
    const settled = this.outstanding.get(id);
    this.outstanding.delete(id);
    settled?.consumer.settle(id);
    return settled?.message;
  }

  private again(message: Message): void {
    const { maxRetryCount } = this.settings;
    if (message.retries >= maxRetryCount) this.park(message, `Reached retry count of ${maxRetryCount}`);
    else this.retry(message);
  }

  /** Before everything of a higher sequence that is to come again, behind what was parked once. */
  private retry(message: Message): void {
    message.retries++;
    const { sequence } = message;
    const later = this.retries.findIndex(
      (each) => sequence !== undefined && each.sequence !== undefined && sequence < each.sequence,
    );
    this.retries.splice(later < 0 ? this.retries.length : later, 0, message);
  }

  private park(message: Message, reason: string): void {
    this.parking.add(message);
    void this.store.park(this.key, message, reason).then((parked) => {
      this.parking.delete(message);
      if (!parked) this.retry(message);
      this.advance();
    });
  }

  private advance(): void {
    this.progress.moved(this.processedUpTo());
    this.backlog.fill(this.retries.length);
    this.dispatch();
  }

  private dispatch(): void {
    if (this.stopped) return;
    this.giveOut();
    while (!this.backlog.waiting.length && !this.backlog.live && this.turns.some(({ canTake }) => canTake)) {
      this.backlog.fill(this.retries.length);
      if (!this.backlog.waiting.length) return;
      this.giveOut();
    }
  }

  /** Offers what comes again, then what waits; an event whose consumer is busy stays where it is. */
  private giveOut(): void {
    const kept: Message[] = [];
    let isOver = !this.turns.some(({ canTake }) => canTake);
    const offer = (message: Message): boolean => {
      const consumer = isOver ? 'nobody' : choose(this.settings.strategy, this.turns, message);
      if (consumer === 'nobody') isOver = true;
      if (consumer === 'nobody' || consumer === 'later') return false;
      this.deliver(message, consumer);
      return true;
    };
    for (const message of this.retries) if (!offer(message)) kept.push(message);
    this.retries = kept;
    const { waiting } = this.backlog;
    let left = 0;
    let at = 0;
    for (; at < waiting.length && !isOver; at++) {
      const sequence = waiting[at] as number;
      const message = this.source.message(sequence);
      if (message && !offer(message)) waiting[left++] = sequence;
    }
    waiting.splice(left, at - left);
  }

  private deliver(message: Message, consumer: Consumer): void {
    this.outstanding.set(message.id, { message, consumer, due: Date.now() + this.settings.messageTimeoutMs });
    if (message.sequence !== undefined) this.highest = Math.max(this.highest, message.sequence);
    this.delivered++;
    consumer.send(message);
  }

  /** Everything up to this sequence is done with. */
  private processedUpTo(): number {
    let lowest = this.backlog.waiting[0] ?? Number.POSITIVE_INFINITY;
    const consider = ({ sequence }: Message) => {
      if (sequence !== undefined && sequence < lowest) lowest = sequence;
    };
    for (const { message } of this.outstanding.values()) consider(message);
    for (const message of this.retries) consider(message);
    for (const message of this.parking) consider(message);
    return lowest < Number.POSITIVE_INFINITY ? lowest - 1 : Math.max(this.highest, this.source.passed);
  }
}
