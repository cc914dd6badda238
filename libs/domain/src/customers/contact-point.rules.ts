import { type Meta, reject } from '#kernel';
import { localDayOf } from '../vocabulary/calendar.js';
import { normalised } from './contact-point.js';
import type { ContactPoint, Folds, Registered, Rules } from './customer.js';
import { releasedFrom } from './login.rules.js';

const change = (customer: Registered, id: string, change: Partial<ContactPoint>): Registered => ({
  ...customer,
  contactPoints: customer.contactPoints.map((point) => (point.id === id ? { ...point, ...change } : point)),
});

const dayOf = ({ occurredAt, zone }: Meta): string => localDayOf(occurredAt, zone);

export const contactPointFolds = {
  ContactPointAdded: (customer, { contactPointId: id, kind, value }) => ({
    ...customer,
    contactPoints: [...customer.contactPoints, { id, kind, value, status: 'unverified' }],
  }),
  ContactPointVerified: (customer, { contactPointId }, meta) =>
    change(customer, contactPointId, { status: 'verified', verifiedOn: dayOf(meta) }),
  ContactPointBounced: (customer, { contactPointId }) => change(customer, contactPointId, { status: 'bounced' }),
  ContactPointRemoved: (customer, { contactPointId }) => change(customer, contactPointId, { status: 'removed' }),
} satisfies Partial<Folds>;

const find = ({ contactPoints }: Registered, wanted: string): ContactPoint | undefined =>
  contactPoints.find(({ id }) => id === wanted);

const findInUse = (customer: Registered, wanted: string): ContactPoint | undefined => {
  const point = find(customer, wanted);
  return point?.status === 'removed' ? undefined : point;
};

export const contactPointRules = {
  AddContactPoint: ({ contactPoints }, data) => {
    const value = normalised(data.kind, data.value);
    const isThere = contactPoints.some(
      (point) => point.kind === data.kind && point.value === value && point.status !== 'removed',
    );
    const contactPointId = `c${contactPoints.length + 1}`;
    return isThere ? [] : [{ type: 'ContactPointAdded', data: { ...data, contactPointId, value } }];
  },

  /** Verifying once more on the same day is a repeat; on another day it is the next periodic check. */
  VerifyContactPoint: (customer, data, meta) => {
    const point = findInUse(customer, data.contactPointId);
    if (!point) return reject('contact-point-unknown');
    const isRepeat = point.status === 'verified' && point.verifiedOn === dayOf(meta);
    return isRepeat ? [] : [{ type: 'ContactPointVerified', data }];
  },

  BounceContactPoint: (customer, data) => {
    const point = findInUse(customer, data.contactPointId);
    if (!point) return reject('contact-point-unknown');
    return point.status === 'bounced' ? [] : [{ type: 'ContactPointBounced', data }];
  },

  RemoveContactPoint: (customer, data) => {
    const point = find(customer, data.contactPointId);
    if (!point) return reject('contact-point-unknown');
    if (point.status === 'removed') return [];
    const released = customer.logins.filter((id) => id === point.id).map(releasedFrom);
    return [...released, { type: 'ContactPointRemoved', data }];
  },
} satisfies Partial<Rules>;
