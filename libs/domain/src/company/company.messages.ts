import { Matches } from 'class-validator';
import { IsCode, IsId, IsLocalDate, IsReference, IsZone, Texts } from '../vocabulary/rules.js';

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

/** A source said something else under an id it had used, in `sourceConflict-<commandId>`: the first word stands. */
export class SourceConflictRecorded {
  @IsReference() stream!: string;
  @IsId() commandId!: string;
}

/** Somebody read what is personal, in `access-<date>`; who it was is the actor. */
export class PersonalDataViewed {
  @IsId() subject!: string;
  @Texts(/^[a-zA-Z]+$/, { min: 1 }) fields!: readonly string[];
  /** What for, as whoever asked said. */
  @IsCode() purpose!: string;
  /** The question or command line that showed it. */
  @IsReference() through!: string;
}

/** Somebody asked for what is not theirs, in `access-<date>`. */
export class AccessDenied {
  @IsReference() through!: string;
}

export const events = {
  LogOpened,
  DayClosed,
  SourceConflictRecorded,
  PersonalDataViewed,
  AccessDenied,
};
