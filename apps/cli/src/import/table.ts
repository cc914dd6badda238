import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ImportProblem } from './words.js';

/** A file as rows of cells. One row at a time is in memory. */
export type Table = Readonly<{
  header: readonly string[];
  rows: AsyncIterable<readonly string[]>;
  totalBytes: number;
  bytesRead: () => number;
  close: () => Promise<void>;
}>;

/** No row is longer; more means a quote that never closes. */
const LONGEST_ROW = 1_000_000;
const DELIMITERS = [',', ';', '\t', '|'];

/** Opens a CSV file with a header, in UTF-8 with or without a byte order mark. Throws `ImportProblem`, here and while its rows are read. */
export const openTable = async (file: string, delimiter: string, needed: readonly string[]): Promise<Table> => {
  const totalBytes = await sizeOf(file);
  const source = createReadStream(file);
  const records = recordsOf(file, source, delimiter);
  const close = async () => {
    await records.return(undefined);
    source.destroy();
  };
  try {
    const { value: header = [] } = await records.next();
    assertHeader(file, header, delimiter, needed);
    const first = await records.next();
    if (first.done) throw new ImportProblem('header-only', { file });
    return { header, rows: after(first.value, records), totalBytes, bytesRead: () => source.bytesRead, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const after = async function* (first: readonly string[], rest: AsyncIterable<readonly string[]>) {
  yield first;
  yield* rest;
};

const sizeOf = async (file: string): Promise<number> => {
  try {
    const handle = await open(file);
    const stat = await handle.stat().finally(() => handle.close());
    if (stat.isDirectory()) throw new ImportProblem('file-is-folder', { file });
    if (stat.size === 0) throw new ImportProblem('file-empty', { file });
    return stat.size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new ImportProblem('file-missing', { file });
    if (error instanceof ImportProblem) throw error;
    throw new ImportProblem('file-unreadable', { file, reason: (error as Error).message });
  }
};

const recordsOf = async function* (
  file: string,
  source: ReadStream,
  delimiter: string,
): AsyncGenerator<readonly string[], undefined> {
  const parser = parse({
    bom: true,
    delimiter,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_ROW,
  });
  pipeline(
    source,
    (chunks: AsyncIterable<Buffer>) => inUtf8(file, chunks),
    parser,
    () => undefined,
  ); // the parser fails with it
  let row = -1;
  try {
    for await (const record of parser) {
      row += 1;
      yield record as readonly string[];
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ImportProblem('quotes', { file, row: Math.max(0, row), line: Number(error.lines) });
  }
};

/** Passes the bytes on as they are, as long as they are UTF-8. */
const inUtf8 = async function* (file: string, chunks: AsyncIterable<Buffer>) {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let byte = 0;
  for await (const chunk of chunks) {
    if (byte === 0 && isUtf16(chunk)) throw new ImportProblem('utf-16', { file });
    assertDecodes(() => decoder.decode(chunk, { stream: true }), file, byte);
    byte += chunk.length;
    yield chunk;
  }
  assertDecodes(() => decoder.decode(), file, byte);
};

const isUtf16 = ([first, second]: Buffer) => (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

const assertDecodes = (decode: () => string, file: string, byte: number) => {
  try {
    decode();
  } catch {
    throw new ImportProblem('not-utf-8', { file, byte });
  }
};

const assertHeader = (file: string, header: readonly string[], delimiter: string, needed: readonly string[]) => {
  const line = header.join(delimiter);
  if (line.includes('\0')) throw new ImportProblem('not-text', { file });
  const missing = needed.find((column) => !header.includes(column));
  if (missing !== undefined) {
    const found = DELIMITERS.find(
      (other) => other !== delimiter && needed.every((column) => line.split(other).includes(column)),
    );
    if (found) throw new ImportProblem('wrong-delimiter', { file, found: shown(found), expected: shown(delimiter) });
    throw new ImportProblem('column-missing', { file, column: missing, columns: header.join(', ').slice(0, 500) });
  }
  const twice = needed.find((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice !== undefined) throw new ImportProblem('column-twice', { file, column: twice });
};

const shown = (delimiter: string) => (delimiter === '\t' ? 'TAB' : `"${delimiter}"`);
