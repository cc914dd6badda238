import { schemaOf } from '#application';
import { eventClasses } from '#domain';
import { type Class, type FieldClass, personalFields } from '#kernel';
import { eventShapes, type Rules } from '#system';
import { rulesOf } from '../architecture/personal-fields.js';
import { classOf } from './classes.js';
import { aboutOf, meaningOf } from './meanings.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** What stands in the place of a personal value once its person was forgotten. */
const ERASED = { $ref: '#/$defs/erased' };
const erased = { type: 'object', properties: { erased: { const: true } }, required: ['erased'] };

export const versionOf = (type: string): number => {
  const version = eventShapes.version(type);
  if (version === undefined) throw new Error(`no such event: ${type}`);
  return version;
};

/** The fields, of the event or nested in it, that nobody said the meaning of: `Class.field`. */
export const withoutMeaning = (shape: Class): readonly string[] =>
  Object.keys(schemaOf(shape).properties).flatMap((field) => {
    const inner = shapeIn(shape, field);
    const missing = meaningOf(shape, field) === undefined ? [`${shape.name}.${field}`] : [];
    return [...missing, ...(inner ? withoutMeaning(inner) : [])];
  });

/** JSON Schema 2020-12 of an event's data as readers meet it: with the meaning and the class of each field, and what may be forgotten. */
export const eventSchema = (type: string, shape = eventClasses[type] as Class): object => {
  const { properties, ...rest } = described(schemaOf(shape) as Rules, shape);
  const personal = personalFields(shape);
  const fields = Object.entries(properties ?? {}).map(([field, rules]) => {
    const classed = withClass(rules, classOf(type, field));
    return [field, field in personal ? forgettable(classed) : classed];
  });
  return {
    $schema: DIALECT,
    $id: `urn:touchline:event:${type}:${versionOf(type)}`,
    title: type,
    ...(aboutOf(shape) && { description: aboutOf(shape) }),
    ...rest,
    properties: Object.fromEntries(fields),
    ...(Object.keys(personal).length > 0 && { $defs: { erased } }),
  };
};

/** It, and all that lies inside it. */
const withClass = (rules: Rules, fieldClass: FieldClass | undefined): Rules => {
  const { properties, items } = rules;
  const inside = (fields: Readonly<Record<string, Rules>>) =>
    Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, withClass(one, fieldClass)]));
  return {
    ...rules,
    ...(fieldClass && { 'x-class': fieldClass }),
    ...(properties && { properties: inside(properties) }),
    ...(items?.properties && { items: { ...items, properties: inside(items.properties) } }),
  };
};

const forgettable = ({ description, 'x-personal': personal, 'x-class': fieldClass, ...rules }: Rules) => ({
  description,
  'x-class': fieldClass,
  'x-personal': personal,
  anyOf: [rules, ERASED],
});

const described = (schema: Rules, shape: Class): Rules => {
  const fields = Object.entries(schema.properties ?? {}).map(([field, rules]) => {
    const inner = shapeIn(shape, field);
    const within = inner ? describedInner(rules, inner) : rules;
    return [field, { ...within, description: meaningOf(shape, field) }];
  });
  return { ...schema, properties: Object.fromEntries(fields) };
};

const describedInner = (rules: Rules, inner: Class): Rules => {
  if (rules.items) return { ...rules, items: described(rules.items, inner) };
  const { additionalProperties: each } = rules;
  return each ? { ...rules, additionalProperties: described(each, inner) } : described(rules, inner);
};

/** The class of what is nested in a field. */
export const shapeIn = (shape: Class, field: string): Class | undefined =>
  rulesOf(shape)
    .filter(({ propertyName }) => propertyName === field)
    .map(({ context }) => context?.shape ?? context?.shapes ?? context?.each)
    .find((found) => found !== undefined);
