import { readFile } from 'node:fs/promises';
import { CODE, UUID } from '#domain';
import type { FieldClass } from '#kernel';
import { placeOf } from './place.js';

/** What a schema says of a field; nested objects have `properties`, lists have `items`. */
export type Rules = Readonly<{
  type?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Rules;
  /** Of objects by names: of each; false where there are no others than `properties`. */
  additionalProperties?: Rules | false;
  properties?: Readonly<Record<string, Rules>>;
  required?: readonly string[];
  anyOf?: readonly Rules[];
  'x-personal'?: string;
  'x-class'?: FieldClass;
}>;

/** An event, for who subscribes to it or writes it. All of it is taken from the code and from examples that the tests run. */
export type CatalogueEntry = Readonly<{
  type: string;
  version: number;
  category: string;
  /** Where it lies: `booking-<id>`, or `log-meta`. */
  stream: string;
  /** The page that tells of it: `docs/events/<page>.md`. */
  page: string;
  meaning: string;
  /** The line of a timeline that its example makes. */
  line: Readonly<{ en: string; zh: string }> | null;
  /** The roles in which it may name customers. */
  roles: readonly string[];
  /** The commands it comes of; none: the system itself records it. */
  emittedBy: readonly string[];
  reactions: readonly string[];
  views: readonly string[];
  example: object;
  /** JSON Schema 2020-12 of its data. */
  schema: Rules;
}>;

/** A field of an event; of a nested one the name is a path: `lines[].price.amount`. */
export type CatalogueField = Readonly<{
  name: string;
  meaning: string;
  form: string;
  isOptional: boolean;
  /** What it tells: of which class it is when it is shown; null: nobody has said. */
  class: FieldClass | null;
  /** The role of the customer under whose key it is sealed. */
  personal: string | null;
}>;

export const CATALOGUE_FILE = 'libs/system/src/catalogue.json';

let known: Promise<readonly CatalogueEntry[]> | undefined;

/** Every event there is, as the file that ships says. */
export const readCatalogue = (): Promise<readonly CatalogueEntry[]> => {
  known ??= readFile(placeOf(CATALOGUE_FILE), 'utf8').then((text) => JSON.parse(text).events);
  return known;
};

/** The fields of an event, nested ones after what they are in. */
export const fieldsIn = ({ schema }: Pick<CatalogueEntry, 'schema'>): readonly CatalogueField[] => within(schema, '');

const within = ({ properties = {}, required = [] }: Rules, place: string): readonly CatalogueField[] =>
  Object.entries(properties).flatMap(([name, rules]) => {
    const [told = rules] = rules.anyOf ?? [];
    const { description: meaning = '', 'x-class': fieldClass = null, 'x-personal': personal = null } = rules;
    const isList = told.items?.properties !== undefined;
    const isOptional = !required.includes(name);
    const field = { name: place + name, meaning, form: formOf(told), isOptional, class: fieldClass, personal };
    return [field, ...within(isList ? (told.items as Rules) : told, `${place}${name}${isList ? '[]' : ''}.`)];
  });

/** In a few words what a value looks like: `uuid`, `code`, `integer ≥ 1`, `one of a, b`. */
export const formOf = (rules: Rules): string => {
  const { type = 'anything', items, enum: choices, minimum, maximum } = rules;
  if (choices) return choices.length > 12 ? `one of ${choices.length} codes` : `one of ${choices.join(', ')}`;
  if (type === 'array') return items ? `list of ${formOf(items)}` : 'list';
  if (type === 'string') return formOfText(rules);
  const bounds = [
    ...(minimum === undefined ? [] : [`≥ ${minimum}`]),
    ...(maximum === undefined ? [] : [`≤ ${maximum}`]),
  ];
  return [type, ...bounds].join(' ');
};

const formOfText = ({ format, pattern, maxLength }: Rules): string => {
  if (pattern === CODE.source) return 'code';
  if (pattern === UUID.source) return 'uuid';
  if (format) return format;
  if (pattern) return maxLength === 64 ? 'reference' : `text like ${pattern}`;
  return maxLength ? `text of at most ${maxLength}` : 'text';
};
