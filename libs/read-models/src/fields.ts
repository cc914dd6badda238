import type { FieldClass } from '#access';
import { type Erased, MASKED, type Masked } from '#kernel';
import type { Page } from './page.js';

/** What an answer tells, field by field: of a nested answer each of its fields, of a list those of its items. */
export type Fields = FieldClass | Readonly<{ [field: string]: Fields }>;

type Told<A> = Exclude<A, null | undefined | Erased | Masked>;

/** The same for a certain answer: every field of it has a class. */
export type FieldsOf<A> =
  | FieldClass
  | (Told<A> extends readonly (infer Item)[]
      ? FieldsOf<Item>
      : Told<A> extends object
        ? Readonly<{ [F in keyof Told<A>]-?: FieldsOf<Told<A>[F]> }>
        : never);

/** Of a list that comes in pages. `cursor`: what the list is sorted by stands in it. */
export const paged = <Item>(items: FieldsOf<Item>, cursor: FieldClass = 'operational'): FieldsOf<Page<Item>> =>
  ({ items, cursor }) as FieldsOf<Page<Item>>;

/** An answer as it is given to who may see these classes: the other fields are masked, and what has no class is left out. */
export const written = (answer: unknown, fields: Fields, may: ReadonlySet<FieldClass>): unknown => {
  if (typeof fields === 'string') return may.has(fields) ? answer : MASKED;
  if (answer === null || answer === undefined) return answer;
  if (Array.isArray(answer)) return answer.map((item) => written(item, fields, may));
  const told = Object.entries(fields).filter(([name]) => Object.hasOwn(Object(answer), name));
  return Object.fromEntries(
    told.map(([name, field]) => [name, written(Reflect.get(Object(answer), name), field, may)]),
  );
};
