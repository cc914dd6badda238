import { misfits } from '#application';
import { defaultPolicies } from './defaults.js';
import { PolicyPublished } from './policy.messages.js';

const defaults = defaultPolicies({ zone: 'Asia/Shanghai' });

describe('the rules a company starts with', () => {
  it.each(defaults)('fit as $kind.$id', (policy) => expect(misfits(policy, [PolicyPublished])).toEqual([]));
  it('know the loyalty programme of members who name none', () =>
    expect(defaults.filter(({ kind }) => kind === 'loyalty')).toEqual([
      {
        kind: 'loyalty',
        id: 'default',
        version: 1,
        effectiveFrom: '1970-01-01T00:00:00.000Z',
        body: { pointsPerUnit: 1, lockDays: 0, expiryMonths: 24, reservationHours: 24 },
      },
    ]));
});
