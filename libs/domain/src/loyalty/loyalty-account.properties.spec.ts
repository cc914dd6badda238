import fc from 'fast-check';
import { isRejection, laterBy } from '#kernel';
import { at, deepFreeze, someCompany } from '#testing';
import { loyaltyAccount } from './loyalty-account.decider.js';
import type { LoyaltyCommand, LoyaltyEvent } from './loyalty-account.messages.js';

const member = '01900000-0000-7000-8000-0000000000c1';
const programme = {
  ref: 'loyalty.default@1',
  body: { pointsPerUnit: 1, lockDays: 2, expiryMonths: 1, reservationHours: 24 },
};
const policies = { company: someCompany, programme };

const lotId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const redemptionId = fc.constantFrom('r', 's', 't', 'u', 'v', 'w', 'x', 'y');
const points = fc.integer({ min: 1, max: 100 });
const currency = fc.constantFrom('redeemable' as const, 'redeemable' as const, 'qualifying' as const);
const wish: fc.Arbitrary<LoyaltyCommand> = fc.oneof(
  fc.record({ lotId, points, currency }).map((data) => ({ type: 'EarnPoints' as const, data })),
  fc.record({ redemptionId, points }).map((data) => ({ type: 'ReserveRedemption' as const, data })),
  fc.record({ redemptionId }).map((data) => ({ type: 'CommitRedemption' as const, data })),
  fc.record({ redemptionId }).map((data) => ({ type: 'ReleaseRedemption' as const, data })),
  fc
    .record({ lotId, points, reason: fc.constant('refund') }, { requiredKeys: ['lotId', 'reason'] })
    .map((data) => ({ type: 'ReverseEarning' as const, data })),
  fc.record({ lotId }).map((data) => ({ type: 'ExpirePoints' as const, data })),
);
/** Wishes and the days that pass before each. */
const story = fc.array(fc.tuple(wish, fc.integer({ min: 0, max: 3 })), { minLength: 20, maxLength: 60, size: 'max' });

type Account = Extract<typeof loyaltyAccount.initial, { status: 'enrolled' }>;
type Step = {
  command: LoyaltyCommand;
  facts: readonly LoyaltyEvent[];
  again: readonly LoyaltyEvent[];
  before: Account;
  after: Account;
};

const DAY_MS = 86_400_000;
const told = (wishes: readonly (readonly [LoyaltyCommand, number])[]): readonly Step[] => {
  let day = 0;
  let account = loyaltyAccount.initial;
  const enrol: LoyaltyCommand = { type: 'EnrolMember', data: { member } };
  return [[enrol, 0] as const, ...wishes].map(([wished, days]) => {
    day += days;
    const command = at(laterBy(day * DAY_MS, '2026-01-01T09:00:00.000Z'), wished);
    const before = account;
    const decision = loyaltyAccount.decide(command, before, policies);
    const facts = isRejection(decision) ? [] : decision;
    account = facts
      .map((fact) => ({ ...fact, meta: command.meta }))
      .reduce((state, fact) => deepFreeze(loyaltyAccount.evolve(state, fact)), before);
    const again = loyaltyAccount.decide(command, account, policies);
    return {
      command: wished,
      facts,
      again: isRejection(again) ? [] : again,
      before: before as Account,
      after: account as Account,
    };
  });
};
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const remainingOf = ({ lots }: Account) => sum(lots.map(({ remaining }) => remaining));
const owedBy = ({ debt }: Account) => debt.redeemable + debt.qualifying;

/** The books, kept from the facts alone. */
const booked = (facts: readonly LoyaltyEvent[]) => {
  const of = <T extends LoyaltyEvent['type']>(type: T) =>
    facts.filter((fact) => fact.type === type).map(({ data }) => data as Extract<LoyaltyEvent, { type: T }>['data']);
  const points = (data: readonly { points: number }[]) => sum(data.map((one) => one.points));
  const released = of('RedemptionReleased').map((one) => one.redemptionId);
  return {
    earned: points(of('PointsEarned')),
    // Reserved and not given back: still held, or redeemed.
    used: points(of('RedemptionReserved').filter((one) => !released.includes(one.redemptionId))),
    expired: points(of('PointsExpired')),
    fromLots: sum(of('EarningReversed').map((one) => one.fromLotRemaining)),
    owed: sum(of('EarningReversed').map((one) => one.debtCreated)),
    settled: points(of('PointsDebtSettled')),
  };
};

describe('whatever happens to an account', () => {
  const always = (holds: (steps: readonly Step[], account: Account, facts: readonly LoyaltyEvent[]) => void) =>
    fc.assert(
      fc.property(story, (wishes) => {
        const steps = told(wishes);
        const account = steps.at(-1)?.after as Account;
        holds(
          steps,
          account,
          steps.flatMap(({ facts }) => facts),
        );
      }),
      { numRuns: 200 },
    );

  it('what remains less what is owed is the balance', () =>
    always((_, account, facts) => {
      const { earned, used, expired, fromLots, owed } = booked(facts);
      expect(remainingOf(account) - owedBy(account)).toBe(earned - used - expired - fromLots - owed);
    }));

  it('every point earned is somewhere', () =>
    always((_, account, facts) => {
      const { earned, used, expired, fromLots, settled } = booked(facts);
      expect(earned).toBe(remainingOf(account) + used + expired + fromLots + settled);
    }));

  it('no lot falls below nothing or rises above what was earned, and nobody owes less than nothing', () =>
    always((steps) => {
      const fits = ({ earned, remaining, reversed, expired }: Account['lots'][number]) =>
        Math.min(remaining, reversed, expired) >= 0 && Math.max(remaining, reversed) <= earned;
      const isSound = ({ after: { lots, debt } }: Step) =>
        lots.every(fits) && Math.min(debt.redeemable, debt.qualifying) >= 0;
      expect(steps.filter((step) => !isSound(step))).toEqual([]);
    }));

  it('nobody spends beyond their balance', () =>
    always((steps) => {
      const rewarded = steps.filter(({ facts }) => facts[0]?.type === 'RedemptionReserved');
      const balances = rewarded.map(({ after }) => {
        const lots = after.lots.filter((lot) => lot.currency === 'redeemable');
        return sum(lots.map(({ remaining }) => remaining)) - after.debt.redeemable;
      });
      expect(balances.filter((balance) => balance < 0)).toEqual([]);
    }));

  it('a reversal leaves all other lots alone', () =>
    always((steps) => {
      const others = ({ lots }: Account, { data }: LoyaltyCommand) =>
        lots.filter((lot) => 'lotId' in data && lot.lotId !== data.lotId);
      const reversals = steps.filter(({ facts }) => facts[0]?.type === 'EarningReversed');
      expect(reversals.map(({ after, command }) => others(after, command))).toEqual(
        reversals.map(({ before, command }) => others(before, command)),
      );
    }));

  it('asking twice records nothing', () =>
    always((steps) => expect(steps.filter(({ again }) => again.length > 0)).toEqual([])));

  it('leads through every kind of fact', () => {
    const seen = new Set(
      fc
        .sample(story, { numRuns: 150, seed: 7 })
        .flatMap((wishes) => told(wishes).flatMap(({ facts }) => facts.map(({ type }) => type))),
    );
    expect([...seen].sort()).toEqual(Object.keys(loyaltyAccount.events).sort());
  });
});
