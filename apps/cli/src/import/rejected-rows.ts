import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import type { Language } from '../words.js';
import { ImportProblem, inLanguage, type Sentence } from './words.js';

/** The rows that were not taken, as they were, each with its reason in a last column. Written only when there is one. */
export class RejectedRows {
  readonly file: string;
  firstReason: string | undefined;
  private out: WriteStream | undefined;
  private failure: Error | undefined;

  constructor(
    source: string,
    private readonly header: readonly string[],
    private readonly options: Readonly<{ delimiter: string; lang: Language }>,
  ) {
    this.file = `${source}.rejected.csv`;
  }

  /** Takes away what an earlier import of this file left: those rows are asked again now. */
  async begin(): Promise<void> {
    await rm(this.file, { force: true }).catch((error: Error) => this.fail(error));
  }

  async add(cells: readonly string[], why: Sentence): Promise<void> {
    const reason = inLanguage(this.options.lang, why);
    this.firstReason ??= reason;
    this.out ??= this.opened();
    const { length } = this.header;
    const padded = [...cells.slice(0, length), ...Array<string>(Math.max(0, length - cells.length)).fill('')];
    if (!this.out.write(this.line([...padded, reason, ...cells.slice(length)])))
      await once(this.out, 'drain').catch(this.fail);
    if (this.failure) this.fail(this.failure);
  }

  async end(): Promise<void> {
    if (!this.out) return;
    this.out.end();
    await finished(this.out).catch((error: Error) => this.fail(error));
  }

  private opened(): WriteStream {
    const out = createWriteStream(this.file);
    out.on('error', (error) => {
      this.failure = error;
    });
    out.write(this.line([...this.header, 'reason']));
    return out;
  }

  private line(cells: readonly string[]): string {
    return stringify([[...cells]], { delimiter: this.options.delimiter });
  }

  private readonly fail = (error: Error): never => {
    throw new ImportProblem('rejected-unwritable', { file: this.file, reason: error.message });
  };
}
