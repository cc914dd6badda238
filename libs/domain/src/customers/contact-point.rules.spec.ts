import { misfits } from '#application';
import { at, specification } from '#testing';
import { customer } from './customer.decider.js';
import { type CustomerCommand, type CustomerEvent, commands } from './customer.messages.js';

const { given } = specification(customer);

describe('a contact point', () => {
  it('is numbered and stored in one spelling', () => given(li).when(addPhone).then(phoneAdded));
  it('is told apart by its kind', () => given(li, phoneAdded).when(addEmail).then(emailAdded));
  it('in another spelling is the same', () => given(li, phoneAdded, emailAdded).when(addEmailInCapitals).thenNothing());
  it('of the same text and another kind is another', () =>
    given(li, addedAs('c1', 'address')).when(addWechat).then(addedAs('c2', 'wechat')));
  it('removed leaves its number to nobody', () => given(li, phoneAdded, removed).when(addPhone).then(phoneAddedAgain));
  it('is verified', () => given(li, phoneAdded).when(verify).then(verified));
  it('is verified once a day', () =>
    given(li, phoneAdded, at(morning, verified)).when(at(evening, verify)).thenNothing());
  it('is verified again at the next check', () =>
    given(li, phoneAdded, at(morning, verified)).when(at(nextYear, verify)).then(verified));
  it('bounced is verified anew', () => given(li, phoneAdded, verified, bounced).when(verify).then(verified));
  it('bounces', () => given(li, phoneAdded, verified).when(bounce).then(bounced));
  it('bounced twice bounced once', () => given(li, phoneAdded, bounced).when(bounce).thenNothing());
  it('is removed', () => given(li, phoneAdded, emailAdded).when(remove).then(removed));
  it('removed twice is removed once', () => given(li, phoneAdded, removed).when(remove).thenNothing());
  it('stays when another one goes', () =>
    given(li, phoneAdded, emailAdded, removed).when(addEmailInCapitals).thenNothing());
  it('has to be there', () => {
    for (const command of [verify, bounce, remove])
      given(li, emailAdded).when(command).thenRejected('contact-point-unknown');
  });
  it('removed is neither verified nor bounces', () => {
    for (const command of [verify, bounce])
      given(li, phoneAdded, removed).when(command).thenRejected('contact-point-unknown');
  });

  it('has to be what its kind says', () => {
    const fits = (kind: string, value: unknown) => misfits({ kind, value }, [commands.AddContactPoint]).length === 0;
    expect([fits('phone', '+86 139 1234 5678'), fits('phone', '139 1234 5678'), fits('phone', 8613912345678)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([fits('email', 'li@example.org'), fits('email', 'li@example'), fits('email', 'li')]).toEqual([
      true,
      false,
      false,
    ]);
    expect([fits('wechat', 'lina88'), fits('wechat', ' '), fits('address', '上海市南京路 1 号')]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

const morning = '2026-03-01T09:00:00.000Z';
const evening = '2026-03-01T21:00:00.000Z';
const nextYear = '2027-03-01T09:00:00.000Z';
const phone = { kind: 'phone', purpose: 'work' } as const;

const addPhone: CustomerCommand = { type: 'AddContactPoint', data: { ...phone, value: '+86 (139) 1234-5678' } };
const addEmail: CustomerCommand = { type: 'AddContactPoint', data: { kind: 'email', value: ' Li@Example.org' } };
const addEmailInCapitals: CustomerCommand = {
  type: 'AddContactPoint',
  data: { kind: 'email', value: 'LI@EXAMPLE.ORG' },
};
const addWechat: CustomerCommand = { type: 'AddContactPoint', data: { kind: 'wechat', value: 'lina88' } };
const verify: CustomerCommand = { type: 'VerifyContactPoint', data: { contactPointId: 'c1', method: 'sms_code' } };
const bounce: CustomerCommand = { type: 'BounceContactPoint', data: { contactPointId: 'c1', reason: 'mailbox_full' } };
const remove: CustomerCommand = { type: 'RemoveContactPoint', data: { contactPointId: 'c1' } };

const li: CustomerEvent = { type: 'IndividualRegistered', data: {} };
const phoneAdded: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { ...phone, contactPointId: 'c1', value: '+8613912345678' },
};
const phoneAddedAgain: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { ...phone, contactPointId: 'c2', value: '+8613912345678' },
};
const emailAdded: CustomerEvent = {
  type: 'ContactPointAdded',
  data: { kind: 'email', contactPointId: 'c2', value: 'li@example.org' },
};
const addedAs = (contactPointId: string, kind: 'wechat' | 'address'): CustomerEvent => ({
  type: 'ContactPointAdded',
  data: { kind, contactPointId, value: 'lina88' },
});
const verified: CustomerEvent = { type: 'ContactPointVerified', data: { contactPointId: 'c1', method: 'sms_code' } };
const bounced: CustomerEvent = { type: 'ContactPointBounced', data: { contactPointId: 'c1', reason: 'mailbox_full' } };
const removed: CustomerEvent = { type: 'ContactPointRemoved', data: { contactPointId: 'c1' } };
