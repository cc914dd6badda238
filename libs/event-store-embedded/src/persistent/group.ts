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

/** At most this many events wait because the consumer they are pinned to is busy. */
const MAX_SET_ASIDE = 1000;

/**
 * A group of consumers that share a stream or the log. Every event goes to one of them and comes again until it is
 * acknowledged, skipped or parked. The order is kept only as long as nothing comes again.
 */
export class Group {
  readonly consumers: Consumer[] = [];
  readonly outstanding = new Map<string, Outstanding>();
  readonly progress: Progress;
  delivered = 0;
  private retries: Message[] = [];
  private readonly parking = new Set<Message>();
  private readonly unwatch: () => void;
  private stopped = false;

  constructor(
    readonly key: GroupKey,
    readonly settings: GroupSettings,
    readonly source: Source,
    private readonly store: StreamStore,
  ) {
    this.progress = new Progress(settings, (sequence) => store.saveCheckpoint(key, source.describe(sequence)));
    this.unwatch = source.watch(() => this.dispatch());
  }

  get retryCount(): number {
    return this.retries.length;
  }

  /** `confirm` is called before the first event is sent. */
  connect(consumer: Consumer, confirm: () => void): void {
    const { maxSubscriberCount } = this.settings;
    if (maxSubscriberCount > 0 && this.consumers.length >= maxSubscriberCount) throw groupFull(this.key);
    this.consumers.push(consumer);
    consumer.call.onClose = () => this.disconnect(consumer);
    confirm();
    this.dispatch();
  }

  acknowledge(consumer: Consumer, ids: readonly string[]): void {
    for (const id of ids) this.settle(consumer, id);
    this.advance();
  }

  refuse(consumer: Consumer, ids: readonly string[], { action, reason }: { action: Action; reason: string }): void {
    for (const id of ids) {
      const message = this.settle(consumer, id);
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

  /** To be called now and then: what was not acknowledged in time comes again. */
  tick(now: number): void {
    for (const { message, consumer, due } of this.outstanding.values()) {
      if (due > now) continue;
      this.settle(consumer, message.id);
      this.again(message);
    }
    this.progress.tick(now, this.processedUpTo());
    this.dispatch();
  }

  /** Ends every consumer's call. */
  drop(): void {
    this.stopped = true;
    this.unwatch();
    for (const consumer of [...this.consumers]) consumer.call.fail(groupDropped(this.key));
  }

  private disconnect(consumer: Consumer): void {
    this.consumers.splice(this.consumers.indexOf(consumer), 1);
    const lost = [...consumer.inFlight].flatMap((id) => this.outstanding.get(id)?.message ?? []);
    for (const message of lost) {
      this.outstanding.delete(message.id);
      this.again(message);
    }
    this.dispatch();
  }

  private settle(consumer: Consumer, id: string): Message | undefined {
    const message = this.outstanding.get(id)?.message;
    this.outstanding.delete(id);
    consumer.settle(id);
    return message;
  }

  private again(message: Message): void {
    const { maxRetryCount } = this.settings;
    if (message.retries >= maxRetryCount) this.park(message, `Reached retry count of ${maxRetryCount}`);
    else {
      message.retries++;
      this.retries.push(message);
    }
  }

  private park(message: Message, reason: string): void {
    this.parking.add(message);
    void this.store.park(this.key, message, reason).then((parked) => {
      this.parking.delete(message);
      if (!parked) this.retries.push(message);
      this.advance();
    });
  }

  private advance(): void {
    this.progress.moved(this.processedUpTo());
    this.dispatch();
  }

  private dispatch(): void {
    if (this.stopped || !this.consumers.some(({ canTake }) => canTake)) return;
    const setAside: Message[] = [];
    while (setAside.length < MAX_SET_ASIDE && this.consumers.some(({ canTake }) => canTake)) {
      const message = this.retries.shift() ?? this.source.next();
      if (!message) break;
      const consumer = choose(this.settings.strategy, this.consumers, message, this.delivered);
      if (consumer) this.deliver(message, consumer);
      else setAside.push(message);
    }
    this.retries = [...setAside, ...this.retries];
  }

  private deliver(message: Message, consumer: Consumer): void {
    const { messageTimeoutMs } = this.settings;
    const due = messageTimeoutMs > 0 ? Date.now() + messageTimeoutMs : Number.POSITIVE_INFINITY;
    this.outstanding.set(message.id, { message, consumer, due });
    this.progress.delivered(message.sequence);
    this.delivered++;
    consumer.send(message);
  }

  /** Everything up to this sequence is done with. */
  private processedUpTo(): number {
    let lowest = Number.POSITIVE_INFINITY;
    const consider = ({ sequence }: Message) => {
      if (sequence !== undefined && sequence < lowest) lowest = sequence;
    };
    for (const { message } of this.outstanding.values()) consider(message);
    for (const message of this.retries) consider(message);
    for (const message of this.parking) consider(message);
    return Math.min(lowest - 1, this.progress.highest);
  }
}
