import type { booking, customer, loyaltyAccount } from '#domain';
import { defineProjection, type EventOf, idIn, isErased, type Personal, type Recorded } from '#kernel';

type Heard = EventOf<typeof customer> | EventOf<typeof booking> | EventOf<typeof loyaltyAccount>;
type Fact<T extends Heard['type']> = Recorded<Extract<Heard, { type: T }>>;

export const searchKinds = [
  'phone',
  'email',
  'name',
  'document',
  'identifier',
  'member_number',
  'order_number',
] as const;
export type SearchKind = (typeof searchKinds)[number];

export type CustomerSearchRow = Readonly<{
  entry: string;
  customerId: string;
  kind: SearchKind;
  /** As it was told; stored is only its blind index. */
  value: string;
}>;

type Entry = Readonly<{ of: string; customerId: string; found: Readonly<{ kind: SearchKind; value: string }> | null }>;

const own = ({ stream }: Recorded, of: string, kind?: SearchKind, value?: Personal<string>): Entry => ({
  of,
  customerId: idIn(stream),
  found: kind && value !== undefined && !isErased(value) ? { kind, value } : null,
});

const ordered = ({
  stream,
  customers,
  data,
}: Fact<'BookingPlaced' | 'RefundRecordedWithoutBooking'>): readonly Entry[] => {
  const { orderNumber } = data;
  if (orderNumber === undefined) return [];
  const found = { kind: 'order_number' as const, value: orderNumber };
  return [...new Set(customers.map(({ id }) => id))].map((customerId) => ({
    of: `order-${idIn(stream)}`,
    customerId,
    found,
  }));
};

const contactKinds: Readonly<Record<string, SearchKind>> = { phone: 'phone', email: 'email', wechat: 'identifier' };

const entries: { readonly [T in Heard['type']]?: (fact: Fact<T>) => readonly Entry[] } = {
  IndividualRegistered: (fact) => (fact.data.name === undefined ? [] : [own(fact, 'name', 'name', fact.data.name)]),
  OrganizationRegistered: (fact) => {
    const { legalName, creditCode } = fact.data;
    return [
      ...(legalName === undefined ? [] : [own(fact, 'name', 'name', legalName)]),
      ...(creditCode === undefined ? [] : [own(fact, 'credit-code', 'identifier', creditCode)]),
    ];
  },
  NameChanged: (fact) => [own(fact, 'name', 'name', fact.data.name)],
  ContactPointAdded: (fact) => {
    const { kind, contactPointId, value } = fact.data;
    const sought = contactKinds[kind];
    return sought ? [own(fact, `contact-${contactPointId}`, sought, value)] : [];
  },
  ContactPointRemoved: (fact) => [own(fact, `contact-${fact.data.contactPointId}`)],
  IdentifierLinked: (fact) => [own(fact, `identifier-${fact.data.identifierId}`, 'identifier', fact.data.value)],
  IdentifierUnlinked: (fact) => [own(fact, `identifier-${fact.data.identifierId}`)],
  DriverLicenceRecorded: (fact) => [own(fact, 'driver-licence', 'document', fact.data.number)],
  IdentityDocumentRecorded: (fact) => [own(fact, `document-${fact.data.documentType}`, 'document', fact.data.number)],
  MemberEnrolled: ({ data, stream }) => {
    const { member, memberNumber } = data;
    if (memberNumber === undefined || isErased(memberNumber)) return [];
    const found = { kind: 'member_number' as const, value: memberNumber };
    return [{ of: `membership-${idIn(stream)}`, customerId: member, found }];
  },
  BookingPlaced: ordered,
  RefundRecordedWithoutBooking: ordered,
};

const entriesOf = (fact: Recorded<Heard>) => (entries[fact.type] as (fact: Recorded<Heard>) => readonly Entry[])(fact);
const keyOf = ({ customerId, of }: Entry) => `${customerId}:${of}`;

/** By which values a customer is found. What was removed finds nobody. */
export const customerSearch = defineProjection<CustomerSearchRow, Heard>({
  name: 'customer_search',
  version: 1,
  hears: Object.keys(entries) as Heard['type'][],
  keys: (fact) => entriesOf(fact).map(keyOf),
  fold: (_, fact, key) => {
    const entry = entriesOf(fact).find((one) => keyOf(one) === key);
    if (!entry?.found) return null;
    return { entry: key, customerId: entry.customerId, ...entry.found };
  },
});
