import type { ReadStream } from 'node:fs';
import { type Expected, type Line, type Lines, LONGEST_ROW } from './line.js';
import { inUtf8 } from './source.js';
import { ImportProblem, sentence } from './words.js';

/** The lines of a file with one JSON object each; the header is what is expected and whatever else the first one has. */
export const jsonLines = async function* (file: string, source: ReadStream, { columns }: Expected): Lines {
  let header: readonly string[] | undefined;
  for await (const text of textLines(file, source)) {
    const fields = fieldsIn(text);
    if (!header) {
      header = [...new Set([...columns, ...(fields?.keys() ?? [])])];
      yield { cells: header };
    }
    yield fields ? { cells: header.map((column) => fields.get(column) ?? '') } : brokenLine(text);
  }
  return undefined;
};

const brokenLine = (text: string): Line => ({ cells: [text], broken: sentence('not-json') });

/** The fields as the texts that cells hold; undefined for what is no object of plain values. */
const fieldsIn = (text: string): ReadonlyMap<string, string> | undefined => {
  const read = parsed(text);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
  const fields = Object.entries(read);
  if (fields.some(([, value]) => typeof value === 'object' && value !== null)) return undefined;
  return new Map(fields.map(([field, value]) => [field, value === null ? '' : String(value)]));
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the row says so
  }
};

const textLines = async function* (file: string, source: ReadStream): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  let rest = '';
  for await (const chunk of inUtf8(file, source)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() as string;
    if (rest.length > LONGEST_ROW) throw new ImportProblem('line-too-long', { file, most: LONGEST_ROW });
    yield* lines.map((line) => line.trim()).filter((line) => line !== '');
  }
  if (rest.trim() !== '') yield rest.trim();
};
