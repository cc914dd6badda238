import { IsBoolean, IsIn, IsInt, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
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

export class RequestCallback {
  @IsId() requester!: string;
  @IsCode() topic!: string;
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
}

export class CompleteCallback {
  @MayBeAbsent() @IsCode() outcome?: string;
  @MayBeAbsent() @Nested(TimeWindow) callAgain?: TimeWindow;
  @Personal('requester') @MayBeAbsent() @IsText() note?: string;
}

export class MarkCallbackMissed {}

export class CancelCallback {
  @MayBeAbsent() @IsCode() reason?: string;
}

export const commands = { RequestCallback, RecordCallAttempt, CompleteCallback, MarkCallbackMissed, CancelCallback };
export type CallbackCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

export class CallbackRequested {
  @IsId() requester!: string;
  @IsCode() topic!: string;
  @ListOf(TimeWindow, { max: 5 }) windows!: readonly TimeWindow[];
  @IsZone() zone!: string;
  @MayBeAbsent() @IsReference() contactPointId?: string;
  @MayBeAbsent() @IsReference() relatedTo?: string;
  @Personal('requester') @MayBeAbsent() @IsText() note?: Personal<string>;
}

export class CallAttempted {
  @IsReference() attemptId!: string;
  @IsInt() @Min(1) n!: number;
  @IsIn(results) result!: Result;
  @MayBeAbsent() @IsInstant() startedAt?: string;
  @MayBeAbsent() @IsInt() @Min(0) durationSeconds?: number;
}

export class CallbackCompleted {
  @IsCode() topic!: string;
  @IsBoolean() late!: boolean;
  @MayBeAbsent() @IsCode() outcome?: string;
  @MayBeAbsent() @Nested(TimeWindow) callAgain?: TimeWindow;
  @Personal('requester') @MayBeAbsent() @IsText() note?: Personal<string>;
}

export class CallbackMissed {
  @IsCode() topic!: string;
  @IsInstant() dueBy!: string;
}

export class CallbackCancelled {
  @IsCode() topic!: string;
  @MayBeAbsent() @IsCode() reason?: string;
}

export const events = { CallbackRequested, CallAttempted, CallbackCompleted, CallbackMissed, CallbackCancelled };
export type CallbackEvent = EventsOf<typeof events>;
