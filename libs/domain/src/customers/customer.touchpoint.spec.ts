import { fill, personalFields, type Words } from '#kernel';
import { specification, stamped } from '#testing';
import { customer } from './customer.decider.js';
import { type CustomerEvent, events } from './customer.messages.js';

const { tells } = specification(customer);

describe('the story of a customer', () => {
  it('is told in English', () => {
    for (const [event, sentence] of story) tells(event, sentence);
  });

  it('has a sentence for each turn and no sentence to spare, in both languages', () => {
    const meanings = story.map(([event]) => customer.touchpoint(stamped(event)));
    expect(new Set(story.map(([{ type }]) => type))).toEqual(new Set(Object.keys(events)));
    expect(new Set(meanings.map((meaning) => meaning?.summary))).toEqual(new Set(Object.keys(customer.words.en)));
    const told = ({ en, zh }: Words) =>
      meanings.map((meaning) => fill(`${en[meaning?.summary ?? '']} ${zh[meaning?.summary ?? '']}`, meaning?.params));
    expect(told(customer.words).join()).not.toMatch(/[{}]|undefined/);
  });

  it('gives nothing personal away', () => {
    const personal = story.flatMap(([{ type, data }]) =>
      Object.keys(personalFields(events[type])).flatMap((field) => Reflect.get(data, field) ?? []),
    );
    expect(personal).toContain('SECRET-PASSPORT');
    const told = story.map(([event]) => Object.values(customer.touchpoint(stamped(event))?.params ?? {}));
    for (const secret of personal) expect(told.flat().join()).not.toContain(secret);
  });

  it('says how they felt', () => {
    const felt = story.map(([event]) => [event.type, customer.touchpoint(stamped(event))?.sentiment] as const);
    expect(felt.filter(([, sentiment]) => sentiment !== 0)).toEqual([
      ['CustomerClosed', -1],
      ['CustomerClosed', -1],
      ['CustomerReopened', 1],
      ['CustomerBlocked', -1],
    ]);
  });
});

const added = (kind: 'phone' | 'email' | 'wechat' | 'address', value: string): CustomerEvent => ({
  type: 'ContactPointAdded',
  data: { contactPointId: 'c1', kind, value },
});
const personId = '01900000-0000-7000-8000-0000000000c1';
const seat = { key: 'seat', value: 'SECRET-SEAT' };
const seen = { sourceEventIds: [personId], confidence: 0.8 };

const story: readonly (readonly [CustomerEvent, string])[] = [
  [
    { type: 'IndividualRegistered', data: { name: 'SECRET-NAME', birthDate: '1988-04-02', occupation: 'SECRET-JOB' } },
    'Registered as an individual customer',
  ],
  [
    { type: 'OrganizationRegistered', data: { legalName: 'SECRET-COMPANY', creditCode: 'SECRET-CREDIT' } },
    'Registered as a corporate customer',
  ],
  [{ type: 'NameChanged', data: { name: 'SECRET-NAME' } }, 'The name on file was changed'],
  [added('phone', '+8613912345678'), 'A phone number was added'],
  [added('email', 'li@example.org'), 'An e-mail address was added'],
  [added('wechat', 'SECRET-WECHAT'), 'A WeChat account was added'],
  [added('address', 'SECRET-STREET'), 'A postal address was added'],
  [{ type: 'ContactPointVerified', data: { contactPointId: 'c1' } }, 'Contact point c1 was verified'],
  [
    { type: 'ContactPointBounced', data: { contactPointId: 'c1', reason: 'mailbox_full' } },
    'Contact point c1 no longer reaches them (mailbox_full)',
  ],
  [{ type: 'ContactPointRemoved', data: { contactPointId: 'c1' } }, 'Contact point c1 was removed'],
  [
    { type: 'LoginIdentifierSet', data: { contactPointId: 'c1', kind: 'phone', value: '+8613912345678' } },
    'Logs in with contact point c1',
  ],
  [{ type: 'LoginIdentifierReleased', data: { contactPointId: 'c1' } }, 'No longer logs in with contact point c1'],
  [
    { type: 'IdentifierLinked', data: { identifierId: 'i1', namespace: 'plate', value: '沪A12345' } },
    'Recognised under an identifier of plate',
  ],
  [{ type: 'IdentifierUnlinked', data: { identifierId: 'i1' } }, 'Identifier i1 no longer stands for them'],
  [{ type: 'PreferenceDeclared', data: seat }, 'Told us a preference: seat'],
  [{ type: 'PreferenceObserved', data: { ...seat, ...seen } }, 'Showed a preference: seat'],
  [{ type: 'PreferenceRetracted', data: { key: 'seat' } }, 'No longer has the preference seat'],
  [{ type: 'SpecialNeedRecorded', data: { code: 'wheelchair', note: 'SECRET-NOTE' } }, 'A special need was recorded'],
  [{ type: 'SpecialNeedCleared', data: { code: 'wheelchair' } }, 'A special need no longer applies'],
  [
    { type: 'DriverLicenceRecorded', data: { number: 'SECRET-LICENCE', issuedOn: '2010-05-01' } },
    'A driving licence was recorded',
  ],
  [
    { type: 'IdentityDocumentRecorded', data: { documentType: 'passport', number: 'SECRET-PASSPORT' } },
    'An identity document was recorded: passport',
  ],
  [
    { type: 'OrgContactLinked', data: { personId, roles: ['booker', 'payer'] } },
    'A contact person was named (booker, payer)',
  ],
  [{ type: 'OrgContactUnlinked', data: { personId } }, 'A contact person no longer acts for them'],
  [{ type: 'CustomerClosed', data: {} }, 'The customer account was closed'],
  [{ type: 'CustomerClosed', data: { reason: 'moved_away' } }, 'The customer account was closed (moved_away)'],
  [{ type: 'CustomerReopened', data: {} }, 'The customer account was reopened'],
  [{ type: 'CustomerBlocked', data: { reason: 'fraud' } }, 'The customer was blocked (fraud)'],
  [{ type: 'CustomerUnblocked', data: {} }, 'The customer is no longer blocked'],
  [{ type: 'CustomerAssigned', data: { team: 'north' } }, 'Team north serves them now'],
  [{ type: 'PersonalDataErased', data: {} }, 'Their personal data was erased'],
];
