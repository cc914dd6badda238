import { IsInt, IsObject, Matches, Min } from 'class-validator';
import { IsCode, IsId, IsInstant, IsLocalDate, IsReference, IsZone } from '../vocabulary/rules.js';

// Storage format. Names are for ever; shapes move forward through upcasters.

/** The first fact of every log, in `log-meta`. */
export class LogOpened {
  @IsId() logId!: string;
  @IsZone() zone!: string;
  @Matches(/^[A-Z]{3}$/) currency!: string;
}

/** The company's day is over, in `clock-company`: the only way time reaches the core. */
export class DayClosed {
  @IsLocalDate() date!: string;
  @IsZone() zone!: string;
}

/** One version of a rule, in `policy-<kind>.<id>`. */
export class PolicyPublished {
  @IsCode() kind!: string;
  @IsReference() id!: string;
  @IsInt() @Min(1) version!: number;
  @IsInstant() effectiveFrom!: string;
  @IsObject() body!: object;
}

export const events = { LogOpened, DayClosed, PolicyPublished };
