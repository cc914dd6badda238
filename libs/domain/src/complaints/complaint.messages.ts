import { IsIn } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import { IsCode, IsId, IsInstant, IsText, MayBeAbsent } from '../vocabulary/rules.js';

const severities = ['sev1', 'sev2', 'sev3', 'sev4'] as const;
const outcomes = ['upheld', 'partly_upheld', 'not_upheld'] as const;
type Severity = (typeof severities)[number];
type Outcome = (typeof outcomes)[number];

export class FileComplaint {
  @IsId() complainant!: string;
  @MayBeAbsent() @IsId() onBehalfOf?: string;
  @MayBeAbsent() @IsId() bookingId?: string;
  @MayBeAbsent() @IsCode() category?: string;
  @MayBeAbsent() @IsIn(severities) severity?: Severity;
  @Personal('complainant') @MayBeAbsent() @IsText(10_000) text?: string;
  @Personal('complainant') @MayBeAbsent() @IsText() desiredOutcome?: string;
  @MayBeAbsent() @IsInstant() incidentAt?: string;
}

export class AcknowledgeComplaint {
  @MayBeAbsent() @IsCode() medium?: string;
}

export class ClassifyComplaint {
  @IsCode() category!: string;
  @IsIn(severities) severity!: Severity;
}

export class AssignComplaint {
  @IsCode() team!: string;
  @MayBeAbsent() @IsCode() agent?: string;
}

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
}

export class ComplaintAcknowledged {
  /** How they were told. */
  @MayBeAbsent() @IsCode() medium?: string;
}

export class ComplaintClassified {
  @IsCode() category!: string;
  @IsIn(severities) severity!: Severity;
}

export class ComplaintAssigned {
  @IsCode() team!: string;
  /** Who of the team takes it. */
  @MayBeAbsent() @IsCode() agent?: string;
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

export const events = {
  ComplaintFiled,
  ComplaintAcknowledged,
  ComplaintClassified,
  ComplaintAssigned,
  ComplaintResolved,
  ComplaintClosed,
  ComplaintReopened,
  ComplaintWithdrawn,
};
export type ComplaintEvent = EventsOf<typeof events>;
