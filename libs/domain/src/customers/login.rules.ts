import { type Claims, reject } from '#kernel';
import type { FactOf, Folds, Rules } from './customer.js';
import type { CustomerCommand, CustomerEvent } from './customer.messages.js';

type LoginKind = FactOf<'LoginIdentifierSet'>['data']['kind'];

const isForLogin = (kind: string): kind is LoginKind => kind === 'phone' || kind === 'email';

export const releasedFrom = (contactPointId: string): FactOf<'LoginIdentifierReleased'> => ({
  type: 'LoginIdentifierReleased',
  data: { contactPointId },
});

export const loginFolds = {
  LoginIdentifierSet: (customer, { contactPointId }) => ({ ...customer, logins: [...customer.logins, contactPointId] }),
  LoginIdentifierReleased: (customer, { contactPointId }) => ({
    ...customer,
    logins: customer.logins.filter((id) => id !== contactPointId),
  }),
} satisfies Partial<Folds>;

export const loginRules = {
  UseContactPointForLogin: ({ contactPoints, logins }, { contactPointId }) => {
    const point = contactPoints.find(({ id }) => id === contactPointId);
    if (!point || point.status === 'removed') return reject('contact-point-unknown');
    if (logins.includes(contactPointId)) return [];
    const { kind, value, status } = point;
    if (!isForLogin(kind)) return reject('contact-point-not-for-login');
    if (status !== 'verified') return reject('contact-point-unverified');
    return [{ type: 'LoginIdentifierSet', data: { contactPointId, kind, value } }];
  },

  StopLoginWith: ({ contactPoints, logins }, { contactPointId }) => {
    if (!contactPoints.some(({ id }) => id === contactPointId)) return reject('contact-point-unknown');
    return logins.includes(contactPointId) ? [releasedFrom(contactPointId)] : [];
  },
} satisfies Partial<Rules>;

/** Whoever logs in must be one customer. A value that was erased claims nothing. */
export const claims: Claims<CustomerCommand, CustomerEvent> = {
  of: ({ type, data }) => {
    if (type === 'PersonalDataErased') return 'frees all';
    if (type === 'LoginIdentifierReleased') return { frees: data.contactPointId };
    if (type !== 'LoginIdentifierSet' || typeof data.value !== 'string') return null;
    return { takes: { kind: data.kind, value: data.value, as: data.contactPointId } };
  },
  giveUp: (contactPointId) => ({ type: 'StopLoginWith', data: { contactPointId } }),
};
