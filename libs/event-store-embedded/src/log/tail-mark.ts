import { crc32 } from 'node:zlib';
import type { Files, LogFile } from './files.js';

export const TAIL_MARK = 'tail.mark';
const LENGTH = 16;
const DELAY_MS = 50;

/**
 * Remembers, shortly after the fact, how far the log is known to be on disk. A record before that point was acknowledged:
 * if it is unreadable at the next start it is damage, never a torn tail.
 */
export class TailMark {
  private timer: NodeJS.Timeout | undefined;
  private end = 0;

  private constructor(private readonly file: LogFile) {}

  static open(files: Files, onDamage: () => void): { mark: TailMark; known: number } {
    const file = files.open(TAIL_MARK, 'create');
    const bytes = Buffer.alloc(LENGTH);
    const length = file.read(bytes, 0);
    const intact = length === LENGTH && crc32(bytes.subarray(0, 12)) === bytes.readUInt32LE(12);
    if (length > 0 && !intact) onDamage();
    return { mark: new TailMark(file), known: intact ? Number(bytes.readBigUInt64LE(0)) : 0 };
  }

  /** To be called after the sync that made everything before `end` durable. */
  moved(end: number, onError: (error: unknown) => void): void {
    this.end = end;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      try {
        this.write();
      } catch (error) {
        onError(error);
      }
    }, DELAY_MS).unref();
  }

  async close(end: number): Promise<void> {
    clearTimeout(this.timer);
    this.end = end;
    this.write();
    await this.file.sync();
    this.file.close();
  }

  private write(): void {
    const bytes = Buffer.alloc(LENGTH);
    bytes.writeBigUInt64LE(BigInt(this.end), 0);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 12)), 12);
    this.file.write(bytes, 0);
  }
}
