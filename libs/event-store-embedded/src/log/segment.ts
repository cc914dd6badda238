import { crc32 } from 'node:zlib';
import type { Files, LogFile } from './files.js';

/*
 * STORAGE FORMAT, version 2. The log is cut into files `events-<position>.log`; a file begins with 64 bytes:
 *   0  8 bytes "EVENTLOG"   8  u32 format version   12  u64 position of its first record   20  16 bytes id of the log
 *   60  u32 CRC-32 of the bytes before
 * and holds the records of the positions from there on without a gap; zeros behind the last one are room kept for more.
 * All files of a log bear the same id. Version 1 had none.
 */
export const SEGMENT_HEADER = 64;
export const FORMAT_VERSION = 2;
/** Position of a log's first record. */
export const FIRST_POSITION = SEGMENT_HEADER;
const MAGIC = 'EVENTLOG';

/** The folder holds something this program must not touch or cannot trust; the message names the file and the place. */
export class LogRefused extends Error {}

export type Segment = { readonly name: string; readonly base: number; readonly file: LogFile; readonly log: string };

export const segmentName = (base: number): string => `events-${String(base).padStart(16, '0')}.log`;

export const offsetIn = (segment: Segment, position: number): number => position - segment.base + SEGMENT_HEADER;

/** `log`: the id of the log, 32 hexadecimal digits. */
export const headerOf = (base: number, log: string): Buffer => {
  const header = Buffer.alloc(SEGMENT_HEADER);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt32LE(FORMAT_VERSION, 8);
  header.writeBigUInt64LE(BigInt(base), 12);
  header.write(log, 20, 'hex');
  header.writeUInt32LE(crc32(header.subarray(0, 60)), 60);
  return header;
};

export const createSegment = async (files: Files, base: number, log: string): Promise<Segment> => {
  const name = segmentName(base);
  const file = files.open(name, 'create');
  file.truncate(0);
  file.write(headerOf(base, log), 0);
  await file.sync();
  files.syncNames();
  return { name, base, file, log };
};

export const segmentNames = (files: Files): string[] =>
  files
    .list()
    .filter((name) => /^events-\d{16}\.log$/.test(name))
    .sort();

/** All segments in order. An empty last file is one whose creation was interrupted: it never held anything. */
export const openSegments = (files: Files): Segment[] => {
  const names = segmentNames(files);
  const segments = names.flatMap((name, index) => {
    const file = files.open(name, 'existing');
    const header = Buffer.alloc(SEGMENT_HEADER);
    if (file.read(header, 0) < SEGMENT_HEADER && index === names.length - 1) {
      file.close();
      files.remove(name);
      return [];
    }
    return [{ name, file, ...readSegmentHeader(name, header) }];
  });
  const stranger = segments.find(({ log }) => log !== segments[0]?.log);
  if (stranger) throw new LogRefused(`${stranger.name} belongs to another log than ${segments[0]?.name}`);
  return segments;
};

/** What the first 64 bytes of a file say. @throws LogRefused where they are damaged or too new. */
export const readSegmentHeader = (name: string, header: Buffer): { version: number; base: number; log: string } => {
  if (header.toString('latin1', 0, 8) !== MAGIC) throw new LogRefused(`${name} is not a file of this event log`);
  const version = header.readUInt32LE(8);
  if (version > FORMAT_VERSION && version < 0x10000)
    throw new LogRefused(
      `${name} has storage format ${version}; this program knows formats up to ${FORMAT_VERSION}: use a newer one`,
    );
  if (crc32(header.subarray(0, 60)) !== header.readUInt32LE(60))
    throw new LogRefused(`${name} is damaged: its first 64 bytes do not match their checksum`);
  const base = Number(header.readBigUInt64LE(12));
  if (segmentName(base) !== name) throw new LogRefused(`${name} is damaged: it holds the positions from ${base} on`);
  return { version, base, log: header.toString('hex', 20, 36) };
};
