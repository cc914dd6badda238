import { view } from '#testing';
import { customerSearch } from './customer-search.projection.js';

const { given } = view(customerSearch);

describe('the search', () => {
  it('knows a customer by name, phone, e-mail and identifiers', () =>
    given({ stream: 'customer-ann', events: [registered, phone, email, address, identifier] })
      .on('2026-03-01')
      .then({
        'ann:name': { customerId: 'ann', kind: 'name', value: 'Ann  Lee' },
        'ann:contact-c1': { kind: 'phone', value: '+86 139 1234-5678' },
        'ann:contact-c2': { kind: 'email', value: 'Ann@Example.org' },
        'ann:identifier-i1': { kind: 'identifier', value: 'AB-7' },
      }));
  it('forgets what was removed', () =>
    given({
      stream: 'customer-ann',
      events: [
        phone,
        identifier,
        { type: 'ContactPointRemoved', data: { contactPointId: 'c1' } },
        { type: 'IdentifierUnlinked', data: { identifierId: 'i1' } },
      ],
    })
      .on('2026-03-01')
      .then({}));
  it('knows a customer by the new name alone', () =>
    given({ stream: 'customer-ann', events: [registered, { type: 'NameChanged', data: { name: '李安' } }] })
      .on('2026-03-01')
      .then({ 'ann:name': { value: '李安' } }));
  it('knows an organisation by its credit code', () =>
    given({ stream: 'customer-acme', events: [{ type: 'OrganizationRegistered', data: { creditCode: '9131A' } }] })
      .on('2026-03-01')
      .then({ 'acme:credit-code': { kind: 'identifier', value: '9131A' } }));
  it('knows everybody in a booking by its order number, and a member by the number', () =>
    given(
      {
        stream: 'booking-1',
        customers: [
          { id: 'ann', role: 'booker' },
          { id: 'ann', role: 'payer' },
          { id: 'bob', role: 'traveller' },
        ],
        events: [{ type: 'BookingPlaced', data: { ...terms, orderNumber: 'PO-1' } }],
      },
      {
        stream: 'loyaltyAccount-7',
        events: [{ type: 'MemberEnrolled', data: { member: 'ann', programme: 'p', memberNumber: 'M1' } }],
      },
    )
      .on('2026-03-01')
      .then({
        'ann:order-1': { kind: 'order_number', value: 'PO-1' },
        'bob:order-1': { customerId: 'bob' },
        'ann:membership-7': { kind: 'member_number', value: 'M1' },
      }));
});

const registered = { type: 'IndividualRegistered' as const, data: { name: 'Ann  Lee' } };
const phone = {
  type: 'ContactPointAdded' as const,
  data: { contactPointId: 'c1', kind: 'phone' as const, value: '+86 139 1234-5678' },
};
const email = {
  type: 'ContactPointAdded' as const,
  data: { contactPointId: 'c2', kind: 'email' as const, value: 'Ann@Example.org' },
};
const address = {
  type: 'ContactPointAdded' as const,
  data: { contactPointId: 'c3', kind: 'address' as const, value: '1 High Street' },
};
const identifier = {
  type: 'IdentifierLinked' as const,
  data: { identifierId: 'i1', namespace: 'crm', value: 'AB-7' },
};
const terms = { vertical: 'retail' as const, lines: [], total: { amount: 0, currency: 'EUR' }, travellers: [] };
