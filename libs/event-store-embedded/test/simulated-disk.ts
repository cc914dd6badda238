import type { Files, LogFile } from '../src/log/files.js';

const SECTOR = 512;

type Content = { written: Buffer; synced: Buffer };

/** A failure with a code, as the system gives it. */
export const systemError = (code: string): Error => Object.assign(new Error(`${code}: simulated`), { code });

/**
 * A disk in memory that forgets on `crash()` what was not synced: each sector written since then is kept or lost as
 * `random` has it, in no order, as real disks do. `fail` may throw in the place of any operation.
 */
export class SimulatedDisk implements Files {
  private contents = new Map<string, Content>();
  syncs = 0;
  fail: (operation: 'write' | 'sync' | 'truncate', name: string, bytes: number) => void = () => {};
  /** When a sync takes effect; a planted bug acknowledges before it. */
  beforeSync: () => Promise<void> = async () => {};

  constructor(private readonly random: () => number) {}

  list(): string[] {
    return [...this.contents.keys()];
  }

  open(name: string, mode: 'existing' | 'create'): LogFile {
    const known = this.contents.get(name);
    if (!known && mode === 'existing') throw systemError('ENOENT');
    const content = known ?? { written: Buffer.alloc(0), synced: Buffer.alloc(0) };
    this.contents.set(name, content);
    return this.handle(name, content);
  }

  remove(name: string): void {
    this.contents.delete(name);
  }

  replace(temporary: string, name: string): void {
    const content = this.contents.get(temporary);
    if (!content) throw systemError('ENOENT');
    this.contents.delete(temporary);
    this.contents.set(name, content);
  }

  keep(name: string, folder: string): void {
    const kept = `${folder}/${name}`;
    const content = this.contents.get(name);
    if (content && !this.contents.has(kept)) this.contents.set(kept, content);
  }

  syncNames(): void {}

  /** The power goes: a new disk with what survived. Handles of the old one go on writing to the void. */
  crash(): SimulatedDisk {
    const survivor = new SimulatedDisk(this.random);
    for (const [name, { written, synced }] of this.contents) {
      const bytes = survived(written, synced, this.random);
      survivor.contents.set(name, { written: Buffer.from(bytes), synced: Buffer.from(bytes) });
    }
    return survivor;
  }

  /** The bytes of a file, to be damaged in place. */
  bytes(name: string): Buffer {
    return this.contents.get(name)?.written ?? Buffer.alloc(0);
  }

  private handle(name: string, content: Content): LogFile {
    return {
      read: (target, offset) => content.written.copy(target, 0, offset),
      write: (bytes, offset) => {
        this.fail('write', name, bytes.length);
        if (content.written.length < offset + bytes.length)
          content.written = extended(content.written, offset + bytes.length);
        content.written.set(bytes, offset);
      },
      sync: async () => {
        const asked = Buffer.from(content.written);
        await this.beforeSync();
        this.fail('sync', name, 0);
        content.synced = asked;
        this.syncs++;
      },
      syncInline: () => {
        this.fail('sync', name, 0);
        content.synced = Buffer.from(content.written);
        this.syncs++;
      },
      size: () => content.written.length,
      truncate: (length) => {
        this.fail('truncate', name, length);
        content.written =
          length < content.written.length
            ? Buffer.from(content.written.subarray(0, length))
            : extended(content.written, length);
      },
      close: () => {},
    };
  }
}

const extended = (bytes: Buffer, length: number): Buffer => {
  const longer = Buffer.alloc(length);
  bytes.copy(longer);
  return longer;
};

const survived = (written: Buffer, synced: Buffer, random: () => number): Buffer => {
  const keepsLength = random() < 0.5;
  const length = keepsLength ? Math.max(written.length, synced.length) : synced.length;
  const bytes = extended(synced.subarray(0, Math.min(synced.length, length)), length);
  for (let at = 0; at < length; at += SECTOR) {
    const sector = written.subarray(at, at + SECTOR);
    if (!sector.equals(bytes.subarray(at, at + SECTOR)) && random() < 0.5)
      bytes.set(sector.subarray(0, length - at), at);
  }
  return bytes;
};

/** A small generator of repeatable numbers from 0 up to 1 (mulberry32). */
export const seeded = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};
