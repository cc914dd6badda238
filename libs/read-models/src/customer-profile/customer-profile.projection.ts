import type { customer } from '#domain';
import { defineProjection, type EventOf, idIn, type Personal, perStream, type Recorded } from '#kernel';

type CustomerEvent = EventOf<typeof customer>;
type Type = CustomerEvent['type'];
type Data<T extends Type> = Extract<CustomerEvent, { type: T }>['data'];

export type ContactPoint = Pick<Data<'ContactPointAdded'>, 'contactPointId' | 'kind' | 'value' | 'purpose'> &
  Readonly<{ status: 'unverified' | 'verified' | 'bounced'; verifiedAt: string | null; login?: boolean }>;
export type Preference = Readonly<{ key: string; scope?: string; value: Personal<string>; lastConfirmedAt: string }> &
  (
    | Readonly<{ provenance: 'declared' }>
    | Readonly<{ provenance: 'observed'; confidence: number; sourceEventIds: readonly string[] }>
  );

export type CustomerProfileRow = Readonly<{
  customerId: string;
  kind: 'individual' | 'organization';
  status: 'registered' | 'closed' | 'blocked' | 'erased';
  /** The team that serves them; null: none in particular. */
  team: string | null;
  statusReason: string | null;
  /** An individual's name or an organisation's legal name. */
  name: Personal<string> | null;
  birthDate: Personal<string> | null;
  gender: Personal<string> | null;
  occupation: Personal<string> | null;
  creditCode: Personal<string> | null;
  industry: string | null;
  size: string | null;
  parentOrgId: string | null;
  locale: string | null;
  zone: string | null;
  residencyRegion: string | null;
  acquisition: Data<'IndividualRegistered'>['acquisition'] | null;
  contactPoints: readonly ContactPoint[];
  identifiers: readonly Data<'IdentifierLinked'>[];
  preferences: readonly Preference[];
  specialNeeds: readonly Data<'SpecialNeedRecorded'>[];
  driverLicence: Data<'DriverLicenceRecorded'> | null;
  documents: readonly Data<'IdentityDocumentRecorded'>[];
  /** Of an organisation: the people who act for it. */
  contacts: readonly Data<'OrgContactLinked'>[];
  blocked: boolean;
  closed: boolean;
  registeredAt: string;
  updatedAt: string;
}>;

const blank = {
  status: 'registered',
  statusReason: null,
  team: null,
  name: null,
  birthDate: null,
  gender: null,
  occupation: null,
  creditCode: null,
  industry: null,
  size: null,
  parentOrgId: null,
  locale: null,
  zone: null,
  residencyRegion: null,
  acquisition: null,
  contactPoints: [],
  identifiers: [],
  preferences: [],
  specialNeeds: [],
  driverLicence: null,
  documents: [],
  contacts: [],
  blocked: false,
  closed: false,
} as const;

const registered = (
  kind: CustomerProfileRow['kind'],
  { stream, meta }: Recorded,
  told: object,
): CustomerProfileRow => ({
  ...blank,
  customerId: idIn(stream),
  kind,
  registeredAt: meta.occurredAt,
  updatedAt: meta.occurredAt,
  ...told,
});

type Row = CustomerProfileRow;
type Registering = 'IndividualRegistered' | 'OrganizationRegistered';
type Changes = { [T in Exclude<Type, Registering>]: (row: Row, data: Data<T>, at: string) => Partial<Row> };

/** The list with an item in the place of the one about the same matter, or behind the others. */
const put = <T>(items: readonly T[], item: T, isSame: (other: T) => boolean): readonly T[] =>
  items.some(isSame) ? items.map((other) => (isSame(other) ? item : other)) : [...items, item];

const contactPoint = (row: Row, id: string, change: Partial<ContactPoint>): Partial<Row> => ({
  contactPoints: row.contactPoints.map((point) => (point.contactPointId === id ? { ...point, ...change } : point)),
});

type Matter = Readonly<{ key: string; scope?: string }>;
const isAbout =
  ({ key, scope }: Matter) =>
  (other: Matter): boolean =>
    other.key === key && other.scope === scope;

/** What they told us beats what we saw. */
const preference = ({ preferences }: Row, seen: Preference): Partial<Row> => {
  const known = preferences.find(isAbout(seen));
  if (seen.provenance === 'observed' && known?.provenance === 'declared') return {};
  return { preferences: put(preferences, seen, isAbout(seen)) };
};

/** Who is blocked stays so, whether or not the account is closed meanwhile. */
const standing = (row: Row, change: Partial<Pick<Row, 'blocked' | 'closed'>>, reason: string | null): Partial<Row> => {
  const { blocked, closed } = { ...row, ...change };
  const status = blocked ? 'blocked' : closed ? 'closed' : 'registered';
  return { ...change, status, statusReason: reason };
};

const changes: Changes = {
  NameChanged: (_, { name }) => ({ name }),
  ContactPointAdded: (row, added) => {
    const point: ContactPoint = { ...added, status: 'unverified', verifiedAt: null };
    return { contactPoints: put(row.contactPoints, point, (other) => other.contactPointId === added.contactPointId) };
  },
  ContactPointVerified: (row, { contactPointId }, at) =>
    contactPoint(row, contactPointId, { status: 'verified', verifiedAt: at }),
  ContactPointBounced: (row, { contactPointId }) => contactPoint(row, contactPointId, { status: 'bounced' }),
  ContactPointRemoved: (row, removed) => ({
    contactPoints: row.contactPoints.filter(({ contactPointId }) => contactPointId !== removed.contactPointId),
  }),
  LoginIdentifierSet: (row, { contactPointId }) => contactPoint(row, contactPointId, { login: true }),
  LoginIdentifierReleased: (row, { contactPointId }) => contactPoint(row, contactPointId, { login: false }),
  IdentifierLinked: (row, linked) => ({
    identifiers: put(row.identifiers, linked, ({ identifierId }) => identifierId === linked.identifierId),
  }),
  IdentifierUnlinked: (row, unlinked) => ({
    identifiers: row.identifiers.filter(({ identifierId }) => identifierId !== unlinked.identifierId),
  }),
  PreferenceDeclared: (row, told, at) => preference(row, { ...told, provenance: 'declared', lastConfirmedAt: at }),
  PreferenceObserved: (row, seen, at) => preference(row, { ...seen, provenance: 'observed', lastConfirmedAt: at }),
  PreferenceRetracted: (row, retracted) => {
    const isRetracted = isAbout(retracted);
    return { preferences: row.preferences.filter((known) => !isRetracted(known)) };
  },
  SpecialNeedRecorded: (row, need) => ({ specialNeeds: put(row.specialNeeds, need, ({ code }) => code === need.code) }),
  SpecialNeedCleared: (row, cleared) => ({
    specialNeeds: row.specialNeeds.filter(({ code }) => code !== cleared.code),
  }),
  DriverLicenceRecorded: (_, driverLicence) => ({ driverLicence }),
  IdentityDocumentRecorded: (row, document) => ({
    documents: put(
      row.documents,
      document,
      ({ documentType, number }) => documentType === document.documentType && number === document.number,
    ),
  }),
  OrgContactLinked: (row, linked) => ({
    contacts: put(row.contacts, linked, ({ personId }) => personId === linked.personId),
  }),
  OrgContactUnlinked: (row, unlinked) => ({
    contacts: row.contacts.filter(({ personId }) => personId !== unlinked.personId),
  }),
  CustomerClosed: (row, { reason }) => standing(row, { closed: true }, reason ?? null),
  CustomerReopened: (row) => standing(row, { closed: false }, null),
  CustomerBlocked: (row, { reason }) => standing(row, { blocked: true }, reason),
  CustomerUnblocked: (row) => standing(row, { blocked: false }, null),
  CustomerAssigned: (_, { team }) => ({ team }),
  PersonalDataErased: (_, { reason }) => ({ status: 'erased', statusReason: reason ?? null }),
};

/** Who a customer is, as they and we have said it last. */
export const customerProfile = defineProjection<CustomerProfileRow, CustomerEvent>({
  name: 'customer_profile',
  version: 1,
  hears: ['IndividualRegistered', 'OrganizationRegistered', ...(Object.keys(changes) as (keyof Changes)[])],
  keys: perStream,
  fold: (row, fact) => {
    if (fact.type === 'IndividualRegistered') return registered('individual', fact, fact.data);
    if (fact.type === 'OrganizationRegistered') {
      const { legalName, ...told } = fact.data;
      return registered('organization', fact, { ...told, name: legalName ?? null });
    }
    const { occurredAt } = fact.meta;
    const change = changes[fact.type] as (row: Row, data: object, at: string) => Partial<Row>;
    return row && { ...row, ...change(row, fact.data, occurredAt), updatedAt: later(row.updatedAt, occurredAt) };
  },
});

const later = (one: string, other: string) => (one > other ? one : other);
