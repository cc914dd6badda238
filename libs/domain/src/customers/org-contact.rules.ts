import { reject } from '#kernel';
import { type Folds, type OrgContactFact, type Registered, type Rules, replacing, unlessSaid } from './customer.js';

const isAbout =
  (personId: string) =>
  ({ data }: OrgContactFact): boolean =>
    data.personId === personId;

const keep = (customer: Registered, fact: OrgContactFact): Registered => ({
  ...customer,
  orgContacts: replacing(customer.orgContacts, fact, isAbout(fact.data.personId)),
});

export const orgContactFolds = {
  OrgContactLinked: (customer, data) => keep(customer, { type: 'OrgContactLinked', data }),
  OrgContactUnlinked: (customer, data) => keep(customer, { type: 'OrgContactUnlinked', data }),
} satisfies Partial<Folds>;

const isOrganization = ({ registration }: Registered): boolean => registration.type === 'OrganizationRegistered';

export const orgContactRules = {
  LinkOrgContact: (customer, data) => {
    if (!isOrganization(customer)) return reject('not-an-organization');
    const last = customer.orgContacts.find(isAbout(data.personId));
    const news = unlessSaid({ type: 'OrgContactLinked', data }, last);
    return news.length > 0 && last?.type === 'OrgContactLinked' ? reject('org-contact-already-linked') : news;
  },

  UnlinkOrgContact: (customer, data) => {
    if (!isOrganization(customer)) return reject('not-an-organization');
    const last = customer.orgContacts.find(isAbout(data.personId));
    return last ? unlessSaid({ type: 'OrgContactUnlinked', data }, last) : reject('org-contact-unknown');
  },
} satisfies Partial<Rules>;
