import { lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** One of these stands in every value that is planted. */
export const MARK = 'kanarie';
export const PHONE = '139876501';
export const DAY = '1913-07-';
export const HAN = '金丝雀';

type Needle = Readonly<{ name: string; bytes: Buffer }>;

/** What is the same in base64 wherever the text begins: what its neighbours say a part of is left out. */
const inBase64 = (text: string, offset: number): string => {
  const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
  const whole = Math.floor(((offset + Buffer.byteLength(text)) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
};

const spellings = (text: string): readonly Needle[] => {
  const utf8 = Buffer.from(text);
  const named = (how: string, bytes: Buffer | string) => ({ name: `${text} as ${how}`, bytes: Buffer.from(bytes) });
  return [
    named('text', utf8),
    named('UTF-16', Buffer.from(text, 'utf16le')),
    named('UTF-16, big end first', Buffer.from(text, 'utf16le').swap16()),
    named('hex', utf8.toString('hex')),
    named('hex', utf8.toString('hex').toUpperCase()),
    ...[0, 1, 2].map((offset) => named('base64', inBase64(text, offset))),
  ];
};

const NEEDLES = [MARK, PHONE, DAY, HAN].flatMap(spellings);

/** Which of the planted stand in it, and how. */
export const foundIn = (hay: Buffer | string, needles: readonly Needle[] = NEEDLES): readonly string[] => {
  const bytes = Buffer.from(hay);
  return needles.filter((needle) => bytes.includes(needle.bytes)).map(({ name }) => name);
};

/** Sixteen bytes of a secret here and there: no copy is without one of them. */
export const piecesOf = (name: string, secret: Buffer): readonly Needle[] =>
  [0, 16, 32, secret.length - 16].map((at) => ({ name, bytes: secret.subarray(at, at + 16) }));

/** Every file below, links followed. */
export const filesBelow = (folder: string): readonly string[] => {
  const real = realpathSync(folder);
  return readdirSync(real, { withFileTypes: true }).flatMap((entry) => {
    const path = join(real, entry.name);
    if (entry.isDirectory() || entry.isSymbolicLink())
      return lstatSync(realpathSync(path)).isDirectory() ? filesBelow(path) : [path];
    return entry.isFile() ? [path] : [];
  });
};

/** `file: what stands in it`, for every file below. */
export const foundBelow = (folder: string, needles: readonly Needle[] = NEEDLES): readonly string[] =>
  filesBelow(folder).flatMap((file) => foundIn(readFileSync(file), needles).map((name) => `${file}: ${name}`));
