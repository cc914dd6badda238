import { IsInt, IsObject, Min } from 'class-validator';
import type { CommandsOf, EventsOf } from '#kernel';
import { LoyaltyProgramme } from '../loyalty/loyalty-programme.messages.js';
import { IsCode, IsInstant, IsReference, MayBeAbsent, Nested } from '../vocabulary/rules.js';
import { HolidayList, WorkingHours } from '../vocabulary/working-hours.js';

/** What every publication says beside its rules. */
class Publication {
  /** Which of its kind. */
  @IsCode() name!: string;
  /** Left out: from the moment it is published. */
  @MayBeAbsent() @IsInstant() effectiveFrom?: string;
  /** The version that was wrong, in whose place this one is, also for the past. */
  @MayBeAbsent() @IsInt() @Min(1) corrects?: number;
  /** Why it was wrong. */
  @MayBeAbsent() @IsCode() reason?: string;
}

export class PublishLoyaltyProgramme extends Publication {
  @Nested(LoyaltyProgramme) body!: LoyaltyProgramme;
}

export class PublishCalendar extends Publication {
  @Nested(WorkingHours) body!: WorkingHours;
}

export class PublishHolidays extends Publication {
  @Nested(HolidayList) body!: HolidayList;
}

export const commands = { PublishLoyaltyProgramme, PublishCalendar, PublishHolidays };
export type PolicyCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

/** One version of a rule, in `policy-<kind>.<id>`. */
export class PolicyPublished {
  @IsCode() kind!: string;
  @IsReference() id!: string;
  @IsInt() @Min(1) version!: number;
  @IsInstant() effectiveFrom!: string;
  @IsObject() body!: object;
  @MayBeAbsent() @IsInt() @Min(1) corrects?: number;
  @MayBeAbsent() @IsCode() reason?: string;
}

export const events = { PolicyPublished };
export type PolicyEvent = EventsOf<typeof events>;
