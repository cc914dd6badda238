import type { EventIndex } from '../index/event-index.js';
import { decodePart, encodePart, isOlderPart } from '../index/index-part.js';
import type { Files } from '../log/files.js';
import type { LogLine } from '../log/log-options.js';

const TEMPORARY = 'index.temporary';

const nameOf = (base: number): string => `index-${String(base).padStart(16, '0')}.part`;

/** The parts of the index on disk, one for each file of the log. They spare reading the log at a start and prove nothing. */
export class IndexFiles {
  private bytes = Buffer.alloc(0);

  constructor(
    private readonly files: Files,
    private readonly report: (line: LogLine) => void,
  ) {}

  /** Adds the part of the log's file that begins at `base`; up to which position it reaches, or `base` where there is none of use. */
  load(index: EventIndex, base: number, end: number): number {
    const name = nameOf(base);
    if (!this.files.list().includes(name)) return base;
    const bytes = this.read(name);
    const decoded = decodePart(bytes);
    if (decoded && decoded.base === base && decoded.end <= end && index.addPart(decoded.part, base)) return decoded.end;
    this.report(
      isOlderPart(bytes)
        ? { level: 'info', message: 'a part of the index is of an older format and is made again', file: name }
        : { level: 'warn', message: 'a part of the index is damaged or of another log and is made again', file: name },
    );
    return base;
  }

  /** Writes the part that was added to the index since the last one. */
  save(index: EventIndex, base: number, end: number): void {
    try {
      const file = this.files.open(TEMPORARY, 'create');
      const bytes = encodePart(index.part(base), base, end);
      file.truncate(0);
      file.write(bytes, 0);
      file.close();
      this.files.replace(TEMPORARY, nameOf(base));
    } catch (error) {
      this.report({
        level: 'warn',
        message: 'a part of the index could not be written; the next start reads the log instead',
        error: String(error),
      });
    }
  }

  /** Whether what is on disk is what a part made from the log says; undefined where nothing is. */
  agrees(index: EventIndex, base: number, end: number): boolean | undefined {
    const name = nameOf(base);
    if (!this.files.list().includes(name)) return undefined;
    const bytes = this.read(name);
    const decoded = decodePart(bytes);
    if (!decoded && isOlderPart(bytes)) return undefined;
    if (!decoded || decoded.end > end) return false;
    return decoded.end < end || bytes.equals(encodePart(index.part(base), base, end));
  }

  remove(base: number): void {
    this.files.remove(nameOf(base));
  }

  /** The bytes of a file; they are overwritten by the next one. */
  private read(name: string): Buffer {
    const file = this.files.open(name, 'existing');
    const length = file.size();
    if (length > this.bytes.length) this.bytes = Buffer.alloc(length);
    const bytes = this.bytes.subarray(0, length);
    file.read(bytes, 0);
    file.close();
    return bytes;
  }
}
