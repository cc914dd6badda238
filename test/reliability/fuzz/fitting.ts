import fc from 'fast-check';
import type { Schema } from './operations.js';

/** Stands in everything that is made up here; no refusal may say it back. */
export const MARK = 'Zx9 Canary';
export const CODE_MARK = 'zx9canary';
export const isMarked = (text: string): boolean => /zx9[ +%_-]*(20)?canary/i.test(text);

/** Where ids are put just before it is sent: of anything that exists, or of what its path speaks of; the number chooses. */
export const PLACEHOLDER = /@(id|own)(\d+)@/g;
const chosen = fc.nat({ max: 99_999 });
export const someId = chosen.map((n) => `@id${n}@`);
export const ownId = chosen.map((n) => `@own${n}@`);
export const freshId = fc.uuid({ version: 7 });

/** Values that may fit a schema, and often do. */
export const valuesOf = (schema: Schema): fc.Arbitrary<unknown> => {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const maker = makers[schema.type ?? 'object'];
  if (!maker) throw new Error(`a schema of type ${schema.type} is unknown here`);
  return maker(schema);
};

const texts = ({ pattern, format, maxLength = 200, examples }: Schema): fc.Arbitrary<string> => {
  if (format === 'uuid' || pattern?.includes('{12}')) return fc.oneof({ weight: 9, arbitrary: someId }, freshId);
  if (format === 'date-time') return moments;
  if (format === 'date') return moments.map((moment) => moment.slice(0, 10));
  if (examples) return fc.constantFrom(...examples, 'Europe/London');
  if (pattern?.includes('[A-Z]{3}')) return fc.constantFrom('CNY', 'CNY', 'CNY', 'GBP', 'ZZZ');
  if (pattern) return fc.oneof(fc.constant(CODE_MARK), matching(pattern, maxLength));
  const plain = fc.constantFrom(
    `${MARK} said so`,
    'a@example.org',
    '+8613912345678',
    '李伟 · 🙂',
    'x'.repeat(maxLength),
  );
  return fc.oneof(plain, fc.string({ unit: 'grapheme', maxLength }));
};

/** What the generator does not know: what fits the rest is looked at. */
const LOOKAHEAD = /\(\?[=!](?:[^()]|\([^()]*\))*\)/g;

const matching = (pattern: string, maxLength: number) =>
  fc
    .stringMatching(new RegExp(pattern.replace(LOOKAHEAD, '')))
    .filter((text) => text.length > 0 && text.length <= maxLength && new RegExp(pattern).test(text));

const moments = fc
  .date({ min: new Date('2024-01-01'), max: new Date('2026-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

const small = fc.integer({ min: 1, max: 100_000 });
const makers: Readonly<Record<string, (schema: Schema) => fc.Arbitrary<unknown>>> = {
  string: texts,
  boolean: () => fc.boolean(),
  integer: ({ minimum = -(2 ** 53) + 1, maximum = 2 ** 53 - 1 }) =>
    fc.oneof({ weight: 5, arbitrary: small }, fc.integer({ min: minimum, max: maximum })),
  number: ({ minimum = 0, maximum = 1 }) => fc.double({ min: minimum, max: maximum, noNaN: true }),
  array: ({ items = {}, minItems = 0, maxItems = 3 }) =>
    fc.array(valuesOf(items), { minLength: minItems, maxLength: Math.max(minItems, Math.min(3, maxItems)) }),
  object: ({ properties = {}, required = [] }) =>
    fc.record(Object.fromEntries(Object.entries(properties).map(([name, rules]) => [name, valuesOf(rules)])), {
      requiredKeys: [...required],
      noNullPrototype: true,
    }),
};
