import type { ReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { type Expected, type Lines, LONGEST_ROW } from './line.js';
import { inUtf8 } from './source.js';
import { ImportProblem } from './words.js';

const DELIMITERS = [',', ';', '\t', '|'];

/** The lines of a CSV file whose header has what is expected. */
export const csvLines = async function* (file: string, source: ReadStream, expected: Expected): Lines {
  const parser = parse({
    bom: true,
    delimiter: expected.delimiter,
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
    for await (const cells of parser) {
      row += 1;
      if (row === 0) assertHeader(file, cells, expected);
      yield { cells };
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new ImportProblem('quotes', { file, row: Math.max(0, row), line: Number(error.lines) });
  }
};

const assertHeader = (file: string, header: readonly string[], { columns, delimiter }: Expected) => {
  const line = header.join(delimiter);
  if (line.includes('\0')) throw new ImportProblem('not-text', { file });
  const missing = columns.find((column) => !header.includes(column));
  if (missing !== undefined) {
    const partsBy = (other: string) => columns.every((column) => line.split(other).includes(column));
    const found = DELIMITERS.find((other) => other !== delimiter && partsBy(other));
    if (found) throw new ImportProblem('wrong-delimiter', { file, found: shown(found), expected: shown(delimiter) });
    throw new ImportProblem('column-missing', { file, column: missing, columns: header.join(', ').slice(0, 500) });
  }
  const twice = columns.find((column) => header.indexOf(column) !== header.lastIndexOf(column));
  if (twice !== undefined) throw new ImportProblem('column-twice', { file, column: twice });
};

const shown = (delimiter: string) => (delimiter === '\t' ? 'TAB' : `"${delimiter}"`);
