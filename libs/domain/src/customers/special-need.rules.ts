import { type Personal, reject } from '#kernel';
import { type Folds, type Registered, type Rules, replacing, type SpecialNeedFact, unlessSaid } from './customer.js';

const isAbout =
  (code: Personal<string>) =>
  ({ data }: SpecialNeedFact): boolean =>
    data.code === code;

const keep = (customer: Registered, fact: SpecialNeedFact): Registered => ({
  ...customer,
  specialNeeds: replacing(customer.specialNeeds, fact, isAbout(fact.data.code)),
});

export const specialNeedFolds = {
  SpecialNeedRecorded: (customer, data) => keep(customer, { type: 'SpecialNeedRecorded', data }),
  SpecialNeedCleared: (customer, data) => keep(customer, { type: 'SpecialNeedCleared', data }),
} satisfies Partial<Folds>;

export const specialNeedRules = {
  RecordSpecialNeed: ({ specialNeeds }, data) =>
    unlessSaid({ type: 'SpecialNeedRecorded', data }, specialNeeds.find(isAbout(data.code))),

  ClearSpecialNeed: ({ specialNeeds }, data) => {
    const last = specialNeeds.find(isAbout(data.code));
    return last ? unlessSaid({ type: 'SpecialNeedCleared', data }, last) : reject('special-need-unknown');
  },
} satisfies Partial<Rules>;
