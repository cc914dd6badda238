import { type booking, type customer, type loyaltyAccount, normalised } from '#domain';
import { defineProjection, type EventOf, idIn, type Recorded } from '#kernel';

type Heard = EventOf<typeof customer> | EventOf<typeof booking> | EventOf<typeof loyaltyAccount>;
type Fact<T extends Heard['type']> = Recorded<Extract<Heard, { type: T }>>;

export const searchKinds = ['phone', 'email', 'name', 'identifier', 'member_number', 'order_number'] as const;
export type SearchKind = (typeof searchKinds)[number];

export type CustomerSearchRow = Readonly<{
  entry: string;
  customerId: string;
  kind: SearchKind;
  /** In the one spelling that is compared. */
  value: string;
  /** As it was told. */
  shown: string;
}>;

/** One spelling for what is the same to somebody who searches. */
export const spelling = (kind: SearchKind, value: string): string => {
  if (kind === 'phone' || kind === 'email') return normalised(kind, value);
  return value.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
};

type Entry = Readonly<{ of: string; customerId: string; found: Readonly<{ kind: SearchKind; shown: string }> | null }>;

const own = ({ stream }: Recorded, of: string, kind?: SearchKind, shown?: string): Entry => ({
  of,
  customerId: idIn(stream),
  found: kind && shown !== undefined ? { kind, shown } : null,
});

const ordered = ({
  stream,
  customers,
  data,
}: Fact<'BookingPlaced' | 'RefundRecordedWithoutBooking'>): readonly Entry[] => {
  const { orderNumber } = data;
  if (orderNumber === undefined) return [];
  const found = { kind: 'order_number' as const, shown: orderNumber };
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
  MemberEnrolled: ({ data, stream }) => {
    const { member, memberNumber } = data;
    if (memberNumber === undefined) return [];
    const found = { kind: 'member_number' as const, shown: memberNumber };
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
    const { kind, shown } = entry.found;
    return { entry: key, customerId: entry.customerId, kind, value: spelling(kind, shown), shown };
  },
});
