import { reject } from '#kernel';
import { type Folds, type PreferenceFact, type Registered, type Rules, replacing, unlessSaid } from './customer.js';

type Matter = Readonly<{ key: string; scope?: string }>;

const isAbout =
  ({ key, scope }: Matter) =>
  ({ data }: PreferenceFact): boolean =>
    data.key === key && data.scope === scope;

const keep = (customer: Registered, fact: PreferenceFact): Registered => ({
  ...customer,
  preferences: replacing(customer.preferences, fact, isAbout(fact.data)),
});

export const preferenceFolds = {
  PreferenceDeclared: (customer, data) => keep(customer, { type: 'PreferenceDeclared', data }),
  PreferenceObserved: (customer, data) => keep(customer, { type: 'PreferenceObserved', data }),
  PreferenceRetracted: (customer, data) => keep(customer, { type: 'PreferenceRetracted', data }),
} satisfies Partial<Folds>;

const lastOf = ({ preferences }: Registered, matter: Matter): PreferenceFact | undefined =>
  preferences.find(isAbout(matter));

export const preferenceRules = {
  DeclarePreference: (customer, data) => unlessSaid({ type: 'PreferenceDeclared', data }, lastOf(customer, data)),

  /** What they told us beats what we saw. */
  ObservePreference: (customer, data) => {
    const last = lastOf(customer, data);
    return last?.type === 'PreferenceDeclared' ? [] : unlessSaid({ type: 'PreferenceObserved', data }, last);
  },

  RetractPreference: (customer, data) => {
    const last = lastOf(customer, data);
    return last ? unlessSaid({ type: 'PreferenceRetracted', data }, last) : reject('preference-unknown');
  },
} satisfies Partial<Rules>;
