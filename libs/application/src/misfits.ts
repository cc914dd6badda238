import { getMetadataStorage, isObject, validateSync } from 'class-validator';
import type { Class } from '#kernel';
import { fits } from './fits.js';

/** What does not fit, and where: a JSON pointer and a sentence, never the value. */
export type Misfit = Readonly<{ pointer: string; detail: string }>;

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** Checks plain data against the classes that declare it. */
export const misfits = (data: unknown, shapes: readonly Class[], above = ''): readonly Misfit[] =>
  fits(data, shapes) ? [] : brokenRules(data, shapes, above);

/** As the rules themselves have it. The data only borrows the classes' prototypes: it stays plain. */
export const brokenRules = (data: unknown, shapes: readonly Class[], above = ''): readonly Misfit[] => {
  if (!isObject(data) || Array.isArray(data)) return [{ pointer: above, detail: 'must be an object' }];
  const rules = shapes.flatMap(rulesOf);
  const known = new Set(rules.map(({ propertyName }) => propertyName));
  const at = (field: string) => pointerTo(above, field);

  // class-validator's own whitelist lets `constructor`, `toString` and `__proto__` through.
  const unknown = Object.keys(data).filter((field) => !known.has(field));
  const own = Object.fromEntries(Object.entries(data).filter(([field]) => known.has(field)));
  const broken = shapes.flatMap((shape) => validateSync(dressed(shape, own), { forbidUnknownValues: false }));
  return [
    ...unknown.map((field) => ({ pointer: at(field), detail: unknownAt(field) })),
    ...broken.flatMap(({ property: field, constraints = {} }) =>
      Object.values(constraints).map((detail) => ({ pointer: at(field), detail })),
    ),
    ...rules.flatMap((rule) => within(rule, Reflect.get(own, rule.propertyName), at(rule.propertyName))),
  ];
};

/** Where PostgreSQL or JSON could not keep a text as it is: NUL characters and halves of surrogate pairs. */
export const unstorable = (data: unknown, above = ''): readonly Misfit[] => {
  if (isStorable(data)) return [];
  if (!isObject(data)) return [{ pointer: above, detail: 'must not hold NUL or half a surrogate pair' }];
  return Object.entries(data).flatMap(([field, value]) => unstorable(value, pointerTo(above, field)));
};

const isStorable = (data: unknown): boolean => {
  if (typeof data === 'string') return !data.includes('\0') && data.isWellFormed();
  return !isObject(data) || Object.values(data).every(isStorable);
};

const rulesByShape = new WeakMap<Class, readonly Rule[]>();
const rulesOf = (shape: Class): readonly Rule[] => {
  const found = rulesByShape.get(shape) ?? getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false);
  rulesByShape.set(shape, found);
  return found;
};

const within = ({ context }: Rule, value: unknown, at: string): readonly Misfit[] => {
  if (context?.shape && isObject(value)) return brokenRules(value, [context.shape], at);
  if (context?.each && isObject(value))
    return Object.entries(value).flatMap(([name, item]) =>
      isObject(item) ? brokenRules(item, [context.each], pointerTo(at, name)) : [],
    );
  if (!context?.shapes || !Array.isArray(value)) return [];
  return value
    .slice(0, context.max)
    .flatMap((item, index) => (isObject(item) ? brokenRules(item, [context.shapes], `${at}/${index}`) : []));
};

/** A name that somebody else made up may be a person's: only what looks like a field is named, else where it lies. */
const isNamed = (field: string) => /^([a-z_$]\w{0,39}|\d{1,6})$/i.test(field);
const unknownAt = (field: string) => (isNamed(field) ? 'must not be there' : 'must hold no field of such a name');

/** The JSON pointer of a field or an item, as far as it may be said aloud. */
export const pointerTo = (above: string, field: string): string => (isNamed(field) ? `${above}/${field}` : above);

const dressed = (shape: Class, data: object): object =>
  Object.create(shape.prototype, Object.getOwnPropertyDescriptors(data));
