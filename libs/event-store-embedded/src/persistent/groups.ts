import type { LogLine } from '../log/log-options.js';
import type { Store } from '../store/store.js';
import { groupExists, groupFailed, groupMissing } from './errors.js';
import { Group } from './group.js';
import { ALL, type GroupKey, type GroupSettings, STRATEGIES } from './group-settings.js';
import { sourceOf } from './source.js';
import { StreamStore } from './stream-store.js';

const CONFIGURATION = '$persistentSubscriptionConfig';
const TICK_MS = 1000;
const FORMAT = 1;

type Saved = Readonly<{ format: number; groups: readonly (GroupKey & { settings: GroupSettings })[] }>;

/** All groups of the store. They are kept in a stream of their own, written anew with every change. */
export class Groups {
  private readonly groups = new Map<string, Map<string, Group>>();
  private readonly streams: StreamStore;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: Store,
    private readonly report: (line: LogLine) => void,
  ) {
    this.streams = new StreamStore(store);
    for (const { stream, group, settings } of this.saved()) this.open({ stream, group }, settings);
    this.timer = setInterval(() => this.tick(), TICK_MS).unref();
  }

  async create(key: GroupKey, settings: GroupSettings): Promise<void> {
    this.checkNames(key, settings);
    if (this.groups.get(key.stream)?.has(key.group)) throw groupExists(key);
    this.checkSizes(key, settings);
    this.open(key, settings);
    await this.save();
  }

  /** Consumers are disconnected; the group goes on behind its checkpoint. */
  async update(key: GroupKey, settings: (old: GroupSettings) => GroupSettings): Promise<void> {
    const group = this.get(key);
    const changed = settings(group.settings);
    this.checkNames(key, changed);
    this.checkSizes(key, changed);
    group.drop();
    this.open(key, changed);
    await this.save();
  }

  async delete(key: GroupKey): Promise<void> {
    const group = this.get(key);
    this.groups.get(key.stream)?.delete(key.group);
    group.drop();
    await this.streams.forget(key);
    await this.save();
  }

  get(key: GroupKey): Group {
    const group = this.groups.get(key.stream)?.get(key.group);
    if (!group) throw groupMissing(key);
    return group;
  }

  /** The groups of one stream; a stream that never had one is an error, one whose groups were deleted is not. */
  of(stream: string): Group[] {
    const groups = this.groups.get(stream);
    if (!groups) throw groupMissing({ stream, group: '' });
    return [...groups.values()];
  }

  all(): Group[] {
    const byStream = [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1));
    return byStream.flatMap(([, groups]) => [...groups.values()]);
  }

  parkedCount(key: GroupKey): number {
    return this.streams.parkedCount(key);
  }

  /** Starts every group anew from its checkpoint; consumers have to connect again. */
  restart(): void {
    for (const group of this.all()) {
      group.drop();
      this.open(group.key, group.settings);
    }
  }

  close(): void {
    clearInterval(this.timer);
  }

  private open(key: GroupKey, settings: GroupSettings): void {
    const source = sourceOf(this.store.events, key, settings);
    const ofStream = this.groups.get(key.stream) ?? new Map<string, Group>();
    this.groups.set(key.stream, ofStream.set(key.group, new Group(key, settings, source, this.streams)));
  }

  private checkNames(key: GroupKey, { strategy, startFrom }: GroupSettings): void {
    if (!STRATEGIES.includes(strategy)) throw groupFailed(key, `Consumer strategy ${strategy} does not exist.`);
    if (key.stream === ALL && startFrom !== 'end' && startFrom >= this.store.events.log.end)
      throw groupFailed(
        key,
        'Invalid Start From position: commit position must be less than or equal to the last commit position in the transaction file.',
      );
  }

  private checkSizes(key: GroupKey, { readBatchSize, historyBufferSize }: GroupSettings): void {
    if (readBatchSize >= historyBufferSize)
      throw groupFailed(
        key,
        "Specified argument was out of the range of valid values. (Parameter 'ReadBatchSize may not be greater than or equal to BufferSize')",
      );
  }

  private tick(): void {
    const now = Date.now();
    for (const group of this.all()) {
      try {
        group.tick(now);
      } catch (error) {
        this.report({ level: 'error', message: 'a group could not go on', ...group.key, error: String(error) });
      }
    }
  }

  private saved(): Saved['groups'] {
    const { last } = this.store.events.head(CONFIGURATION);
    const event = this.store.events.at(CONFIGURATION, last);
    return event ? (JSON.parse(event.data.toString('utf8')) as Saved).groups : [];
  }

  private async save(): Promise<void> {
    const groups = this.all().map(({ key, settings }) => ({ ...key, settings }));
    const data = Buffer.from(JSON.stringify({ format: FORMAT, groups } satisfies Saved));
    await this.streams.append(CONFIGURATION, {
      type: '$persistentConfig',
      contentType: 'application/json',
      metadata: new Uint8Array(0),
      data,
    });
  }
}
