import type { Decision, Meta, Personal } from '#kernel';
import { isSame } from '../vocabulary/same.js';
import type { CustomerCommand, CustomerEvent } from './customer.messages.js';

export type Wishes = { [C in CustomerCommand as C['type']]: C['data'] };
export type Facts = { [E in CustomerEvent as E['type']]: E['data'] };
export type FactOf<T extends keyof Facts> = { [K in T]: Readonly<{ type: K; data: Facts[K] }> }[T];

export type ContactPoint = Readonly<{
  id: string;
  kind: string;
  value: Personal<string>;
  status: 'unverified' | 'verified' | 'bounced' | 'removed';
  verifiedOn?: string;
}>;
export type Identifier = Readonly<{ id: string; namespace: string; value: Personal<string>; linked: boolean }>;
export type PreferenceFact = FactOf<'PreferenceDeclared' | 'PreferenceObserved' | 'PreferenceRetracted'>;
export type SpecialNeedFact = FactOf<'SpecialNeedRecorded' | 'SpecialNeedCleared'>;
export type OrgContactFact = FactOf<'OrgContactLinked' | 'OrgContactUnlinked'>;
export type Registration = FactOf<'IndividualRegistered' | 'OrganizationRegistered'>;

/** Personal values are here only to recognise a repeat. Of a matter that changes its mind, the last fact is kept. */
export type Registered = Readonly<{
  status: 'open' | 'closed';
  blocked: boolean;
  registration: Registration;
  team: string | undefined;
  name: Personal<string> | undefined;
  contactPoints: readonly ContactPoint[];
  /** The contact points they log in with. */
  logins: readonly string[];
  identifiers: readonly Identifier[];
  preferences: readonly PreferenceFact[];
  specialNeeds: readonly SpecialNeedFact[];
  driverLicence?: Facts['DriverLicenceRecorded'];
  identityDocuments: readonly Facts['IdentityDocumentRecorded'][];
  orgContacts: readonly OrgContactFact[];
}>;
export type Customer = Readonly<{ status: 'none' }> | Readonly<{ status: 'erased' }> | Registered;

/** Said to whoever is there, and to nobody. */
type Always = 'RegisterIndividual' | 'RegisterOrganization' | 'ErasePersonalData';
export type Rules = {
  [T in Exclude<keyof Wishes, Always>]: (customer: Registered, data: Wishes[T], meta: Meta) => Decision<CustomerEvent>;
};
export type Folds = {
  [T in Exclude<keyof Facts, Registration['type'] | 'PersonalDataErased'>]: (
    customer: Registered,
    data: Facts[T],
    meta: Meta,
  ) => Registered;
};

/** Nothing when it is what was said last, else the fact itself. */
export const unlessSaid = (fact: CustomerEvent, last: CustomerEvent | undefined): readonly CustomerEvent[] =>
  isSame(fact, last) ? [] : [fact];

/** The list with an item in the place of the one about the same matter. */
export const replacing = <T>(items: readonly T[], item: T, isAbout: (other: T) => boolean): readonly T[] => [
  ...items.filter((other) => !isAbout(other)),
  item,
];
