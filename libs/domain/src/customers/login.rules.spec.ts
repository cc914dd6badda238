import { heldAfter, type Recorded } from '#kernel';
import { recorded, specification, stamped } from '#testing';
import { customer } from './customer.decider.js';
import type { CustomerCommand, CustomerEvent } from './customer.messages.js';

const { given } = specification(customer);

describe('a login', () => {
  it('is a verified phone', () => given(li, phone, verified).when(login).then(phoneSet));
  it('or a verified e-mail', () => given(li, email, verified).when(login).then(emailSet));
  it('asked for twice is set once', () => given(li, phone, verified, phoneSet).when(login).thenNothing());
  it('stays when the contact point no longer reaches them', () =>
    given(li, phone, verified, phoneSet, bounced).when(login).thenNothing());
  it('has to be a contact point', () => {
    for (const command of [login, stop]) given(li).when(command).thenRejected('contact-point-unknown');
    given(li, phone, verified, removed).when(login).thenRejected('contact-point-unknown');
  });
  it('has to be verified', () => {
    given(li, phone).when(login).thenRejected('contact-point-unverified');
    given(li, phone, verified, bounced).when(login).thenRejected('contact-point-unverified');
  });
  it('is no account elsewhere', () =>
    given(li, wechat, verified).when(login).thenRejected('contact-point-not-for-login'));
  it('is given up', () => given(li, phone, verified, phoneSet).when(stop).then(released));
  it('given up twice is given up once', () => given(li, phone, verified, phoneSet, released).when(stop).thenNothing());
  it('given up can be set anew', () => given(li, phone, verified, phoneSet, released).when(login).then(phoneSet));
  it('goes with its contact point', () => given(li, phone, verified, phoneSet).when(remove).then(released, removed));
  it('stays when another contact point goes', () =>
    given(li, phone, verified, phoneSet, secondPhone).when(removeSecond).then(secondRemoved));
  it('goes with the customer', () => given(li, phone, verified, phoneSet).when(close).then(released, closed));
});

describe('what a customer holds alone', () => {
  const held = (...facts: readonly CustomerEvent[]) => [...heldAfter(claims, facts.map(stamped<CustomerEvent>))];
  const claims = customer.claims ?? { of: () => null };

  it('is each login that was not given up', () => {
    expect(held(li, phone, verified, phoneSet)).toEqual(['c1']);
    expect(held(phoneSet, released, closed)).toEqual([]);
    expect(claims.of(phoneSet)).toEqual({ takes: { kind: 'phone', value: '+8613912345678', as: 'c1' } });
  });

  it('is nothing after a fact that frees all', () => {
    const of = (fact: CustomerEvent) => (fact.type === 'CustomerClosed' ? ('frees all' as const) : claims.of(fact));
    expect([...heldAfter({ of }, [phoneSet, closed])]).toEqual([]);
    expect([...heldAfter({ of }, [closed, phoneSet])]).toEqual(['c1']);
  });

  it('is nothing once it was erased, and no fold minds', () => {
    const [erased] = recorded('customer-li', [
      { ...phoneSet, data: { ...phoneSet.data, value: { erased: true } } } as unknown as CustomerEvent,
    ]);
    const fact = erased as Recorded<CustomerEvent>;
    expect(claims.of(fact)).toBeNull();
    const registered = [li, phone, verified].map(stamped<CustomerEvent>).reduce(customer.evolve, customer.initial);
    expect(customer.evolve(registered, fact)).toMatchObject({ logins: ['c1'] });
  });
});

const login: CustomerCommand = { type: 'UseContactPointForLogin', data: { contactPointId: 'c1' } };
const stop: CustomerCommand = { type: 'StopLoginWith', data: { contactPointId: 'c1' } };
const remove: CustomerCommand = { type: 'RemoveContactPoint', data: { contactPointId: 'c1' } };
const removeSecond: CustomerCommand = { type: 'RemoveContactPoint', data: { contactPointId: 'c2' } };
const close: CustomerCommand = { type: 'CloseCustomer', data: {} };

const li: CustomerEvent = { type: 'IndividualRegistered', data: {} };
const addedAs = (contactPointId: string, kind: 'phone' | 'email' | 'wechat', value: string): CustomerEvent => ({
  type: 'ContactPointAdded',
  data: { contactPointId, kind, value },
});
const phone = addedAs('c1', 'phone', '+8613912345678');
const email = addedAs('c1', 'email', 'li@example.org');
const wechat = addedAs('c1', 'wechat', 'lina88');
const secondPhone = addedAs('c2', 'phone', '+8613900000000');
const verified: CustomerEvent = { type: 'ContactPointVerified', data: { contactPointId: 'c1' } };
const bounced: CustomerEvent = { type: 'ContactPointBounced', data: { contactPointId: 'c1', reason: 'mailbox_full' } };
const removed: CustomerEvent = { type: 'ContactPointRemoved', data: { contactPointId: 'c1' } };
const secondRemoved: CustomerEvent = { type: 'ContactPointRemoved', data: { contactPointId: 'c2' } };
const phoneSet: Extract<CustomerEvent, { type: 'LoginIdentifierSet' }> = {
  type: 'LoginIdentifierSet',
  data: { contactPointId: 'c1', kind: 'phone', value: '+8613912345678' },
};
const emailSet: CustomerEvent = {
  type: 'LoginIdentifierSet',
  data: { contactPointId: 'c1', kind: 'email', value: 'li@example.org' },
};
const released: CustomerEvent = { type: 'LoginIdentifierReleased', data: { contactPointId: 'c1' } };
const closed: CustomerEvent = { type: 'CustomerClosed', data: {} };
