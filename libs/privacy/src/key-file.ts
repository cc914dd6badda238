import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { WRAPPED_BYTES } from './master-key.js';

/** A subject's data key as it lies in the file: wrapped, or destroyed. */
export type StoredKey = Readonly<{ subject: string; version: number; master: string; box: Buffer }>;

/*
 * Storage format. One record of 96 bytes a key, appended and never moved:
 *   0 'TLK1' · 4 state (1 live, 0 destroyed) · 5 subject (16) · 21 version (2) · 23 master key id (4)
 *   27 wrapped key (60) · 87 CRC-32 of bytes 0 to 86 · 91 zero (5)
 * Of two records for the same subject and version the first counts. A record that is cut off is passed over.
 */
const RECORD_BYTES = 96;
const MAGIC = Buffer.from('TLK1');
const [STATE, SUBJECT, VERSION, MASTER, BOX, CRC, END] = [4, 5, 21, 23, 27, 87, 91];
const READ_BYTES = RECORD_BYTES * 16_384;
/** Written in one go, so that no record of another process comes to lie within one of ours. */
const RECORDS_A_WRITE = 4_096;
const MOST_READS = 100;

/**
 * The table of data keys, outside the log and outside PostgreSQL, whose WAL and dead rows would keep a destroyed key.
 * Any number of processes may read and append; destroying overwrites the key where it lies.
 */
export class KeyFile {
  readonly #places = new Map<string, number[]>();
  readonly #reader: number;
  #read = 0;
  #isClosed = false;
  /** Grows with every key that is not a subject's first. */
  rotations = 0;

  private constructor(
    private readonly path: string,
    private readonly appending: FileHandle,
  ) {
    this.#reader = openSync(path, 'r');
    this.refresh();
  }

  /** Opens the file, or begins it for its owner only. */
  static async open(path: string): Promise<KeyFile> {
    return new KeyFile(path, await open(path, 'a', 0o600));
  }

  /** Every subject that ever had a key. */
  subjects(): Iterable<string> {
    return this.#places.keys();
  }

  /** Learns what other processes appended. */
  refresh(): void {
    if (this.#isClosed) return;
    const { size } = fstatSync(this.#reader);
    while (this.#read < size) {
      const block = this.#at(this.#read, Math.min(READ_BYTES, size - this.#read));
      const taken = this.#index(block);
      if (taken === 0) return; // cut off: the rest of the record is still to come, or never will
      this.#read += taken;
    }
  }

  /** Its live keys by version, the first version first; a destroyed one is null. Undefined: there never was one. */
  find(subject: string): readonly (StoredKey | null)[] | undefined {
    return this.#places.get(subject)?.map((place) => {
      const record = this.#wholeAt(place);
      return record[STATE] === 1 ? stored(record) : null;
    });
  }

  /** Adds keys; they are on disk when it returns. Of what is there already nothing changes. */
  async append(keys: readonly StoredKey[]): Promise<void> {
    for (let from = 0; from < keys.length; from += RECORDS_A_WRITE) {
      const records = keys.slice(from, from + RECORDS_A_WRITE).map((key) => recordOf(key, 1));
      await this.appending.appendFile(Buffer.concat(records));
    }
    await this.appending.datasync();
    this.refresh();
  }

  /** Overwrites every key of a subject. On disk when it returns; doing it again does nothing. */
  async destroy(subject: string): Promise<void> {
    await this.#overwrite([subject], (record) => {
      record.fill(0, BOX, CRC);
      record[STATE] = 0;
    });
  }

  /** Puts the live keys of subjects back, wrapped anew. */
  async rewrap(subjects: readonly string[], wrap: (key: StoredKey) => StoredKey): Promise<void> {
    await this.#overwrite(subjects, (record) => {
      if (record[STATE] === 1) recordOf(wrap(stored(record)), 1).copy(record);
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    closeSync(this.#reader);
    await this.appending.close();
  }

  async #overwrite(subjects: readonly string[], change: (record: Buffer) => void): Promise<void> {
    this.refresh();
    const places = subjects.flatMap((subject) => this.#places.get(subject) ?? []);
    if (places.length === 0) return;
    const file = await open(this.path, 'r+');
    try {
      for (const place of places) {
        const record = this.#at(place, RECORD_BYTES);
        change(record);
        await file.write(sealed(record), 0, RECORD_BYTES, place);
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** @returns how many bytes were understood, or passed over because they are no record */
  #index(block: Buffer): number {
    let at = 0;
    while (at + RECORD_BYTES <= block.length) {
      const record = block.subarray(at, at + RECORD_BYTES);
      if (!isWhole(record)) {
        at += 1;
        continue;
      }
      this.#keep(subjectIn(record), record.readUInt16BE(VERSION), this.#read + at);
      at += RECORD_BYTES;
    }
    return at;
  }

  #keep(subject: string, version: number, place: number): void {
    const places = this.#places.get(subject);
    if (!places) this.#places.set(subject, [place]);
    else if (version > places.length) {
      places.push(place);
      this.rotations += 1;
    }
  }

  /** Read again while another process may be putting it back: a read can see half of what is written. */
  #wholeAt(place: number): Buffer {
    for (let attempt = 0; attempt < MOST_READS; attempt++) {
      const record = this.#at(place, RECORD_BYTES);
      if (isWhole(record)) return record;
    }
    throw new Error(`the key file is damaged at byte ${place}`);
  }

  #at(place: number, length: number): Buffer {
    const block = Buffer.alloc(length);
    const read = readSync(this.#reader, block, 0, length, place);
    return block.subarray(0, read);
  }
}

const isWhole = (record: Buffer): boolean =>
  record.length === RECORD_BYTES &&
  record.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) === 0 &&
  record.subarray(END).every((byte) => byte === 0) && // else it was cut off, and another begins within it
  record.readUInt32BE(CRC) === crc32(record.subarray(0, CRC));

const sealed = (record: Buffer): Buffer => {
  record.writeUInt32BE(crc32(record.subarray(0, CRC)), CRC);
  return record;
};

const recordOf = ({ subject, version, master, box }: StoredKey, state: number): Buffer => {
  const record = Buffer.alloc(RECORD_BYTES);
  MAGIC.copy(record);
  record[STATE] = state;
  bytesOf(subject).copy(record, SUBJECT);
  record.writeUInt16BE(version, VERSION);
  record.write(master, MASTER, 'hex');
  box.copy(record, BOX, 0, WRAPPED_BYTES);
  return sealed(record);
};

const stored = (record: Buffer): StoredKey => ({
  subject: subjectIn(record),
  version: record.readUInt16BE(VERSION),
  master: record.toString('hex', MASTER, BOX),
  box: Buffer.from(record.subarray(BOX, CRC)),
});

const bytesOf = (subject: string): Buffer => {
  const bytes = Buffer.from(subject.replaceAll('-', ''), 'hex');
  if (bytes.length !== VERSION - SUBJECT) throw new Error('a subject is a UUID');
  return bytes;
};

const subjectIn = (record: Buffer): string => {
  const hex = record.toString('hex', SUBJECT, VERSION);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
