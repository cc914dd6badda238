import { type AnyReaction, type AnySlice, type Class, touchpointThrough } from '#kernel';
import { events as companyEvents } from './company/company.messages.js';
import * as namedReactions from './reactions.js';
import * as namedSlices from './slices.js';

export { AccessDenied, DayClosed, LogOpened, PersonalDataViewed } from './company/company.messages.js';
export {
  type Clock,
  clocksAfter,
  dueFirst,
  isAsCounted,
  isOpenClock,
  nextMomentOf,
  pledgesOf,
} from './complaints/sla-clock.js';
export { normalised } from './customers/contact-point.js';
export { lapsedBy } from './loyalty/lapsing.js';
export { isExpired, isSpendable, type Lot, promisesOf } from './loyalty/lots.js';
export type { Enrolled } from './loyalty/loyalty-account.js';
export { endingOf } from './loyalty/loyalty-account.words.js';
export type { LoyaltyProgramme, PointsValuation } from './loyalty/loyalty-programme.messages.js';
export { roles as defaultRoles } from './policies/default-roles.js';
export { defaultPolicies } from './policies/defaults.js';
export { bodyOf, inForceAt, KINDS } from './policies/policy.decider.js';
export type { PolicyPublished } from './policies/policy.messages.js';
export { faultInRoles } from './policies/roles.js';
export { Roles } from './policies/roles.messages.js';
export { CALM, isNews, riskAnnounced, stageAnnounced } from './relationship/announcing.js';
export { type Contribution, netRevenueOn, nextRiskChange, type Risk, riskOn } from './relationship/churn.js';
export { type History, historyOf } from './relationship/history.js';
export { defaultParameters, PARAMETERS } from './relationship/parameters.js';
export type { AnnounceChurnRisk, AnnouncedEvent, Assessed } from './relationship/relationship.messages.js';
export { relationshipFacts, remember } from './relationship/remember.js';
export { nextStandingChange, type Standing, stageOn, standingOn } from './relationship/stage.js';
export { type Stage, stages } from './relationship/stage-rules.js';
export type { RelationshipEvent, RelationshipState } from './relationship/state.js';
export * from './slices.js';

/** Every kind of stream with a door. API, projector, CLI and catalogue are driven by this list. */
export const slices: readonly AnySlice[] = Object.values(namedSlices);

/** What is done because something happened. */
export const reactions: readonly AnyReaction[] = Object.values(namedReactions);

/** Every event there is, by its type. */
export const eventClasses: Readonly<Record<string, Class>> = Object.assign(
  { ...companyEvents },
  ...slices.map(({ events }) => events),
);

export const touchpointOf = touchpointThrough(slices);
export {
  endOfLocalDay,
  instantAt,
  instantsAt,
  isZone,
  localDayOf,
  startOfLocalDay,
  timeOfDay,
} from './vocabulary/calendar.js';
export { exponentOf, minorUnits } from './vocabulary/money.js';
export { type CalendarPolicies, calendarNamed, calendarNeeds } from './vocabulary/named-calendars.js';
export {
  CODE,
  IsCode,
  IsId,
  IsInstant,
  IsLocalDate,
  IsReference,
  IsText,
  MayBeAbsent,
  Rule,
  Texts,
  UUID,
} from './vocabulary/rules.js';
export { type Vertical, verticals } from './vocabulary/verticals.js';
