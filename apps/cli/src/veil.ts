import { type Erased, isErased, isVeil, type Masked, type Veiled } from '#kernel';
import type { Phrase } from './words.js';

/** A personal value, or undefined where it is hidden or gone. */
export const seen = <T>(value: T): Exclude<T, Erased | Masked> | undefined =>
  isVeil(value) ? undefined : (value as Exclude<T, Erased | Masked>);

/** A personal text as it is printed. */
export const veiledText = (phrase: Phrase, value: Veiled<string | null | undefined>): string => {
  if (!isVeil(value)) return value ?? '';
  return isErased(value) ? phrase('(erased)', '（已删除）') : phrase('(not for you to read)', '（无权查看）');
};

/** Any value as it is printed, by `text` where it is there to be read. */
export const veiled = <T>(phrase: Phrase, value: T, text: (told: T) => string = String): string =>
  isVeil(value) ? veiledText(phrase, value) : text(value);

/** A personal list, each item as a line. */
export const veiledLines = <T>(phrase: Phrase, value: Veiled<readonly T[]>, line: (item: T) => string): string =>
  isVeil(value) ? veiledText(phrase, value) : (value as readonly T[]).map(line).join('\n');
