import { type Decision, defineSlice, type Meta, type Policies, reject, type Stamped } from '#kernel';
import { businessCalendar, NoWorkingTime } from '../vocabulary/business-time.js';
import { isSame } from '../vocabulary/same.js';
import { commands, events, type PolicyCommand, type PolicyEvent, type PolicyPublished } from './policy.messages.js';

type Policy = Readonly<{ versions: readonly PolicyPublished[] }>;

/** The kind of rule that each command publishes. */
export const KINDS: Readonly<Record<PolicyCommand['type'], string>> = {
  PublishLoyaltyProgramme: 'loyalty',
  PublishCalendar: 'calendar',
  PublishHolidays: 'holidays',
  PublishExchangeRate: 'fx',
  PublishCallbackRules: 'callback',
};

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
  { type, data, meta }: Stamped<PolicyCommand>,
  { versions }: Policy,
  { company }: Policies,
): Decision<PolicyEvent> => {
  const { name: id, effectiveFrom = meta.occurredAt, body, ...correction } = data;
  const said = { kind: KINDS[type], id, version: versions.length + 1, effectiveFrom, body, ...correction };
  const isCorrection = correction.corrects !== undefined;
  if (!isCorrection && isSame(inForceAt(versions, effectiveFrom)?.body, body)) return [];
  if (isCorrection && versions.some((other) => isSame({ ...said, version: other.version }, other))) return [];
  if (type === 'PublishCalendar' && !passes(data.body)) return reject('calendar-without-working-time');
  if (type === 'PublishExchangeRate' && data.name === company.currency) return reject('rate-of-own-currency');
  const published: PolicyEvent = { type: 'PolicyPublished', data: said };
  return isCorrection ? corrected(published, versions) : followed(published, versions, meta);
};

const corrected = (event: PolicyEvent, versions: readonly PolicyPublished[]): Decision<PolicyEvent> => {
  const { corrects, reason } = event.data;
  if (reason === undefined) return reject('correction-without-reason');
  return standing(versions).some(({ version }) => version === corrects) ? [event] : reject('version-unknown');
};

const followed = (
  event: PolicyEvent,
  versions: readonly PolicyPublished[],
  { occurredAt }: Meta,
): Decision<PolicyEvent> => {
  const { effectiveFrom, reason } = event.data;
  if (reason !== undefined) return reject('reason-without-correction');
  if (effectiveFrom < occurredAt) return reject('effective-in-the-past');
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
export const policy = defineSlice<PolicyCommand, Policy, PolicyEvent>({
  category: 'policy',
  collection: 'policies',
  openings: [
    'PublishLoyaltyProgramme',
    'PublishCalendar',
    'PublishHolidays',
    'PublishExchangeRate',
    'PublishCallbackRules',
  ],
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
