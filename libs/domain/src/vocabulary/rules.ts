import { isObject, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { type Class, isInstant, isLocalDate } from '#kernel';
import { isZone } from './calendar.js';

/** A rule of our own: `complaint` finishes the sentence "<field> must be …" and never quotes the value. */
export const Rule = (
  name: string,
  holds: (value: unknown, message: object) => boolean,
  complaint: string,
  context: object = {},
) => {
  const validate = (value: unknown, args?: ValidationArguments) => holds(value, args?.object ?? {});
  return ValidateBy(
    { name, validator: { validate, defaultMessage: () => `$property must be ${complaint}` } },
    { context },
  );
};

/** `IsOptional` would let null through. */
export const MayBeAbsent = () => ValidateIf((_, value) => value !== undefined);

/** `ValidateNested` would let nothing at all through, and an empty array. */
export const Nested = (shape: Class) => Rule('nested', isPlain, 'an object', { shape });

/** A list of objects of one shape. */
export const ListOf = (shape: Class, { min = 1, max = 100 } = {}) =>
  Rule(
    'listOf',
    (value) => isListBetween(min, max)(value) && value.every(isPlain),
    `a list of ${min} to ${max} objects`,
    {
      shapes: shape,
      min,
      max,
    },
  );

/** A list of texts that each match. */
export const Texts = (pattern: RegExp, { min = 0, max = 100 } = {}) =>
  Rule(
    'texts',
    (value) => isListBetween(min, max)(value) && value.every((text) => typeof text === 'string' && pattern.test(text)),
    `a list of ${min} to ${max} texts that match ${pattern.source}`,
    { pattern: pattern.source, min, max },
  );

/** A list of some of these words, each at most once. */
export const SomeOf = (words: readonly string[]) =>
  Rule(
    'someOf',
    (value) =>
      isListBetween(0, words.length)(value) &&
      value.every((word, at) => words.includes(word as string) && value.indexOf(word) === at),
    `a list of some of ${words.join(', ')}`,
    { words },
  );

/** Objects of one shape, each under a name that is a code. */
export const ByName = (shape: Class, { min = 1, max = 100 } = {}) =>
  Rule(
    'byName',
    (value) => isNamed(CODE, min, max)(value) && Object.values(value).every(isPlain),
    `${min} to ${max} objects, each under a name like late_delivery`,
    { each: shape, names: CODE.source, min, max },
  );

/** Lists of texts that match, each under a name that matches. */
export const TextsByName = (names: RegExp, texts: RegExp, { min = 1, max = 1_000 } = {}) =>
  Rule(
    'textsByName',
    (value) =>
      isNamed(names, min, max)(value) &&
      Object.values(value).every(
        (list) => isListBetween(0, 100)(list) && list.every((text) => isTextLike(texts, 60)(text)),
      ),
    `${min} to ${max} lists of texts that match ${texts.source}, each under a name that matches ${names.source}`,
    { names: names.source, pattern: texts.source, min, max },
  );

const isPlain = (value: unknown): boolean => isObject(value) && !Array.isArray(value);
const isListBetween =
  (min: number, max: number) =>
  (value: unknown): value is readonly unknown[] =>
    Array.isArray(value) && value.length >= min && value.length <= max;

const isNamed =
  (names: RegExp, min: number, max: number) =>
  (value: unknown): value is Readonly<Record<string, unknown>> => {
    const found = isPlain(value) ? Object.keys(value as object) : undefined;
    return found !== undefined && found.length >= min && found.length <= max && found.every(isTextLike(names, 60));
  };

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const CODE = /^[a-z0-9]+([._-][a-z0-9]+)*$/;

/** The id of a customer, a booking, …: a UUID in lower case. */
export const IsId = () =>
  Rule('isId', (value) => isTextLike(UUID, 36)(value), 'a UUID in lower case', { pattern: UUID.source });

/** A word of a vocabulary, such as `late_delivery` or `online-retail`: never free text. */
export const IsCode = () =>
  Rule('isCode', isTextLike(CODE, 60), 'a code of at most 60 characters like late_delivery', { pattern: CODE.source });

/** The id another system gave: a payment, a lot, a call. */
export const IsReference = () =>
  Rule('isReference', isTextLike(REFERENCE, 64), 'a reference of 1 to 64 letters, digits and . _ : / -', {
    pattern: REFERENCE.source,
  });
const REFERENCE = /^[\w.:/-]+$/;

/** Text that a person wrote. */
export const IsText = (max = 2000) =>
  Rule(
    'isText',
    (value) => typeof value === 'string' && value.trim() !== '' && value.length <= max,
    `text of 1 to ${max} characters`,
    {
      max,
    },
  );

export const IsInstant = () => Rule('isInstant', isInstant, 'an instant in UTC like 2026-03-01T09:00:00.000Z');
export const IsLocalDate = () => Rule('isLocalDate', isLocalDate, 'a day like 2026-03-01');
export const IsZone = () => Rule('isZone', isZone, 'a time zone like Asia/Shanghai');

const isTextLike = (pattern: RegExp, max: number) => (value: unknown) =>
  typeof value === 'string' && value.length <= max && pattern.test(value);
