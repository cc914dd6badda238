import type { Meaning } from '#kernel';
import type { FactOf, Facts } from './customer.js';

const plain = (summary: string, params?: Record<string, string>): Meaning =>
  params ? { sentiment: 0, summary, params } : { sentiment: 0, summary };

const meanings: { [T in keyof Facts]: (data: Facts[T]) => Meaning } = {
  IndividualRegistered: () => plain('individual-registered'),
  OrganizationRegistered: () => plain('organization-registered'),
  NameChanged: () => plain('name-changed'),
  ContactPointAdded: ({ kind }) => plain(`${kind}-added`),
  ContactPointVerified: ({ contactPointId }) => plain('contact-point-verified', { contactPoint: contactPointId }),
  ContactPointBounced: ({ contactPointId, reason }) =>
    plain('contact-point-bounced', { contactPoint: contactPointId, reason }),
  ContactPointRemoved: ({ contactPointId }) => plain('contact-point-removed', { contactPoint: contactPointId }),
  LoginIdentifierSet: ({ contactPointId }) => plain('login-set', { contactPoint: contactPointId }),
  LoginIdentifierReleased: ({ contactPointId }) => plain('login-released', { contactPoint: contactPointId }),
  IdentifierLinked: ({ namespace }) => plain('identifier-linked', { namespace }),
  IdentifierUnlinked: ({ identifierId }) => plain('identifier-unlinked', { identifier: identifierId }),
  PreferenceDeclared: ({ key }) => plain('preference-declared', { key }),
  PreferenceObserved: ({ key }) => plain('preference-observed', { key }),
  PreferenceRetracted: ({ key }) => plain('preference-retracted', { key }),
  SpecialNeedRecorded: () => plain('special-need-recorded'),
  SpecialNeedCleared: () => plain('special-need-cleared'),
  DriverLicenceRecorded: () => plain('driver-licence-recorded'),
  IdentityDocumentRecorded: ({ documentType }) => plain('identity-document-recorded', { documentType }),
  OrgContactLinked: ({ roles }) => plain('org-contact-linked', { roles: roles.join(', ') }),
  OrgContactUnlinked: () => plain('org-contact-unlinked'),
  CustomerClosed: ({ reason }) =>
    reason ? { sentiment: -1, summary: 'closed-because', params: { reason } } : { sentiment: -1, summary: 'closed' },
  CustomerReopened: () => ({ sentiment: 1, summary: 'reopened' }),
  CustomerBlocked: ({ reason }) => ({ sentiment: -1, summary: 'blocked', params: { reason } }),
  CustomerUnblocked: () => plain('unblocked'),
  CustomerAssigned: ({ team }) => plain('assigned', { team }),
  PersonalDataErased: () => plain('erased'),
};

export const touchpoint = <T extends keyof Facts>({ type, data }: FactOf<T>): Meaning => meanings[type](data);
