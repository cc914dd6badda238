import { randomBytes } from 'node:crypto';
import { BLOCK_BYTES, BlockCache } from './block-cache.js';
import type { LogOptions } from './log-options.js';
import { migrate } from './migrate.js';
import { isIntact, RECORD_HEADER, type RecordGroup, readHeader } from './record.js';
import { damage, scanSegment, settleTail, type Visit } from './recovery.js';
import {
  createSegment,
  FIRST_POSITION,
  LogRefused,
  offsetIn,
  openSegments,
  SEGMENT_HEADER,
  type Segment,
} from './segment.js';
import { TailMark } from './tail-mark.js';

/** Room is written ahead in steps, so that a sync has no file length to record. */
const ROOM_BYTES = 1024 * 1024;

/** A disk as fast as this is not worth the hand-over to another thread when there is nothing else to do. */
const FAST_SYNC_MS = 1;
const SLOWER_AT_MOST = 1.5;

/** A record on disk is not what was written. */
export class DamagedRecord extends Error {}

/** The append-only log: groups of records, each synced before it counts. Only one group may be on its way at a time. */
export class EventLog {
  private readonly cache = new BlockCache();
  private room = 0;
  private timer: NodeJS.Timeout | undefined;
  private unsynced = false;
  private broken = false;
  private syncMs = Number.POSITIVE_INFINITY;
  /** Called when a file of the log is complete, before the next one begins. */
  onSealed: (base: number, end: number) => void = () => {};

  private constructor(
    private readonly options: LogOptions,
    private readonly segments: Segment[],
    private readonly mark: TailMark,
    /** Everything before this position is written and acknowledged. */
    public end: number,
  ) {
    this.room = this.last.file.size();
    const { fsync } = options;
    if (fsync !== 'always') this.timer = setInterval(() => void this.syncLate(), fsync.everyMs).unref();
  }

  /** Opens the log of a folder, or begins one. Its last file is checked record by record, the others when they are read. */
  static async open(options: LogOptions): Promise<EventLog> {
    await migrate(options);
    const segments = openSegments(options.files);
    if (!segments.length)
      segments.push(await createSegment(options.files, FIRST_POSITION, randomBytes(16).toString('hex')));
    const { mark, known } = TailMark.open(options.files, () =>
      options.report({ level: 'warn', message: 'the mark of the synced end is damaged and not used' }),
    );
    const end = settledEnd(segments, known, options.report);
    const log = new EventLog(options, segments, mark, end);
    await log.dropBehind(end);
    return log;
  }

  /** The log's files: where each begins and ends. */
  get parts(): { base: number; end: number }[] {
    return this.segments.map((segment) => ({ base: segment.base, end: this.endOf(segment) }));
  }

  /** Shows every event of the file that begins at `base`. @throws LogRefused where a record is damaged. */
  scan(base: number, visit: Visit): void {
    const segment = this.segmentOf(base);
    const end = this.endOf(segment);
    const scanned = scanSegment(segment, end, visit);
    if (scanned.end !== end) throw damage(segment, scanned.end, scanned.problem ?? 'records are missing');
  }

  /**
   * Writes a group and makes it durable as the policy says. When it throws, nothing of the group counts.
   * `nobodyWaits`: no other write is known of that could be prepared in the meantime.
   */
  async append(group: RecordGroup, nobodyWaits = false): Promise<void> {
    group.finish();
    if (this.broken) await this.repair();
    if (offsetIn(this.last, group.end) > this.options.segmentBytes && group.start > this.last.base)
      await this.nextSegment();
    try {
      this.reserve(offsetIn(this.last, group.end));
      this.last.file.write(group.bytes(), offsetIn(this.last, group.start));
      if (this.options.fsync === 'always') await this.sync(nobodyWaits);
      else this.unsynced = true;
    } catch (error) {
      this.broken = true;
      throw error;
    }
    this.end = group.end;
    if (!this.unsynced) this.mark.moved(this.end, (error) => this.warn(error));
  }

  /** The body of the record at `position`, which must be one this log gave out. */
  read(position: number): Buffer {
    const segment = this.segmentOf(position);
    const written = offsetIn(segment, this.endOf(segment));
    const offset = offsetIn(segment, position);
    const block = this.cache.blockAt(segment, offset, written);
    const at = offset % BLOCK_BYTES;
    const end = at + RECORD_HEADER <= block.filled ? at + RECORD_HEADER + block.bytes.readUInt32LE(at) : 0;
    if (end === 0 || end > block.filled) return this.readAcross(segment, offset, { position, written });
    const { bytes, checked } = block;
    const bit = 1 << (at & 7);
    if (!((checked[at >> 3] as number) & bit)) {
      const header = readHeader(bytes, at);
      if (header.position !== position || !isIntact(bytes, at, header)) throw unreadable(segment, position);
      checked[at >> 3] = (checked[at >> 3] as number) | bit;
    }
    return bytes.subarray(at + RECORD_HEADER, end);
  }

  /** The same for a record that does not lie in one block. */
  private readAcross(
    segment: Segment,
    offset: number,
    { position, written }: { position: number; written: number },
  ): Buffer {
    const head = this.cache.read(segment, offset, RECORD_HEADER, written);
    if (head.length < RECORD_HEADER) throw unreadable(segment, position);
    const header = readHeader(head, 0);
    const bytes = this.cache.read(segment, offset, RECORD_HEADER + Math.min(header.length, written - offset), written);
    if (header.position !== position || bytes.length < RECORD_HEADER + header.length || !isIntact(bytes, 0, header))
      throw unreadable(segment, position);
    return bytes.subarray(RECORD_HEADER);
  }

  /** Whether a record begins at `position`, with or without an event. */
  isBoundary(position: number): boolean {
    if (position < FIRST_POSITION || position >= this.end) return false;
    try {
      this.read(position);
      return true;
    } catch (error) {
      if (error instanceof DamagedRecord) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    if (!this.broken) {
      await this.last.file.sync();
      this.last.file.truncate(offsetIn(this.last, this.end));
      await this.last.file.sync();
      await this.mark.close(this.end);
    }
    for (const { file } of this.segments) file.close();
  }

  private async sync(nobodyWaits: boolean): Promise<void> {
    const started = performance.now();
    if (nobodyWaits && this.syncMs < FAST_SYNC_MS) this.last.file.syncInline();
    else await this.last.file.sync();
    // A sync that took long among fast ones says little about the next; many in a row do.
    this.syncMs = Math.min(performance.now() - started, this.syncMs * SLOWER_AT_MOST);
  }

  private get last(): Segment {
    return this.segments[this.segments.length - 1] as Segment;
  }

  private segmentOf(position: number): Segment {
    let index = this.segments.length - 1;
    while (index > 0 && (this.segments[index] as Segment).base > position) index--;
    return this.segments[index] as Segment;
  }

  private endOf(segment: Segment): number {
    return segment === this.last ? this.end : (this.segments[this.segments.indexOf(segment) + 1] as Segment).base;
  }

  private reserve(length: number): void {
    if (length <= this.room) return;
    const until = Math.ceil(length / ROOM_BYTES) * ROOM_BYTES;
    this.last.file.write(Buffer.alloc(until - this.room), this.room);
    this.room = until;
  }

  private async nextSegment(): Promise<void> {
    this.last.file.truncate(offsetIn(this.last, this.end));
    await this.last.file.sync();
    this.onSealed(this.last.base, this.end);
    this.segments.push(await createSegment(this.options.files, this.end, this.last.log));
    this.room = SEGMENT_HEADER;
  }

  /** After a failed write or sync nobody knows what the disk holds behind the end: it is cut off before anything else is written. */
  private async repair(): Promise<void> {
    await this.dropBehind(this.end);
    this.broken = false;
    this.options.report({ level: 'info', message: 'the log accepts appends again', position: this.end });
  }

  private async dropBehind(end: number): Promise<void> {
    this.last.file.truncate(offsetIn(this.last, end));
    await this.last.file.sync();
    this.room = offsetIn(this.last, end);
    this.cache.forget();
  }

  private async syncLate(): Promise<void> {
    if (!this.unsynced) return;
    const end = this.end;
    this.unsynced = false;
    try {
      await this.last.file.sync();
      this.mark.moved(end, (error) => this.warn(error));
    } catch (error) {
      this.unsynced = true;
      this.options.report({ level: 'error', message: 'the log could not be synced', error: String(error) });
    }
  }

  private warn(error: unknown): void {
    this.options.report({
      level: 'warn',
      message: 'the mark of the synced end could not be written',
      error: String(error),
    });
  }
}

const unreadable = (segment: Segment, position: number): DamagedRecord =>
  new DamagedRecord(`the record at position ${position} in ${segment.name} does not match its checksum`);

const settledEnd = (segments: readonly Segment[], known: number, report: LogOptions['report']): number => {
  const [first] = segments;
  if (first?.base !== FIRST_POSITION)
    throw new LogRefused(`the log's first file is missing: ${first?.name} begins at position ${first?.base}`);
  const last = segments[segments.length - 1] as Segment;
  for (const [index, segment] of segments.slice(0, -1).entries()) checkLength(segment, segments[index + 1] as Segment);
  const { end, cut } = settleTail(
    last,
    scanSegment(last, Number.POSITIVE_INFINITY, () => {}),
    known,
  );
  if (cut) report({ level: 'warn', message: 'cut off what was written last and never acknowledged', ...cut });
  return end;
};

/** A complete file ends where the next one begins. */
const checkLength = (segment: Segment, next: Segment): void => {
  const end = segment.base + segment.file.size() - SEGMENT_HEADER;
  if (end !== next.base)
    throw damage(
      segment,
      Math.min(end, next.base),
      `the file ends at position ${end}, the next one begins at ${next.base}`,
    );
};
