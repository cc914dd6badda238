import { targetConstructorToSchema } from 'class-validator-jsonschema';
import { type Class, personalFields } from '#kernel';

type Properties = NonNullable<ReturnType<typeof targetConstructorToSchema>['properties']>;
export type Schema = { type: 'object'; properties: Properties; required: string[]; additionalProperties: false };

/** JSON Schema of what these classes declare together, nested classes inline: the source of OpenAPI and catalogue. */
export const schemaOf = (...shapes: readonly Class[]): Schema => {
  const parts = shapes.map((shape) => targetConstructorToSchema(shape, { additionalConverters: converters }));
  const properties: Properties = Object.assign({}, ...parts.map((part) => part.properties));
  const marked = Object.entries(properties).map(([field, rules]) => {
    const role = shapes.map(personalFields).find((marks) => marks[field])?.[field];
    return [field, role ? { ...rules, 'x-personal': role } : rules];
  });
  const required = [...new Set(parts.flatMap((part) => part.required ?? []))];
  return { type: 'object', properties: Object.fromEntries(marked), required, additionalProperties: false };
};

type Converters = NonNullable<NonNullable<Parameters<typeof targetConstructorToSchema>[1]>['additionalConverters']>;

const texts = ({ pattern, min, max }: { pattern: string; min: number; max: number }) =>
  ({ type: 'array', minItems: min, maxItems: max, items: { type: 'string', pattern } }) as const;

const named = ({ names, min, max }: { names: string; min: number; max: number }) =>
  ({ type: 'object', minProperties: min, maxProperties: max, propertyNames: { pattern: names } }) as const;

// A rule of our own says by its context what a schema needs to know of it.
const converters: Converters = {
  isInstant: { type: 'string', format: 'date-time', pattern: '\\.\\d{3}Z$' },
  isLocalDate: { type: 'string', format: 'date' },
  isZone: { type: 'string', examples: ['Asia/Shanghai'] },
  isLocale: { type: 'string', examples: ['zh-CN'] },
  isText: ({ context }) => ({ type: 'string', minLength: 1, maxLength: context.max }),
  isContactValue: ({ context }) => ({ type: 'string', minLength: 1, maxLength: context.max }),
  isId: ({ context }) => ({ type: 'string', format: 'uuid', pattern: context.pattern }),
  isCode: ({ context }) => ({ type: 'string', maxLength: 60, pattern: context.pattern }),
  isReference: ({ context }) => ({ type: 'string', maxLength: 64, pattern: context.pattern }),
  isMinorUnits: { type: 'integer', description: 'minor units of the currency' },
  texts: ({ context }) => texts(context),
  someOf: ({ context }) => ({ type: 'array', uniqueItems: true, items: { type: 'string', enum: context.words } }),
  byName: ({ context }) => ({ ...named(context), additionalProperties: schemaOf(context.each) }),
  textsByName: ({ context }) => ({
    ...named(context),
    additionalProperties: { type: 'array', items: { type: 'string', pattern: context.pattern } },
  }),
  daysInOrder: { type: 'array', items: { type: 'string', format: 'date' } },
  thresholds: { type: 'array', maxItems: 10, items: { type: 'integer', minimum: 1, maximum: 99 } },
  shiftsInOrder: {},
  besides: {},
  nested: ({ context }) => schemaOf(context.shape),
  listOf: ({ context }) => ({
    type: 'array',
    minItems: context.min,
    maxItems: context.max,
    items: schemaOf(context.shapes),
  }),
};
