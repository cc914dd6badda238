import { type Decision, defineSlice, type Meta, type Policies, type Rejection, reject, type Stamped } from '#kernel';
import { businessCalendar, NoWorkingTime } from '../vocabulary/business-time.js';
import { type CalendarPolicies, calendarNeeds } from '../vocabulary/named-calendars.js';
import { calendarsIn } from '../vocabulary/promises.js';
import { isSame } from '../vocabulary/same.js';
import {
  commands,
  events,
  isOfFutureSchema,
  type PolicyCommand,
  type PolicyEvent,
  type PolicyPublished,
  type PublishSla,
} from './policy.messages.js';
import { faultInRoles, LOCKS_OUT } from './roles.js';

type Policy = Readonly<{ versions: readonly PolicyPublished[] }>;

/** The kind of rule that each command publishes. */
export const KINDS: Readonly<Record<PolicyCommand['type'], string>> = {
  PublishLoyaltyProgramme: 'loyalty',
  PublishCalendar: 'calendar',
  PublishHolidays: 'holidays',
  PublishExchangeRate: 'fx',
  PublishCallbackRules: 'callback',
  PublishSla: 'sla',
  PublishRoles: 'roles',
};

const OF_FUTURE_SCHEMA = 'policy-of-future-schema';

/** The rules of a version, or the no of who cannot tell what they say: a later release wrote them. */
export const bodyOf = (version: PolicyPublished): object | Rejection =>
  isOfFutureSchema(version) ? reject(OF_FUTURE_SCHEMA) : version.body;

/** The version in force at an instant: the last to begin of those that no other corrects. */
export const inForceAt = (versions: readonly PolicyPublished[], instant: string): PolicyPublished | undefined =>
  standing(versions)
    .filter(({ effectiveFrom }) => effectiveFrom <= instant)
    .reduce<PolicyPublished | undefined>(
      (last, next) => (last && last.effectiveFrom > next.effectiveFrom ? last : next),
      undefined,
    );

const standing = (versions: readonly PolicyPublished[]): readonly PolicyPublished[] => {
  const corrected = new Set(versions.map(({ corrects }) => corrects));
  return versions.filter(({ version }) => !corrected.has(version));
};

const decide = (
  command: Stamped<PolicyCommand>,
  { versions }: Policy,
  found: Policies<CalendarPolicies>,
): Decision<PolicyEvent> => {
  const { type, data, meta } = command;
  const { name: id, effectiveFrom = meta.occurredAt, body, ...more } = data;
  if (isOfFutureSchema(more)) return reject(OF_FUTURE_SCHEMA);
  const said = { kind: KINDS[type], id, version: versions.length + 1, effectiveFrom, body, ...more };
  const isCorrection = more.corrects !== undefined;
  if (!isCorrection && isSame(inForceAt(versions, effectiveFrom)?.body, body)) return [];
  if (isCorrection && versions.some((other) => isSame({ ...said, version: other.version }, other))) return [];
  const fault = faultIn(command, found);
  if (fault) return fault;
  const published: PolicyEvent = { type: 'PolicyPublished', data: said };
  const decision = isCorrection ? corrected(published, versions) : followed(published, versions, meta);
  return type === 'PublishRoles' && !inForceAt([...versions, said], meta.occurredAt) ? reject(LOCKS_OUT) : decision;
};

/** Why its rules would be no rules. */
const faultIn = (command: PolicyCommand, found: Policies<CalendarPolicies>): Rejection | undefined => {
  if (command.type === 'PublishRoles') return faultInRoles(command.data.body, Object.keys(KINDS));
  if (command.type === 'PublishCalendar' && !passes(command.data.body)) return reject('calendar-without-working-time');
  if (command.type === 'PublishExchangeRate')
    return command.data.name === found.company.currency ? reject('rate-of-own-currency') : undefined;
  const lost = command.type === 'PublishSla' ? faultInSla(command.data) : undefined;
  if (lost) return reject(lost);
  const isMissing = Object.keys(needs(command)).some((name) => !(name in found));
  if (!isMissing) return undefined;
  return reject(command.type === 'PublishSla' ? 'calendar-unknown' : 'holidays-unknown');
};

/** Promises that no complaint would ever come under. */
const faultInSla = ({ name, body }: PublishSla): string | undefined => {
  if (name === 'default') return undefined;
  if (!/^(tier|contract)\../.test(name)) return 'sla-for-nobody';
  return body.statutory.length > 0 ? 'laws-stand-in-default' : undefined;
};

/** The rules that these name. */
const needs = (command: PolicyCommand): Readonly<Record<string, string>> => {
  if (isOfFutureSchema(command.data)) return {};
  if (command.type === 'PublishSla') return calendarNeeds(calendarsIn(command.data.body), {});
  if (command.type !== 'PublishCalendar') return {};
  return Object.fromEntries(command.data.body.holidays.map((list) => [`holidays.${list}`, `holidays.${list}`]));
};

const corrected = (event: PolicyEvent, versions: readonly PolicyPublished[]): Decision<PolicyEvent> => {
  const { corrects, reason } = event.data;
  if (reason === undefined) return reject('correction-without-reason');
  return standing(versions).some(({ version }) => version === corrects) ? [event] : reject('version-unknown');
};

const followed = (
  event: PolicyEvent,
  versions: readonly PolicyPublished[],
  { occurredAt, backfill }: Meta,
): Decision<PolicyEvent> => {
  const { effectiveFrom, reason } = event.data;
  if (reason !== undefined) return reject('reason-without-correction');
  // What an import dates may only correct: that leaves a trace.
  if (backfill || effectiveFrom < occurredAt) return reject('effective-in-the-past');
  const isLast = standing(versions).every((other) => other.effectiveFrom < effectiveFrom);
  return isLast ? [event] : reject('versions-overlap');
};

const passes = (hours: Parameters<typeof businessCalendar>[0]): boolean => {
  try {
    return businessCalendar(hours, []) !== undefined;
  } catch (error) {
    if (error instanceof NoWorkingTime) return false;
    throw error;
  }
};

/** The rules of the company, in versions: what was decided under one names it, for ever. */
export const policy = defineSlice<PolicyCommand, Policy, PolicyEvent, CalendarPolicies>({
  category: 'policy',
  collection: 'policies',
  openings: [
    'PublishLoyaltyProgramme',
    'PublishCalendar',
    'PublishHolidays',
    'PublishExchangeRate',
    'PublishCallbackRules',
    'PublishSla',
    'PublishRoles',
  ],
  needs,
  named: ({ type, data }) => `${KINDS[type]}.${data.name}`,
  commands,
  events,
  upcasters: {},
  initial: { versions: [] },
  evolve: ({ versions }, { data }) => ({ versions: [...versions, data] }),
  decide,
  participants: () => [],
  touchpoint: () => null,
  words: { en: {}, zh: {} },
});
