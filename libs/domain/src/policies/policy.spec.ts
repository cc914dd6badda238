import { misfits } from '#application';
import { at, someCompany, specification } from '#testing';
import { levels, vipLevels } from './default-levels.js';
import { roles } from './default-roles.js';
import { defaultPolicies } from './defaults.js';
import { bodyOf, inForceAt, KINDS, policy } from './policy.decider.js';
import {
  type PolicyCommand,
  type PolicyEvent,
  PublishCalendar,
  PublishExchangeRate,
  type PublishLoyaltyProgramme,
  PublishRoles,
} from './policy.messages.js';
import { faultInRoles } from './roles.js';
import type { Roles } from './roles.messages.js';

const { given } = specification(policy);

const NOW = '2026-03-01T09:00:00.000Z';
const rules = { pointsPerUnit: 1, lockDays: 0, reservationHours: 24 };
const better = { ...rules, pointsPerUnit: 2 };
const publish = (data: Partial<PublishLoyaltyProgramme> = {}): PolicyCommand => ({
  type: 'PublishLoyaltyProgramme',
  data: { name: 'gold', body: rules, ...data },
});
const published = (version: number, data: Partial<PolicyEvent['data']> = {}): PolicyEvent => ({
  type: 'PolicyPublished',
  data: { kind: 'loyalty', id: 'gold', version, effectiveFrom: NOW, body: rules, ...data },
});
const noShifts = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
const first = published(1, { effectiveFrom: '2026-01-01T00:00:00.000Z' });
const inApril = '2026-04-01T00:00:00.000Z';

describe('a rule', () => {
  it('is published from now on', () => given().when(at(NOW, publish())).then(published(1)));
  it('is published for later', () =>
    given(first)
      .when(at(NOW, publish({ body: better, effectiveFrom: inApril })))
      .then(published(2, { body: better, effectiveFrom: inApril })));
  it('that is in force already is not published again', () => given(first).when(at(NOW, publish())).thenNothing());
  it('may return to what it was', () =>
    given(first, published(2, { body: better, effectiveFrom: '2026-02-01T00:00:00.000Z' }))
      .when(at(NOW, publish()))
      .then(published(3)));
  it('does not change the past', () =>
    given(first)
      .when(at(NOW, publish({ body: better, effectiveFrom: '2026-02-28T00:00:00.000Z' })))
      .thenRejected('effective-in-the-past'));
  it('of history from elsewhere does not change the past either', () => {
    const longAgo = '2020-01-01T00:00:00.000Z';
    const { meta, ...said } = at(longAgo, publish({ body: better }));
    given()
      .when({ ...said, meta: { ...meta, backfill: true } })
      .thenRejected('effective-in-the-past');
  });
  it('does not begin before one that is published already', () =>
    given(first, published(2, { body: better, effectiveFrom: inApril }))
      .when(at(NOW, publish({ body: { ...rules, lockDays: 7 } })))
      .thenRejected('versions-overlap'));
  it('needs no reason to follow', () =>
    given(first)
      .when(at(NOW, publish({ body: better, reason: 'whim' })))
      .thenRejected('reason-without-correction'));
  it('in which no time passes is no calendar', () => {
    const body = { zone: 'UTC', week: noShifts, holidays: [], makeUpDay: [] };
    const data: PublishCalendar = { name: 'office', body };
    given().when({ type: 'PublishCalendar', data }).thenRejected('calendar-without-working-time');
  });
  it('that converts a currency is of another than the company’s', () => {
    const rate = (name: string, rate: string): PolicyCommand => ({
      type: 'PublishExchangeRate',
      data: { name, body: { rate } },
    });
    const asFact = { kind: 'fx', id: 'GBP', version: 1, effectiveFrom: NOW, body: { rate: '1.1604' } };
    given()
      .when(at(NOW, rate('GBP', '1.1604')))
      .then({ type: 'PolicyPublished', data: asFact });
    given().when(rate('EUR', '1')).thenRejected('rate-of-own-currency');
    expect(policy.named?.(rate('GBP', '1.1604'))).toBe('fx.GBP');
  });
  it.each([
    ['a number', 'GBP', 1.16],
    ['nothing', 'GBP', '0.00'],
    ['below nothing', 'GBP', '-1'],
    ['of a currency in small letters', 'gbp', '1'],
  ])('that converts a currency is not %s', (_, name, rate) => {
    expect(misfits({ name, body: { rate } }, [PublishExchangeRate])).toHaveLength(1);
  });
  it('names calendars and holidays that are there', () => {
    const hours = { zone: 'UTC', week: { ...noShifts, monday: [{ from: '09:00', to: '18:00' }] }, makeUpDay: [] };
    const calendar: PolicyCommand = {
      type: 'PublishCalendar',
      data: { name: 'office', body: { ...hours, holidays: ['cn'] } },
    };
    const sla: PolicyCommand = { type: 'PublishSla', data: { name: 'default', body: levels } };
    const needed = (command: PolicyCommand) =>
      Object.keys(policy.needs?.(at(NOW, command), policy.initial, someCompany, {}) ?? {});
    expect([calendar, sla, publish()].map(needed)).toEqual([
      ['holidays.cn'],
      ['calendar.always', 'calendar.cn', 'calendar.office'],
      [],
    ]);
    given().when(calendar).thenRejected('holidays-unknown');
    given().when(sla).thenRejected('calendar-unknown');
    const some = { ref: 'some@1', body: {} };
    const found = Object.fromEntries([...needed(calendar), ...needed(sla)].map((name) => [name, some]));
    const knowing = specification(policy, { company: someCompany, ...found } as never);
    knowing
      .given()
      .when(at(NOW, sla))
      .then(published(1, { kind: 'sla', id: 'default', body: levels }));
  });
  it('CMP-2 that promises more is for a tier or a contract, and sets no law', () => {
    const sla = (name: string, body = vipLevels): PolicyCommand => ({ type: 'PublishSla', data: { name, body } });
    const calendars = { 'calendar.always': true, 'calendar.office': true, 'calendar.cn': true, company: someCompany };
    const { given } = specification(policy, calendars as never);
    for (const id of ['tier.gold', 'contract.acme-2026'])
      given()
        .when(at(NOW, sla(id)))
        .then(published(1, { kind: 'sla', id, body: vipLevels }));
    for (const id of ['gold', 'tier', 'contracts.acme']) given().when(sla(id)).thenRejected('sla-for-nobody');
    given().when(sla('tier.gold', levels)).thenRejected('laws-stand-in-default');
  });
  it('of a form that a later release reads is refused, and leaned on by nobody', () => {
    given()
      .when(publish({ schema: 2 }))
      .thenRejected('policy-of-future-schema');
    const unheardOf = { name: 'office', schema: 2, body: { shifts: 'flexible' } } as unknown as PublishCalendar;
    expect(misfits(unheardOf, [PublishCalendar])).toEqual([]);
    expect(misfits({ ...unheardOf, schema: 1 }, [PublishCalendar])).not.toEqual([]);
    expect(misfits({ name: 'office' }, [PublishCalendar])).not.toEqual([]);
    given().when({ type: 'PublishCalendar', data: unheardOf }).thenRejected('policy-of-future-schema');
    given()
      .when(at(NOW, publish({ schema: 1 })))
      .then(published(1, { schema: 1 }));
    expect(bodyOf(published(1, { schema: 2 }).data)).toEqual({ rejected: 'policy-of-future-schema' });
    expect(bodyOf(first.data)).toBe(rules);
  });
  it('says when somebody works, or when nobody does', () => {
    const morning = [{ from: '09:00', to: '12:00' }];
    const never = { tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    const hours = { zone: 'UTC', week: { monday: morning, ...never }, holidays: ['gb-eaw'], makeUpDay: [] };
    const days = { source: 'gov.uk', region: 'gb-eaw', daysOff: ['2026-12-25'], makeUpDays: [] };
    const lists = { company: someCompany, 'holidays.gb-eaw': { ref: 'holidays.gb-eaw@1', body: days } };
    specification(policy, lists as never)
      .given()
      .when(at(NOW, { type: 'PublishCalendar', data: { name: 'office', body: hours } }))
      .then(published(1, { kind: 'calendar', id: 'office', body: hours }));
    given()
      .when(at(NOW, { type: 'PublishHolidays', data: { name: 'gb-eaw', body: days } }))
      .then(published(1, { kind: 'holidays', id: 'gb-eaw', body: days }));
  });
  it('says when we may call', () => {
    const often = { maxAttempts: 3, hoursApart: 2, mostADay: 2, expiryHours: 72 };
    const calls = { quietHours: { from: '21:00', to: '08:00' }, ...often };
    given()
      .when(at(NOW, { type: 'PublishCallbackRules', data: { name: 'default', body: calls } }))
      .then(published(1, { kind: 'callback', id: 'default', body: calls }));
  });
  it('belongs to its kind and name', () => {
    const { named } = policy;
    expect(named?.(publish())).toBe('loyalty.gold');
  });
  it('concerns no customer', () => given(first).concerns());
});

describe('a correction', () => {
  const corrects = { corrects: 1, reason: 'typing_error' };
  const since = { effectiveFrom: '2026-01-01T00:00:00.000Z', body: better };
  it('changes the past, and says why', () =>
    given(first)
      .when(at(NOW, publish({ ...since, ...corrects })))
      .then(published(2, { ...since, ...corrects })));
  it('needs a reason', () =>
    given(first)
      .when(at(NOW, publish({ ...since, corrects: 1 })))
      .thenRejected('correction-without-reason'));
  it('is of a version that stands', () => {
    given(first)
      .when(at(NOW, publish({ ...since, ...corrects, corrects: 7 })))
      .thenRejected('version-unknown');
    given(first, published(2, { ...since, ...corrects }))
      .when(at(NOW, publish({ ...since, ...corrects, body: rules })))
      .thenRejected('version-unknown');
  });
});

describe('the version in force', () => {
  const versions = [
    first,
    published(2, { effectiveFrom: inApril }),
    published(3, { effectiveFrom: '2026-01-15T00:00:00.000Z', corrects: 1, reason: 'typing_error' }),
    published(4, { effectiveFrom: '2026-05-01T00:00:00.000Z', corrects: 2, reason: 'later_than_said' }),
  ].map(({ data }) => data);
  const versionAt = (instant: string, count = versions.length) => inForceAt(versions.slice(0, count), instant)?.version;

  it.each([
    ['2025-12-31T23:59:59.999Z', 4, undefined],
    ['2026-01-14T00:00:00.000Z', 4, undefined],
    ['2026-01-14T00:00:00.000Z', 2, 1],
    ['2026-01-15T00:00:00.000Z', 4, 3],
    // A correction of the first leaves the second in its place.
    ['2026-04-02T00:00:00.000Z', 3, 2],
    ['2026-04-02T00:00:00.000Z', 4, 3],
    ['2026-05-01T00:00:00.000Z', 4, 4],
  ])('at %s, of the first %d, is %s', (instant, count, version) => expect(versionAt(instant, count)).toBe(version));

  it('has been there since ever for the rules that ship', () => {
    for (const data of defaultPolicies({ zone: 'Europe/London' }))
      expect(inForceAt([data], '1995-01-01T00:00:00.000Z')).toBe(data);
  });
});

describe('the roles', () => {
  const say = (body: Roles, more: object = {}): PolicyCommand => ({
    type: 'PublishRoles',
    data: { name: 'default', body, ...more },
  });
  const since = published(1, { kind: 'roles', id: 'default', effectiveFrom: '1970-01-01T00:00:00.000Z', body: roles });
  const withActions = (actions: Roles['actions']): Roles => ({ ...roles, actions: { ...roles.actions, ...actions } });
  const { agent: _, ...others } = roles.roles;

  it('are changed from now on', () => {
    const body = withActions({ CloseCustomer: ['agent', 'supervisor'], Health: ['anyone'], AtRisk: [] });
    given(since)
      .when(at(NOW, say(body)))
      .then(published(2, { kind: 'roles', id: 'default', body }));
  });
  it('may forget an action: it is nobody’s then', () => {
    const { AtRisk: __, ...actions } = roles.actions;
    given(since)
      .when(at(NOW, say({ ...roles, actions })))
      .then(published(2, { kind: 'roles', id: 'default', body: { ...roles, actions } }));
  });
  it.each<[string, Roles, string, object | undefined]>([
    ['an action that there is not', withActions({ FlyToTheMoon: [] }), 'action-unknown', { action: 'FlyToTheMoon' }],
    ['a verb that there is not', withActions({ 'cli:fly to-moon': [] }), 'action-unknown', undefined],
    ['what objects have', withActions({ constructor: [] }), 'action-unknown', { action: 'constructor' }],
    ['a role that is misspelt', withActions({ AtRisk: ['agnet'] }), 'role-unknown', { action: 'AtRisk' }],
    ['a role that objects have', withActions({ AtRisk: ['constructor'] }), 'role-unknown', { action: 'AtRisk' }],
    ['a role that is gone', { ...roles, roles: others }, 'role-unknown', { action: 'RegisterIndividual' }],
    [
      'rules that anyone changes',
      withActions({ PublishSla: ['anyone'] }),
      'anyone-could-publish',
      { action: 'PublishSla' },
    ],
    ['roles nobody may change', withActions({ PublishRoles: [] }), 'locks-everybody-out', { action: 'PublishRoles' }],
    ['rules nobody may change', withActions({ PublishSla: [] }), 'locks-everybody-out', { action: 'PublishSla' }],
  ])('do not name %s', (_, body, code, details) => {
    given(since)
      .when(at(NOW, say(body)))
      .thenRejected(code, details);
  });
  it('are never none: a correction does not put them off', () => {
    const corrects = { corrects: 1, reason: 'typing_error' };
    given(since)
      .when(at(NOW, say(withActions({ AtRisk: [] }), { ...corrects, effectiveFrom: inApril })))
      .thenRejected('locks-everybody-out');
    given(since)
      .when(at(NOW, say(withActions({ AtRisk: [] }), { ...corrects, effectiveFrom: NOW })))
      .then(published(2, { ...corrects, kind: 'roles', id: 'default', body: withActions({ AtRisk: [] }) }));
  });
  it('that ship are roles', () => {
    expect(faultInRoles(roles, Object.keys(KINDS))).toBeUndefined();
    expect(misfits({ name: 'default', body: roles }, [PublishRoles])).toEqual([]);
  });
  it.each<[string, object, string]>([
    ['of another name', { name: 'night', body: roles }, '/name'],
    ['none', { name: 'default', body: { ...roles, roles: {} } }, '/body/roles'],
    ['a list', { name: 'default', body: { ...roles, roles: [] } }, '/body/roles'],
    [
      'with a name that is none',
      { name: 'default', body: { ...roles, roles: { 'A B': roles.roles.agent } } },
      '/body/roles',
    ],
    ['with a role that is nothing', { name: 'default', body: { ...roles, roles: { agent: null } } }, '/body/roles'],
    ...(
      [
        ['with a class that nobody knows', { fields: ['soul'], scope: 'all' }, '/fields'],
        ['with a class twice', { fields: ['audit', 'audit'], scope: 'all' }, '/fields'],
        ['with a scope that nobody knows', { fields: [], scope: 'world' }, '/scope'],
        ['that say more', { fields: [], scope: 'all', colour: 'red' }, '/colour'],
      ] as const
    ).map(
      ([what, agent, where]) =>
        [what, { name: 'default', body: { ...roles, roles: { agent } } }, `/body/roles/agent${where}`] as [
          string,
          object,
          string,
        ],
    ),
    ['without actions', { name: 'default', body: { roles: roles.roles } }, '/body/actions'],
    [
      'with an action that lists no roles',
      { name: 'default', body: withActions({ AtRisk: 'agent' as never }) },
      '/body/actions',
    ],
  ])('%s do not fit', (_, data, pointer) =>
    expect(misfits(data, [PublishRoles]).map((misfit) => misfit.pointer)).toContain(pointer),
  );
});
