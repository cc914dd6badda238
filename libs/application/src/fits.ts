import { getMetadataStorage, isObject } from 'class-validator';
import type { Class } from '#kernel';

type Plain = Readonly<Record<string, unknown>>;
type Check = (data: Plain) => boolean;
type Checked = Readonly<{ fields: ReadonlySet<string>; check: Check }>;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/**
 * Whether data fits the classes that declare it, for data that mostly does: rules are looked up once, no message is made.
 * Says yes only where it is sure; on a rule it does not know it says no, and the rules themselves have the word.
 */
export const fits = (data: unknown, shapes: readonly Class[]): boolean => {
  if (!isObject<Plain>(data) || Array.isArray(data)) return false;
  const checked = shapes.map(checkedOf);
  return (
    Object.keys(data).every((field) => checked.some(({ fields }) => fields.has(field))) &&
    checked.every(({ check }) => check(data))
  );
};

const known = new WeakMap<Class, Checked>();
const checkedOf = (shape: Class): Checked => {
  const found = known.get(shape) ?? compiled(shape);
  known.set(shape, found);
  return found;
};

const compiled = (shape: Class): Checked => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false);
  const fields = new Set(rules.map(({ propertyName }) => propertyName));
  const ofField = [...fields].map((field) => fieldCheck(field, rules));
  return { fields, check: (data) => ofField.every((check) => check(data)) };
};

const fieldCheck = (field: string, all: readonly Rule[]): Check => {
  const rules = all.filter(({ propertyName }) => propertyName === field);
  const conditions = rules.filter(({ type }) => type === 'conditionalValidation');
  const holds = rules.filter(({ type }) => type !== 'conditionalValidation').map(ruleCheck);
  const applies: Check = (data) => conditions.every(({ constraints }) => constraints[0](data, data[field]) as boolean);
  return (data) => !applies(data) || holds.every((check) => check(data));
};

const ruleCheck = (rule: Rule): Check => {
  const { propertyName: field, type, each, constraintCls, constraints, context } = rule;
  const [validator] =
    type === 'customValidation' ? getMetadataStorage().getTargetValidatorConstraints(constraintCls) : [];
  if (!validator || validator.async || each) return () => false;
  return (data) => {
    const value = data[field];
    const args = { value, constraints, targetName: '', object: data, property: field };
    return validator.instance.validate(value, args) === true && fitsWithin(context, value);
  };
};

const fitsWithin = (context: Rule['context'], value: unknown): boolean => {
  if (context?.shape) return fits(value, [context.shape]);
  if (context?.each) return isObject(value) && Object.values(value).every((item) => fits(item, [context.each]));
  if (!context?.shapes) return true;
  return Array.isArray(value) && value.every((item) => fits(item, [context.shapes]));
};
