import { crc32 } from 'node:zlib';
import type { OrdinalList } from './growing.js';

/** What was touched since the part began: numbers of streams, and how long each list was before. */
export class Changes {
  readonly streams = new Set<number>();
  readonly categories = new Map<string, number>();
  readonly types = new Map<string, number>();

  constructor(
    readonly first: number,
    readonly firstStream: number,
    readonly firstOfStreams: number,
  ) {}
}

const NUMBERS = [
  'offsets',
  'previous',
  'jumps',
  'correlations',
  'firsts',
  'lows',
  'highs',
  'streams',
  'heads',
  'revisions',
  'flags',
  'categoryOrdinals',
  'typeOrdinals',
] as const;

/** The index of one file of the log: what its events add to the index of the files before it. */
export type IndexPart = Readonly<{
  first: number;
  firstStream: number;
  /** Names and how many ordinals each has in `categoryOrdinals`, likewise for types. */
  categories: readonly (readonly [name: string, count: number])[];
  types: readonly (readonly [name: string, count: number])[];
  numbers: Readonly<Record<(typeof NUMBERS)[number], Uint32Array>>;
}>;

/** The ordinals added to each of the lists, one list after the other. */
export const joined = (changed: ReadonlyMap<string, number>, lists: ReadonlyMap<string, OrdinalList>): Uint32Array => {
  const parts = Array.from(changed, ([name, from]) => lists.get(name)?.from(from) ?? new Uint32Array(0));
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Hands every name its share of the ordinals, which `joined` put one after the other. */
export const splitInto = (
  names: IndexPart['categories'],
  ordinals: Uint32Array,
  append: (name: string, ordinals: Uint32Array) => void,
): void => {
  let at = 0;
  for (const [name, count] of names) {
    append(name, ordinals.subarray(at, at + count));
    at += count;
  }
};

/*
 * INDEX FORMAT, version 3: "LOGINDEX", u32 version, u32 CRC-32 of what follows, u32 length of a JSON text padded to four
 * bytes, the text { base, end, first, firstStream, categories, types, lengths }, then the lists of 32-bit numbers.
 * Everything in it can be made again from the log.
 */
const MAGIC = 'LOGINDEX';
const VERSION = 3;
const HEADER = 20;

export const encodePart = (part: IndexPart, base: number, end: number): Buffer => {
  const { numbers, ...rest } = part;
  const lists = NUMBERS.map((name) => numbers[name]);
  const json = Buffer.from(JSON.stringify({ base, end, ...rest, lengths: lists.map(({ length }) => length) }));
  const text = Buffer.alloc(Math.ceil(json.length / 4) * 4, ' ');
  json.copy(text);
  const head = Buffer.alloc(HEADER);
  head.write(MAGIC, 'latin1');
  head.writeUInt32LE(VERSION, 8);
  head.writeUInt32LE(text.length, 16);
  const bytes = Buffer.concat([
    head,
    text,
    ...lists.map((list) => Buffer.from(list.buffer, list.byteOffset, list.byteLength)),
  ]);
  bytes.writeUInt32LE(crc32(bytes.subarray(16)), 12);
  return bytes;
};

/** Whether the bytes are a part as it was written before this format. */
export const isOlderPart = (bytes: Buffer): boolean =>
  bytes.length >= HEADER && bytes.toString('latin1', 0, 8) === MAGIC && bytes.readUInt32LE(8) < VERSION;

/** Undefined where the bytes are damaged or of another format. The lists lie in `bytes`, which must begin at a multiple of four. */
export const decodePart = (bytes: Buffer): { part: IndexPart; base: number; end: number } | undefined => {
  if (bytes.length < HEADER || bytes.toString('latin1', 0, 8) !== MAGIC || bytes.readUInt32LE(8) !== VERSION)
    return undefined;
  if (crc32(bytes.subarray(16)) !== bytes.readUInt32LE(12)) return undefined;
  const textEnd = HEADER + bytes.readUInt32LE(16);
  const { base, end, lengths, ...rest } = JSON.parse(bytes.toString('utf8', HEADER, textEnd)) as Omit<
    IndexPart,
    'numbers'
  > & {
    base: number;
    end: number;
    lengths: number[];
  };
  let at = textEnd;
  const numbers = Object.fromEntries(
    NUMBERS.map((name, index) => {
      const list = new Uint32Array(bytes.buffer, bytes.byteOffset + at, lengths[index] as number);
      at += list.byteLength;
      return [name, list];
    }),
  ) as IndexPart['numbers'];
  return { part: { ...rest, numbers }, base, end };
};
