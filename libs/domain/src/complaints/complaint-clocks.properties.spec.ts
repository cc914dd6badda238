import fc from 'fast-check';
import { laterBy, type Policies } from '#kernel';
import { at, someCompany } from '#testing';
import { defaultPolicies } from '../policies/defaults.js';
import type { BusinessCalendar } from '../vocabulary/business-time.js';
import { type CalendarPolicies, calendarNamed } from '../vocabulary/named-calendars.js';
import type { Pledge, Promised, ServiceLevels } from '../vocabulary/service-levels.js';
import { complaint } from './complaint.decider.js';
import type { ComplaintCommand, ComplaintEvent } from './complaint.messages.js';
import type { SlaPolicies } from './complaint-clocks.js';
import { type Clock, dueFirst, timesOf } from './sla-clock.js';

const START = '2026-03-02T00:00:00.000Z';
const after = (minutes: number) => laterBy(minutes * 60_000, START);
const published = Object.fromEntries(
  defaultPolicies({ zone: 'Europe/London' }).map(({ kind, id, body }) => [
    kind === 'sla' && id === 'default' ? 'sla' : `${kind}.${id}`,
    { ref: `${kind}.${id}@1`, body },
  ]),
);
const calendarOf = ({ target }: Pledge): BusinessCalendar =>
  calendarNamed(target.calendar, published as CalendarPolicies) as BusinessCalendar;

const target = fc
  .record({
    calendar: fc.constantFrom('office', 'always'),
    length: fc.integer({ min: 1, max: 6_000 }),
    days: fc.boolean(),
  })
  .map(({ calendar, length, days }) =>
    days ? { calendar, workingDays: 1 + (length % 15) } : { calendar, minutes: length },
  );
const pledge: fc.Arbitrary<Pledge> = fc.record({
  target,
  warnAt: fc.constantFrom<readonly number[]>([], [75], [50, 90]),
});
const minutes = fc.integer({ min: 0, max: 20_000 });
/** Moments in their order; each two are a hold. */
const moments = fc
  .uniqueArray(minutes, { minLength: 2, maxLength: 6 })
  .map((all) => all.toSorted((a, b) => a - b).slice(0, all.length - (all.length % 2)));
const holdsOf = (all: readonly number[]) =>
  all.flatMap((from, n) => (n % 2 === 0 ? [{ from: after(from), to: after(all[n + 1] as number) }] : []));

describe('of several promises', () => {
  const neverLater = (choose: typeof dueFirst) =>
    fc.assert(
      fc.property(fc.array(pledge, { minLength: 1, maxLength: 3 }), minutes, moments, (pledges, filed, all) => {
        const clock = { since: after(filed), isStatutory: false, holds: holdsOf(all) };
        const chosen = choose(pledges, clock, calendarOf);
        for (const alone of pledges) {
          const { dueAt } = timesOf({ ...alone, isStatutory: false }, clock.since, calendarOf(alone), clock.holds);
          expect(chosen.dueAt <= dueAt).toBe(true);
        }
        expect([chosen.target, ...(chosen.others ?? []).map((other) => other.target)]).toHaveLength(pledges.length);
      }),
    );
  /** In the order of the numbers, whatever they count. */
  const byNumbers: typeof dueFirst = (pledges, ...rest) => {
    const number = ({ target: { minutes = 0, workingDays = 0 } }: Pledge) => minutes + workingDays;
    const [least] = pledges.toSorted((one, other) => number(one) - number(other));
    return { ...dueFirst([least as Pledge], ...rest), others: pledges.slice(1) };
  };
  const theLast: typeof dueFirst = (pledges, ...rest) => dueFirst(pledges.slice(-1), ...rest);

  it('CMP-2 none is due before the one that counts', () => neverLater(dueFirst));
  it('CMP-2 another order is found', () => {
    expect(() => neverLater(byNumbers)).toThrow('Property failed');
    expect(() => neverLater(theLast)).toThrow('Property failed');
  });
});

describe('a complaint of a contract, whatever its holds', () => {
  const severity = 'sev2' as const;
  const levelsOf = (resolution: Pledge): ServiceLevels => {
    const anything: Promised = {
      ...{ acknowledgement: resolution.target, firstResponse: resolution.target },
      ...{ resolution: resolution.target, warnAt: resolution.warnAt },
    };
    return {
      ...{ sev1: anything, sev2: anything, sev3: anything, sev4: anything },
      ...{ unclassified: 'sev4', statutory: [] },
    };
  };
  const policiesWith = (ours: Pledge, theirs: Pledge) =>
    ({
      ...{ ...published, company: someCompany, sla: { ref: 'sla.default@2', body: levelsOf(ours) } },
      'sla.contract.acme': { ref: 'sla.contract.acme@1', body: levelsOf(theirs) },
    }) as unknown as Policies<SlaPolicies>;

  type State = ReturnType<typeof complaint.evolve>;
  const say = (state: State, moment: string, command: ComplaintCommand, policies: Policies<SlaPolicies>) => {
    const said = at(moment, command);
    const events = complaint.decide(said, state, policies) as readonly ComplaintEvent[];
    return {
      events,
      state: events.reduce((one, event) => complaint.evolve(one, { ...event, meta: said.meta }), state),
    };
  };
  const heldThrough = (
    contracts: readonly string[],
    all: readonly number[],
    policies: Policies<SlaPolicies>,
  ): State => {
    const data = { complainant: '01900000-0000-7000-8000-0000000000c1', severity, contracts };
    const filed = say(complaint.initial, START, { type: 'FileComplaint', data }, policies).state;
    return holdsOf(all).reduce((state, { from, to }) => {
      const held = say(state, from, { type: 'PauseComplaint', data: { reason: 'waiting_partner' } }, policies).state;
      return say(held, to, { type: 'ResumeComplaint', data: {} }, policies).state;
    }, filed);
  };
  const dueIn = (state: State) =>
    (state.status === 'none' ? [] : state.clocks).find(({ clock }: Clock) => clock === 'resolution')?.dueAt ?? '';

  it('R-43 counting afresh from the start, holds taken out, changes nothing', () =>
    fc.assert(
      fc.property(pledge, pledge, moments, (ours, theirs, all) => {
        const policies = policiesWith(ours, theirs);
        const state = heldThrough(['acme'], all, policies);
        const answer = say(state, after(20_001), { type: 'RecomputeSlaClocks', data: {} }, policies);
        expect(answer.events.filter(({ type }) => type === 'SlaTargetChanged')).toEqual([]);
      }),
    ));
  it('CMP-2 is never due later than by its severity, or by its contract, alone', () =>
    fc.assert(
      fc.property(pledge, pledge, moments, (ours, theirs, all) => {
        const both = dueIn(heldThrough(['acme'], all, policiesWith(ours, theirs)));
        const each = [ours, theirs].map((alone) => dueIn(heldThrough([], all, policiesWith(alone, alone))));
        expect(both).toBe(each.toSorted()[0]);
      }),
    ));
});
