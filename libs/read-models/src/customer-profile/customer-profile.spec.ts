import type { customer } from '#domain';
import type { EventOf } from '#kernel';
import { at, view } from '#testing';
import { customerProfile } from './customer-profile.projection.js';

type CustomerEvent = EventOf<typeof customer>;
const { given } = view(customerProfile);
const profileAfter = (...events: readonly CustomerEvent[]) => ({
  is: (expected: object) =>
    given({ stream: 'customer-ann', events: [registered, ...events.map((event) => at(later, event))] })
      .on('2026-03-02')
      .then({ ann: expected }),
});

const registeredAt = '2026-03-01T09:00:00.000Z';
const later = '2026-03-01T10:00:00.000Z';

describe('the profile', () => {
  it('begins with the registration', () =>
    profileAfter().is({
      customerId: 'ann',
      kind: 'individual',
      status: 'registered',
      name: 'Ann',
      birthDate: '1990-02-28',
      acquisition: { channel: 'web' },
      locale: null,
      contactPoints: [],
      registeredAt,
      updatedAt: registeredAt,
    }));

  it('of an organisation has its legal name and the people who act for it', () =>
    given({ stream: 'customer-acme', events: [founded, contactLinked, secondContact, contactUnlinked] })
      .on('2026-03-02')
      .then({
        acme: {
          kind: 'organization',
          name: 'Acme',
          creditCode: '91310000',
          contacts: [{ personId: 'p1', roles: ['booker'] }],
        },
      }));

  it('knows the state of each contact point', () =>
    profileAfter(phone, email, verified, bounced, removed).is({
      updatedAt: later,
      contactPoints: [
        { contactPointId: 'c1', kind: 'phone', value: '+861', purpose: 'work', status: 'verified', verifiedAt: later },
      ],
    }));

  it('knows identifiers until they are unlinked', () =>
    profileAfter(linked('i1'), linked('i2'), { type: 'IdentifierUnlinked', data: { identifierId: 'i1' } }).is({
      identifiers: [{ identifierId: 'i2', namespace: 'crm', value: '42' }],
    }));

  it('believes what was told before what was seen', () => {
    const told = { key: 'seat', value: 'aisle', provenance: 'declared', lastConfirmedAt: later };
    profileAfter(seen('window'), declared, seen('window')).is({ preferences: [told] });
    profileAfter(seen('window'), seen('aisle')).is({
      preferences: [{ key: 'seat', value: 'aisle', provenance: 'observed', confidence: 0.8, sourceEventIds: ['e'] }],
    });
    profileAfter(declared, { type: 'PreferenceRetracted', data: { key: 'seat' } }).is({ preferences: [] });
    profileAfter(declared, { type: 'PreferenceRetracted', data: { key: 'seat', scope: 'business' } }).is({
      preferences: [told],
    });
  });

  it('shows special needs until they are cleared', () => {
    const recorded: CustomerEvent = { type: 'SpecialNeedRecorded', data: { code: 'wheelchair', note: 'manual' } };
    profileAfter(recorded).is({ specialNeeds: [{ code: 'wheelchair', note: 'manual' }] });
    profileAfter(recorded, { type: 'SpecialNeedCleared', data: { code: 'wheelchair' } }).is({ specialNeeds: [] });
  });

  it('keeps the latest licence and each document once', () => {
    const passport = { documentType: 'passport', number: 'P1' };
    const again = { ...passport, expiresOn: '2030-01-01' };
    profileAfter(
      { type: 'DriverLicenceRecorded', data: { number: 'L1', issuedOn: '2010-05-01' } },
      { type: 'IdentityDocumentRecorded', data: passport },
      { type: 'IdentityDocumentRecorded', data: again },
    ).is({ driverLicence: { number: 'L1', issuedOn: '2010-05-01' }, documents: [again] });
  });

  it('says whether the customer is blocked or closed, and why', () => {
    const blocked: CustomerEvent = { type: 'CustomerBlocked', data: { reason: 'fraud' } };
    const closed: CustomerEvent = { type: 'CustomerClosed', data: {} };
    profileAfter(blocked).is({ status: 'blocked', statusReason: 'fraud' });
    profileAfter(blocked, closed, { type: 'CustomerUnblocked', data: {} }).is({ status: 'closed' });
    profileAfter(closed, { type: 'CustomerReopened', data: {} }).is({ status: 'registered', statusReason: null });
  });

  it('has the last name told', () =>
    profileAfter({ type: 'NameChanged', data: { name: 'Anna' } }).is({ name: 'Anna' }));
});

const registered = at<CustomerEvent>(registeredAt, {
  type: 'IndividualRegistered',
  data: { name: 'Ann', birthDate: '1990-02-28', acquisition: { channel: 'web' } },
});
const founded: CustomerEvent = { type: 'OrganizationRegistered', data: { legalName: 'Acme', creditCode: '91310000' } };
const contactLinked: CustomerEvent = { type: 'OrgContactLinked', data: { personId: 'p1', roles: ['booker'] } };
const secondContact: CustomerEvent = { type: 'OrgContactLinked', data: { personId: 'p2', roles: ['payer'] } };
const contactUnlinked: CustomerEvent = { type: 'OrgContactUnlinked', data: { personId: 'p2' } };
const phone: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { contactPointId: 'c1', kind: 'phone', value: '+861', purpose: 'work' },
};
const email: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { contactPointId: 'c2', kind: 'email', value: 'a@b.cd' },
};
const verified: CustomerEvent = { type: 'ContactPointVerified', data: { contactPointId: 'c1' } };
const bounced: CustomerEvent = { type: 'ContactPointBounced', data: { contactPointId: 'c2', reason: 'full' } };
const removed: CustomerEvent = { type: 'ContactPointRemoved', data: { contactPointId: 'c2' } };
const declared: CustomerEvent = { type: 'PreferenceDeclared', data: { key: 'seat', value: 'aisle' } };
const linked = (identifierId: string): CustomerEvent => ({
  type: 'IdentifierLinked',
  data: { identifierId, namespace: 'crm', value: '42' },
});
const seen = (value: string): CustomerEvent => ({
  type: 'PreferenceObserved',
  data: { key: 'seat', value, confidence: 0.8, sourceEventIds: ['e'] },
});
