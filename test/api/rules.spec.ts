import { defaultPolicies } from '#domain';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

let system: RunningSystem;
let requester: string;
beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02', zone: 'Europe/London', currency: 'GBP' });
  requester = (await post('customers', { name: 'Ann' })).body.id;
  await post('policies/publish-calendar', { name: 'spring', body: hours(), effectiveFrom: at('2026-06-01') });
});
afterAll(() => system.stop());

const post = (path: string, body: object) => system.api.post(`/v1/${path}`, body);
const at = (day: string, time = '09:00') => `${day}T${time}:00.000Z`;
const shift = [{ from: '09:00', to: '17:00' }];
const never = { tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
const hours = (more: object = {}) => ({
  ...{ zone: 'Europe/London', week: { monday: shift, ...never }, holidays: [], makeUpDay: [], ...more },
});
const calendar = (more: object, body: object = {}) => ({ name: 'office', body: hours(body), ...more });
const call = (window: object, more: object = {}) => ({ topic: 'bill', windows: [window], ...more });

const CALENDAR = 'policies/publish-calendar';
const inQuietHours = call({ from: at('2026-03-03', '22:00'), to: at('2026-03-03', '23:00') });
const later = { from: at('2026-03-03'), to: at('2026-03-03', '10:00') };

describe.each<[string, string, () => object, number, string, string?]>([
  ['a zone that nobody knows', CALENDAR, () => calendar({}, { zone: 'Mars/One' }), 422, 'misfit', '/body/zone'],
  ['a callback in such a zone', 'callbacks', () => call(later, { zone: 'UTC+8' }), 422, 'misfit', '/zone'],
  [
    'a shift that ends before it begins',
    CALENDAR,
    () => calendar({}, { makeUpDay: [{ from: '17:00', to: '09:00' }] }),
    422,
    'misfit',
    '/body/makeUpDay',
  ],
  [
    'a calendar in which nobody works',
    CALENDAR,
    () => calendar({}, { week: { monday: [], ...never } }),
    409,
    'calendar-without-working-time',
  ],
  ['holidays that nobody published', CALENDAR, () => calendar({}, { holidays: ['fr'] }), 409, 'holidays-unknown'],
  [
    'a rule from yesterday on',
    CALENDAR,
    () => calendar({ effectiveFrom: at('2026-03-01') }),
    409,
    'effective-in-the-past',
  ],
  // Who dates a publication themselves could begin it in the past without correcting anything.
  [
    'a rule that says when it was published',
    CALENDAR,
    () => calendar({ occurredAt: at('2020-01-01') }),
    422,
    'misfit',
    '/occurredAt',
  ],
  [
    'a version that begins before one that is published already',
    CALENDAR,
    () => calendar({ name: 'spring', effectiveFrom: at('2026-05-01') }, { zone: 'UTC' }),
    409,
    'versions-overlap',
  ],
  ['a correction of nothing', CALENDAR, () => calendar({ corrects: 7, reason: 'slip' }), 409, 'version-unknown'],
  ['a correction without a reason', CALENDAR, () => calendar({ corrects: 1 }), 409, 'correction-without-reason'],
  ['a reason without a correction', CALENDAR, () => calendar({ reason: 'slip' }), 409, 'reason-without-correction'],
  ['a form that a later release reads', CALENDAR, () => calendar({ schema: 2 }), 409, 'policy-of-future-schema'],
  [
    'such a form with fields and gaps of its own',
    CALENDAR,
    () => ({ name: 'office', schema: 2, body: { shifts: 'flexible' } }),
    409,
    'policy-of-future-schema',
  ],
  [
    'a rate of the company’s own currency',
    'policies/publish-exchange-rate',
    () => ({ name: 'GBP', body: { rate: '1' } }),
    409,
    'rate-of-own-currency',
  ],
  [
    'a rate that is a number',
    'policies/publish-exchange-rate',
    () => ({ name: 'EUR', body: { rate: 0.87 } }),
    422,
    'misfit',
    '/body/rate',
  ],
  [
    'an amount in a currency without a rate',
    'bookings',
    () => ({ lines: [{ code: 'car', kind: 'base', price: { amount: 900, currency: 'CHF' } }] }),
    409,
    'no-exchange-rate',
  ],
  [
    'a window in the past',
    'callbacks',
    () => call({ from: at('2026-02-03'), to: at('2026-02-03', '10:00') }),
    409,
    'window-in-the-past',
  ],
  ['a window that is empty', 'callbacks', () => call({ ...later, to: later.from }), 409, 'window-is-empty'],
  ['a window in quiet hours', 'callbacks', () => inQuietHours, 409, 'window-in-quiet-hours'],
  [
    // What clocks show is never asked for: so no hour is left out, and none comes twice.
    'a window by the clock on the wall',
    'callbacks',
    () => call({ from: '2026-03-29T01:30:00', to: '2026-03-29T03:00:00' }),
    422,
    'misfit',
    '/windows/0/from',
  ],
])('%s', (_, path, said, status, code, pointer) => {
  it(`is refused over HTTP: ${status} ${code}`, async () => {
    const before = await system.session.store.head();
    const answer = await post(path, { ...said(), ...(path === 'callbacks' && { requester }) });
    expect([answer.status, answer.body.code, answer.body.errors?.[0]?.pointer]).toEqual([status, code, pointer]);
    expect(await system.session.store.head()).toBe(before);
  });
});

describe('a preview of a rule', () => {
  const preview = (body: object) => post('policies/preview-calendar', body);

  it('says over HTTP what would change, and records nothing', async () => {
    const before = await system.session.store.head();
    const { status, body } = await preview(calendar({ effectiveFrom: at('2026-04-01') }, { holidays: ['gb-eaw'] }));
    expect([status, body.ref, body.effectiveFrom, body.recorded]).toEqual([
      200,
      'calendar.office@2',
      at('2026-04-01'),
      false,
    ]);
    const lunch = [
      { from: '09:00', to: '12:00' },
      { from: '13:00', to: '18:00' },
    ];
    expect(body.changes).toContainEqual({ pointer: '/week/tuesday', was: lunch, is: [] });
    expect(body.changes.map(({ pointer }: { pointer: string }) => pointer)).not.toContain('/holidays');
    expect(await system.session.store.head()).toBe(before);
  });

  it('of what is so already says that nothing changes', async () => {
    const shipped = defaultPolicies({ zone: 'UTC' }).find(({ kind, id }) => kind === 'holidays' && id === 'cn');
    const { body } = await post('policies/preview-holidays', { name: 'cn', body: shipped?.body });
    expect(body).toMatchObject({ ref: 'holidays.cn@1', changes: [], recorded: false });
  });

  it('is refused as publishing would be', async () => {
    expect(await preview(calendar({ effectiveFrom: at('2026-03-01') }))).toMatchObject({
      status: 409,
      body: { code: 'effective-in-the-past' },
    });
    expect(await preview(calendar({}, { zone: 'Mars/One' }))).toMatchObject({
      status: 422,
      body: { code: 'misfit', errors: [{ pointer: '/body/zone' }] },
    });
  });
});
