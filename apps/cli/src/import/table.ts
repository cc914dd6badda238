import { createReadStream } from 'node:fs';
import { csvLines } from './csv.js';
import type { Expected, Line } from './line.js';
import { jsonLines } from './ndjson.js';
import { sizeOf } from './source.js';
import { ImportProblem } from './words.js';

/** A file as rows of cells. One row at a time is in memory. */
export type Table = Readonly<{
  header: readonly string[];
  rows: AsyncIterable<Line>;
  totalBytes: number;
  bytesRead: () => number;
  close: () => Promise<void>;
}>;

/**
 * Opens a file in UTF-8, with or without a byte order mark: CSV with a header, or one JSON object a line where its name ends
 * in `.ndjson` or `.jsonl`. Throws `ImportProblem`, here and while its rows are read.
 */
export const openTable = async (file: string, expected: Expected): Promise<Table> => {
  const totalBytes = await sizeOf(file);
  const source = createReadStream(file);
  const lines = (/\.(ndjson|jsonl)$/i.test(file) ? jsonLines : csvLines)(file, source, expected);
  const close = async () => {
    await lines.return(undefined);
    source.destroy();
  };
  try {
    const header = (await lines.next()).value?.cells ?? [];
    const first = (await lines.next()).value;
    if (!first) throw new ImportProblem('header-only', { file });
    return { header, rows: after(first, lines), totalBytes, bytesRead: () => source.bytesRead, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const after = async function* (first: Line, rest: AsyncIterable<Line>) {
  yield first;
  yield* rest;
};
