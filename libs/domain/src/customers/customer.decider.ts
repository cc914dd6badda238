import { type Decision, defineSlice, type Meta, type Participant, reject, type Stamped } from '#kernel';
import { isSame } from '../vocabulary/same.js';
import { contactPointFolds, contactPointRules } from './contact-point.rules.js';
import type { Customer, FactOf, Folds, Registered, Registration, Rules, Wishes } from './customer.js';
import { type CustomerCommand, type CustomerEvent, commands, events } from './customer.messages.js';
import { touchpoint } from './customer.touchpoint.js';
import { words } from './customer.words.js';
import { identityFolds, identityRules } from './identity.rules.js';
import { claims, loginFolds, loginRules, releasedFrom } from './login.rules.js';
import { orgContactFolds, orgContactRules } from './org-contact.rules.js';
import { preferenceFolds, preferenceRules } from './preference.rules.js';
import { specialNeedFolds, specialNeedRules } from './special-need.rules.js';

type Said<T extends keyof Wishes> = { [K in T]: Readonly<{ type: K; data: Wishes[K]; meta: Meta }> }[T];

const registered = (registration: Registration): Registered => ({
  status: 'open',
  blocked: false,
  team: undefined,
  registration,
  name: registration.type === 'IndividualRegistered' ? registration.data.name : registration.data.legalName,
  contactPoints: [],
  logins: [],
  identifiers: [],
  preferences: [],
  specialNeeds: [],
  identityDocuments: [],
  orgContacts: [],
});

const folds: Folds = {
  ...identityFolds,
  ...contactPointFolds,
  ...loginFolds,
  ...preferenceFolds,
  ...specialNeedFolds,
  ...orgContactFolds,
  CustomerClosed: (customer) => ({ ...customer, status: 'closed' }),
  CustomerReopened: (customer) => ({ ...customer, status: 'open' }),
  CustomerBlocked: (customer) => ({ ...customer, blocked: true }),
  CustomerUnblocked: (customer) => ({ ...customer, blocked: false }),
  CustomerAssigned: (customer, { team }) => ({ ...customer, team }),
};

const fold = <T extends keyof Folds>(customer: Registered, { type, data, meta }: Stamped<FactOf<T>>): Registered =>
  folds[type](customer, data, meta);

const isKnown = (customer: Customer): customer is Registered =>
  customer.status !== 'none' && customer.status !== 'erased';

const evolve = (customer: Customer, fact: Stamped<CustomerEvent>): Customer => {
  if (fact.type === 'IndividualRegistered') return registered({ type: fact.type, data: fact.data });
  if (fact.type === 'OrganizationRegistered') return registered({ type: fact.type, data: fact.data });
  if (fact.type === 'PersonalDataErased') return { status: 'erased' };
  return isKnown(customer) ? fold(customer, fact) : customer;
};

const rules: Rules = {
  ...identityRules,
  ...contactPointRules,
  ...loginRules,
  ...preferenceRules,
  ...specialNeedRules,
  ...orgContactRules,
  /** Who is gone cannot give back what only one may hold. */
  CloseCustomer: ({ status, logins }, data) =>
    status === 'closed' ? [] : [...logins.map(releasedFrom), { type: 'CustomerClosed', data }],
  ReopenCustomer: ({ status }, data) => (status === 'closed' ? [{ type: 'CustomerReopened', data }] : []),
  BlockCustomer: ({ blocked }, data) => (blocked ? [] : [{ type: 'CustomerBlocked', data }]),
  UnblockCustomer: ({ blocked }, data) => (blocked ? [{ type: 'CustomerUnblocked', data }] : []),
  AssignCustomer: ({ team }, data) => (team === data.team ? [] : [{ type: 'CustomerAssigned', data }]),
};

const register = (customer: Customer, registration: Registration): Decision<CustomerEvent> => {
  if (customer.status === 'erased') return reject('customer-erased');
  if (customer.status === 'none') return [registration];
  if (!isSame(customer.registration, registration)) return reject('customer-id-taken');
  return customer.status === 'closed' ? reject('customer-closed') : [];
};

const ask = <T extends keyof Rules>({ type, data, meta }: Said<T>, customer: Registered): Decision<CustomerEvent> =>
  rules[type](customer, data, meta);

const isForTheClosed = ({ type }: CustomerCommand): boolean => type === 'ReopenCustomer' || type === 'CloseCustomer';

const decide = (command: Stamped<CustomerCommand>, customer: Customer): Decision<CustomerEvent> => {
  const { type, data } = command;
  if (type === 'RegisterIndividual') return register(customer, { type: 'IndividualRegistered', data });
  if (type === 'RegisterOrganization') return register(customer, { type: 'OrganizationRegistered', data });
  if (type === 'ErasePersonalData') return customer.status === 'erased' ? [] : [{ type: 'PersonalDataErased', data }];
  if (customer.status === 'none') return reject('customer-unknown');
  if (customer.status === 'erased') return reject('customer-erased');
  if (customer.status === 'closed' && !isForTheClosed(command)) return reject('customer-closed');
  return ask(command, customer);
};

/** Nobody else: an organisation's contact does not see what the organisation does. */
const participants = ({ status }: Customer, id: string): readonly Participant[] =>
  status === 'none' ? [] : [{ id, role: 'self' }];

export const customer = defineSlice<CustomerCommand, Customer, CustomerEvent>({
  category: 'customer',
  collection: 'customers',
  openings: ['RegisterIndividual', 'RegisterOrganization'],
  reserved: ['ErasePersonalData'],
  commands,
  events,
  upcasters: {},
  initial: { status: 'none' },
  evolve,
  decide,
  participants,
  claims,
  touchpoint,
  words,
});
