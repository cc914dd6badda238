import { IsIn, IsInt, Max, Min } from 'class-validator';
import { IsCode, IsText, ListOf, MayBeAbsent, Nested, Rule } from './rules.js';

// Bodies of policies: part of the storage format.

export const severities = ['sev1', 'sev2', 'sev3', 'sev4'] as const;
export type Severity = (typeof severities)[number];

/** What a clock waits for. What answers more answers less too: who resolves has responded, who responds has acknowledged. */
export const milestones = ['acknowledgement', 'first_response', 'resolution'] as const;
export type Milestone = (typeof milestones)[number];

const hasOneLength = (_: unknown, target: object): boolean =>
  (Reflect.get(target, 'minutes') === undefined) !== (Reflect.get(target, 'workingDays') === undefined);

/** How long something may take, in the working time of a calendar. */
export class Target {
  /** The id of a `calendar` policy. */
  @IsCode()
  @Rule('oneLength', hasOneLength, 'followed by either minutes or workingDays')
  calendar!: string;
  /** Of working time. */
  @MayBeAbsent() @IsInt() @Min(1) @Max(525_600) minutes?: number;
  /** After the day it begins on; due when the last of them closes. */
  @MayBeAbsent() @IsInt() @Min(1) @Max(365) workingDays?: number;
}

const areThresholds = (values: unknown): boolean =>
  Array.isArray(values) &&
  values.length <= 10 &&
  values.every((value, at) => Number.isInteger(value) && value > (at === 0 ? 0 : values[at - 1]) && value < 100);

/** At which per cent of its time a clock warns. */
const Thresholds = () =>
  Rule('thresholds', areThresholds, 'whole per cents between 0 and 100, each once, in their order');

/** What one rule promises of one clock. */
export class Pledge {
  @Nested(Target) target!: Target;
  @Thresholds() warnAt!: readonly number[];
}

/** What is promised for one severity. */
export class Promised {
  @Nested(Target) acknowledgement!: Target;
  @Nested(Target) firstResponse!: Target;
  @Nested(Target) resolution!: Target;
  @Thresholds() warnAt!: readonly number[];
}

/** A clock that a law sets: it counts from receipt and no hold of ours stops it. */
export class StatutoryClock {
  @IsCode() clock!: string;
  /** The complaints that fall under this regime have it. */
  @IsCode() regime!: string;
  @IsIn(milestones) endsWith!: Milestone;
  @Nested(Target) target!: Target;
  @Thresholds() warnAt!: readonly number[];
  @IsText(200) source!: string;
}

const areNamedApart = (clocks: unknown): boolean => {
  const names: unknown[] = Array.isArray(clocks) ? clocks.map((one) => Reflect.get(Object(one), 'clock')) : [];
  return new Set([...names, ...milestones]).size === names.length + milestones.length;
};

/**
 * `sla`: what complainants are promised. `default` to everybody, `tier.<tier>` to customers of a tier, `contract.<id>` by a
 * contract; what is due first counts. Laws stand in `default` alone.
 */
export class ServiceLevels {
  @Nested(Promised) sev1!: Promised;
  @Nested(Promised) sev2!: Promised;
  @Nested(Promised) sev3!: Promised;
  @Nested(Promised) sev4!: Promised;
  /** What counts until somebody says how severe it is. */
  @IsIn(severities) unclassified!: Severity;
  @ListOf(StatutoryClock, { min: 0, max: 50 })
  @Rule('namedApart', areNamedApart, 'clocks with names of their own')
  statutory!: readonly StatutoryClock[];
}
