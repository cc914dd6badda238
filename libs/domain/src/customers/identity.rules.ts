import { reject } from '#kernel';
import { isSame } from '../vocabulary/same.js';
import { type Folds, type Registered, type Rules, replacing } from './customer.js';
import type { IdentityDocumentRecorded } from './customer.messages.js';

const isIndividual = ({ registration }: Registered): boolean => registration.type === 'IndividualRegistered';

const isThatDocument =
  ({ documentType, number }: IdentityDocumentRecorded) =>
  (other: IdentityDocumentRecorded): boolean =>
    other.documentType === documentType && other.number === number;

export const identityFolds = {
  NameChanged: (customer, { name }) => ({ ...customer, name }),
  IdentifierLinked: (customer, { identifierId: id, namespace, value }) => ({
    ...customer,
    identifiers: [...customer.identifiers, { id, namespace, value, linked: true }],
  }),
  IdentifierUnlinked: (customer, { identifierId }) => ({
    ...customer,
    identifiers: customer.identifiers.map((known) => (known.id === identifierId ? { ...known, linked: false } : known)),
  }),
  DriverLicenceRecorded: (customer, driverLicence) => ({ ...customer, driverLicence }),
  IdentityDocumentRecorded: (customer, document) => ({
    ...customer,
    identityDocuments: replacing(customer.identityDocuments, document, isThatDocument(document)),
  }),
} satisfies Partial<Folds>;

export const identityRules = {
  ChangeName: ({ name }, data) => (name === data.name ? [] : [{ type: 'NameChanged', data }]),

  LinkIdentifier: ({ identifiers }, data) => {
    const value = data.value.trim();
    const isThere = identifiers.some(
      (known) => known.linked && known.namespace === data.namespace && known.value === value,
    );
    const identifierId = `i${identifiers.length + 1}`;
    return isThere ? [] : [{ type: 'IdentifierLinked', data: { ...data, identifierId, value } }];
  },

  UnlinkIdentifier: ({ identifiers }, data) => {
    const known = identifiers.find(({ id }) => id === data.identifierId);
    if (!known) return reject('identifier-unknown');
    return known.linked ? [{ type: 'IdentifierUnlinked', data }] : [];
  },

  RecordDriverLicence: (customer, data) => {
    if (!isIndividual(customer)) return reject('not-an-individual');
    return isSame(customer.driverLicence, data) ? [] : [{ type: 'DriverLicenceRecorded', data }];
  },

  RecordIdentityDocument: (customer, data) => {
    if (!isIndividual(customer)) return reject('not-an-individual');
    const known = customer.identityDocuments.find(isThatDocument(data));
    return isSame(known, data) ? [] : [{ type: 'IdentityDocumentRecorded', data }];
  },
} satisfies Partial<Rules>;
