import { crc32 } from 'node:zlib';
import { FieldWriter, fieldSize, varintSize } from '../wire/protobuf.js';

/*
 * STORAGE FORMAT, version 1. A record is a header of 24 bytes and a body.
 *   0  u32  length of the body
 *   4  u32  CRC-32 of everything behind it: the rest of the header and the body
 *   8  u64  position of this record
 *  16  u62  position of the first record of its group (what is synced together and acknowledged after that);
 *           the two bits above: this record holds no event; this record is the last of its group
 * The body is the protobuf message a reader is sent: ReadResp{ event: ReadEvent{ event: RecordedEvent, commit_position } }.
 * All numbers of the header are little-endian.
 */
export const RECORD_HEADER = 24;
const NO_EVENT = 0x8000_0000;
const LAST_OF_GROUP = 0x4000_0000;

/** The revision of the event that ends a stream for good. */
export const TOMBSTONE_REVISION = 9223372036854775807n;
const TOMBSTONE_VARINT = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

/** An event as it is to be written. Type and content type are text, the rest is as it came. */
export type NewEvent = Readonly<{
  id: string;
  type: string;
  contentType: string;
  metadata: Uint8Array;
  data: Uint8Array;
}>;

/** Where an event goes. `revision` undefined is the tombstone's. */
export type Place = Readonly<{ stream: string; revision: number | undefined; created: string }>;

const UUID_LENGTH = 36;
const ID_FIELD = fieldSize(fieldSize(UUID_LENGTH));
const TYPE_KEY = Buffer.from('type');
const CONTENT_TYPE_KEY = Buffer.from('content-type');
const CREATED_KEY = Buffer.from('created');

/** Grows as records are added; one group of records is written with one write and one sync. */
export class RecordGroup {
  private buffer = Buffer.allocUnsafe(256 * 1024);
  private last = 0;
  length = 0;
  start = 0;

  begin(position: number): void {
    this.start = position;
    this.length = 0;
  }

  get end(): number {
    return this.start + this.length;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  /** Marks the last record as the end of the group; nothing is added after that. */
  finish(): void {
    const flags = this.buffer.readUInt32LE(this.last + 20) | LAST_OF_GROUP;
    this.buffer.writeUInt32LE(flags >>> 0, this.last + 20);
    this.stampCrc(this.last);
  }

  /** Shows every event of the group. The bytes are only valid during the call. */
  each(visit: (body: Buffer, position: number) => void): void {
    for (let at = 0; at < this.length; ) {
      const { length, position, hasEvent } = readHeader(this.buffer, at);
      if (hasEvent) visit(this.buffer.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length), position);
      at += RECORD_HEADER + length;
    }
  }

  /** Adds an event and returns its position. */
  add(event: NewEvent, place: Place): number {
    const position = this.end;
    const sizes = measure(event, place, position);
    this.reserve(RECORD_HEADER + sizes.body);
    writeBody(new FieldWriter(this.buffer, this.length + RECORD_HEADER), { event, place, position, sizes });
    this.seal(sizes.body, 0);
    return position;
  }

  /** Adds a record that holds no event: an append of nothing still has a position. */
  addEmpty(): number {
    const position = this.end;
    this.reserve(RECORD_HEADER);
    this.seal(0, NO_EVENT);
    return position;
  }

  private seal(body: number, flag: number): void {
    const at = this.length;
    const position = this.start + at;
    const high = Math.floor(position / 2 ** 32);
    this.buffer.writeUInt32LE(body, at);
    this.buffer.writeUInt32LE(position >>> 0, at + 8);
    this.buffer.writeUInt32LE(high, at + 12);
    this.buffer.writeUInt32LE(this.start >>> 0, at + 16);
    this.buffer.writeUInt32LE((Math.floor(this.start / 2 ** 32) | flag) >>> 0, at + 20);
    this.length += RECORD_HEADER + body;
    this.last = at;
    this.stampCrc(at);
  }

  private stampCrc(at: number): void {
    this.buffer.writeUInt32LE(crc32(this.buffer.subarray(at + 8, this.length)), at + 4);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

type Sizes = Readonly<{
  name: Buffer;
  type: Buffer;
  contentType: Buffer;
  recorded: number;
  readEvent: number;
  body: number;
}>;
type Layout = Readonly<{ event: NewEvent; place: Place; position: number; sizes: Sizes }>;

const entrySize = (key: Buffer, valueLength: number) => fieldSize(fieldSize(key.length) + fieldSize(valueLength));

const measure = (event: NewEvent, { stream, revision, created }: Place, position: number): Sizes => {
  const name = Buffer.from(stream, 'utf8');
  const type = Buffer.from(event.type, 'utf8');
  const contentType = Buffer.from(event.contentType, 'utf8');
  const positionSize = varintSize(position);
  const recorded =
    ID_FIELD +
    fieldSize(fieldSize(name.length)) +
    1 +
    (revision === undefined ? TOMBSTONE_VARINT.length : varintSize(revision)) +
    2 * (1 + positionSize) +
    entrySize(TYPE_KEY, type.length) +
    entrySize(CONTENT_TYPE_KEY, contentType.length) +
    entrySize(CREATED_KEY, created.length) +
    (event.metadata.length ? fieldSize(event.metadata.length) : 0) +
    fieldSize(event.data.length);
  const readEvent = fieldSize(recorded) + 1 + positionSize;
  return { name, type, contentType, recorded, readEvent, body: fieldSize(readEvent) };
};

const writeBody = (writer: FieldWriter, { event, place, position, sizes }: Layout): void => {
  writer.open(1, sizes.readEvent);
  writer.open(1, sizes.recorded);
  writer.open(1, fieldSize(UUID_LENGTH));
  writer.latin1(2, event.id);
  writer.open(2, fieldSize(sizes.name.length));
  writer.bytes(3, sizes.name);
  writeRevision(writer, place.revision);
  writer.scalar(4, position);
  writer.scalar(5, position);
  writeEntry(writer, TYPE_KEY, sizes.type);
  writeEntry(writer, CONTENT_TYPE_KEY, sizes.contentType);
  writeEntry(writer, CREATED_KEY, Buffer.from(place.created, 'latin1'));
  if (event.metadata.length) writer.bytes(7, event.metadata);
  writer.bytes(8, event.data);
  writer.scalar(3, position);
};

/** The body a record of this event would have at `position`. */
export const encodeBody = (event: NewEvent, place: Place, position: number): Buffer => {
  const sizes = measure(event, place, position);
  const writer = new FieldWriter(Buffer.allocUnsafe(sizes.body));
  writeBody(writer, { event, place, position, sizes });
  return writer.buffer;
};

const writeRevision = (writer: FieldWriter, revision: number | undefined): void => {
  if (revision === undefined) {
    writer.buffer[writer.at++] = 3 << 3;
    writer.buffer.set(TOMBSTONE_VARINT, writer.at);
    writer.at += TOMBSTONE_VARINT.length;
  } else writer.scalar(3, revision);
};

const writeEntry = (writer: FieldWriter, key: Buffer, value: Buffer): void => {
  writer.open(6, fieldSize(key.length) + fieldSize(value.length));
  writer.bytes(1, key);
  writer.bytes(2, value);
};

export type Header = Readonly<{
  length: number;
  crc: number;
  position: number;
  group: number;
  hasEvent: boolean;
  lastOfGroup: boolean;
}>;

export const readHeader = (bytes: Buffer, at: number): Header => {
  const groupHigh = bytes.readUInt32LE(at + 20);
  return {
    length: bytes.readUInt32LE(at),
    crc: bytes.readUInt32LE(at + 4),
    position: bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12) * 2 ** 32,
    group: bytes.readUInt32LE(at + 16) + (groupHigh & 0x3fff_ffff) * 2 ** 32,
    hasEvent: (groupHigh & NO_EVENT) === 0,
    lastOfGroup: (groupHigh & LAST_OF_GROUP) !== 0,
  };
};

/** Whether header and body at `at` are what was written. The whole record must be in `bytes`. */
export const isIntact = (bytes: Buffer, at: number, header: Header): boolean =>
  crc32(bytes.subarray(at + 8, at + RECORD_HEADER + header.length)) === header.crc;
