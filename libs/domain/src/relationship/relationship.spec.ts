import fc from 'fast-check';
import { dayNumber, dayText, type Recorded } from '#kernel';
import { someMeta } from '#testing';
import { bands, netRevenueOn, nextRiskChange, riskOn } from './churn.js';
import { historyOf } from './history.js';
import { defaultParameters } from './parameters.js';
import { relationshipWords } from './relationship.words.js';
import { remember } from './remember.js';
import { stageOn, standingOn } from './stage.js';
import { stageRules } from './stage-rules.js';
import type { RelationshipEvent, RelationshipState } from './state.js';

const me = '01900000-0000-7000-8000-0000000000c1';
const start = dayNumber('2024-01-01');
const price = { amount: 1000, currency: 'EUR' };

type Happening = Readonly<{ day: number; event: RelationshipEvent }>;
type Story = Readonly<{ stream: string; roles: readonly string[]; happenings: readonly Happening[] }>;
type Fact = Recorded<RelationshipEvent>;

const factsOf = ({ stream, roles, happenings }: Story): readonly Fact[] =>
  happenings.map(({ day, event }, index) => ({
    ...event,
    id: `${stream}@${index}`,
    meta: { ...someMeta, occurredAt: `${dayText(start + day)}T09:00:00.000Z` },
    customers: roles.map((role) => ({ id: me, role })),
    stream,
    revision: BigInt(index),
    position: 0n,
    recordedAt: someMeta.occurredAt,
  }));

const known = (facts: readonly Fact[]): RelationshipState =>
  facts.reduce<RelationshipState | null>((state, fact) => remember(state, fact, me, 'UTC'), null) as RelationshipState;

const history = (...stories: readonly Story[]) => historyOf(known(stories.flatMap(factsOf)), defaultParameters);

const anyDay = fc.integer({ min: 0, max: 900 });
const severity = fc.constantFrom('sev1' as const, 'sev3' as const);
const along = (days: readonly number[], events: readonly RelationshipEvent[]): readonly Happening[] => {
  const inOrder = days.toSorted((a, b) => a - b);
  return events
    .map((event, index) => ({ day: inOrder[index % inOrder.length] as number, event }))
    .toSorted((a, b) => a.day - b.day);
};

const lines = [{ lineId: '1', code: 'car', kind: 'base' as const, price }];
const bookedAs = { vertical: 'car-rental-business' as const, lines, total: price, travellers: [me] };
const placed: RelationshipEvent = { type: 'BookingPlaced', data: bookedAs };
const completed: RelationshipEvent = {
  type: 'ServiceCompleted',
  data: { vertical: 'car-rental-business', lineIds: ['1'], amount: price },
};
const cancelledBy = (by: 'customer' | 'operator'): RelationshipEvent => ({
  type: 'BookingCancelled',
  data: { by, voluntary: by === 'customer', lineIds: ['1'] },
});
const refund = (amount: number): RelationshipEvent => ({
  type: 'RefundIssued',
  data: { refundId: `r${amount}`, amount: { ...price, amount } },
});
const filed = (of: 'sev1' | 'sev3'): RelationshipEvent => ({
  type: 'ComplaintFiled',
  data: { complainant: me, severity: of },
});
const resolved: RelationshipEvent = { type: 'ComplaintResolved', data: { outcome: 'upheld' } };
const reopened: RelationshipEvent = { type: 'ComplaintReopened', data: { reason: 'again' } };
const missed: RelationshipEvent = { type: 'CallbackMissed', data: { topic: 'bill', dueBy: someMeta.occurredAt } };
const calledBack: RelationshipEvent = { type: 'CallbackCompleted', data: { topic: 'bill', late: false } };
const registered: RelationshipEvent = { type: 'IndividualRegistered', data: {} };
const closed: RelationshipEvent = { type: 'CustomerClosed', data: {} };
const blocked: RelationshipEvent = { type: 'CustomerBlocked', data: { reason: 'fraud' } };

const beginnings = (most: readonly RelationshipEvent[]) =>
  fc.integer({ min: 1, max: most.length }).map((length) => most.slice(0, length));
const bookingEvents = fc.oneof(
  beginnings([placed, completed, refund(300)]),
  beginnings([placed, refund(100), completed]),
  fc.constantFrom('customer' as const, 'operator' as const).map((by) => [placed, cancelledBy(by), refund(1000)]),
  fc.constant<RelationshipEvent[]>([
    { type: 'RefundRecordedWithoutBooking', data: { vertical: 'retail', refund: price } },
  ]),
);
const complaintEvents = severity.chain((of) => beginnings([filed(of), resolved, reopened, resolved]));
const callbackEvents = fc.constantFrom<RelationshipEvent[]>([missed], [calledBack]);
const customerEvents = beginnings([registered, blocked, { type: 'CustomerUnblocked', data: {} }, closed]);

const story = (category: string, events: fc.Arbitrary<readonly RelationshipEvent[]>, roles: readonly string[]) =>
  fc
    .tuple(fc.uuid(), events, fc.array(anyDay, { minLength: 4, maxLength: 4 }))
    .map(([id, told, days]): Story => ({ stream: `${category}-${id}`, roles, happenings: along(days, told) }));

const anyStories = fc
  .tuple(
    fc.array(story('booking', bookingEvents, ['booker', 'payer']), { maxLength: 25 }),
    fc.array(story('booking', bookingEvents, ['traveller']), { maxLength: 5 }),
    fc.array(story('complaint', complaintEvents, ['complainant']), { maxLength: 3 }),
    fc.array(story('callback', callbackEvents, ['requester']), { maxLength: 4 }),
    fc.array(story('customer', customerEvents, ['self']), { maxLength: 1 }),
  )
  .map((stories) => stories.flat())
  .filter((stories) => stories.length > 0);

/** The same streams, each in its own order, woven together as `turns` says. */
const woven = (stories: readonly Story[], turns: readonly number[]): readonly Fact[] => {
  const waiting = stories.map(factsOf).map((facts) => [...facts]);
  const facts: Fact[] = [];
  for (let index = 0; waiting.some((stream) => stream.length > 0); index++) {
    const left = waiting.filter((stream) => stream.length > 0);
    const next = left[(turns[index % turns.length] as number) % left.length]?.shift();
    if (next) facts.push(next);
  }
  return facts;
};

describe('what is known of a customer', () => {
  it('does not depend on the order in which streams arrive', () =>
    fc.assert(
      fc.property(anyStories, fc.array(fc.nat(99), { minLength: 1, maxLength: 60 }), (stories, turns) => {
        expect(known(woven(stories, turns))).toEqual(known(stories.flatMap(factsOf)));
      }),
    ));

  it('names one event of a day with several, whichever came first', () => {
    const [one, other] = [rental(3), { ...rental(3), stream: 'booking-0' }].map(factsOf) as [
      readonly Fact[],
      readonly Fact[],
    ];
    expect(known([...one, ...other]).services).toEqual({ [start + 3]: 'booking-0@1' });
    expect(known([...other, ...one]).services).toEqual({ [start + 3]: 'booking-0@1' });
  });

  it('stays small: a day more costs a number, not an event', () => {
    const taps = Array.from({ length: 1000 }, (_, day): Story => rental(day, 'traveller'));
    expect(JSON.stringify(known(taps.flatMap(factsOf))).length).toBeLessThan(9_000);
  });

  it('keeps an event of the first service day and of the latest', () => {
    const { services } = known([...Array(20).keys()].map((day) => rental(day)).flatMap(factsOf));
    expect(Object.keys(services).map(Number)).toEqual([start, ...[...Array(12).keys()].map((day) => start + 8 + day)]);
  });
});

describe('the stage', () => {
  it('is exactly one, on any day, and says so the same way twice', () =>
    fc.assert(
      fc.property(anyStories, anyDay, (stories, day) => {
        const present = history(...stories);
        const services = present.servicesOn(start + day);
        const first = stageRules.find(({ holds }) => holds(present, start + day, services));
        expect(standingOn(present, start + day)).toMatchObject({ stage: first?.stage, rule: first?.rule });
      }),
    ));

  it('began on its first day and ends on the day it names', () =>
    fc.assert(
      fc.property(anyStories, (stories) => {
        const present = history(...stories);
        const today = start + 901;
        const standing = standingOn(present, today);
        const since = dayNumber(standing.since);
        for (let day = since; day <= today; day += 7) expect(stageOn(present, day)).toBe(standing.stage);
        if (since > present.state.firstSeen) expect(stageOn(present, since - 1)).not.toBe(standing.stage);
      }),
    ));

  it('changes by time alone on the day it names, and on none before', () =>
    fc.assert(
      fc.property(anyStories, (stories) => {
        const present = history(...stories);
        const today = start + 901;
        const standing = standingOn(present, today);
        const end = standing.nextChangeOn === null ? today + 2500 : dayNumber(standing.nextChangeOn);
        for (let day = today; day < end; day += Math.max(1, Math.floor((end - today) / 12)))
          expect(standingOn(present, day)).toEqual(standing);
        expect(standingOn(present, end - 1)).toEqual(standing);
        if (standing.nextChangeOn) expect(standingOn(present, end)).not.toEqual(standing);
      }),
    ));

  it('is read off rhythm, count and tenure', () => {
    const stageAfter = (days: readonly number[], day: number) =>
      stageOn(history(...days.map((of) => rental(of))), start + day);
    expect(stageAfter([0], 67)).toBe('first_time');
    expect(stageAfter([0], 68)).toBe('at_risk');
    expect(stageAfter([0], 135)).toBe('at_risk');
    expect(stageAfter([0], 136)).toBe('dormant');
    expect(stageAfter([0], 270)).toBe('dormant');
    expect(stageAfter([0], 271)).toBe('churned');
    expect(stageAfter([0, 30, 60, 90], 100)).toBe('developing');
    expect(stageAfter([0, 30, 60, 90, 120], 165)).toBe('active');
    expect(stageAfter([0, 30, 60, 90, 120], 166)).toBe('at_risk');
    expect(stageAfter(often, 400)).toBe('loyal');
    expect(stageAfter(often.slice(3), 394)).toBe('active');
  });

  it('counts the 365th day before as within the year', () => {
    const inYear = (day: number) => standingOn(history(rental(0)), start + day).inputs.servicesInYear;
    expect([365, 366].map(inYear)).toEqual([1, 0]);
  });

  it('is not loyal with a grave complaint open, and is again once it is settled', () => {
    const story = {
      stream: 'complaint-1',
      roles: ['complainant'],
      happenings: along([395, 398], [filed('sev1'), resolved]),
    };
    const present = history(...often.map((day) => rental(day)), story);
    expect([394, 395, 397, 398].map((day) => stageOn(present, start + day))).toEqual([
      'loyal',
      'active',
      'active',
      'loyal',
    ]);
    expect(standingOn(present, start + 400).since).toBe(dayText(start + 398));
  });

  it('of who comes back after a long silence wears an overlay until the second service or two intervals', () => {
    const overlayOf = (days: readonly number[], day: number) =>
      standingOn(history(...days.map((of) => rental(of))), start + day).overlay;
    expect(overlayOf([0, 136], 136)).toBe('reactivated');
    expect(overlayOf([0, 135], 135)).toBe(null);
    expect(overlayOf([0, 136], 226)).toBe('reactivated');
    expect(overlayOf([0, 136], 227)).toBe(null);
    expect(overlayOf([0, 136, 140], 140)).toBe(null);
  });

  it('of somebody registered who never came expires after half a year', () => {
    const self = { stream: `customer-${me}`, roles: ['self'], happenings: [{ day: 3, event: registered }] };
    expect(standingOn(history(self), start + 183)).toMatchObject({
      stage: 'registered',
      nextChangeOn: dayText(start + 184),
    });
    expect(standingOn(history(self), start + 184)).toMatchObject({
      stage: 'expired_lead',
      since: dayText(start + 184),
      evidence: [`customer-${me}@0`],
      nextChangeOn: null,
    });
  });

  it('names what it looked at', () =>
    expect(standingOn(history(rental(0), rental(40), rental(60)), start + 61)).toEqual({
      stage: 'developing',
      overlay: null,
      since: dayText(start + 40),
      rule: 'came-again',
      inputs: {
        registeredOn: null,
        firstServiceOn: '2024-01-01',
        lastServiceOn: dayText(start + 60),
        services: 3,
        servicesInYear: 3,
        expectedInterval: 30,
        vertical: 'car-rental-business',
      },
      evidence: ['booking-60@1', 'booking-40@1', 'booking-0@1'],
      nextChangeOn: dayText(start + 106),
    }));
});

describe('the risk', () => {
  it('is the sum of its contributions, between 0 and 100', () =>
    fc.assert(
      fc.property(anyStories, anyDay, (stories, day) => {
        const { score, contributions } = riskOn(history(...stories), start + day);
        expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBe(score);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        expect(contributions.every(({ points }) => Number.isInteger(points) && points !== 0)).toBe(true);
      }),
    ));

  it('changes by time alone on the day it names, and on none before', () =>
    fc.assert(
      fc.property(anyStories, (stories) => {
        const present = history(...stories);
        const both = (day: number) => [riskOn(present, day), netRevenueOn(present, day)];
        const today = start + 901;
        const next = nextRiskChange(present, today);
        const end = next ?? today + 2500;
        for (let day = today; day < end; day += Math.max(1, Math.floor((end - today) / 12)))
          expect(both(day)).toEqual(both(today));
        expect(both(end - 1)).toEqual(both(today));
      }),
    ));

  it('grows with silence, complaints, missed callbacks and our cancellations', () => {
    const troubles = [
      rental(0),
      told('complaint-1', [105, filed('sev3')]),
      told('callback-1', [106, missed]),
      told('booking-x', [40, placed], [45, cancelledBy('operator')]),
    ];
    expect(riskOn(history(...troubles), start + 106)).toEqual({
      score: 71,
      band: 'high',
      contributions: [
        { signal: 'overdue', points: 41, value: 106, baseline: 45, eventIds: ['booking-0@1'] },
        { signal: 'open_complaint', points: 20, value: 1, baseline: 0, eventIds: ['complaint-1@0'] },
        { signal: 'missed_callback', points: 10, value: 1, baseline: 0, eventIds: ['callback-1@0'] },
      ],
    });
    expect(riskOn(history(...troubles), start + 105).contributions.at(-1)).toEqual({
      signal: 'cancelled_by_us',
      points: 10,
      value: 1,
      baseline: 0,
      eventIds: ['booking-x@1'],
    });
  });

  it('holds a booking that we cancelled against us for 60 days, and none that was cancelled otherwise', () => {
    const cancelled = (by: 'customer' | 'operator' | 'system', voluntary: boolean) => {
      const event: RelationshipEvent = { type: 'BookingCancelled', data: { by, voluntary, lineIds: ['1'] } };
      return history(told('booking-x', [0, placed], [1, event]));
    };
    const byUs = cancelled('operator', false);
    expect([60, 61, 62].map((day) => riskOn(byUs, start + day).score)).toEqual([10, 10, 0]);
    expect(nextRiskChange(byUs, start + 10)).toBe(start + 62);
    for (const other of [cancelled('customer', true), cancelled('operator', true), cancelled('system', false)])
      expect(riskOn(other, start + 2).score).toBe(0);
  });

  it('at the bound of the scale says what was cut off', () =>
    expect(riskOn(history(told('booking-x', [0, placed])), start + 1)).toEqual({
      score: 0,
      band: 'low',
      contributions: [
        { signal: 'open_booking', points: -20, value: 1, baseline: 0, eventIds: ['booking-x@0'] },
        { signal: 'limit', points: 20, value: -20, baseline: 0, eventIds: [] },
      ],
    }));

  it('forgets a missed callback once one took place, and nothing of a booking that the customer cancelled', () => {
    const healed = [told('callback-1', [1, missed]), told('callback-2', [2, calledBack])];
    expect(riskOn(history(...healed), start + 3).score).toBe(0);
    expect(riskOn(history(told('callback-2', [0, calledBack]), told('callback-1', [1, missed])), start + 3).score).toBe(
      10,
    );
    expect(
      riskOn(history(told('booking-x', [1, placed], [2, cancelledBy('customer')])), start + 3).contributions,
    ).toEqual([]);
  });
});

describe('the words', () => {
  it('exist for every stage, rule, signal and band, and for what is announced, in both languages', () => {
    const signals = [...Object.keys(defaultParameters.churn.points), 'limit', 'calm'];
    const announced = ['stage-began', 'stage-changed', 'risk-assessed', ...bands.map((band) => `band-${band}`)];
    const keys = stageRules.flatMap(({ stage, rule }) => [`stage-${stage}`, `rule-${rule}`]);
    for (const language of ['en', 'zh'] as const)
      expect(Object.keys(relationshipWords[language]).sort()).toEqual(
        [...new Set([...keys, ...signals, ...announced])].sort(),
      );
  });
});

describe('net revenue', () => {
  const revenue = (...happenings: readonly (readonly [number, RelationshipEvent])[]) =>
    netRevenueOn(history(told('booking-x', ...happenings)), start + 400);
  it('is what was served, less what went back', () => expect(revenue([50, completed], [60, refund(300)])).toBe(700));
  it('does not fall when a prepaid booking is cancelled and refunded', () =>
    expect(revenue([50, placed], [60, cancelledBy('operator')], [61, refund(1000)])).toBe(0));
  it('falls by a refund granted before the service', () =>
    expect(revenue([50, placed], [51, refund(300)], [60, completed])).toBe(700));
  it('forgets what lies more than a year back', () => expect(revenue([34, completed])).toBe(0));
  it('counts the 365th day', () => expect(revenue([35, completed])).toBe(1000));
  it('belongs to who pays', () =>
    expect(netRevenueOn(history({ ...rental(50), roles: ['booker', 'traveller'] }), start + 60)).toBe(0));
});

function told(stream: string, ...happenings: readonly (readonly [day: number, event: RelationshipEvent])[]): Story {
  return { stream, roles: ['payer'], happenings: happenings.map(([day, event]) => ({ day, event })) };
}
function rental(day: number, role = 'payer'): Story {
  return { ...told(`booking-${day}`, [day, placed], [day, completed]), roles: [role] };
}
const often = [...Array(26).keys()].map((turn) => turn * 16 - 10);
