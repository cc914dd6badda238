import { specification } from '#testing';
import { customer } from './customer.decider.js';
import type { CustomerCommand, CustomerEvent } from './customer.messages.js';

const { given } = specification(customer);

describe('a customer', () => {
  it('registers as an individual', () => given().when(registerLi).then(li));
  it('registers as an organisation', () => given().when(registerAcme).then(acme));
  it('registered again is registered once', () => given(li, renamed).when(registerLi).thenNothing());
  it('is recognised in whatever order the fields come', () => given(li).when(registerLiInOrder).thenNothing());
  it('keeps an id to itself', () => given(li).when(registerWang).thenRejected('customer-id-taken'));
  it('came once, by one way', () => given(li).when(registerLiFromElsewhere).thenRejected('customer-id-taken'));
  it('is an individual or an organisation', () => given(li).when(registerAcme).thenRejected('customer-id-taken'));
  it('is known by registering only', () => given().when(rename).thenRejected('customer-unknown'));
  it('is no concern of anybody before', () => given(renamed).concerns());
  it('concerns itself', () => given(li).concerns({ id: 'any', role: 'self' }));
  it('concerns nobody else, whoever is its contact', () => given(acme, linked).concerns({ id: 'any', role: 'self' }));
  it('may change the name', () => given(li).when(rename).then(renamed));
  it('keeps a name that is the same', () => given(li).when(renameToTheSame).thenNothing());
  it('of a company keeps a name that is the same, too', () => given(acme).when(renameToAcme).thenNothing());
});

describe('a customer who is forgotten', () => {
  it('is erased, known or not', () => {
    given(li, renamed).when(erase).then(erased);
    given().when(erase).then(erased);
  });
  it('is erased once', () => given(li, erased).when(erase).thenNothing());
  it('stays so', () => {
    given(li, erased).when(rename).thenRejected('customer-erased');
    given(li, erased).when(registerLi).thenRejected('customer-erased');
  });
  it('is still somebody', () => given(li, erased).concerns({ id: 'any', role: 'self' }));
  it('was folded from facts that say no more what they said', () => {
    const gone = { erased: true } as const;
    const history: readonly CustomerEvent[] = [
      { type: 'IndividualRegistered', data: { name: gone } },
      { type: 'ContactPointAdded', data: { contactPointId: 'c1', kind: 'phone', value: gone } },
      { type: 'IdentifierLinked', data: { identifierId: 'i1', namespace: 'crm', value: gone } },
      { type: 'SpecialNeedRecorded', data: { code: gone } },
      { type: 'SpecialNeedCleared', data: { code: gone } },
      { type: 'PreferenceDeclared', data: { key: 'seat', value: gone } },
      { type: 'IdentityDocumentRecorded', data: { documentType: 'passport', number: gone } },
      { type: 'DriverLicenceRecorded', data: { number: gone, issuedOn: gone } },
      erased,
    ];
    given(...history)
      .when(erase)
      .thenNothing();
  });
});

describe('a customer of a team', () => {
  it('is assigned to it', () => given(li).when(assign).then(assigned));
  it('is assigned once', () => given(li, assigned).when(assign).thenNothing());
});

describe('an identifier', () => {
  it('is numbered', () => given(li).when(link).then(identified));
  it('is linked once', () => given(li, identified).when(link).thenNothing());
  it('belongs to a namespace', () => given(li, identified).when(linkElsewhere).then(identifiedElsewhere));
  it('has a value in it', () => given(li, identified).when(linkOther).then(identifiedAsOther));
  it('is unlinked', () => given(li, identified, identifiedElsewhere).when(unlink).then(unlinked));
  it('unlinked twice is unlinked once', () => given(li, identified, unlinked).when(unlink).thenNothing());
  it('unlinked can be linked anew', () => given(li, identified, unlinked).when(link).then(identifiedAgain));
  it('leaves the others linked', () =>
    given(li, identified, identifiedElsewhere, unlinked).when(linkElsewhere).thenNothing());
  it('has to be there', () => given(li).when(unlink).thenRejected('identifier-unknown'));
});

describe('a preference', () => {
  it('is declared', () => given(li).when(declare).then(declared));
  it('declared twice is declared once', () => given(li, declared).when(declare).thenNothing());
  it('may change', () => given(li, declared).when(declareOtherwise).then(declaredOtherwise));
  it('may change back', () => given(li, declared, declaredOtherwise).when(declare).then(declared));
  it('may differ by scope', () => given(li, declared).when(declareOnTrains).then(declaredOnTrains));
  it('in one scope says nothing of the other', () => given(li, declared, declaredOnTrains).when(declare).thenNothing());
  it('is observed', () => given(li).when(observe).then(observed));
  it('observed in the same facts is observed once', () => given(li, observed).when(observe).thenNothing());
  it('is observed anew in new facts', () => given(li, observed).when(observeMore).then(observedMore));
  it('declared beats one observed', () => given(li, observed).when(declare).then(declared));
  it('observed says nothing against one declared', () => given(li, declared).when(observe).thenNothing());
  it('declared in another scope lets us observe', () => given(li, declaredOnTrains).when(observe).then(observed));
  it('is retracted', () => given(li, declared).when(retract).then(retracted));
  it('retracted twice is retracted once', () => given(li, declared, retracted).when(retract).thenNothing());
  it('retracted may be observed', () => given(li, declared, retracted).when(observe).then(observed));
  it('has to be there', () => given(li, declaredOnTrains).when(retract).thenRejected('preference-unknown'));
});

describe('a special need', () => {
  it('is recorded', () => given(li).when(need).then(needed));
  it('recorded twice is recorded once', () => given(li, needed).when(need).thenNothing());
  it('may be told more exactly', () => given(li, needed).when(needUntil).then(neededUntil));
  it('stands beside others', () => given(li, neededChildSeat).when(need).then(needed));
  it('is cleared', () => given(li, neededChildSeat, needed).when(clear).then(cleared));
  it('cleared twice is cleared once', () => given(li, needed, cleared).when(clear).thenNothing());
  it('cleared may come back', () => given(li, needed, cleared).when(need).then(needed));
  it('has to be there', () => given(li, neededChildSeat).when(clear).thenRejected('special-need-unknown'));
});

describe('the papers of an individual', () => {
  it('are a driving licence', () => given(li).when(recordLicence).then(licensed));
  it('are recorded once', () => given(li, licensed, passport).when(recordLicence).thenNothing());
  it('are renewed', () => given(li, licensed).when(recordNewLicence).then(licensedAnew));
  it('are identity documents', () => given(li, visa).when(recordPassport).then(passport));
  it('are recorded once each', () => given(li, passport, visa).when(recordPassport).thenNothing());
  it('are renewed each', () => given(li, passport, visa).when(recordLongerPassport).then(longerPassport));
  it('may be two of a kind', () => given(li, passport).when(recordSecondPassport).then(secondPassport));
  it('are not for organisations', () => {
    for (const command of [recordLicence, recordPassport]) given(acme).when(command).thenRejected('not-an-individual');
  });
});

describe('the contact of an organisation', () => {
  it('is linked', () => given(acme).when(linkContact).then(linked));
  it('is linked once', () => given(acme, linked).when(linkContact).thenNothing());
  it('is not linked twice', () =>
    given(acme, linked).when(linkContactOtherwise).thenRejected('org-contact-already-linked'));
  it('is one of several', () => given(acme, linked).when(linkSecond).then(linkedSecond));
  it('is unlinked', () => given(acme, linked, linkedSecond).when(unlinkContact).then(unlinkedContact));
  it('unlinked twice is unlinked once', () => given(acme, linked, unlinkedContact).when(unlinkContact).thenNothing());
  it('unlinked can be linked otherwise', () =>
    given(acme, linked, unlinkedContact).when(linkContactOtherwise).then(linkedOtherwise));
  it('has to be there', () => given(acme, linkedSecond).when(unlinkContact).thenRejected('org-contact-unknown'));
  it('is not for individuals', () => {
    for (const command of [linkContact, unlinkContact]) given(li).when(command).thenRejected('not-an-organization');
  });
});

describe('the standing of a customer', () => {
  it('ends by closing', () => given(li).when(close).then(closed));
  it('closed twice is closed once', () => given(li, closed).when(close).thenNothing());
  it('resumes by reopening', () => given(li, closed).when(reopen).then(reopened));
  it('open is not reopened', () => given(li).when(reopen).thenNothing());
  it('reopened is as before', () => given(li, phoneAdded, closed, reopened).when(addPhone).thenNothing());
  it('closed takes nothing but to be reopened', () => {
    for (const command of [registerLi, rename, addPhone, block, unblock])
      given(li, closed).when(command).thenRejected('customer-closed');
  });
  it('closed still keeps its id', () => given(li, closed).when(registerWang).thenRejected('customer-id-taken'));
  it('may be blocked', () => given(li).when(block).then(blocked));
  it('blocked twice is blocked once', () => given(li, blocked).when(block).thenNothing());
  it('blocked may still be corrected', () => given(li, blocked).when(rename).then(renamed));
  it('blocked is not unblocked by reopening', () => given(li, blocked, closed, reopened).when(block).thenNothing());
  it('may be unblocked', () => given(li, blocked).when(unblock).then(unblocked));
  it('unblocked twice is unblocked once', () => given(li, blocked, unblocked).when(unblock).thenNothing());
});

const person = '01900000-0000-7000-8000-0000000000c1';
const colleague = '01900000-0000-7000-8000-0000000000c2';
const fact = '01900000-0000-7000-8000-0000000000f1';
const another = '01900000-0000-7000-8000-0000000000f2';
const liNa = {
  name: 'Li Na',
  locale: 'zh-CN',
  birthDate: '1988-04-02',
  acquisition: { channel: 'app', campaign: 'spring' },
};
const liNaInOrder = {
  acquisition: { campaign: 'spring', channel: 'app' },
  locale: 'zh-CN',
  birthDate: '1988-04-02',
  name: 'Li Na',
};
const company = { legalName: 'Acme', creditCode: '91310000MA1K', industry: 'steel' };
const phone = { kind: 'phone', purpose: 'work' } as const;
const seat = { key: 'seat', value: 'by the window' };
const seen = { key: 'seat', value: 'on the aisle', sourceEventIds: [fact], confidence: 0.8 };
const wheelchair = { code: 'wheelchair', note: 'folds' };
const licence = { number: 'D-4711', issuedOn: '2010-05-01', issuer: 'shanghai' };
const pass = { documentType: 'passport', number: 'E-0815', expiresOn: '2030-01-01' };
const contact = { personId: person, roles: ['booker', 'payer'] };

const registerLi: CustomerCommand = { type: 'RegisterIndividual', data: liNa };
const registerLiInOrder: CustomerCommand = { type: 'RegisterIndividual', data: liNaInOrder };
const registerLiFromElsewhere: CustomerCommand = {
  type: 'RegisterIndividual',
  data: { ...liNa, acquisition: { channel: 'app' } },
};
const registerWang: CustomerCommand = { type: 'RegisterIndividual', data: { ...liNa, name: 'Wang Wei' } };
const registerAcme: CustomerCommand = { type: 'RegisterOrganization', data: company };
const rename: CustomerCommand = { type: 'ChangeName', data: { name: 'Li Nana' } };
const renameToTheSame: CustomerCommand = { type: 'ChangeName', data: { name: 'Li Na' } };
const renameToAcme: CustomerCommand = { type: 'ChangeName', data: { name: 'Acme' } };
const addPhone: CustomerCommand = { type: 'AddContactPoint', data: { ...phone, value: '+86 (139) 1234-5678' } };
const link: CustomerCommand = {
  type: 'LinkIdentifier',
  data: { namespace: 'crm', value: ' K-77', basis: 'deterministic' },
};
const linkElsewhere: CustomerCommand = { type: 'LinkIdentifier', data: { namespace: 'plate', value: 'K-77' } };
const linkOther: CustomerCommand = { type: 'LinkIdentifier', data: { namespace: 'crm', value: 'K-78' } };
const unlink: CustomerCommand = { type: 'UnlinkIdentifier', data: { identifierId: 'i1' } };
const declare: CustomerCommand = { type: 'DeclarePreference', data: seat };
const declareOtherwise: CustomerCommand = { type: 'DeclarePreference', data: { ...seat, value: 'up front' } };
const declareOnTrains: CustomerCommand = { type: 'DeclarePreference', data: { ...seat, scope: 'rail' } };
const observe: CustomerCommand = { type: 'ObservePreference', data: seen };
const observeMore: CustomerCommand = { type: 'ObservePreference', data: { ...seen, sourceEventIds: [fact, another] } };
const retract: CustomerCommand = { type: 'RetractPreference', data: { key: 'seat' } };
const need: CustomerCommand = { type: 'RecordSpecialNeed', data: wheelchair };
const needUntil: CustomerCommand = { type: 'RecordSpecialNeed', data: { ...wheelchair, validUntil: '2026-12-31' } };
const clear: CustomerCommand = { type: 'ClearSpecialNeed', data: { code: 'wheelchair' } };
const recordLicence: CustomerCommand = { type: 'RecordDriverLicence', data: licence };
const recordNewLicence: CustomerCommand = { type: 'RecordDriverLicence', data: { ...licence, number: 'D-4712' } };
const recordPassport: CustomerCommand = { type: 'RecordIdentityDocument', data: pass };
const recordLongerPassport: CustomerCommand = {
  type: 'RecordIdentityDocument',
  data: { ...pass, expiresOn: '2040-01-01' },
};
const recordSecondPassport: CustomerCommand = { type: 'RecordIdentityDocument', data: { ...pass, number: 'E-0816' } };
const linkContact: CustomerCommand = { type: 'LinkOrgContact', data: contact };
const linkContactOtherwise: CustomerCommand = { type: 'LinkOrgContact', data: { ...contact, roles: ['approver'] } };
const linkSecond: CustomerCommand = { type: 'LinkOrgContact', data: { ...contact, personId: colleague } };
const unlinkContact: CustomerCommand = { type: 'UnlinkOrgContact', data: { personId: person } };
const close: CustomerCommand = { type: 'CloseCustomer', data: {} };
const reopen: CustomerCommand = { type: 'ReopenCustomer', data: {} };
const block: CustomerCommand = { type: 'BlockCustomer', data: { reason: 'fraud' } };
const unblock: CustomerCommand = { type: 'UnblockCustomer', data: {} };

const li: CustomerEvent = { type: 'IndividualRegistered', data: liNa };
const acme: CustomerEvent = { type: 'OrganizationRegistered', data: company };
const renamed: CustomerEvent = { type: 'NameChanged', data: { name: 'Li Nana' } };
const phoneAdded: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { ...phone, contactPointId: 'c1', value: '+8613912345678' },
};
const identified: CustomerEvent = {
  type: 'IdentifierLinked',
  data: { identifierId: 'i1', namespace: 'crm', value: 'K-77', basis: 'deterministic' },
};
const identifiedAgain: CustomerEvent = {
  type: 'IdentifierLinked',
  data: { identifierId: 'i2', namespace: 'crm', value: 'K-77', basis: 'deterministic' },
};
const identifiedElsewhere: CustomerEvent = {
  type: 'IdentifierLinked',
  data: { identifierId: 'i2', namespace: 'plate', value: 'K-77' },
};
const identifiedAsOther: CustomerEvent = {
  type: 'IdentifierLinked',
  data: { identifierId: 'i2', namespace: 'crm', value: 'K-78' },
};
const unlinked: CustomerEvent = { type: 'IdentifierUnlinked', data: { identifierId: 'i1' } };
const declared: CustomerEvent = { type: 'PreferenceDeclared', data: seat };
const declaredOtherwise: CustomerEvent = { type: 'PreferenceDeclared', data: { ...seat, value: 'up front' } };
const declaredOnTrains: CustomerEvent = { type: 'PreferenceDeclared', data: { ...seat, scope: 'rail' } };
const observed: CustomerEvent = { type: 'PreferenceObserved', data: seen };
const observedMore: CustomerEvent = { type: 'PreferenceObserved', data: { ...seen, sourceEventIds: [fact, another] } };
const retracted: CustomerEvent = { type: 'PreferenceRetracted', data: { key: 'seat' } };
const needed: CustomerEvent = { type: 'SpecialNeedRecorded', data: wheelchair };
const neededUntil: CustomerEvent = { type: 'SpecialNeedRecorded', data: { ...wheelchair, validUntil: '2026-12-31' } };
const neededChildSeat: CustomerEvent = { type: 'SpecialNeedRecorded', data: { code: 'child_seat' } };
const cleared: CustomerEvent = { type: 'SpecialNeedCleared', data: { code: 'wheelchair' } };
const licensed: CustomerEvent = { type: 'DriverLicenceRecorded', data: licence };
const licensedAnew: CustomerEvent = { type: 'DriverLicenceRecorded', data: { ...licence, number: 'D-4712' } };
const passport: CustomerEvent = { type: 'IdentityDocumentRecorded', data: pass };
const longerPassport: CustomerEvent = { type: 'IdentityDocumentRecorded', data: { ...pass, expiresOn: '2040-01-01' } };
const secondPassport: CustomerEvent = { type: 'IdentityDocumentRecorded', data: { ...pass, number: 'E-0816' } };
const visa: CustomerEvent = { type: 'IdentityDocumentRecorded', data: { ...pass, documentType: 'visa' } };
const linked: CustomerEvent = { type: 'OrgContactLinked', data: contact };
const linkedOtherwise: CustomerEvent = { type: 'OrgContactLinked', data: { ...contact, roles: ['approver'] } };
const linkedSecond: CustomerEvent = { type: 'OrgContactLinked', data: { ...contact, personId: colleague } };
const unlinkedContact: CustomerEvent = { type: 'OrgContactUnlinked', data: { personId: person } };
const closed: CustomerEvent = { type: 'CustomerClosed', data: {} };
const reopened: CustomerEvent = { type: 'CustomerReopened', data: {} };
const blocked: CustomerEvent = { type: 'CustomerBlocked', data: { reason: 'fraud' } };
const unblocked: CustomerEvent = { type: 'CustomerUnblocked', data: {} };
const erase: CustomerCommand = { type: 'ErasePersonalData', data: {} };
const erased: CustomerEvent = { type: 'PersonalDataErased', data: {} };
const assign: CustomerCommand = { type: 'AssignCustomer', data: { team: 'north' } };
const assigned: CustomerEvent = { type: 'CustomerAssigned', data: { team: 'north' } };
