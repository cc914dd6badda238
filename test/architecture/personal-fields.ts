import { getMetadataStorage } from 'class-validator';
import { CODE, UUID } from '#domain';
import { type Class, personalFields } from '#kernel';

/** A rule of a field, as class-validator keeps it. */
type Rule = Readonly<{
  type: string;
  name?: string;
  propertyName: string;
  constraints?: readonly unknown[];
  context?: Readonly<{ shape?: Class; shapes?: Class; each?: Class; pattern?: string }>;
}>;

export const rulesOf = (shape: Class): readonly Rule[] =>
  getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false) as readonly Rule[];

/** Rules of what can hold no name, phone, e-mail, address, document, plate, birth date or free text. Any other is taken to. */
const HARMLESS = new Set([
  'isBoolean',
  'isCode',
  'isId',
  'isIn',
  'isInstant',
  'isInt',
  'isLocale',
  'isMinorUnits',
  'isNumber',
  'isZone',
]);
/** Rules that only narrow what another allows, or say when it applies. */
const NARROWING = new Set(['min', 'max', 'conditionalValidation', 'isDefined']);
const HARMLESS_PATTERNS = new Set([
  UUID.source,
  CODE.source,
  '^[A-Z]{3}$', // a currency
  '^(?=.*[1-9])\\d{1,12}(\\.\\d{1,12})?$', // an exchange rate
  '^\\d{1,3}$', // the number of a line
  '^[a-zA-Z]+$', // the name of a field
]);
/** What a field must not be called unless it is personal, whatever its rules say. */
const TELLING =
  /name|phone|mobile|mail|address|street|postcode|plate|vin|birth|age$|passport|licen[cs]e|document|number|note|text|comment|remark|message|descri|explan|gender|sex|occupation|wechat|iban|card|health|religion/i;

const kindOf = ({ type, name }: Rule) => (type === 'customValidation' ? String(name) : type);

/** `Class.field: why` for each field that may hold something personal and is neither marked nor allowed. */
export const undeclared = (shape: Class, allowed: Readonly<Record<string, string>> = {}): readonly string[] => {
  const personal = personalFields(shape);
  const byField = new Map<string, Rule[]>();
  for (const rule of rulesOf(shape)) byField.set(rule.propertyName, [...(byField.get(rule.propertyName) ?? []), rule]);
  return [...byField].flatMap(([field, rules]) => {
    const place = `${shape.name}.${field}`;
    if (field in personal || place in allowed) return [];
    const inner = rules.flatMap(({ context }) => context?.shape ?? context?.shapes ?? context?.each ?? []);
    return [
      ...reasonsOf(field, rules).map((reason) => `${place}: ${reason}`),
      ...inner.flatMap((nested) => [...undeclared(nested, allowed), ...markedInside(nested)]),
    ];
  });
};

/** The codec seals whole fields: a mark inside one is a promise that nobody keeps. */
const markedInside = (nested: Class): readonly string[] =>
  Object.keys(personalFields(nested)).map((field) => `${nested.name}.${field}: marked inside another field`);

const reasonsOf = (field: string, rules: readonly Rule[]): readonly string[] => {
  const telling = rules.filter((rule) => !NARROWING.has(kindOf(rule)));
  if (telling.length === 0) return ['no rule says what it holds'];
  const kinds = telling.filter((rule) => !isHarmless(rule)).map(kindOf);
  return [...kinds, ...(TELLING.test(field) ? [`is called ${field}`] : [])];
};

const isHarmless = (rule: Rule): boolean => {
  const { context } = rule;
  const kind = kindOf(rule);
  if (kind === 'nested' || kind === 'listOf') return Boolean(context?.shape ?? context?.shapes);
  if (kind === 'matches') return HARMLESS_PATTERNS.has(patternOf(rule));
  if (kind === 'texts') return HARMLESS_PATTERNS.has(String(context?.pattern));
  return HARMLESS.has(kind);
};

const patternOf = ({ constraints: [pattern] = [] }: Rule) => (pattern instanceof RegExp ? pattern.source : '');

/** Data that these rules describe, with `mark` in every field that is personal. */
export const sampleOf = (shape: Class, mark: string): object => {
  const personal = personalFields(shape);
  return Object.fromEntries(
    rulesOf(shape).flatMap((rule) => {
      if (NARROWING.has(kindOf(rule))) return [];
      return [[rule.propertyName, rule.propertyName in personal ? mark : exampleOf(rule)]];
    }),
  );
};

const VALUES: Readonly<Record<string, unknown>> = {
  isBoolean: true,
  isInt: 1,
  isNumber: 0.5,
  isMinorUnits: 100,
  isId: '01900000-0000-7000-8000-000000000001',
  isInstant: '2026-03-01T09:00:00.000Z',
  isLocalDate: '2026-03-01',
  isZone: 'UTC',
  isLocale: 'en-GB',
  isObject: {},
};

const exampleOf = (rule: Rule): unknown => {
  const { context, constraints } = rule;
  const kind = kindOf(rule);
  if (context?.shape) return sampleOf(context.shape, '');
  if (context?.shapes) return [sampleOf(context.shapes, '')];
  if (context?.each) return { x: sampleOf(context.each, '') };
  if (kind === 'isIn') return [constraints?.[0]].flat()[0];
  if (kind === 'matches') return String(constraints?.[0]).includes('A-Z') ? 'EUR' : '1';
  if (kind === 'texts') return ['1'];
  return VALUES[kind] ?? 'x1';
};
