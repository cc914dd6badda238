import { Matches } from 'class-validator';
import { IsCode, IsId, IsLocalDate, IsReference, IsZone, Texts } from '../vocabulary/rules.js';

// Storage format. Names are for ever; shapes move forward through upcasters.

/** The first fact of every log, in `log-meta`. */
export class LogOpened {
  /** The id of the log. */
  @IsId() logId!: string;
  /** The time zone in which the company’s days end. */
  @IsZone() zone!: string;
  /** The company’s currency, ISO 4217. */
  @Matches(/^[A-Z]{3}$/) currency!: string;
}

/** The company's day is over, in `clock-company`: the only way time reaches the core. */
export class DayClosed {
  /** The day that is over. */
  @IsLocalDate() date!: string;
  @IsZone() zone!: string;
}

/** A source said something else under an id it had used, in `sourceConflict-<commandId>`: the first word stands. */
export class SourceConflictRecorded {
  /** The stream that was said something else of. */
  @IsReference() stream!: string;
  /** The command under which both were said. */
  @IsId() commandId!: string;
}

/** Somebody read what is personal, in `access-<date>`; who it was is the actor. */
export class PersonalDataViewed {
  /** The customer whose data was read. */
  @IsId() subject!: string;
  /** Which fields were read. */
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
