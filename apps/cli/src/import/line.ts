import type { Sentence } from './words.js';

/** One row: its cells in the order of the header, and why it is none where it cannot be read. */
export type Line = Readonly<{ cells: readonly string[]; broken?: Sentence }>;
/** The header first, then row by row. */
export type Lines = AsyncGenerator<Line, undefined>;

/** What a file must have, and how its columns are parted. */
export type Expected = Readonly<{ columns: readonly string[]; delimiter: string }>;

/** No row is longer; more means a quote that never closes, or no text at all. */
export const LONGEST_ROW = 1_000_000;
