import { Matches } from 'class-validator';
import { isLocalDate } from '#kernel';
import { IsReference, IsText, IsZone, ListOf, Nested, Rule, Texts } from './rules.js';

// Bodies of policies: part of the storage format.

/** From one wall-clock time to another of the same local day; a night is two shifts. */
export class Shift {
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/) from!: string;
  @Matches(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/) to!: string;
}

const areInOrder = (shifts: unknown): boolean =>
  Array.isArray(shifts) && shifts.every(({ from, to }, at) => from < to && (at === 0 || shifts[at - 1].to <= from));

/** What is worked on one day; lunch is what lies between two shifts. */
const Shifts = () => (target: object, field: string) => {
  ListOf(Shift, { min: 0, max: 10 })(target, field);
  Rule(
    'shiftsInOrder',
    areInOrder,
    'shifts that end after they begin, in their order, without overlapping',
  )(target, field);
};

export class Week {
  @Shifts() monday!: readonly Shift[];
  @Shifts() tuesday!: readonly Shift[];
  @Shifts() wednesday!: readonly Shift[];
  @Shifts() thursday!: readonly Shift[];
  @Shifts() friday!: readonly Shift[];
  @Shifts() saturday!: readonly Shift[];
  @Shifts() sunday!: readonly Shift[];
}

/** `calendar`: when somebody works. */
export class WorkingHours {
  @IsZone() zone!: string;
  @Nested(Week) week!: Week;
  /** The lists of holidays that are kept: ids of `holidays` policies. Beyond their last year the week alone counts. */
  @Texts(/^[\w.:/-]{1,64}$/, { max: 10 }) holidays!: readonly string[];
  /** What is worked on a day that is made up for; none: such days are not kept. */
  @Shifts() makeUpDay!: readonly Shift[];
}

const areDays = (days: unknown): boolean =>
  Array.isArray(days) && days.every((day, at) => isLocalDate(day) && (at === 0 || days[at - 1] < day));

const Days = () => Rule('daysInOrder', areDays, 'days like 2026-03-01, each once, in their order');

/** `holidays`: the public holidays of a region. */
export class HolidayList {
  @IsText(200) source!: string;
  @IsReference() region!: string;
  @Days() daysOff!: readonly string[];
  /** Days of a weekend on which work is made up for. */
  @Days() makeUpDays!: readonly string[];
}
