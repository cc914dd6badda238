import { IsDefined, IsIn, IsInt, IsObject, Matches, Min, ValidateIf } from 'class-validator';
import type { Class, CommandsOf, EventsOf } from '#kernel';
import { CallbackRules } from '../callbacks/callback.messages.js';
import { LoyaltyProgramme } from '../loyalty/loyalty-programme.messages.js';
import { ExchangeRate } from '../vocabulary/money.js';
import { IsCode, IsInstant, IsReference, MayBeAbsent, Nested } from '../vocabulary/rules.js';
import { ServiceLevels } from '../vocabulary/service-levels.js';
import { HolidayList, WorkingHours } from '../vocabulary/working-hours.js';
import { Roles } from './roles.messages.js';

/** The latest form in which a body of any kind may be written. */
const SCHEMA = 1;

/** Whether a later release reads that form: its body is nobody's to judge here. */
export const isOfFutureSchema = ({ schema = SCHEMA }: Readonly<{ schema?: number }>): boolean => schema > SCHEMA;

/** The rules themselves. */
const Body = (shape: Class) => (target: object, field: string) => {
  ValidateIf((said) => !isOfFutureSchema(said))(target, field);
  IsDefined()(target, field);
  Nested(shape)(target, field);
};

/** What every publication says beside its rules. */
class Publication {
  /** Left out: from the moment it is published. */
  @MayBeAbsent() @IsInstant() effectiveFrom?: string;
  /** The version that was wrong, in whose place this one is, also for the past. */
  @MayBeAbsent() @IsInt() @Min(1) corrects?: number;
  /** Why it was wrong. */
  @MayBeAbsent() @IsCode() reason?: string;
  /** In which version of its kind's form the body is written; left out: the first. */
  @MayBeAbsent() @IsInt() @Min(1) schema?: number;
}

class NamedPublication extends Publication {
  /** Which of its kind. */
  @IsCode() name!: string;
}

export class PublishLoyaltyProgramme extends NamedPublication {
  @Body(LoyaltyProgramme) body!: LoyaltyProgramme;
}

export class PublishCalendar extends NamedPublication {
  @Body(WorkingHours) body!: WorkingHours;
}

export class PublishHolidays extends NamedPublication {
  @Body(HolidayList) body!: HolidayList;
}

export class PublishExchangeRate extends Publication {
  /** The currency that is converted, into the company's. */
  @Matches(/^[A-Z]{3}$/, { message: '$property must be a currency like EUR' }) name!: string;
  @Body(ExchangeRate) body!: ExchangeRate;
}

export class PublishCallbackRules extends NamedPublication {
  @Body(CallbackRules) body!: CallbackRules;
}

export class PublishSla extends NamedPublication {
  @Body(ServiceLevels) body!: ServiceLevels;
}

export class PublishRoles extends Publication {
  /** There is one for the whole company. */
  @IsIn(['default']) name!: string;
  @Body(Roles) body!: Roles;
}

export const commands = {
  PublishLoyaltyProgramme,
  PublishCalendar,
  PublishHolidays,
  PublishExchangeRate,
  PublishCallbackRules,
  PublishSla,
  PublishRoles,
};
export type PolicyCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

/** One version of a rule, in `policy-<kind>.<id>`. */
export class PolicyPublished {
  /** Which kind of rule. */
  @IsCode() kind!: string;
  /** Which of its kind. */
  @IsReference() id!: string;
  @IsInt() @Min(1) version!: number;
  /** From when on it holds. */
  @IsInstant() effectiveFrom!: string;
  /** The rule itself; its shape depends on the kind. */
  @IsObject() body!: object;
  /** The version that was wrong, in whose place this one is. */
  @MayBeAbsent() @IsInt() @Min(1) corrects?: number;
  /** Why it was wrong. */
  @MayBeAbsent() @IsCode() reason?: string;
  /** In which version of its kind's form the body is written; absent: the first. */
  @MayBeAbsent() @IsInt() @Min(1) schema?: number;
}

export const events = { PolicyPublished };
export type PolicyEvent = EventsOf<typeof events>;
