import { misfits } from '#application';
import { at, someCompany, someMeta, specification, stamped } from '#testing';
import { loyaltyAccount } from './loyalty-account.decider.js';
import { BringOpeningBalance, EarnPoints, type LoyaltyCommand, type LoyaltyEvent } from './loyalty-account.messages.js';
import { LoyaltyProgramme } from './loyalty-programme.messages.js';

// The vectors and requirements of the domain, each by its number.

const rules: LoyaltyProgramme = { pointsPerUnit: 1, lockDays: 0, expiryMonths: 1, reservationHours: 24 };
const under = (some: Partial<LoyaltyProgramme>, zone = 'UTC') => {
  const { expiryMonths, ...rest } = rules;
  const body = { ...rest, ...(some.expiry === undefined && { expiryMonths }), ...some } as LoyaltyProgramme;
  return specification(loyaltyAccount, {
    company: { ...someCompany, zone },
    programme: { ref: 'loyalty.default@3', body },
  });
};
const { given, tells } = under({});

const sweep: LoyaltyCommand = { type: 'SweepLots', data: {} };
const commit: LoyaltyCommand = { type: 'CommitRedemption', data: { redemptionId: 'r' } };
const committed: LoyaltyEvent = { type: 'RedemptionCommitted', data: { redemptionId: 'r' } };
const release: LoyaltyCommand = { type: 'ReleaseRedemption', data: { redemptionId: 'r' } };
const giveBack: LoyaltyCommand = { type: 'ReverseRedemption', data: { redemptionId: 'r', reason: 'cancelled' } };

describe('L1, R-28, R-29: debits are tied to lots', () => {
  const history = [enrolled(), lot('a', 100, endOf('2026-01-31')), lot('b', 100, endOf('2026-02-28'))];
  it('a reward takes the oldest expiry first, and each point from its lot', () =>
    given(...history)
      .when(at('2026-01-10T00:00:00.000Z', reserve(120)))
      .then(reserved({ a: 100, b: 20 }, '2026-01-11T00:00:00.000Z')));
  it('so that the expiry of a spent lot takes nothing: 80 are left', () => {
    const spent = [...history, reserved({ a: 100, b: 20 }), committed];
    given(...spent)
      .when(at(endOf('2026-01-31'), sweep))
      .thenNothing();
    given(...spent)
      .when(at(endOf('2026-01-31'), reserve(80, 's')))
      .then(reserved({ b: 80 }, '2026-02-02T00:00:00.000Z', 's'));
    given(...spent)
      .when(at(endOf('2026-01-31'), reserve(81, 's')))
      .thenRejected('not-enough-points');
  });
});

describe('L2, R-35: a reversal takes what the line gave', () => {
  const eur = (amount: number) => ({ amount: amount * 100, currency: 'EUR' });
  const lines = [
    { lineId: 'A', spend: eur(10), points: 10 },
    { lineId: 'B', spend: eur(10), points: 20 },
    { lineId: 'C', spend: eur(20) },
  ];
  const given70 = [
    { lineId: 'A', points: 20, spend: eur(10) },
    { lineId: 'B', points: 30, spend: eur(10) },
    { lineId: 'C', points: 20, spend: eur(20) },
  ];
  const order = lot('o', 70, endOf('2026-04-01'), { lines: given70, rule: 'loyalty.default@1' });
  it('an order earns 70, line by line', () =>
    given(enrolled())
      .when({ type: 'EarnPoints', data: { lotId: 'o', lines } })
      .then({
        type: 'PointsEarned',
        data: {
          ...{ lotId: 'o', points: 70, currency: 'redeemable', lines: given70 },
          ...{ activatesAt: someMeta.occurredAt, expiresAt: endOf('2026-04-01') },
          ...{ earnedOn: '2026-03-01', lastDay: '2026-04-01', ending: 'after_months', rule: 'loyalty.default@3' },
        },
      }));
  it('the return of C takes 20, not its part of 70, and names the rule that granted them', () =>
    given(enrolled(), order)
      .when(reverse('o', { lineId: 'C' }))
      .then(reversed('o', 20, 20, 0, { lineId: 'C', rule: 'loyalty.default@1' })));
  it('a part of a line is returned, then all of it, then charged back: its 20 and no more (R-34)', () => {
    const some = reversed('o', 5, 5, 0, { lineId: 'C', rule: 'loyalty.default@1' });
    given(enrolled(), order)
      .when(reverse('o', { lineId: 'C', points: 5 }))
      .then(some);
    given(enrolled(), order, some)
      .when(reverse('o', { lineId: 'C' }))
      .then(reversed('o', 15, 15, 0, { lineId: 'C', rule: 'loyalty.default@1' }));
    given(enrolled(), order, reversed('o', 20, 20, 0, { lineId: 'C' }))
      .when(reverse('o', { lineId: 'C', points: 20 }))
      .thenNothing();
  });
  it('the whole order after one of its lines takes what the others gave', () => {
    given(enrolled(), order, reversed('o', 20, 20, 0, { lineId: 'C' }))
      .when(reverse('o'))
      .then(reversed('o', 50, 50, 0, { rule: 'loyalty.default@1' }));
    given(enrolled(), order, reversed('o', 70, 70, 0))
      .when(reverse('o', { lineId: 'A' }))
      .thenNothing();
  });
  it('only of a line that is there, and each once', () => {
    given(enrolled(), order)
      .when(reverse('o', { lineId: 'D' }))
      .thenRejected('line-unknown');
    given(enrolled())
      .when({ type: 'EarnPoints', data: { lotId: 'o', lines: [...lines, lines[0] as (typeof lines)[0]] } })
      .thenRejected('line-twice');
    given(enrolled())
      .when({ type: 'EarnPoints', data: { lotId: 'o', lines: [{ lineId: 'A' }] } })
      .thenRejected('points-or-spend');
  });
  it('a line that earned nothing takes nothing', () => {
    const two = [
      { lineId: 'A', points: 9 },
      { lineId: 'B', points: 0 },
    ];
    given(enrolled(), lot('o', 9, null, { lines: two }))
      .when(reverse('o', { lineId: 'B' }))
      .thenNothing();
  });
});

describe('L3, R-32: what was spent before it was taken back is owed', () => {
  const history = [enrolled(), lot('a', 70), lot('b', 100), reserved({ a: 60 }), committed];
  it('of 70 with 60 redeemed, 30 are taken back: 10 from the lot, 20 owed, and no other lot is touched', () =>
    given(...history)
      .when(reverse('a', { points: 30 }))
      .then(reversed('a', 30, 10, 20)));
  it('and the next 50 repay 20 first', () => {
    const { given: givenForEver } = under({ expiry: { method: 'never' } });
    givenForEver(...history, reversed('a', 30, 10, 20))
      .when({ type: 'EarnPoints', data: { lotId: 'c', points: 50 } })
      .then(
        {
          type: 'PointsEarned',
          data: {
            ...{ lotId: 'c', points: 50, currency: 'redeemable', activatesAt: someMeta.occurredAt },
            ...{ earnedOn: '2026-03-01', ending: 'never', rule: 'loyalty.default@3' },
          },
        },
        { type: 'PointsDebtSettled', data: { lotId: 'c', points: 20 } },
      );
  });
});

describe('L4, R-31, R-39: a lot is good to the end of the local day, whether or not anybody swept', () => {
  const { given: givenInShanghai } = under({}, 'Asia/Shanghai');
  const midnight = '2026-03-31T16:00:00.000Z';
  it('1 April, 00:10 in Shanghai: too late', () =>
    givenInShanghai(enrolled(), lot('a', 100, midnight))
      .when(at('2026-03-31T16:10:00.000Z', reserve(1)))
      .thenRejected('not-enough-points'));
  it('31 March, 23:59:59.999 in Shanghai: in time', () =>
    givenInShanghai(enrolled(), lot('a', 100, midnight))
      .when(at('2026-03-31T15:59:59.999Z', reserve(1)))
      .then(reserved({ a: 1 }, '2026-04-01T15:59:59.999Z')));
  it('and so is one whose lock ended', () => {
    const locked = lot('a', 100, endOf('2026-04-01'), { activatesAt: '2026-03-02T00:00:00.000Z' });
    given(enrolled(), locked)
      .when(at('2026-03-01T23:59:59.999Z', reserve(1)))
      .thenRejected('not-enough-points');
    given(enrolled(), locked)
      .when(at('2026-03-02T00:00:00.000Z', reserve(1)))
      .then(reserved({ a: 1 }, '2026-03-03T00:00:00.000Z'));
  });
});

describe('L5, R-33: a reward is cancelled after its points have expired', () => {
  const fifth = '2026-03-05T10:00:00.000Z';
  const history = [enrolled(), lot('a', 80, endOf('2026-03-01')), reserved({ a: 50 }), committed];
  const swept = [...history, expired('a', 30)];
  const restored = (more: object, points = 50): LoyaltyEvent => ({
    type: 'RedemptionReversed',
    data: { redemptionId: 'r', restored: [{ lotId: 'a', points, ...more }], reason: 'cancelled' },
  });
  const inGrace = restored({ expiresAt: endOf('2026-04-04'), lastDay: '2026-04-04', graceApplied: true });
  const grace = under({ restoring: { method: 'grace', days: 30 } });

  it('grace of 30 days: 50 are back until 4 April', () => {
    grace
      .given(...swept)
      .when(at(fifth, giveBack))
      .then(inGrace);
    grace
      .given(...swept, inGrace)
      .when(at('2026-04-04T23:59:59.999Z', reserve(50, 's')))
      .then(reserved({ a: 50 }, '2026-04-05T23:59:59.999Z', 's'));
    grace
      .given(...swept, inGrace)
      .when(at(endOf('2026-04-04'), sweep))
      .then({ type: 'PointsExpired', data: { lotId: 'a', points: 50, lastDay: '2026-04-04', ending: 'grace' } });
  });
  it('what nobody swept of the lot is not revived', () =>
    grace
      .given(...history)
      .when(at(fifth, giveBack))
      .then(expired('a', 30), inGrace));
  it('forfeit, as without a rule: back in the lot with its own end, and lost at once', () => {
    for (const { given } of [under({}), under({ restoring: { method: 'forfeit' } })])
      given(...swept)
        .when(at(fifth, giveBack))
        .then(restored({ expiresAt: endOf('2026-03-01') }), expired('a', 50));
  });
  it('reinstatement: as if earned anew, within so many days of the end', () => {
    const { given } = under({ restoring: { method: 'reinstatement', days: 4 } });
    const renewed = { expiresAt: endOf('2026-04-05'), lastDay: '2026-04-05', reinstated: true };
    given(...swept)
      .when(at(fifth, giveBack))
      .then(restored(renewed));
    given(...swept)
      .when(at('2026-03-06T00:00:00.000Z', giveBack))
      .then(restored({ expiresAt: endOf('2026-03-01') }), expired('a', 50));
  });
  it('reinstatement where points never end, or where all have ended', () => {
    const restoring = { method: 'reinstatement' as const, days: 4 };
    under({ restoring, expiry: { method: 'never' } })
      .given(...swept)
      .when(at(fifth, giveBack))
      .then(restored({ reinstated: true }));
    under({ restoring, expiry: { method: 'fixed_date', on: '2026-03-04' } })
      .given(...swept)
      .when(at(fifth, giveBack))
      .then(restored({ expiresAt: endOf('2026-03-01') }), expired('a', 50));
  });
  it('in time: to its lot, with its own end', () =>
    grace
      .given(enrolled(), lot('a', 80), reserved({ a: 50 }), committed)
      .when(at(fifth, giveBack))
      .then(restored({ expiresAt: endOf('2026-04-01') })));
  it('to a lot without end', () =>
    grace
      .given(enrolled(), lot('a', 80, null), reserved({ a: 50 }), committed)
      .when(at(fifth, giveBack))
      .then(restored({})));
  it('what is owed is repaid first', () =>
    grace
      .given(...swept, reversed('a', 80, 0, 50))
      .when(at(fifth, giveBack))
      .then(inGrace, { type: 'PointsDebtSettled', data: { lotId: 'a', points: 50 } }));
  it('before it was handed out: the same rules', () => {
    const { type, data } = inGrace as Extract<LoyaltyEvent, { type: 'RedemptionReversed' }>;
    const reservedOnly = [
      ...[enrolled(), lot('a', 80, endOf('2026-03-01'))],
      ...[reserved({ a: 50 }, '2026-03-06T00:00:00.000Z'), expired('a', 30)],
    ];
    grace
      .given(...reservedOnly)
      .when(at(fifth, release))
      .then({ type: 'RedemptionReleased', data: { redemptionId: 'r', restored: data.restored } });
    given(...reservedOnly)
      .when(at(fifth, release))
      .then({ type: 'RedemptionReleased', data: { redemptionId: 'r' } }, expired('a', 50));
    expect(type).toBe('RedemptionReversed');
  });
  it('once, and only one that was handed out', () => {
    grace
      .given(...swept, inGrace)
      .when(at(fifth, giveBack))
      .thenNothing();
    grace
      .given(enrolled(), lot('a', 80), reserved({ a: 50 }))
      .when(giveBack)
      .thenRejected('redemption-not-committed');
    grace.given(enrolled()).when(giveBack).thenRejected('redemption-unknown');
    grace
      .given(...swept, inGrace)
      .when(release)
      .thenRejected('redemption-committed');
    grace
      .given(...swept, inGrace)
      .when(commit)
      .thenNothing();
  });
});

it('L6, R-34: refunded, then charged back: 0 more', () => {
  given(enrolled(), lot('a', 70), reversed('a', 30, 30, 0))
    .when(reverse('a', { points: 30 }))
    .thenNothing();
  given(enrolled(), lot('a', 70), reversed('a', 70, 70, 0))
    .when(reverse('a'))
    .thenNothing();
});

describe('L7: the service is cancelled on day 3 of a lock of 7 days', () => {
  const { given: givenLocked } = under({ lockDays: 7 });
  const begin = '2026-03-08T00:00:00.000Z';
  const pending = lot('a', 70, endOf('2026-04-01'), { activatesAt: begin });
  it('the lot is void, and never becomes active', () => {
    givenLocked(enrolled(), pending)
      .when(at('2026-03-04T09:00:00.000Z', reverse('a')))
      .then(reversed('a', 70, 70, 0));
    givenLocked(enrolled(), pending, reversed('a', 70, 70, 0))
      .when(at(begin, sweep))
      .thenNothing();
  });
  it('otherwise it becomes active when the lock ends', () =>
    givenLocked(enrolled(), pending)
      .when(at(begin, sweep))
      .then({ type: 'PointsActivated', data: { lotId: 'a', points: 70 } }));
});

it('L8, R-39: 29 March 2026 ends at 23:00 UTC in London', () => {
  const { given } = under({ expiry: { method: 'fixed_date', on: '2026-03-29' } }, 'Europe/London');
  given(enrolled())
    .when({ type: 'EarnPoints', data: { lotId: 'a', points: 1 } })
    .then(
      lot('a', 1, '2026-03-29T23:00:00.000Z', {
        ...{ activatesAt: someMeta.occurredAt, earnedOn: '2026-03-01', lastDay: '2026-03-29' },
        ...{ ending: 'fixed_date', rule: 'loyalty.default@3' },
      }),
    );
});

describe('R-39: points end with a local day', () => {
  const lastDays = (expiry: LoyaltyProgramme['expiry'], days: Readonly<Record<string, string>>, zone = 'UTC') => {
    const programme = { ref: 'loyalty.default@1', body: { ...rules, zone, ...(expiry && { expiry }) } };
    const state = loyaltyAccount.evolve(loyaltyAccount.initial, stamped<LoyaltyEvent>(enrolled()));
    for (const [instant, lastDay] of Object.entries(days)) {
      const earn: LoyaltyCommand = { type: 'EarnPoints', data: { lotId: 'a', points: 1 } };
      const facts = loyaltyAccount.decide(at(instant, earn), state, { company: someCompany, programme });
      expect([instant, facts]).toMatchObject([instant, [{ data: { lastDay } }]]);
    }
  };
  const noon = (day: string) => `${day}T12:00:00.000Z`;
  it('so many days after', () => lastDays({ method: 'after_days', days: 30 }, { [noon('2026-01-30')]: '2026-03-01' }));
  it('so many months after', () =>
    lastDays(
      { method: 'after_months', months: 1 },
      { [noon('2026-01-31')]: '2026-02-28', [noon('2028-01-31')]: '2028-02-29' },
    ));
  it('of the month, or of a later one', () => {
    lastDays(
      { method: 'end_of_month', months: 0 },
      { [noon('2026-02-01')]: '2026-02-28', [noon('2028-02-29')]: '2028-02-29', [noon('2026-12-31')]: '2026-12-31' },
    );
    lastDays({ method: 'end_of_month', months: 3 }, { [noon('2026-11-30')]: '2027-02-28' });
  });
  it('of the year, or of a later one', () => {
    lastDays({ method: 'end_of_year', years: 0 }, { [noon('2026-12-31')]: '2026-12-31' });
    lastDays({ method: 'end_of_year', years: 2 }, { [noon('2026-01-01')]: '2028-12-31' });
  });
  it('of a date', () => lastDays({ method: 'fixed_date', on: '2026-06-30' }, { [noon('2026-06-30')]: '2026-06-30' }));
  it('in the zone of the programme, not of the company', () =>
    lastDays(
      { method: 'after_days', days: 1 },
      { '2026-03-01T15:59:59.999Z': '2026-03-02', '2026-03-01T16:00:00.000Z': '2026-03-03' },
      'Asia/Shanghai',
    ));
});

describe('R-39: points that last while their member is active', () => {
  const { given: givenActive } = under({ expiry: { method: 'inactivity', months: 6 } });
  const asleep = { ending: 'inactivity' } as const;
  const extended: LoyaltyEvent = {
    type: 'ExpiryExtended',
    data: { expiresAt: endOf('2026-09-01'), lastDay: '2026-09-01' },
  };
  const history = [
    enrolled(),
    lot('a', 100, endOf('2026-04-01'), asleep),
    lot('gone', 100, endOf('2026-02-01'), asleep),
    lot('fixed', 100, endOf('2026-04-01')),
  ];
  it('last longer with the next earning', () =>
    givenActive(...history)
      .when({ type: 'EarnPoints', data: { lotId: 'b', points: 1 } })
      .then(
        lot('b', 1, endOf('2026-09-01'), {
          ...{ activatesAt: someMeta.occurredAt, earnedOn: '2026-03-01', lastDay: '2026-09-01' },
          ...{ ...asleep, rule: 'loyalty.default@3' },
        }),
        extended,
      ));
  it('last longer with the next reward', () =>
    givenActive(...history, reserved({ a: 10 }))
      .when(commit)
      .then(committed, extended));
  it('neither what had ended nor what ends by another rule is moved', () => {
    givenActive(...history, extended)
      .when(at(endOf('2026-04-01'), sweep))
      .then(expired('fixed', 100));
    givenActive(...history, extended)
      .when(at(endOf('2026-02-01'), sweep))
      .then(expired('gone', 100, { ...asleep }));
    givenActive(...history, extended)
      .when(at(endOf('2026-09-01'), sweep))
      .then(expired('a', 100, { ...asleep, lastDay: '2026-09-01' }));
  });
  it('are never shortened by activity that is told late', () =>
    givenActive(...history, extended)
      .when(at('2026-02-10T00:00:00.000Z', { type: 'EarnPoints', data: { lotId: 'b', points: 1 } }))
      .then(
        lot('b', 1, endOf('2026-08-10'), {
          ...{ activatesAt: '2026-02-10T00:00:00.000Z', earnedOn: '2026-02-10', lastDay: '2026-08-10' },
          ...{ ...asleep, rule: 'loyalty.default@3' },
        }),
      ));
});

describe('R-31, R-32: the sweep', () => {
  it('records what ends at that very instant: what was left of that lot, and why', () => {
    const told = { earnedOn: '2026-03-01', lastDay: '2026-04-01', ending: 'after_months' as const };
    given(enrolled(), lot('a', 100, endOf('2026-04-01'), told), lot('b', 100, endOf('2026-04-02')), reserved({ a: 60 }))
      .when(at(endOf('2026-04-01'), sweep))
      .then(expired('a', 40, told));
  });
  it('is silent at any other instant, and about lots whose turn was missed', () => {
    const history = [enrolled(), lot('a', 100, endOf('2026-03-01')), lot('b', 100, endOf('2026-04-01'))];
    given(...history)
      .when(at('2026-03-02T00:00:00.001Z', sweep))
      .thenNothing();
    given(...history)
      .when(at(endOf('2026-04-01'), sweep))
      .then(expired('b', 100));
  });
  it('needs an account', () => given().when(sweep).thenRejected('not-enrolled'));
});

describe('R-31, rule 2: a reservation that nobody ends', () => {
  const until = '2026-03-02T09:00:00.000Z';
  const before = '2026-03-02T08:59:59.999Z';
  const held = [enrolled(), lot('a', 100, endOf('2026-04-01')), reserved({ a: 60 }, until)];
  const lapsed: LoyaltyEvent = { type: 'RedemptionReleased', data: { redemptionId: 'r', cause: 'lapsed' } };
  it('lapses when its time is over: its points are back in the lots they came from', () => {
    given(...held)
      .when(at(until, sweep))
      .then(lapsed);
    given(...held, lapsed)
      .when(at(until, reserve(100, 's')))
      .then(reserved({ a: 100 }, '2026-03-03T09:00:00.000Z', 's'));
  });
  it('lapses at no other instant, nor when it was ended', () => {
    for (const instant of [before, '2026-03-02T09:00:00.001Z'])
      given(...held)
        .when(at(instant, sweep))
        .thenNothing();
    for (const end of [committed, lapsed, { type: 'RedemptionReleased', data: { redemptionId: 'r' } } as const])
      given(...held, end)
        .when(at(until, sweep))
        .thenNothing();
  });
  it('is redeemed until then and no longer, whether or not anybody swept', () => {
    given(...held)
      .when(at(before, commit))
      .then(committed);
    given(...held)
      .when(at(until, commit))
      .thenRejected('redemption-lapsed');
    given(...held, lapsed)
      .when(at(until, commit))
      .thenRejected('redemption-lapsed');
    given(...held, lapsed)
      .when(at(until, giveBack))
      .thenRejected('redemption-not-committed');
  });
  it('is given back once, by its time or by somebody', () => {
    given(...held)
      .when(at(until, release))
      .thenNothing();
    given(...held, lapsed)
      .when(at(until, release))
      .thenNothing();
  });
  it('holds nothing from then on, though nobody swept: who asks for the points records that it lapsed', () => {
    given(...held)
      .when(at(before, reserve(41, 's')))
      .thenRejected('not-enough-points');
    given(...held)
      .when(at(until, reserve(100, 's')))
      .then(lapsed, reserved({ a: 100 }, '2026-03-03T09:00:00.000Z', 's'));
    given(...held)
      .when(at(until, reverse('a')))
      .then(lapsed, reversed('a', 100, 100, 0));
    given(...held, lapsed, reserved({ a: 100 }, '2026-03-03T09:00:00.000Z', 's'))
      .when(at(until, sweep))
      .thenNothing();
  });
  it('of a lot that has ended meanwhile is lost, for nobody cancelled anything: no grace', () => {
    const { given: givenGrace } = under({ restoring: { method: 'grace', days: 30 } });
    const ended = [enrolled(), lot('a', 100, endOf('2026-03-01')), reserved({ a: 60 }, until)];
    givenGrace(...ended, expired('a', 40))
      .when(at(until, sweep))
      .then(lapsed, expired('a', 60));
    // Swept by nobody, neither the lot nor the reservation.
    givenGrace(...ended, lot('b', 10))
      .when(at(until, reserve(10, 's')))
      .then(lapsed, expired('a', 100), reserved({ b: 10 }, '2026-03-03T09:00:00.000Z', 's'));
  });
  it('of a lot that ends with it is lost, and said once', () =>
    given(enrolled(), lot('a', 100, until), reserved({ a: 60 }, until))
      .when(at(until, sweep))
      .then(lapsed, expired('a', 100)));
  it('repays first what is owed, as it stood when it lapsed', () => {
    const owing = [...held, reversed('a', 70, 40, 30)];
    const repaid: LoyaltyEvent = { type: 'PointsDebtSettled', data: { lotId: 'a', points: 30 } };
    given(...owing)
      .when(at(until, sweep))
      .then(lapsed, repaid);
    given(...owing, lot('b', 10, endOf('2026-04-03')))
      .when(at('2026-04-02T09:00:00.000Z', reserve(10, 's')))
      .then(lapsed, repaid, expired('a', 30), reserved({ b: 10 }, '2026-04-03T09:00:00.000Z', 's'));
  });
  it('several lapse in the order of their ends', () =>
    given(
      ...[enrolled(), lot('a', 100), lot('b', 100)],
      ...[reserved({ b: 10 }, until, 's'), reserved({ a: 10 }, before, 'r')],
    )
      .when(at(until, reserve(1, 't')))
      .then(
        ...[lapsed, { ...lapsed, data: { ...lapsed.data, redemptionId: 's' } } as LoyaltyEvent],
        reserved({ a: 1 }, '2026-03-03T09:00:00.000Z', 't'),
      ));
  it('of history ends as history says', () => {
    const told = at('2026-03-05T09:00:00.000Z', commit);
    given(...held)
      .when({ ...told, meta: { ...told.meta, backfill: true } })
      .then(committed);
  });
});

describe('R-38: an opening balance', () => {
  const bring = (data: object): LoyaltyCommand => ({
    type: 'BringOpeningBalance',
    data: { lotId: 'old', points: 250, ...data },
  });
  const brought = (data: object): LoyaltyEvent => ({
    type: 'OpeningBalanceBrought',
    data: {
      ...{
        lotId: 'old',
        points: 250,
        currency: 'redeemable',
        activatesAt: someMeta.occurredAt,
        earnedOn: '2026-03-01',
      },
      ...data,
    },
  });
  const own = brought({ expiresAt: '2026-12-31T16:00:00.000Z', lastDay: '2026-12-31' });
  const { given: givenInShanghai } = under({}, 'Asia/Shanghai');
  it('is a lot with an end of its own, by the days of the programme', () => {
    givenInShanghai(enrolled())
      .when(bring({ lastDay: '2026-12-31' }))
      .then(own);
    givenInShanghai(enrolled())
      .when(bring({ activatesOn: '2026-04-01', currency: 'qualifying' }))
      .then(brought({ activatesAt: '2026-03-31T16:00:00.000Z', currency: 'qualifying' }));
  });
  it('is spent and expires like any other', () => {
    given(enrolled(), own, lot('b', 100, endOf('2027-01-01')))
      .when(reserve(300))
      .then(reserved({ old: 250, b: 50 }, '2026-03-02T09:00:00.000Z'));
    given(enrolled(), own)
      .when(at('2026-12-31T16:00:00.000Z', sweep))
      .then(expired('old', 250, { earnedOn: '2026-03-01', lastDay: '2026-12-31', ending: 'own' }));
  });
  it('repays what is owed, and is brought once', () => {
    given(enrolled(), lot('a', 70), reserved({ a: 70 }), committed, reversed('a', 70, 0, 70))
      .when(bring({}))
      .then(brought({}), { type: 'PointsDebtSettled', data: { lotId: 'old', points: 70 } });
    given(enrolled(), own).when(bring({})).thenNothing();
  });
  it('that nobody could ever spend is refused', () => {
    given(enrolled())
      .when(bring({ lastDay: '2026-02-28' }))
      .thenRejected('expires-before-active');
    given(enrolled())
      .when(bring({ activatesOn: '2026-05-01', lastDay: '2026-04-30' }))
      .thenRejected('expires-before-active');
  });
  it('needs a programme', () =>
    specification(loyaltyAccount).given(enrolled()).when(bring({})).thenRejected('programme-unknown'));
});

describe('bad rules and numbers are refused', () => {
  const refusedIn = (body: object) => misfits(body, [LoyaltyProgramme]).map(({ pointer }) => pointer);
  const { expiryMonths: _, ...rest } = rules;
  it('points that would end before they begin', () => {
    under({ lockDays: 7, expiry: { method: 'fixed_date', on: '2026-03-05' } })
      .given(enrolled())
      .when({ type: 'EarnPoints', data: { lotId: 'a', points: 1 } })
      .thenRejected('expires-before-active');
    expect(refusedIn({ ...rules, lockDays: 29 })).toEqual(['/lockDays']);
    expect(refusedIn({ ...rules, lockDays: 28 })).toEqual([]);
    expect(refusedIn({ ...rest, lockDays: 1, expiry: { method: 'end_of_month', months: 0 } })).toEqual(['/lockDays']);
    expect(refusedIn({ ...rest, lockDays: 1, expiry: { method: 'end_of_year', years: 0 } })).toEqual(['/lockDays']);
    expect(refusedIn({ ...rest, lockDays: 8, expiry: { method: 'after_days', days: 7 } })).toEqual(['/lockDays']);
    expect(refusedIn({ ...rest, lockDays: 3_650, expiry: { method: 'never' } })).toEqual([]);
  });
  it('an unknown zone', () => expect(refusedIn({ ...rules, zone: 'Europe/Lundun' })).toEqual(['/zone']));
  it('an expiry that counts with nothing, with something else, or twice', () => {
    const expiring = (expiry: object) => refusedIn({ ...rest, expiry });
    expect(expiring({ method: 'after_days' })).toEqual(['/expiry/method']);
    expect(expiring({ method: 'after_months', months: 0 })).toContain('/expiry/method');
    expect(expiring({ method: 'fixed_date', on: '2026-02-30' })).toEqual(['/expiry/on']);
    expect(expiring({ method: 'never', days: 3 })).toEqual(['/expiry/method']);
    expect(expiring({ method: 'sometimes' })).toContain('/expiry/method');
    expect(refusedIn({ ...rules, expiry: { method: 'never' } })).toEqual(['/expiryMonths']);
    expect(expiring({ method: 'after_months', months: 1e9 })).toEqual(['/expiry/months']);
  });
  it('a grace without days, and days without a grace', () => {
    expect(refusedIn({ ...rules, restoring: { method: 'grace' } })).toEqual(['/restoring/method']);
    expect(refusedIn({ ...rules, restoring: { method: 'forfeit', days: 1 } })).toEqual(['/restoring/method']);
  });
  it('a valuation that is worth less than nothing, of no points, or of more breakage than there is', () => {
    const worth = { amount: 100, currency: 'EUR' };
    const valued = (valuation: object) =>
      refusedIn({ ...rules, valuation: { points: 100, worth, expectedBreakage: 0.2, ...valuation } });
    expect(valued({})).toEqual([]);
    expect(valued({ worth: { ...worth, amount: -1 } })).toEqual(['/valuation/worth']);
    expect(valued({ worth: undefined })).toContain('/valuation/worth');
    expect(valued({ points: 0 })).toEqual(['/valuation/points']);
    expect(valued({ expectedBreakage: 1.01 })).toEqual(['/valuation/expectedBreakage']);
    expect(valued({ expectedBreakage: 0.00001 })).toEqual(['/valuation/expectedBreakage']);
  });
  it('points below one', () => {
    for (const points of [0, -1, 1.5]) {
      expect(misfits({ lotId: 'a', points }, [EarnPoints])).toMatchObject([{ pointer: '/points' }]);
      expect(misfits({ lotId: 'a', points }, [BringOpeningBalance])[0]).toMatchObject({ pointer: '/points' });
    }
  });
});

it('each expiry is told with its reason', () => {
  const told = { earnedOn: '2025-03-01', lastDay: '2026-03-01' };
  const why = {
    after_days: 'Points expired unused: 5, earned on 2025-03-01 and good until 2026-03-01',
    after_months: 'Points expired unused: 5, earned on 2025-03-01 and good until 2026-03-01',
    end_of_month: 'Points expired unused: 5, earned on 2025-03-01 and good to the end of a month, 2026-03-01',
    end_of_year: 'Points expired unused: 5, earned on 2025-03-01 and good to the end of a year, 2026-03-01',
    fixed_date: 'Points expired unused: 5, as all points of the programme did after 2026-03-01',
    inactivity:
      'Points expired unused: 5, earned on 2025-03-01; nothing was earned or redeemed for too long before 2026-03-01',
    own: 'Points expired unused: 5, carried over from before and good until 2026-03-01',
    grace: 'Points expired unused: 5, back from a cancelled reward and good for some days more, until 2026-03-01',
    reinstatement: 'Points expired unused: 5, back from a cancelled reward and good until 2026-03-01',
  } as const;
  for (const [ending, text] of Object.entries(why))
    tells(expired('a', 5, { ...told, ending: ending as keyof typeof why }), text);
  tells({ type: 'PointsActivated', data: { lotId: 'a', points: 5 } }, 'Points may be spent from now on: 5');
  tells(
    { type: 'ExpiryExtended', data: { expiresAt: endOf('2026-09-01'), lastDay: '2026-09-01' } },
    'Was active, so points last until 2026-09-01',
  );
  const opening = { lotId: 'a', points: 5, currency: 'redeemable', activatesAt: someMeta.occurredAt } as const;
  tells(
    { type: 'OpeningBalanceBrought', data: { ...opening, earnedOn: '2026-03-01' } },
    'Points carried over from before: 5',
  );
  tells(
    { type: 'OpeningBalanceBrought', data: { ...opening, earnedOn: '2026-03-01', lastDay: '2026-12-31' } },
    'Points carried over from before: 5, to be spent until 2026-12-31',
  );
  const back = { lotId: 'a', points: 30 };
  tells(
    { type: 'RedemptionReversed', data: { redemptionId: 'r', restored: [back], reason: 'cancelled' } },
    'The reward was cancelled, and the points are back: 30',
  );
  const late = { lotId: 'b', points: 20, lastDay: '2026-04-04', graceApplied: true };
  tells(
    { type: 'RedemptionReversed', data: { redemptionId: 'r', restored: [back, late], reason: 'cancelled' } },
    'The reward was cancelled, and the points are back: 50, of which 20 had expired and may be spent until 2026-04-04',
  );
});

type Data<M extends { type: string; data: object }, T extends M['type']> = Extract<M, { type: T }>['data'];

function enrolled(): LoyaltyEvent {
  return { type: 'MemberEnrolled', data: { member: '01900000-0000-7000-8000-0000000000c1', programme: 'default' } };
}
/** The end of a day in UTC. */
function endOf(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + 86_400_000).toISOString();
}
function lot(
  lotId: string,
  points: number,
  expiresAt: string | null = endOf('2026-04-01'),
  more: Partial<Data<LoyaltyEvent, 'PointsEarned'>> = {},
): LoyaltyEvent {
  const begun = { currency: 'redeemable' as const, activatesAt: '2026-01-01T00:00:00.000Z' };
  return { type: 'PointsEarned', data: { lotId, points, ...begun, ...(expiresAt && { expiresAt }), ...more } };
}
function expired(lotId: string, points: number, more: Partial<Data<LoyaltyEvent, 'PointsExpired'>> = {}): LoyaltyEvent {
  return { type: 'PointsExpired', data: { lotId, points, ...more } };
}
function reserve(points: number, redemptionId = 'r'): LoyaltyCommand {
  return { type: 'ReserveRedemption', data: { redemptionId, points } };
}
function reserved(
  lots: Readonly<Record<string, number>>,
  reservedUntil = '2026-03-02T09:00:00.000Z',
  redemptionId = 'r',
): LoyaltyEvent {
  const allocations = Object.entries(lots).map(([lotId, points]) => ({ lotId, points }));
  const points = allocations.reduce((sum, one) => sum + one.points, 0);
  return { type: 'RedemptionReserved', data: { redemptionId, points, allocations, reservedUntil } };
}
function reverse(lotId: string, more: { lineId?: string; points?: number } = {}): LoyaltyCommand {
  return { type: 'ReverseEarning', data: { lotId, reason: 'cancelled', ...more } };
}
function reversed(
  lotId: string,
  points: number,
  fromLotRemaining: number,
  debtCreated: number,
  more: { lineId?: string; rule?: string } = {},
): LoyaltyEvent {
  return {
    type: 'EarningReversed',
    data: { lotId, points, fromLotRemaining, debtCreated, reason: 'cancelled', ...more },
  };
}
