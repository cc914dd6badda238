import { IsIn, IsNumber, Max, Min } from 'class-validator';
import { type CommandsOf, type EventsOf, Personal } from '#kernel';
import {
  CODE,
  IsCode,
  IsId,
  IsLocalDate,
  IsReference,
  IsText,
  IsZone,
  MayBeAbsent,
  Nested,
  Rule,
  Texts,
  UUID,
} from '../vocabulary/rules.js';
import { fitsKind } from './contact-point.js';

const genders = ['female', 'male', 'other', 'undisclosed'] as const;
const contactKinds = ['phone', 'email', 'wechat', 'address'] as const;
const loginKinds = ['phone', 'email'] as const;
const purposes = ['private', 'work', 'billing', 'emergency'] as const;
const bases = ['deterministic', 'probabilistic'] as const;

const IsLocale = () =>
  Rule('isLocale', (value) => typeof value === 'string' && LOCALE.test(value), 'a locale like zh-CN');
const LOCALE = /^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/;
const IsContactValue = () =>
  Rule(
    'isContactValue',
    (value, { kind }: { kind?: unknown }) => typeof value === 'string' && value.length <= 500 && fitsKind(kind, value),
    'a phone in international form like +86 139 1234 5678, an e-mail, an account or an address, as its kind says',
    { max: 500 },
  );

/** How somebody came to us. */
class Acquisition {
  /** The way they came. */
  @IsCode() channel!: string;
  @MayBeAbsent() @IsCode() campaign?: string;
  @MayBeAbsent() @IsCode() partner?: string;
  /** The code of who sent them. */
  @MayBeAbsent() @IsCode() referralCode?: string;
}

/** What is known of anybody, a person or an organisation. */
class Somebody {
  @MayBeAbsent() @IsLocale() locale?: string;
  @MayBeAbsent() @IsZone() zone?: string;
  @MayBeAbsent() @IsCode() residencyRegion?: string;
  @MayBeAbsent() @Nested(Acquisition) acquisition?: Acquisition;
}

export class RegisterIndividual extends Somebody {
  @Personal('self') @MayBeAbsent() @IsText(200) name?: string;
  @Personal('self') @MayBeAbsent() @IsLocalDate() birthDate?: string;
  @Personal('self') @MayBeAbsent() @IsText(100) occupation?: string;
  @Personal('self') @MayBeAbsent() @IsIn(genders) gender?: (typeof genders)[number];
}

export class RegisterOrganization extends Somebody {
  @Personal('self') @MayBeAbsent() @IsText(200) legalName?: string;
  @Personal('self') @MayBeAbsent() @IsReference() creditCode?: string;
  @MayBeAbsent() @IsCode() industry?: string;
  @MayBeAbsent() @IsCode() size?: string;
  @MayBeAbsent() @IsId() parentOrgId?: string;
}

export class ChangeName {
  @Personal('self') @IsText(200) name!: string;
}

export class AddContactPoint {
  @IsIn(contactKinds) kind!: (typeof contactKinds)[number];
  @Personal('self') @IsContactValue() value!: string;
  @MayBeAbsent() @IsIn(purposes) purpose?: (typeof purposes)[number];
}

export class VerifyContactPoint {
  @IsReference() contactPointId!: string;
  @MayBeAbsent() @IsCode() method?: string;
}

export class BounceContactPoint {
  @IsReference() contactPointId!: string;
  @IsCode() reason!: string;
}

export class RemoveContactPoint {
  @IsReference() contactPointId!: string;
}

export class UseContactPointForLogin {
  @IsReference() contactPointId!: string;
}

export class StopLoginWith {
  @IsReference() contactPointId!: string;
}

export class LinkIdentifier {
  @IsCode() namespace!: string;
  @Personal('self') @IsText(200) value!: string;
  @MayBeAbsent() @IsIn(bases) basis?: (typeof bases)[number];
  @MayBeAbsent() @IsNumber() @Min(0) @Max(1) confidence?: number;
}

export class UnlinkIdentifier {
  @IsReference() identifierId!: string;
}

export class DeclarePreference {
  @IsCode() key!: string;
  @Personal('self') @IsText(200) value!: string;
  @MayBeAbsent() @IsCode() scope?: string;
}

export class ObservePreference extends DeclarePreference {
  @Texts(UUID, { min: 1 }) sourceEventIds!: readonly string[];
  @IsNumber() @Min(0) @Max(1) confidence!: number;
}

export class RetractPreference {
  @IsCode() key!: string;
  @MayBeAbsent() @IsCode() scope?: string;
}

export class RecordSpecialNeed {
  @Personal('self') @IsCode() code!: string;
  @Personal('self') @MayBeAbsent() @IsText(500) note?: string;
  @Personal('self') @MayBeAbsent() @IsLocalDate() validUntil?: string;
}

export class ClearSpecialNeed {
  @Personal('self') @IsCode() code!: string;
}

export class RecordDriverLicence {
  @Personal('self') @IsText(64) number!: string;
  @Personal('self') @IsLocalDate() issuedOn!: string;
  @Personal('self') @MayBeAbsent() @IsLocalDate() expiresOn?: string;
  @Personal('self') @MayBeAbsent() @IsCode() issuer?: string;
  @Personal('self') @MayBeAbsent() @IsCode() licenceClass?: string;
}

export class RecordIdentityDocument {
  @IsCode() documentType!: string;
  @Personal('self') @IsText(64) number!: string;
  @Personal('self') @MayBeAbsent() @IsLocalDate() issuedOn?: string;
  @Personal('self') @MayBeAbsent() @IsLocalDate() expiresOn?: string;
  @Personal('self') @MayBeAbsent() @IsCode() issuer?: string;
}

export class LinkOrgContact {
  @IsId() personId!: string;
  @Texts(CODE, { min: 1, max: 10 }) roles!: readonly string[];
  @MayBeAbsent() @IsLocalDate() validFrom?: string;
  @MayBeAbsent() @IsLocalDate() validUntil?: string;
}

export class UnlinkOrgContact {
  @IsId() personId!: string;
}

export class CloseCustomer {
  @MayBeAbsent() @IsCode() reason?: string;
}

export class ReopenCustomer {}

export class BlockCustomer {
  @IsCode() reason!: string;
}

export class UnblockCustomer {}

export class AssignCustomer {
  @IsCode() team!: string;
}

/** Said once the person's key is destroyed. */
export class ErasePersonalData {
  @MayBeAbsent() @IsCode() reason?: string;
}

export const commands = {
  RegisterIndividual,
  RegisterOrganization,
  ChangeName,
  AddContactPoint,
  VerifyContactPoint,
  BounceContactPoint,
  RemoveContactPoint,
  UseContactPointForLogin,
  StopLoginWith,
  LinkIdentifier,
  UnlinkIdentifier,
  DeclarePreference,
  ObservePreference,
  RetractPreference,
  RecordSpecialNeed,
  ClearSpecialNeed,
  RecordDriverLicence,
  RecordIdentityDocument,
  LinkOrgContact,
  UnlinkOrgContact,
  CloseCustomer,
  ReopenCustomer,
  BlockCustomer,
  UnblockCustomer,
  AssignCustomer,
  ErasePersonalData,
};
export type CustomerCommand = CommandsOf<typeof commands>;

// Storage format. Names are for ever; shapes move forward through upcasters.

class Registered {
  /** The language they are spoken to in. */
  @MayBeAbsent() @IsLocale() locale?: string;
  @MayBeAbsent() @IsZone() zone?: string;
  /** Where they live, as a region. */
  @MayBeAbsent() @IsCode() residencyRegion?: string;
  /** How they came to us. */
  @MayBeAbsent() @Nested(Acquisition) acquisition?: Acquisition;
}

export class IndividualRegistered extends Registered {
  /** The name. */
  @Personal('self') @MayBeAbsent() @IsText(200) name?: Personal<string>;
  /** The day of birth. */
  @Personal('self') @MayBeAbsent() @IsLocalDate() birthDate?: Personal<string>;
  /** What they do for a living. */
  @Personal('self') @MayBeAbsent() @IsText(100) occupation?: Personal<string>;
  /** The gender they gave. */
  @Personal('self') @MayBeAbsent() @IsIn(genders) gender?: Personal<(typeof genders)[number]>;
}

export class OrganizationRegistered extends Registered {
  /** The name in the register. */
  @Personal('self') @MayBeAbsent() @IsText(200) legalName?: Personal<string>;
  /** The number in the register. */
  @Personal('self') @MayBeAbsent() @IsReference() creditCode?: Personal<string>;
  /** The line of business. */
  @MayBeAbsent() @IsCode() industry?: string;
  /** How large it is. */
  @MayBeAbsent() @IsCode() size?: string;
  /** The organisation it belongs to. */
  @MayBeAbsent() @IsId() parentOrgId?: string;
}

export class NameChanged {
  /** The name from now on. */
  @Personal('self') @IsText(200) name!: Personal<string>;
}

export class ContactPointAdded {
  @IsReference() contactPointId!: string;
  @IsIn(contactKinds) kind!: (typeof contactKinds)[number];
  /** The number, the address or the account, in one spelling. */
  @Personal('self') @IsContactValue() value!: Personal<string>;
  /** What it is for. */
  @MayBeAbsent() @IsIn(purposes) purpose?: (typeof purposes)[number];
}

export class ContactPointVerified {
  @IsReference() contactPointId!: string;
  @MayBeAbsent() @IsCode() method?: string;
}

export class ContactPointBounced {
  @IsReference() contactPointId!: string;
  @IsCode() reason!: string;
}

export class ContactPointRemoved {
  @IsReference() contactPointId!: string;
}

export class LoginIdentifierSet {
  @IsReference() contactPointId!: string;
  @IsIn(loginKinds) kind!: (typeof loginKinds)[number];
  /** The number or the address, in one spelling. */
  @Personal('self') @IsContactValue() value!: Personal<string>;
}

export class LoginIdentifierReleased {
  @IsReference() contactPointId!: string;
}

export class IdentifierLinked {
  @IsReference() identifierId!: string;
  /** The system that calls them so. */
  @IsCode() namespace!: string;
  /** What they are called there. */
  @Personal('self') @IsText(200) value!: Personal<string>;
  /** Whether it is known or likely. */
  @MayBeAbsent() @IsIn(bases) basis?: (typeof bases)[number];
  @MayBeAbsent() @IsNumber() @Min(0) @Max(1) confidence?: number;
}

export class IdentifierUnlinked {
  @IsReference() identifierId!: string;
}

export class PreferenceDeclared {
  /** What it is about, such as the seat. */
  @IsCode() key!: string;
  /** What they prefer. */
  @Personal('self') @IsText(200) value!: Personal<string>;
  @MayBeAbsent() @IsCode() scope?: string;
}

export class PreferenceObserved {
  /** What it is about, such as the seat. */
  @IsCode() key!: string;
  /** What they seem to prefer. */
  @Personal('self') @IsText(200) value!: Personal<string>;
  @MayBeAbsent() @IsCode() scope?: string;
  /** The facts that say so. */
  @Texts(UUID, { min: 1 }) sourceEventIds!: readonly string[];
  @IsNumber() @Min(0) @Max(1) confidence!: number;
}

export class PreferenceRetracted {
  /** What it is about, such as the seat. */
  @IsCode() key!: string;
  @MayBeAbsent() @IsCode() scope?: string;
}

export class SpecialNeedRecorded {
  @Personal('self') @IsCode() code!: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsText(500) note?: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsLocalDate() validUntil?: Personal<string>;
}

export class SpecialNeedCleared {
  @Personal('self') @IsCode() code!: Personal<string>;
}

export class DriverLicenceRecorded {
  @Personal('self') @IsText(64) number!: Personal<string>;
  @Personal('self') @IsLocalDate() issuedOn!: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsLocalDate() expiresOn?: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsCode() issuer?: Personal<string>;
  /** What may be driven with it. */
  @Personal('self') @MayBeAbsent() @IsCode() licenceClass?: Personal<string>;
}

export class IdentityDocumentRecorded {
  /** Which kind of document. */
  @IsCode() documentType!: string;
  @Personal('self') @IsText(64) number!: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsLocalDate() issuedOn?: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsLocalDate() expiresOn?: Personal<string>;
  @Personal('self') @MayBeAbsent() @IsCode() issuer?: Personal<string>;
}

export class OrgContactLinked {
  @IsId() personId!: string;
  /** What they are to the organisation. */
  @Texts(CODE, { min: 1, max: 10 }) roles!: readonly string[];
  @MayBeAbsent() @IsLocalDate() validFrom?: string;
  @MayBeAbsent() @IsLocalDate() validUntil?: string;
}

export class OrgContactUnlinked {
  @IsId() personId!: string;
}

export class CustomerClosed {
  @MayBeAbsent() @IsCode() reason?: string;
}

export class CustomerReopened {}

export class CustomerBlocked {
  @IsCode() reason!: string;
}

export class CustomerUnblocked {}

/** Whose customer it is: the team that serves them. */
export class CustomerAssigned {
  @IsCode() team!: string;
}

/** The person's key is destroyed: what was personal in any fact before this one can no longer be read. */
export class PersonalDataErased {
  @MayBeAbsent() @IsCode() reason?: string;
}

export const events = {
  IndividualRegistered,
  OrganizationRegistered,
  NameChanged,
  ContactPointAdded,
  ContactPointVerified,
  ContactPointBounced,
  ContactPointRemoved,
  LoginIdentifierSet,
  LoginIdentifierReleased,
  IdentifierLinked,
  IdentifierUnlinked,
  PreferenceDeclared,
  PreferenceObserved,
  PreferenceRetracted,
  SpecialNeedRecorded,
  SpecialNeedCleared,
  DriverLicenceRecorded,
  IdentityDocumentRecorded,
  OrgContactLinked,
  OrgContactUnlinked,
  CustomerClosed,
  CustomerReopened,
  CustomerBlocked,
  CustomerUnblocked,
  CustomerAssigned,
  PersonalDataErased,
};
export type CustomerEvent = EventsOf<typeof events>;
