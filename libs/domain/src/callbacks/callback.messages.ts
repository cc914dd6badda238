import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import { QuietHours } from '../vocabulary/quiet-hours.js';
import {
  IsCode,
  IsId,
  IsInstant,
  IsReference,
  IsText,
  IsZone,
  ListOf,
  MayBeAbsent,
  Nested,
} from '../vocabulary/rules.js';
import { TimeWindow } from '../vocabulary/time-window.js';

const results = ['reached', 'no_answer', 'busy', 'wrong_number', 'voicemail', 'refused'] as const;
type Result = (typeof results)[number];

/** Who wished for it: the customer, or we, for that reason. */
const kinds = ['customer', 'post_service', 'periodic', 'vip_deep', 'win_back', 'complaint'] as const;
export type CallbackKind = (typeof kinds)[number];

export class RequestCallback {
  @IsId() requester!: string;
  @IsCode() topic!: string;
  @MayBeAbsent() @IsIn(kinds) kind?: CallbackKind;
  @ListOf(TimeWindow, { max: 5 }) windows!: readonly TimeWindow[];
  @MayBeAbsent() @IsZone() zone?: string;
  @MayBeAbsent() @IsReference() contactPointId?: string;
  @MayBeAbsent() @IsReference() relatedTo?: string;
  @Personal('requester') @MayBeAbsent() @IsText() note?: string;
}

export class RecordCallAttempt {
  @IsReference() attemptId!: string;
  @IsIn(results) result!: Result;
  @MayBeAbsent() @IsInstant() startedAt?: string;
  @MayBeAbsent() @IsInt() @Min(0) durationSeconds?: number;
  /** They reached us: our rules for calling do not hold, and it is no attempt of ours. */
  @MayBeAbsent() @IsBoolean() theyCalled?: boolean;
}

export class RescheduleCallback {
  @ListOf(TimeWindow, { max: 5 }) windows!: readonly TimeWindow[];
  @MayBeAbsent() @IsZone() zone?: string;
}

export class CompleteCallback {
  @MayBeAbsent() @IsCode() outcome?: string;
  @MayBeAbsent() @Nested(TimeWindow) callAgain?: TimeWindow;
  @Personal('requester') @MayBeAbsent() @IsText() note?: string;
}

export class MarkCallbackMissed {}

/** A missed one that nobody made good in time. */
export class ExpireCallback {}

export class CancelCallback {
  @MayBeAbsent() @IsCode() reason?: string;
}

export const commands = {
  RequestCallback,
  RecordCallAttempt,
  RescheduleCallback,
  CompleteCallback,
  MarkCallbackMissed,
  ExpireCallback,
  CancelCallback,
};
export type CallbackCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

export class CallbackRequested {
  @IsId() requester!: string;
  @IsCode() topic!: string;
  /** A follow-up of ours, and why; left out: the customer wished for the call. */
  @MayBeAbsent() @IsIn(kinds) kind?: CallbackKind;
  /** When a call is welcome. */
  @ListOf(TimeWindow, { max: 5 }) windows!: readonly TimeWindow[];
  @IsZone() zone!: string;
  @MayBeAbsent() @IsReference() contactPointId?: string;
  /** The stream or the ticket it is about. */
  @MayBeAbsent() @IsReference() relatedTo?: string;
  @Personal('requester') @MayBeAbsent() @IsText() note?: Personal<string>;
}

export class CallAttempted {
  @IsReference() attemptId!: string;
  /** Which attempt it was: 1, 2, … */
  @IsInt() @Min(1) n!: number;
  /** How it ended. */
  @IsIn(results) result!: Result;
  /** When it began to ring. */
  @MayBeAbsent() @IsInstant() startedAt?: string;
  /** How long it lasted. */
  @MayBeAbsent() @IsInt() @Min(0) durationSeconds?: number;
  /** Whether they called us. */
  @MayBeAbsent() @IsBoolean() theyCalled?: boolean;
}

/** Another promise in the place of the first. */
export class CallbackRescheduled {
  @IsCode() topic!: string;
  /** When a call is welcome now. */
  @ListOf(TimeWindow, { max: 5 }) windows!: readonly TimeWindow[];
  @IsZone() zone!: string;
}

export class CallbackCompleted {
  @IsCode() topic!: string;
  /** Whether the last window had passed. */
  @IsBoolean() late!: boolean;
  /** What came of it. */
  @MayBeAbsent() @IsCode() outcome?: string;
  @MayBeAbsent() @Nested(TimeWindow) callAgain?: TimeWindow;
  @Personal('requester') @MayBeAbsent() @IsText() note?: Personal<string>;
}

export class CallbackMissed {
  @IsCode() topic!: string;
  /** When the last window ended. */
  @IsInstant() dueBy!: string;
  /** Until then it may be made good. */
  @MayBeAbsent() @IsInstant() expiresAt?: string;
}

const ends = ['time_passed', 'attempts_used_up'] as const;

export class CallbackExpired {
  @IsCode() topic!: string;
  @IsIn(ends) reason!: (typeof ends)[number];
}

export class CallbackCancelled {
  @IsCode() topic!: string;
  @MayBeAbsent() @IsCode() reason?: string;
}

export const events = {
  CallbackRequested,
  CallAttempted,
  CallbackRescheduled,
  CallbackCompleted,
  CallbackMissed,
  CallbackExpired,
  CallbackCancelled,
};
export type CallbackEvent = EventsOf<typeof events>;

// The body of a policy: part of the storage format.

/** `callback`: when we may call, how often, and how long a missed call may be made good. */
export class CallbackRules {
  /** In the customer's zone; a window that they asked for goes before. */
  @Nested(QuietHours) quietHours!: QuietHours;
  @IsInt() @Min(1) @Max(100) maxAttempts!: number;
  @IsInt() @Min(0) @Max(720) hoursApart!: number;
  @IsInt() @Min(1) @Max(100) mostADay!: number;
  /** From the end of the last window on. */
  @IsInt() @Min(1) @Max(8784) expiryHours!: number;
}
