import { getMetadataStorage, isObject } from 'class-validator';
import { type Misfit, misfits } from '#application';
import type { Class } from '#kernel';

type Plain = Readonly<Record<string, unknown>>;
type Check = (data: Plain) => boolean;
type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** As `misfits`, for data that mostly fits: its rules are looked up once, no message is made for what holds. */
export const misfitsOf = (data: object, shape: Class): readonly Misfit[] =>
  checkOf(shape)(data as Plain) ? [] : misfits(data, [shape]);

const checks = new WeakMap<Class, Check>();
const checkOf = (shape: Class): Check => {
  const known = checks.get(shape);
  if (known) return known;
  const check = compiled(shape);
  checks.set(shape, check);
  return check;
};

/** Says yes only where it is sure; on any rule it does not know it says no, and `misfits` has the word. */
const compiled = (shape: Class): Check => {
  const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', true, false);
  const fields = new Set(rules.map(({ propertyName }) => propertyName));
  const ofField = [...fields].map((field) => fieldCheck(field, rules));
  return (data) => Object.keys(data).every((field) => fields.has(field)) && ofField.every((check) => check(data));
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
  if (context?.shape) return isObject(value) && checkOf(context.shape)(value as Plain);
  if (!context?.shapes) return true;
  return Array.isArray(value) && value.every((item) => isObject(item) && checkOf(context.shapes)(item as Plain));
};
