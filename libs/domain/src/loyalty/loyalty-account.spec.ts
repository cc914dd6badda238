import { at, someCompany, someMeta, specification, stamped } from '#testing';
import { loyaltyAccount } from './loyalty-account.decider.js';
import type { LoyaltyCommand, LoyaltyEvent } from './loyalty-account.messages.js';
import type { LoyaltyProgramme } from './loyalty-programme.messages.js';

const rules: LoyaltyProgramme = { pointsPerUnit: 1, lockDays: 0, expiryMonths: 1, reservationHours: 24 };
const policies = { company: someCompany, programme: { ref: 'loyalty.default@1', body: rules } };
const { expiryMonths: _, ...rulesForEver } = rules;
const underRules = (some: Partial<LoyaltyProgramme>, { zone = 'UTC', currency = 'EUR', of = rules } = {}) =>
  specification(loyaltyAccount, {
    company: { ...someCompany, zone, currency },
    programme: { ...policies.programme, body: { ...of, ...some } },
  });
const { given, tells } = underRules({});

describe('a member', () => {
  it('is enrolled in the default programme', () => given().when(enrol).then(enrolled));
  it('may be enrolled in another', () => given().when(enrolInGold).then(enrolledInGold));
  it('enrolled again is enrolled once', () => given(enrolled).when(enrol).thenNothing());
  it('has an account of their own', () => given(enrolled).when(enrolAnother).thenRejected('account-id-taken'));
  it('is in one programme', () => given(enrolled).when(enrolInGold).thenRejected('account-id-taken'));
  it('is concerned by all of it', () => {
    given().concerns();
    given(enrolled, lot('a', 100)).concerns({ id: member, role: 'member' });
  });
  it('is enrolled first', () => {
    for (const command of [earn({ points: 1 }), reserve(1), commit, release, reverse('a'), expire('a')])
      given().when(command).thenRejected('not-enrolled');
  });
  it('asks for the programme where its rules matter', () => {
    expect(needed(earn({ points: 1 }), enrolledInGold)).toEqual({ programme: 'loyalty.gold' });
    expect(needed(reserve(1), enrolled)).toEqual({ programme: 'loyalty.default' });
    expect(needed(commit, enrolled)).toEqual({ programme: 'loyalty.default' });
    expect(needed(reverse('a'), enrolled)).toEqual({});
    expect(needed(earn({ points: 1 }))).toEqual({});
  });
});

describe('points', () => {
  it('are earned as told', () =>
    given(enrolled)
      .when(earn({ points: 100 }))
      .then(earned({ points: 100 })));
  it('are earned for whole units spent', () =>
    given(enrolled)
      .when(earn({ spend: eur(13_999) }))
      .then(earned({ points: 139, spend: eur(13_999) })));
  it('may count for the tier', () => {
    const forTier = { points: 100, currency: 'qualifying' as const, source: { bookingId: member, lineId: '1' } };
    given(enrolled).when(earn(forTier)).then(earned(forTier));
  });
  it('of a lot are earned once', () =>
    given(enrolled, lot('a', 70))
      .when(earn({ points: 100 }))
      .thenNothing());
  it('are counted or priced', () => {
    given(enrolled)
      .when(earn({ points: 1, spend: eur(100) }))
      .thenRejected('points-or-spend');
    given(enrolled).when(earn({})).thenRejected('points-or-spend');
  });
  it('are priced in the currency of the company', () =>
    given(enrolled)
      .when(earn({ spend: { amount: 100, currency: 'GBP' } }))
      .thenRejected('currency-differs'));
  it('come whole', () =>
    given(enrolled)
      .when(earn({ spend: eur(99) }))
      .thenRejected('no-points'));
  it('come in numbers that can be kept', () =>
    given(enrolled)
      .when(earn({ spend: eur(100_000_000_100) }))
      .thenRejected('too-many-points'));
  it('need a programme', () => {
    const { given: givenNone } = specification(loyaltyAccount);
    givenNone(enrolled)
      .when(earn({ points: 1 }))
      .thenRejected('programme-unknown');
    givenNone(enrolled, lot('a', 100)).when(reserve(1)).thenRejected('programme-unknown');
  });
  it('are an exact part of the units spent', () =>
    underRules({ pointsPerUnit: 0.29 })
      .given(enrolled)
      .when(earn({ spend: eur(10_099) }))
      .then(earned({ points: 29, spend: eur(10_099) })));
  it('for yen are counted in yen', () => {
    const spend = { amount: 1_550, currency: 'JPY' };
    underRules({ pointsPerUnit: 0.01 }, { currency: 'JPY' })
      .given(enrolled)
      .when(earn({ spend }))
      .then(earned({ points: 15, spend }));
  });
  it('last to the end of a local day when the clocks change (L8)', () =>
    underRules({ expiryMonths: 2 }, { zone: 'Europe/London' })
      .given(enrolled)
      .when(at('2026-01-29T12:00:00.000Z', earn({ points: 1 })))
      .then(
        earned({
          points: 1,
          activatesAt: '2026-01-29T12:00:00.000Z',
          expiresAt: '2026-03-29T23:00:00.000Z',
          earnedOn: '2026-01-29',
          lastDay: '2026-03-29',
        }),
      ));
  it('locked for days become active with a local day', () =>
    underRules({ lockDays: 28 }, { zone: 'Europe/London' })
      .given(enrolled)
      .when(at('2026-03-02T23:30:00.000Z', earn({ points: 1 })))
      .then(
        earned({
          points: 1,
          activatesAt: '2026-03-29T23:00:00.000Z',
          expiresAt: '2026-04-02T23:00:00.000Z',
          earnedOn: '2026-03-02',
          lastDay: '2026-04-02',
        }),
      ));
  it('may last for ever', () => {
    const { expiresAt, lastDay, ...forEver } = earned({ points: 1, ending: 'never' }).data;
    underRules({}, { of: rulesForEver })
      .given(enrolled)
      .when(earn({ points: 1 }))
      .then({ type: 'PointsEarned', data: forEver });
    expect([expiresAt, lastDay]).toEqual(['2026-04-02T00:00:00.000Z', '2026-04-01']);
  });
  it('earned repay what is owed first (L3)', () => {
    given(...owing20)
      .when(earn({ points: 50 }))
      .then(earned({ points: 50 }), repaid('a', 20));
    given(...owing20)
      .when(earn({ points: 15 }))
      .then(earned({ points: 15 }), repaid('a', 15));
    given(...owing20, lot('b', 50), repaid('b', 20))
      .when(reserve(31))
      .thenRejected('not-enough-points');
    given(...owing20, lot('b', 50), repaid('b', 20))
      .when(reserve(30))
      .then(reserved({ b: 30 }));
  });
  it('for the tier repay no rewards', () => {
    const forTier = { points: 50, currency: 'qualifying' as const };
    given(...owing20)
      .when(earn(forTier))
      .then(earned(forTier));
  });
});

describe('a reward', () => {
  it('takes what expires first', () =>
    given(enrolled, lot('later', 100, february), lot('sooner', 100, january))
      .when(at(tenth, reserve(120)))
      .then(reserved({ sooner: 100, later: 20 }, tenth)));
  it('takes what never expires last', () =>
    given(enrolled, lot('never', 100, null), lot('once', 100), lot('neither', 100, null))
      .when(reserve(120))
      .then(reserved({ once: 100, neither: 20 })));
  it('takes what was earned first, then by name', () =>
    given(enrolled, at(someMeta.occurredAt, lot('d', 1)), lot('c', 1), lot('b', 1), at(tenth, lot('z', 1)))
      .when(reserve(3))
      .then(reserved({ z: 1, b: 1, c: 1 })));
  it('is reserved once', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }))
      .when(reserve(60))
      .thenNothing());
  it('needs the points', () => given(enrolled, lot('a', 100)).when(reserve(101)).thenRejected('not-enough-points'));
  it('does not take reserved points', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }))
      .when({ type: 'ReserveRedemption', data: { redemptionId: 'r2', points: 41 } })
      .thenRejected('not-enough-points'));
  it('does not take points that are locked', () => {
    const locked = { ...lot('a', 100).data, activatesAt: tenth };
    given(enrolled, { type: 'PointsEarned', data: locked })
      .when(at(ninth, reserve(1)))
      .thenRejected('not-enough-points');
    given(enrolled, { type: 'PointsEarned', data: locked })
      .when(at(tenth, reserve(1)))
      .then(reserved({ a: 1 }, tenth));
  });
  it('does not take points that count for the tier', () =>
    given(enrolled, lot('a', 100, march, 'qualifying'))
      .when(reserve(1))
      .thenRejected('not-enough-points'));
  it('does not take expired points, though nobody swept them (L4)', () => {
    given(enrolled, lot('a', 100, endOfMarchInShanghai))
      .when(at('2026-03-31T16:10:00.000Z', reserve(1)))
      .thenRejected('not-enough-points');
    given(enrolled, lot('a', 100, endOfMarchInShanghai))
      .when(at('2026-03-31T15:59:59.999Z', reserve(1)))
      .then(reserved({ a: 1 }, '2026-03-31T15:59:59.999Z'));
  });
  it('does not take points that are owed', () => {
    given(...owing20, lot('b', 100))
      .when(reserve(81))
      .thenRejected('not-enough-points');
    given(...owing20, lot('b', 100))
      .when(reserve(80))
      .then(reserved({ b: 80 }));
  });
  it('takes from as many lots as one fact can hold', () => {
    const tiny = Array.from({ length: 1001 }, (_, n) => lot(`tiny-${n}`, 1));
    expect(loyaltyAccount.decide(stamped(reserve(1001)), stateAfter(enrolled, ...tiny), policies)).toEqual({
      rejected: 'too-many-lots',
    });
  });
  it('is redeemed', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }))
      .when(commit)
      .then(committed));
  it('is redeemed once', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }), committed)
      .when(commit)
      .thenNothing());
  it('redeemed is not given back', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }), committed)
      .when(release)
      .thenRejected('redemption-committed'));
  it('gives its points back to the lots they came from', () => {
    const history = [enrolled, lot('a', 100, january), lot('b', 100, february), reserved({ a: 100, b: 20 })];
    given(...history)
      .when(at(tenth, release))
      .then(released);
    given(...history, released)
      .when(at(january, expire('a')))
      .then(expired('a', 100));
  });
  it('is given back once', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }), released)
      .when(release)
      .thenNothing());
  it('given back is not redeemed', () =>
    given(enrolled, lot('a', 100), reserved({ a: 60 }), released)
      .when(commit)
      .thenRejected('redemption-released'));
  it('given back repays what is owed', () =>
    given(enrolled, lot('a', 70), lot('b', 70, march), reserved({ a: 50, b: 70 }), reversed('a', 70, 20, 50))
      .when(release)
      .then(released, repaid('a', 50)));
  it('is known', () => {
    given(enrolled).when(commit).thenRejected('redemption-unknown');
    given(enrolled).when(release).thenRejected('redemption-unknown');
  });
});

describe('an earning', () => {
  it('is reversed from its lot', () =>
    given(enrolled, lot('a', 70))
      .when(reverse('a'))
      .then(reversed('a', 70, 70, 0)));
  it('spent and reversed is owed (L3)', () =>
    given(...spent60of70)
      .when(reverse('a', 30))
      .then(reversed('a', 30, 10, 20)));
  it('is never taken from another lot', () =>
    given(...spent60of70, lot('b', 100))
      .when(reverse('a'))
      .then(reversed('a', 70, 10, 60)));
  it('refunded, then charged back, is reversed once (L6)', () => {
    given(enrolled, lot('a', 70), reversed('a', 70, 70, 0))
      .when(reverse('a'))
      .thenNothing();
    given(enrolled, lot('a', 70), reversed('a', 30, 30, 0))
      .when(reverse('a', 30))
      .thenNothing();
  });
  it('reversed in part can be reversed further, up to all of it', () => {
    given(enrolled, lot('a', 70), reversed('a', 30, 30, 0))
      .when(reverse('a', 50))
      .then(reversed('a', 20, 20, 0));
    given(enrolled, lot('a', 70), reversed('a', 30, 30, 0))
      .when(reverse('a', 999))
      .then(reversed('a', 40, 40, 0));
    given(enrolled, lot('a', 70), reversed('a', 30, 30, 0))
      .when(reverse('a'))
      .then(reversed('a', 40, 40, 0));
  });
  it('that expired unused is not owed as well', () => {
    given(...spent60of70, expired('a', 10))
      .when(reverse('a', 30))
      .then(reversed('a', 30, 0, 20));
    given(...spent60of70, expired('a', 10), reversed('a', 5, 0, 0))
      .when(reverse('a', 30))
      .then(reversed('a', 25, 0, 20));
    given(enrolled, lot('a', 70), reserved({ a: 60 }), expired('a', 10), released, expired('a', 60))
      .when(reverse('a'))
      .then(reversed('a', 70, 0, 0));
  });
  it('is known', () => given(enrolled).when(reverse('a')).thenRejected('lot-unknown'));
});

describe('expiry', () => {
  it('takes what remains of one lot (L1)', () => {
    const history = [enrolled, lot('a', 100, january), lot('b', 100, february), reserved({ a: 100, b: 20 }), committed];
    given(...history)
      .when(at(january, expire('a')))
      .thenNothing();
    given(...history)
      .when(at(january, reserve(80, 'r2')))
      .then(reserved({ b: 80 }, january, 'r2'));
    given(...history)
      .when(at(february, expire('b')))
      .then(expired('b', 80));
  });
  it('waits for its time', () =>
    given(enrolled, lot('a', 100, january))
      .when(at(tenth, expire('a')))
      .thenRejected('lot-not-expired'));
  it('never comes to a lot without end', () =>
    given(enrolled, lot('a', 100, null))
      .when(at(february, expire('a')))
      .thenRejected('lot-not-expired'));
  it('happens once', () =>
    given(enrolled, lot('a', 100, january), expired('a', 100))
      .when(at(february, expire('a')))
      .thenNothing());
  it('leaves reserved points alone until they are given back', () => {
    const history = [enrolled, lot('a', 100, january), reserved({ a: 60 }, tenth), expired('a', 40)];
    given(...history)
      .when(at(february, expire('a')))
      .thenNothing();
    given(...history, released)
      .when(at(february, expire('a')))
      .then(expired('a', 60));
  });
  it('knows its lots', () => given(enrolled).when(expire('a')).thenRejected('lot-unknown'));
});

it('an account hears nothing before it is opened', () =>
  given(lot('a', 100)).when(reserve(1)).thenRejected('not-enrolled'));

it('an account tells its story', () => {
  tells(enrolled, 'Joined the loyalty programme (default)');
  tells(lot('a', 100), 'Earned points: 100');
  tells(lot('a', 100, march, 'qualifying'), 'Earned points towards the next tier: 100');
  tells(reserved({ a: 60 }), 'Set points aside for a reward: 60');
  tells(committed, 'Received the reward for the points set aside');
  tells(released, 'Did not take the reward, and has the points back');
  tells(
    { type: 'RedemptionReleased', data: { redemptionId: 'r1', cause: 'lapsed' } },
    'The time to take the reward is over, and the points set aside are back',
  );
  tells(reversed('a', 70, 70, 0), 'We took back points for a service that was returned: 70');
  tells(
    reversed('a', 30, 10, 20),
    'We took back points for a service that was returned: 30, of which 20 were already spent and are owed',
  );
  tells(repaid('a', 20), 'Points repaid what was owed: 20');
  tells(expired('a', 80), 'Points expired unused: 80');
});

const member = '01900000-0000-7000-8000-0000000000c1';
const another = '01900000-0000-7000-8000-0000000000c2';
const ninth = '2026-01-09T23:59:59.999Z';
const tenth = '2026-01-10T00:00:00.000Z';
const january = '2026-02-01T00:00:00.000Z';
const february = '2026-03-01T00:00:00.000Z';
const march = '2026-04-01T00:00:00.000Z';
const endOfMarchInShanghai = '2026-03-31T16:00:00.000Z';
const dayLater: Readonly<Record<string, string>> = {
  [tenth]: '2026-01-11T00:00:00.000Z',
  [january]: '2026-02-02T00:00:00.000Z',
  [someMeta.occurredAt]: '2026-03-02T09:00:00.000Z',
  '2026-03-31T15:59:59.999Z': '2026-04-01T15:59:59.999Z',
};
const eur = (amount: number) => ({ amount, currency: 'EUR' });

type Data<M extends { type: string; data: object }, T extends M['type']> = Extract<M, { type: T }>['data'];

const enrol: LoyaltyCommand = { type: 'EnrolMember', data: { member, memberNumber: 'M-1' } };
const enrolled: LoyaltyEvent = { type: 'MemberEnrolled', data: { member, programme: 'default', memberNumber: 'M-1' } };
const enrolInGold: LoyaltyCommand = { type: 'EnrolMember', data: { member, programme: 'gold' } };
const enrolledInGold: LoyaltyEvent = { type: 'MemberEnrolled', data: { member, programme: 'gold' } };
const enrolAnother: LoyaltyCommand = { type: 'EnrolMember', data: { member: another } };

const earn = (data: Omit<Data<LoyaltyCommand, 'EarnPoints'>, 'lotId'>): LoyaltyCommand => ({
  type: 'EarnPoints',
  data: { lotId: 'a', ...data },
});
const earned = (data: Partial<Data<LoyaltyEvent, 'PointsEarned'>> & { points: number }) => ({
  type: 'PointsEarned' as const,
  data: {
    lotId: 'a',
    currency: 'redeemable' as const,
    activatesAt: someMeta.occurredAt,
    // Earned on 1 March, one month: to the end of 1 April.
    expiresAt: '2026-04-02T00:00:00.000Z',
    earnedOn: '2026-03-01',
    lastDay: '2026-04-01',
    ending: 'after_months' as const,
    rule: 'loyalty.default@1',
    ...data,
  },
});
const lot = (
  lotId: string,
  points: number,
  expiresAt: string | null = march,
  currency: 'redeemable' | 'qualifying' = 'redeemable',
): Extract<LoyaltyEvent, { type: 'PointsEarned' }> => ({
  type: 'PointsEarned',
  data: { lotId, points, currency, activatesAt: '2026-01-01T00:00:00.000Z', ...(expiresAt && { expiresAt }) },
});
const repaid = (lotId: string, points: number): LoyaltyEvent => ({
  type: 'PointsDebtSettled',
  data: { lotId, points },
});

const reserve = (points: number, redemptionId = 'r1'): LoyaltyCommand => ({
  type: 'ReserveRedemption',
  data: { redemptionId, points, rewardRef: 'upgrade' },
});
const reserved = (
  lots: Readonly<Record<string, number>>,
  occurredAt = someMeta.occurredAt,
  redemptionId = 'r1',
): LoyaltyEvent => {
  const allocations = Object.entries(lots).map(([lotId, points]) => ({ lotId, points }));
  const points = allocations.reduce((sum, allocation) => sum + allocation.points, 0);
  const reservedUntil = dayLater[occurredAt] ?? 'no day known';
  return {
    type: 'RedemptionReserved',
    data: { redemptionId, points, rewardRef: 'upgrade', allocations, reservedUntil },
  };
};
const commit: LoyaltyCommand = { type: 'CommitRedemption', data: { redemptionId: 'r1' } };
const committed: LoyaltyEvent = { type: 'RedemptionCommitted', data: { redemptionId: 'r1' } };
const release: LoyaltyCommand = { type: 'ReleaseRedemption', data: { redemptionId: 'r1' } };
const released: LoyaltyEvent = { type: 'RedemptionReleased', data: { redemptionId: 'r1' } };

const reason = 'cancelled';
const reverse = (lotId: string, points?: number): LoyaltyCommand => ({
  type: 'ReverseEarning',
  data: { lotId, reason, ...(points && { points }) },
});
const reversed = (lotId: string, points: number, fromLotRemaining: number, debtCreated: number): LoyaltyEvent => ({
  type: 'EarningReversed',
  data: { lotId, points, fromLotRemaining, debtCreated, reason },
});
const expire = (lotId: string): LoyaltyCommand => ({ type: 'ExpirePoints', data: { lotId } });
const expired = (lotId: string, points: number): LoyaltyEvent => ({ type: 'PointsExpired', data: { lotId, points } });

const spent60of70 = [enrolled, lot('a', 70), reserved({ a: 60 }), committed];
/** Lot `x`: 70 earned, 60 redeemed, a line worth 30 reversed. */
const owing20 = [
  ...[enrolled, lot('x', 70), reserved({ x: 60 }, tenth, 'r0')],
  { type: 'RedemptionCommitted' as const, data: { redemptionId: 'r0' } },
  reversed('x', 30, 10, 20),
];

const stateAfter = (...history: readonly LoyaltyEvent[]) =>
  history.map((fact) => stamped<LoyaltyEvent>(fact)).reduce(loyaltyAccount.evolve, loyaltyAccount.initial);
const needed = (command: LoyaltyCommand, ...history: readonly LoyaltyEvent[]) =>
  loyaltyAccount.needs?.(stamped<LoyaltyCommand>(command), stateAfter(...history), someCompany, {});
