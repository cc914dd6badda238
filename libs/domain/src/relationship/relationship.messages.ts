import { IsIn, IsInt, IsNumber, Matches, Max, Min } from 'class-validator';
import type { CommandsOf, EventsOf } from '#kernel';
import { IsCode, IsLocalDate, ListOf, MayBeAbsent, Nested, Texts, UUID } from '../vocabulary/rules.js';
import { type Vertical, verticals } from '../vocabulary/verticals.js';
import { type Band, bands, signals } from './churn.js';
import { type Stage, stages } from './stage-rules.js';

const IsStage = () => IsIn(stages);
const IsPolicyVersion = () => Matches(/^relationship\.[a-z0-9-]+@\d{1,6}$/);
const IsScore = () => (prototype: object, field: string) => {
  for (const rule of [IsInt(), Min(0), Max(100)]) rule(prototype, field);
};

/** What the rule looked at. */
export class StageGrounds {
  /** The day of registration. */
  @MayBeAbsent() @IsLocalDate() registeredOn?: string;
  /** The first day with a completed service. */
  @MayBeAbsent() @IsLocalDate() firstServiceOn?: string;
  /** The last day with a completed service. */
  @MayBeAbsent() @IsLocalDate() lastServiceOn?: string;
  /** On how many days a service was completed. */
  @IsInt() @Min(0) services!: number;
  /** On how many days of the last year. */
  @IsInt() @Min(0) servicesInYear!: number;
  /** Days after which they are expected again. */
  @MayBeAbsent() @IsNumber() expectedInterval?: number;
  /** Whose bounds apply. */
  @MayBeAbsent() @IsIn(verticals) vertical?: Vertical;
}

/** A score, and the band that it lies in. */
export class Assessed {
  /** From 0, nothing speaks for it, to 100. */
  @IsScore() score!: number;
  /** The band that the score lies in. */
  @IsIn(bands) band!: Band;
}

/** A part of the score. */
export class RiskContribution {
  /** What speaks for leaving, or against it; `limit`: where the scale ends. */
  @IsIn(signals) signal!: (typeof signals)[number];
  /** What it adds to the score, or takes from it. */
  @IsInt() points!: number;
  /** What was found: days of silence, or a number of cases. */
  @IsNumber() value!: number;
  /** What would be usual. */
  @IsNumber() baseline!: number;
  /** The events that show it. */
  @Texts(UUID) eventIds!: readonly string[];
}

export class AnnounceStage {
  @MayBeAbsent() @IsStage() from?: Stage;
  @IsStage() to!: Stage;
  @IsLocalDate() since!: string;
  @MayBeAbsent() @IsIn(['reactivated']) overlay?: 'reactivated';
  @IsCode() rule!: string;
  @Nested(StageGrounds) inputs!: StageGrounds;
  @Texts(UUID) evidence!: readonly string[];
  @IsPolicyVersion() policyVersion!: string;
}

export class AnnounceChurnRisk extends Assessed {
  /** As it was seen before; it counts where nothing has been announced. */
  @MayBeAbsent() @Nested(Assessed) was?: Assessed;
  @ListOf(RiskContribution, { min: 0, max: 10 }) contributions!: readonly RiskContribution[];
  @IsPolicyVersion() policyVersion!: string;
}

export const commands = { AnnounceStage, AnnounceChurnRisk };
export type RelationshipCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

/** We conclude that the relationship is at another stage. */
export class LifecycleStageChanged {
  /** The stage before; absent: the first is announced. */
  @MayBeAbsent() @IsStage() from?: Stage;
  /** The stage now. */
  @IsStage() to!: Stage;
  /** The first day of the stage. */
  @IsLocalDate() since!: string;
  /** Beside the stage: back after a long silence. */
  @MayBeAbsent() @IsIn(['reactivated']) overlay?: 'reactivated';
  /** The rule that holds now. */
  @IsCode() rule!: string;
  /** What the rule looked at. */
  @Nested(StageGrounds) inputs!: StageGrounds;
  /** The events that show it. */
  @Texts(UUID) evidence!: readonly string[];
  /** By which parameters. */
  @IsPolicyVersion() policyVersion!: string;
}

/** We conclude that the risk of leaving is in another band, or has moved by ten points. */
export class ChurnRiskAssessed {
  /** From 0, nothing speaks for it, to 100. */
  @IsScore() score!: number;
  /** The band that the score lies in. */
  @IsIn(bands) band!: Band;
  /** What was announced before; where nothing was, what was seen. */
  @Nested(Assessed) previous!: Assessed;
  /** What the score is the sum of. */
  @ListOf(RiskContribution, { min: 0, max: 10 }) contributions!: readonly RiskContribution[];
  /** By which parameters. */
  @IsPolicyVersion() policyVersion!: string;
}

export const events = { LifecycleStageChanged, ChurnRiskAssessed };
export type AnnouncedEvent = EventsOf<typeof events>;
