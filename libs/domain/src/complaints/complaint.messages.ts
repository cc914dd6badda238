import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import { CODE, IsCode, IsId, IsInstant, IsText, ListOf, MayBeAbsent, Nested, Texts } from '../vocabulary/rules.js';
import { type Milestone, milestones, Pledge, type Severity, severities, Target } from '../vocabulary/service-levels.js';

const outcomes = ['upheld', 'partly_upheld', 'not_upheld'] as const;
type Outcome = (typeof outcomes)[number];
const waits = ['waiting_customer', 'waiting_partner'] as const;
type Wait = (typeof waits)[number];
/** Why a person sees to it that others know. */
const occasions = ['severity', 'vip', 'regulator', 'media'] as const;
export type Occasion = (typeof occasions)[number];

/** The regimes whose statutory clocks it has: codes of the `sla` policy. */
const Regimes = () => Texts(CODE, { max: 10 });
/** The contracts that promise something of it: policies `sla.contract.<code>`. */
const Contracts = () => Texts(CODE, { max: 5 });

export class FileComplaint {
  @IsId() complainant!: string;
  @MayBeAbsent() @IsId() onBehalfOf?: string;
  @MayBeAbsent() @IsId() bookingId?: string;
  @MayBeAbsent() @IsCode() category?: string;
  @MayBeAbsent() @IsIn(severities) severity?: Severity;
  @Personal('complainant') @MayBeAbsent() @IsText(10_000) text?: string;
  @Personal('complainant') @MayBeAbsent() @IsText() desiredOutcome?: string;
  @MayBeAbsent() @IsInstant() incidentAt?: string;
  @MayBeAbsent() @Regimes() regulatory?: readonly string[];
  @MayBeAbsent() @IsCode() tierAtFiling?: string;
  @MayBeAbsent() @Contracts() contracts?: readonly string[];
}

export class AcknowledgeComplaint {
  @MayBeAbsent() @IsCode() medium?: string;
}

export class ClassifyComplaint {
  @IsCode() category!: string;
  @IsIn(severities) severity!: Severity;
  /** Left out, as what follows: as it was. */
  @MayBeAbsent() @Regimes() regulatory?: readonly string[];
  @MayBeAbsent() @IsCode() tierAtFiling?: string;
  @MayBeAbsent() @Contracts() contracts?: readonly string[];
}

export class AssignComplaint {
  @IsCode() team!: string;
  @MayBeAbsent() @IsCode() agent?: string;
}

/** One level up, once for each reason. */
export class EscalateComplaint {
  @IsIn(occasions) reason!: Occasion;
}

/** A substantive answer, not the mere word that it was received. */
export class RecordFirstResponse {
  @MayBeAbsent() @IsCode() medium?: string;
}

/** Nothing can be done until somebody else does something. */
export class PauseComplaint {
  @IsIn(waits) reason!: Wait;
}

export class ResumeComplaint {}

/** Raises what is due. */
export class CheckSlaClocks {}

/** Counts open clocks afresh, under the calendars of now. */
export class RecomputeSlaClocks {}

export class ResolveComplaint {
  @IsIn(outcomes) outcome!: Outcome;
  @MayBeAbsent() @IsCode() remedy?: string;
  @Personal('complainant') @MayBeAbsent() @IsText() explanation?: string;
}

export class CloseComplaint {}

export class ReopenComplaint {
  @IsCode() reason!: string;
}

export class WithdrawComplaint {}

export const commands = {
  FileComplaint,
  AcknowledgeComplaint,
  ClassifyComplaint,
  AssignComplaint,
  EscalateComplaint,
  RecordFirstResponse,
  PauseComplaint,
  ResumeComplaint,
  CheckSlaClocks,
  RecomputeSlaClocks,
  ResolveComplaint,
  CloseComplaint,
  ReopenComplaint,
  WithdrawComplaint,
};
export type ComplaintCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

export class ComplaintFiled {
  /** The customer who complains. */
  @IsId() complainant!: string;
  /** The customer for whom they do. */
  @MayBeAbsent() @IsId() onBehalfOf?: string;
  @MayBeAbsent() @IsId() bookingId?: string;
  @MayBeAbsent() @IsCode() category?: string;
  @MayBeAbsent() @IsIn(severities) severity?: Severity;
  /** The complaint in their words. */
  @Personal('complainant') @MayBeAbsent() @IsText(10_000) text?: Personal<string>;
  /** What would put it right, in their words. */
  @Personal('complainant') @MayBeAbsent() @IsText() desiredOutcome?: Personal<string>;
  /** When it happened. */
  @MayBeAbsent() @IsInstant() incidentAt?: string;
  @MayBeAbsent() @Regimes() regulatory?: readonly string[];
  @MayBeAbsent() @IsCode() tierAtFiling?: string;
  @MayBeAbsent() @Contracts() contracts?: readonly string[];
}

export class ComplaintAcknowledged {
  /** How they were told. */
  @MayBeAbsent() @IsCode() medium?: string;
}

export class ComplaintClassified {
  @IsCode() category!: string;
  @IsIn(severities) severity!: Severity;
  @MayBeAbsent() @Regimes() regulatory?: readonly string[];
  @MayBeAbsent() @IsCode() tierAtFiling?: string;
  @MayBeAbsent() @Contracts() contracts?: readonly string[];
}

export class ComplaintAssigned {
  @IsCode() team!: string;
  /** Who of the team takes it. */
  @MayBeAbsent() @IsCode() agent?: string;
}

const escalations = ['time', ...occasions] as const;

export class ComplaintEscalated {
  /** How far up it is now: 1, 2, … */
  @IsInt() @Min(1) level!: number;
  @IsIn(escalations) reason!: (typeof escalations)[number];
  /** Where it was time: of which clock. */
  @MayBeAbsent() @IsCode() clock?: string;
  /** How many per cent of that time were used; absent: all of it, or it was not time. */
  @MayBeAbsent() @IsInt() @Min(1) @Max(99) threshold?: number;
}

export class ComplaintResolved {
  /** Whether they were right. */
  @IsIn(outcomes) outcome!: Outcome;
  /** What was done for them. */
  @MayBeAbsent() @IsCode() remedy?: string;
  /** What they were told. */
  @Personal('complainant') @MayBeAbsent() @IsText() explanation?: Personal<string>;
}

export class ComplaintClosed {}

export class ComplaintReopened {
  @IsCode() reason!: string;
}

export class ComplaintWithdrawn {}

export class FirstResponseSent {
  @MayBeAbsent() @IsCode() medium?: string;
}

export class ComplaintPaused {
  @IsIn(waits) reason!: Wait;
}

export class ComplaintResumed {}

/** When a clock has used so many per cent of its time. */
export class Warning {
  @IsInt() @Min(1) @Max(99) threshold!: number;
  /** The instant at which that is so. */
  @IsInstant() at!: string;
}
const Warnings = () => ListOf(Warning, { min: 0, max: 10 });
/** Other rules, such as those of a contract, that promise something for the same clock. */
const Others = () => ListOf(Pledge, { min: 1, max: 10 });

/** `clock`: `acknowledgement`, `first_response`, `resolution`, or the name of a statutory one. */
export class SlaClockStarted {
  @IsCode() clock!: string;
  /** What stops it. */
  @IsIn(milestones) endsWith!: Milestone;
  /** Whether it stands still while we wait for somebody else. */
  @IsBoolean() pauses!: boolean;
  /** It counts from receipt, whether anybody works then or not. */
  @IsBoolean() isStatutory!: boolean;
  @Nested(Target) target!: Target;
  /** What it counts from: the filing, or the reopening. */
  @IsInstant() since!: string;
  /** When its time began to run: of our own clocks the next opening. */
  @IsInstant() startedAt!: string;
  @IsInstant() dueAt!: string;
  @Warnings() warnAt!: readonly Warning[];
  @MayBeAbsent() @Others() others?: readonly Pledge[];
}

export class SlaClockPaused {
  @IsCode() clock!: string;
  /** Working time that is left, in milliseconds; 0: it was overdue. */
  @IsInt() @Min(0) remainingMs!: number;
}

export class SlaClockResumed {
  @IsCode() clock!: string;
  @IsInstant() dueAt!: string;
  @Warnings() warnAt!: readonly Warning[];
}

const stops = ['acknowledged', 'responded', 'resolved', 'withdrawn', 'reclassified'] as const;
export type Stop = (typeof stops)[number];

export class SlaClockStopped {
  @IsCode() clock!: string;
  /** What stopped it. */
  @IsIn(stops) cause!: Stop;
  /** Whether it was in time; absent where nothing was reached. */
  @MayBeAbsent() @IsBoolean() met?: boolean;
  /** Working time that it took, without the time it was held, in milliseconds. */
  @IsInt() @Min(0) elapsedMs!: number;
}

export class SlaWarningRaised {
  @IsCode() clock!: string;
  @IsInt() @Min(1) @Max(99) threshold!: number;
  @IsInstant() dueAt!: string;
}

export class SlaBreached {
  @IsCode() clock!: string;
  @IsInstant() dueAt!: string;
  /** How long ago that was when it was noticed, in milliseconds by the clock on the wall. */
  @IsInt() @Min(0) overdueMs!: number;
}

const causes = ['priority', 'calendar', 'hold'] as const;
export type Cause = (typeof causes)[number];

export class SlaTargetChanged {
  @IsCode() clock!: string;
  /** Whether the priority changed, the calendar, or by a hold which of several promises is due first. */
  @IsIn(causes) cause!: Cause;
  @Nested(Target) target!: Target;
  /** When it was due before. */
  @IsInstant() wasDueAt!: string;
  @IsInstant() startedAt!: string;
  /** While it is held: when it would be due had the hold not begun. */
  @IsInstant() dueAt!: string;
  @Warnings() warnAt!: readonly Warning[];
  /** While it is held. */
  @MayBeAbsent() @IsInt() @Min(0) remainingMs?: number;
  @MayBeAbsent() @Others() others?: readonly Pledge[];
}

export const events = {
  ComplaintFiled,
  ComplaintAcknowledged,
  ComplaintClassified,
  ComplaintAssigned,
  ComplaintEscalated,
  ComplaintResolved,
  ComplaintClosed,
  ComplaintReopened,
  ComplaintWithdrawn,
  FirstResponseSent,
  ComplaintPaused,
  ComplaintResumed,
  SlaClockStarted,
  SlaClockPaused,
  SlaClockResumed,
  SlaClockStopped,
  SlaWarningRaised,
  SlaBreached,
  SlaTargetChanged,
};
export type ComplaintEvent = EventsOf<typeof events>;
