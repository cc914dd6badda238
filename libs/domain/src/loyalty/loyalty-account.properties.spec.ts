import fc from 'fast-check';
import { isRejection, laterBy } from '#kernel';
import { at, deepFreeze, runs, someCompany } from '#testing';
import { lapsedBy } from './lapsing.js';
import { allocate, isExpired, isSpendable, promisesOf } from './lots.js';
import { loyaltyAccount } from './loyalty-account.decider.js';
import type { LoyaltyCommand, LoyaltyEvent } from './loyalty-account.messages.js';
import type { LoyaltyProgramme } from './loyalty-programme.messages.js';

const member = '01900000-0000-7000-8000-0000000000c1';
// Some rewards are taken in time, some lapse.
const rules: LoyaltyProgramme = { pointsPerUnit: 1, lockDays: 2, expiryMonths: 1, reservationHours: 240 };
const { expiryMonths: _, ...rest } = rules;
const programmes: readonly LoyaltyProgramme[] = [
  rules,
  { ...rules, reservationHours: 24 },
  { ...rules, reservationHours: 30, restoring: { method: 'grace', days: 10 } },
  { ...rules, restoring: { method: 'grace', days: 10 } },
  { ...rules, restoring: { method: 'reinstatement', days: 10 } },
  { ...rest, expiry: { method: 'inactivity', months: 1 }, restoring: { method: 'grace', days: 3 } },
  { ...rest, expiry: { method: 'after_days', days: 5 } },
];

const lotId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const redemptionId = fc.constantFrom('r', 's', 't', 'u', 'v', 'w', 'x', 'y');
const points = fc.integer({ min: 1, max: 100 });
const currency = fc.constantFrom('redeemable' as const, 'redeemable' as const, 'qualifying' as const);
const wish: fc.Arbitrary<LoyaltyCommand> = fc.oneof(
  fc.record({ lotId, points, currency }).map((data) => ({ type: 'EarnPoints' as const, data })),
  fc.record({ redemptionId, points }).map((data) => ({ type: 'ReserveRedemption' as const, data })),
  fc.record({ redemptionId }).map((data) => ({ type: 'CommitRedemption' as const, data })),
  fc
    .record({ redemptionId, reason: fc.constant('cancelled') })
    .map((data) => ({ type: 'ReverseRedemption' as const, data })),
  fc
    .record({ lotId, points, currency, lastDay: fc.constantFrom('2026-01-20', '2026-02-10', '2026-03-01') })
    .map((data) => ({ type: 'BringOpeningBalance' as const, data })),
  fc.record({ redemptionId }).map((data) => ({ type: 'ReleaseRedemption' as const, data })),
  fc
    .record({ lotId, points, reason: fc.constant('refund') }, { requiredKeys: ['lotId', 'reason'] })
    .map((data) => ({ type: 'ReverseEarning' as const, data })),
  fc.record({ lotId }).map((data) => ({ type: 'ExpirePoints' as const, data })),
);
/** A programme, and wishes with the days that pass before each. */
const story = fc.tuple(
  fc.constantFrom(...programmes),
  fc.array(fc.tuple(wish, fc.integer({ min: 0, max: 3 })), { minLength: 20, maxLength: 60, size: 'max' }),
);
type Story = readonly [LoyaltyProgramme, readonly (readonly [LoyaltyCommand, number])[]];

type Account = Extract<typeof loyaltyAccount.initial, { status: 'enrolled' }>;
type Said = LoyaltyEvent & { meta: { occurredAt: string } };
type Step = {
  command: LoyaltyCommand;
  at: string;
  refused: boolean;
  facts: readonly Said[];
  again: readonly LoyaltyEvent[];
  before: Account;
  after: Account;
};

const DAY_MS = 86_400_000;
const SWEEP: LoyaltyCommand = { type: 'SweepLots', data: {} };
const decided = (
  command: LoyaltyCommand,
  instant: string,
  before: typeof loyaltyAccount.initial,
  body: LoyaltyProgramme,
) => {
  const said = at(instant, command);
  const policies = { company: someCompany, programme: { ref: 'loyalty.default@1', body } };
  const decision = loyaltyAccount.decide(said, before, policies);
  const facts = isRejection(decision) ? [] : decision.map((fact) => ({ ...fact, meta: said.meta }));
  const after = facts.reduce((state, fact) => deepFreeze(loyaltyAccount.evolve(state, fact)), before);
  const again = loyaltyAccount.decide(said, after, policies);
  return {
    ...{ command, at: instant, refused: isRejection(decision), facts, again: isRejection(again) ? [] : again },
    ...{ before: before as Account, after: after as Account },
  };
};

const duesOf = ({ lots = [], redemptions = [] }: Partial<Account>): string[] => [
  ...lots.flatMap(promisesOf),
  ...redemptions.filter(({ status }) => status === 'reserved').map(({ reservedUntil }) => reservedUntil),
];

/** As the scanner has it: one after the other what came due by then, each dated when it did. */
const sweptUntil = (instant: string, from: typeof loyaltyAccount.initial, body: LoyaltyProgramme): readonly Step[] => {
  const steps: Step[] = [];
  for (let account = from as Account; ; account = (steps.at(-1) as Step).after) {
    const [due] = duesOf(account).sort();
    if (due === undefined || due > instant) return steps;
    const step = decided(SWEEP, due, account, body);
    if (step.facts.length === 0) throw new Error(`nothing was due at ${due}`);
    steps.push(step);
  }
};

/** `sweeping`: when the scanner runs: all the time, once all is over, or never. */
const told = ([body, wishes]: Story, sweeping: 'always' | 'at-last' | 'never' = 'always'): readonly Step[] => {
  let day = 0;
  const enrol: LoyaltyCommand = { type: 'EnrolMember', data: { member } };
  const steps: Step[] = [];
  const standing = () => steps.at(-1)?.after ?? loyaltyAccount.initial;
  for (const [wished, days] of [[enrol, 0] as const, ...wishes]) {
    day += days;
    const now = laterBy(day * DAY_MS, '2026-01-01T09:00:00.000Z');
    if (sweeping === 'always') steps.push(...sweptUntil(now, standing(), body));
    steps.push(decided(wished, now, standing(), body));
  }
  const over = laterBy(day * DAY_MS, '2026-01-01T09:00:00.000Z');
  return sweeping === 'at-last' ? [...steps, ...sweptUntil(over, standing(), body)] : steps;
};
const wishesOf = (steps: readonly Step[]) => steps.filter(({ command }) => command !== SWEEP);
const factsOf = (steps: readonly Step[]) => steps.flatMap(({ facts }) => facts);
const folded = (facts: readonly Said[]) =>
  facts.reduce((state, fact) => loyaltyAccount.evolve(state, fact as never), loyaltyAccount.initial) as Account;

/** What an account is worth at an instant. */
const worthAt = (account: Account, instant: string) => {
  const { lots, debt } = account.status === 'enrolled' ? lapsedBy(account, instant).account : account;
  const alive = lots.filter((lot) => lot.currency === 'redeemable' && !isExpired(lot, instant));
  return {
    balance: sum(alive.map(({ remaining }) => remaining)) - debt.redeemable,
    spendable: sum(alive.filter((lot) => isSpendable(lot, instant)).map(({ remaining }) => remaining)),
  };
};

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const remainingOf = ({ lots }: Account) => sum(lots.map(({ remaining }) => remaining));
const owedBy = ({ debt }: Account) => debt.redeemable + debt.qualifying;

/** The books, kept from the facts alone. */
const booked = (facts: readonly LoyaltyEvent[]) => {
  const of = <T extends LoyaltyEvent['type']>(type: T) =>
    facts.filter((fact) => fact.type === type).map(({ data }) => data as Extract<LoyaltyEvent, { type: T }>['data']);
  const points = (data: readonly { points: number }[]) => sum(data.map((one) => one.points));
  const back = [...of('RedemptionReleased'), ...of('RedemptionReversed')].map((one) => one.redemptionId);
  return {
    earned: points(of('PointsEarned')) + points(of('OpeningBalanceBrought')),
    // Reserved and not given back: still held, or redeemed.
    used: points(of('RedemptionReserved').filter((one) => !back.includes(one.redemptionId))),
    expired: points(of('PointsExpired')),
    fromLots: sum(of('EarningReversed').map((one) => one.fromLotRemaining)),
    owed: sum(of('EarningReversed').map((one) => one.debtCreated)),
    settled: points(of('PointsDebtSettled')),
  };
};

describe('whatever happens to an account', () => {
  const always = (
    holds: (steps: readonly Step[], account: Account, facts: readonly LoyaltyEvent[], story: Story) => void,
  ) =>
    fc.assert(
      fc.property(story, (tale) => {
        const steps = told(tale);
        const account = steps.at(-1)?.after as Account;
        holds(steps, account, factsOf(steps), tale);
      }),
      { numRuns: runs(200) },
    );

  it('what remains less what is owed is the balance (rule 8)', () =>
    always((_, account, facts) => {
      const { earned, used, expired, fromLots, owed } = booked(facts);
      expect(remainingOf(account) - owedBy(account)).toBe(earned - used - expired - fromLots - owed);
    }));

  it('every point earned is somewhere: left, redeemed, expired or reversed (rule 8)', () =>
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

  it('what may be spent never depends on the sweep (R-31)', () =>
    always((steps, _, __, tale) => {
      const unswept = told(tale, 'never');
      const seen = ({ at: instant, refused, after }: Step) => [refused, worthAt(after, instant)];
      expect(unswept.map(seen)).toEqual(wishesOf(steps).map(seen));
    }));

  it('what it was worth at any time is the same, though the sweep came late, and whatever happened later (rule 8, R-33)', () =>
    always((steps, _, __, tale) => {
      const late = factsOf(told(tale, 'at-last'));
      for (const { at: instant, after } of wishesOf(steps).filter((_, n, all) => all[n + 1]?.at !== all[n]?.at)) {
        const known = late.filter(({ meta }) => meta.occurredAt <= instant);
        // Order is by time, and of one time by position: a sort that is stable keeps it.
        const inOrder = known.toSorted((a, b) =>
          a.meta.occurredAt < b.meta.occurredAt ? -1 : Number(a.meta.occurredAt > b.meta.occurredAt),
        );
        expect([instant, worthAt(folded(inOrder), instant)]).toEqual([instant, worthAt(after, instant)]);
      }
    }));

  it('facts put back in order give the same account, however they came (rule 8)', () =>
    fc.assert(
      fc.property(
        story.chain((tale) => {
          const facts = factsOf(told(tale)).map((fact, revision) => ({ ...fact, revision }));
          return fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length }));
        }),
        ([facts, shuffled]) => {
          const inOrder = shuffled.toSorted(
            (a, b) => Date.parse(a.meta.occurredAt) - Date.parse(b.meta.occurredAt) || a.revision - b.revision,
          );
          expect(folded(inOrder)).toEqual(folded(facts));
        },
      ),
      { numRuns: runs(50) },
    ));

  it('a reward takes the same points, in whichever order the lots are looked at (rule 1)', () =>
    always((_, { lots }) => {
      const most = sum(lots.map(({ remaining }) => remaining));
      if (most > 0) expect(allocate(lots.toReversed(), most - 1)).toEqual(allocate(lots, most - 1));
    }));

  it('no line gives back more than it gave, and no lot expires by more than it held (R-32, R-34)', () =>
    always((_, { lots }) =>
      expect(lots.filter(({ earned, reversed, expired }) => reversed > earned || expired > earned)).toEqual([]),
    ));

  it('asking twice records nothing', () =>
    always((steps) => expect(steps.filter(({ again }) => again.length > 0)).toEqual([])));

  it('a reservation ends once, and is not redeemed when its time is over', () =>
    always((_, __, facts) => {
      const ends = facts.flatMap(({ type, data }) =>
        type === 'RedemptionCommitted' || type === 'RedemptionReleased' ? [data.redemptionId] : [],
      );
      expect(ends.length).toBe(new Set(ends).size);
      const until = new Map(
        facts.flatMap(({ type, data }) =>
          type === 'RedemptionReserved' ? [[data.redemptionId, data.reservedUntil]] : [],
        ),
      );
      const taken = (facts as readonly Said[]).filter(({ type }) => type === 'RedemptionCommitted');
      for (const { data, meta } of taken)
        expect([meta.occurredAt < String(until.get(Reflect.get(data, 'redemptionId'))), data]).toEqual([true, data]);
    }));

  it('what lapsed is recorded when its time was over, where the sweep is in time', () =>
    always((_, __, facts) => {
      const lapses = (facts as readonly Said[]).filter(({ data }) => Reflect.get(data, 'cause') === 'lapsed');
      const due = (one: Said) =>
        facts.find(
          ({ type, data }) =>
            type === 'RedemptionReserved' && data.redemptionId === Reflect.get(one.data, 'redemptionId'),
        )?.data;
      expect(lapses.map(({ meta }) => meta.occurredAt)).toEqual(
        lapses.map((one) => Reflect.get(due(one) ?? {}, 'reservedUntil')),
      );
    }));

  it('leads through every kind of fact', () => {
    const seen = new Set(
      fc
        .sample(story, { numRuns: 150, seed: 7 })
        .flatMap((tale) => told(tale).flatMap(({ facts }) => facts.map(({ type }) => type))),
    );
    expect([...seen].sort()).toEqual(Object.keys(loyaltyAccount.events).sort());
    const lapses = (sweeping: 'always' | 'never') =>
      fc
        .sample(story, { numRuns: 150, seed: 7 })
        .flatMap((tale) => factsOf(told(tale, sweeping)))
        .filter(({ data }) => Reflect.get(data, 'cause') === 'lapsed').length;
    // By the sweep, and by whoever came before it.
    expect(Math.min(lapses('always'), lapses('never'))).toBeGreaterThan(20);
  });
});
