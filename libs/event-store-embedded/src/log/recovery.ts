import { isIntact, RECORD_HEADER, readHeader } from './record.js';
import { LogRefused, offsetIn, SEGMENT_HEADER, type Segment } from './segment.js';

const CHUNK = 4 * 1024 * 1024;
const MAX_RECORD = 128 * 1024 * 1024;

/** Called for every record that holds an event, in order. The bytes are only valid during the call. */
export type Visit = (body: Buffer, position: number) => void;

export type Scanned = Readonly<{ end: number; problem: string | undefined; lastGroup: number; complete: boolean }>;

/** Walks the records of one segment up to position `limit`, until its written part ends or a record is damaged. */
export const scanSegment = (segment: Segment, limit: number, visit: Visit): Scanned => {
  const reader = new ChunkReader(segment, SEGMENT_HEADER);
  let end = segment.base;
  let lastGroup = end;
  let complete = true;
  for (;;) {
    const problem = end < limit ? reader.record(end) : '';
    if (problem !== undefined) return { end, problem: problem || undefined, lastGroup, complete };
    const { header, bytes, at } = reader;
    if (header.hasEvent) visit(bytes.subarray(at + RECORD_HEADER, at + RECORD_HEADER + header.length), end);
    lastGroup = header.group;
    complete = header.lastOfGroup;
    end += RECORD_HEADER + header.length;
    reader.skip(RECORD_HEADER + header.length);
  }
};

/** Holds a window of the file that always contains the whole record it stands on. */
class ChunkReader {
  bytes = Buffer.alloc(0);
  at = 0;
  header = readHeader(Buffer.alloc(RECORD_HEADER), 0);

  constructor(
    private readonly segment: Segment,
    private offset: number,
  ) {}

  skip(length: number): void {
    this.at += length;
  }

  /** undefined: an intact record. Empty text: the written part ends here. Otherwise what is wrong. */
  record(position: number): string | undefined {
    if (!this.has(RECORD_HEADER)) return this.rest().every((byte) => byte === 0) ? '' : 'the file ends within a record';
    this.header = readHeader(this.bytes, this.at);
    if (this.isRoom()) return '';
    if (this.header.position !== position || this.header.length > MAX_RECORD) return 'this is no beginning of a record';
    if (!this.has(RECORD_HEADER + this.header.length)) return 'the file ends within a record';
    return isIntact(this.bytes, this.at, this.header) ? undefined : 'the record does not match its checksum';
  }

  private isRoom(): boolean {
    return this.bytes.subarray(this.at, this.at + RECORD_HEADER).every((byte) => byte === 0);
  }

  private rest(): Buffer {
    return this.bytes.subarray(this.at);
  }

  private has(length: number): boolean {
    if (this.bytes.length - this.at >= length) return true;
    const fresh = Buffer.allocUnsafe(Math.max(CHUNK, length));
    const kept = this.rest().copy(fresh);
    this.offset += this.at;
    const read = this.segment.file.read(fresh.subarray(kept), this.offset + kept);
    this.bytes = fresh.subarray(0, kept + read);
    this.at = 0;
    return this.bytes.length >= length;
  }
}

/** Whether an intact record of a group that began after `damaged` follows: then the damaged one had been acknowledged. */
export const hasLaterGroup = (segment: Segment, damaged: number): boolean => {
  const from = offsetIn(segment, damaged) + 1;
  const bytes = Buffer.allocUnsafe(Math.max(0, segment.file.size() - from));
  const length = segment.file.read(bytes, from);
  for (let at = 0; at + RECORD_HEADER <= length; at++) {
    if (bytes[at + 8] !== ((damaged + 1 + at) & 0xff)) continue;
    const header = readHeader(bytes, at);
    if (header.position !== damaged + 1 + at || at + RECORD_HEADER + header.length > length) continue;
    if (header.group > damaged && isIntact(bytes, at, header)) return true;
  }
  return false;
};

/** Whether anything but zeros stands behind `end`. */
export const hasBytesBehind = (segment: Segment, end: number): boolean => {
  const from = offsetIn(segment, end);
  const bytes = Buffer.allocUnsafe(Math.max(0, segment.file.size() - from));
  return !bytes.subarray(0, segment.file.read(bytes, from)).every((byte) => byte === 0);
};

export type Recovered = Readonly<{
  end: number;
  cut: Readonly<{ segment: string; position: number; bytes: number; reason: string }> | undefined;
}>;

/**
 * Decides where the last segment ends. What was written last and never acknowledged is cut off;
 * damage to anything that was acknowledged is refused with the place named.
 */
export const settleTail = (segment: Segment, scanned: Scanned, known: number): Recovered => {
  const { end, complete, lastGroup } = scanned;
  const reason =
    scanned.problem ?? (hasBytesBehind(segment, end) ? 'bytes that are no record follow the last one' : undefined);
  if (reason === undefined && complete && end >= known) return { end, cut: undefined };
  if (end < known) throw damage(segment, end, reason ?? `the log is known to have reached position ${known}`);
  if (reason !== undefined && hasLaterGroup(segment, end)) throw damage(segment, end, reason);
  const cutAt = complete ? end : lastGroup;
  const bytes = segment.file.size() - offsetIn(segment, cutAt);
  return {
    end: cutAt,
    cut: {
      segment: segment.name,
      position: cutAt,
      bytes,
      reason: reason ?? 'the last group of records is not complete',
    },
  };
};

export const damage = (segment: Segment, position: number, reason: string): LogRefused =>
  new LogRefused(
    `${segment.name} is damaged at position ${position} (byte ${position - segment.base + SEGMENT_HEADER}): ${reason}. ` +
      'Nothing was changed. Restore the folder from a backup.',
  );
