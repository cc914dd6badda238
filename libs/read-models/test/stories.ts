import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IQueryHandler } from '@nestjs/cqrs';
import { type Asking, anyone, fieldClasses } from '#access';
import { misfits } from '#application';
import type { Recorded } from '#kernel';
import {
  ddlOf,
  type Postgres,
  personalFieldsOf,
  poolOver,
  SEALED,
  type Sql,
  sqlOver,
  startPostgres,
  type Table,
  upsert,
} from '#postgres';
import { at, recorded } from '#testing';
import { CustomerAccesses, ListAccesses } from '../src/access-log/access-log.query.js';
import { spelling } from '../src/customer-search/spelling.js';
import type { Inquiry } from '../src/inquiry.js';
import { LoyaltyLiability } from '../src/loyalty-liability.query.js';
import type { PersonalRows } from '../src/personal.js';
import { questions } from '../src/questions.js';
import { views } from '../src/views.js';

export const uuid = (digits: string) => `01900000-0000-7000-8000-${digits.padStart(12, '0')}`;
export const [ann, bob, cara, acme] = [uuid('a1'), uuid('b0'), uuid('ca'), uuid('acc')];
export const [dora, eve, ghost, nobody] = [uuid('d0a'), uuid('e1e'), uuid('fade'), uuid('0')];
export const now = '2026-03-01T12:00:00.000Z';
const today = '2026-06-01';
const company = { logId: 'l', zone: 'UTC', currency: 'EUR', closedDay: '2026-05-31' };

export const money = (amount: number) => ({ amount, currency: 'EUR' });
const lines = [{ lineId: '1', code: 'car', kind: 'base', price: money(9_900) }];
const resolutionClock = {
  ...{ clock: 'resolution', endsWith: 'resolution', pauses: true, isStatutory: false },
  ...{ target: { calendar: 'always', minutes: 1440 }, since: '2026-03-01T10:00:00.000Z' },
  ...{ startedAt: '2026-03-01T10:00:00.000Z', dueAt: '2026-03-02T10:00:00.000Z' },
  warnAt: [{ threshold: 50, at: '2026-03-01T22:00:00.000Z' }],
};
const terms = {
  vertical: 'car-rental-business',
  lines,
  total: money(9_900),
  booker: ann,
  travellers: [bob, cara],
  payer: acme,
};
const inBooking = [
  { id: ann, role: 'booker' },
  { id: bob, role: 'traveller' },
  { id: cara, role: 'traveller' },
  { id: acme, role: 'payer' },
];
export const window = { from: '2026-05-02T09:00:00.000Z', to: '2026-05-02T11:00:00.000Z' };
const self = (id: string) => [{ id, role: 'self' }];

const viewed = { subject: ann, fields: ['name', 'contactPoints'], purpose: 'service', through: 'CustomerOverview' };
const stories = [
  ['log-meta', [], ['LogOpened', { logId: uuid('10'), zone: 'UTC', currency: 'EUR' }]],
  [
    `customer-${ann}`,
    self(ann),
    ['IndividualRegistered', { name: 'Ann Lee', birthDate: '1990-02-28', acquisition: { channel: 'web' } }],
    ['ContactPointAdded', { contactPointId: 'c1', kind: 'phone', value: '+8613912345678' }],
    ['SpecialNeedRecorded', { code: 'child_seat' }],
    ['DriverLicenceRecorded', { number: 'L1', issuedOn: '2010-05-01' }],
  ],
  [
    `customer-${bob}`,
    self(bob),
    ['IndividualRegistered', { name: 'Bob "x" \\ é' }],
    ['CustomerAssigned', { team: 'south' }],
  ],
  [`customer-${acme}`, self(acme), ['OrganizationRegistered', { legalName: 'Acme', creditCode: '9131' }]],
  [`customer-${eve}`, self(eve), ['IndividualRegistered', {}], ['CustomerClosed', {}]],
  [
    `booking-${uuid('b1')}`,
    inBooking,
    ['BookingPlaced', { ...terms, orderNumber: 'PO-1', serviceWindow: window }],
    ['PaymentCaptured', { paymentId: 'p1', method: 'card', amount: money(9_900) }],
    ['ServiceCompleted', { vertical: 'car-rental-business', lineIds: ['1'], amount: money(9_900) }],
  ],
  [`booking-${uuid('b2')}`, inBooking, ['BookingPlaced', terms], ['BookingConfirmed', {}]],
  [
    `booking-${uuid('b3')}`,
    [{ id: eve, role: 'payer' }],
    ['RefundRecordedWithoutBooking', { vertical: 'retail', payer: eve, refund: money(500), orderNumber: 'C-1' }],
  ],
  [
    `complaint-${uuid('c1')}`,
    [{ id: ann, role: 'complainant' }],
    ['ComplaintFiled', { complainant: ann, severity: 'sev2', text: 'late' }],
    ['SlaClockStarted', resolutionClock],
  ],
  [
    `callback-${uuid('d1')}`,
    [{ id: ann, role: 'requester' }],
    ['CallbackRequested', { requester: ann, topic: 'bill', windows: [window], zone: 'UTC' }],
  ],
  [
    `loyaltyAccount-${uuid('f1')}`,
    [{ id: ann, role: 'member' }],
    ['MemberEnrolled', { member: ann, programme: 'default', memberNumber: 'M-1' }],
    [
      'PointsEarned',
      { lotId: 'a', points: 99, currency: 'redeemable', activatesAt: now, expiresAt: '2027-03-01T00:00:00.000Z' },
    ],
  ],
  [`customer-${cara}`, self(cara), ['IndividualRegistered', {}], ['CustomerAssigned', { team: 'north' }]],
  [`customer-${dora}`, self(dora), ['IndividualRegistered', {}]],
  [
    `booking-${uuid('b4')}`,
    [{ id: dora, role: 'payer' }],
    ['ServiceCompleted', { vertical: 'bus-city', lineIds: ['1'], amount: money(200) }],
  ],
  [`complaint-${uuid('c2')}`, [{ id: ghost, role: 'complainant' }], ['ComplaintFiled', { complainant: ghost }]],
  ['access-2026-03-01', [], ['PersonalDataViewed', viewed], ['AccessDenied', { through: 'BlockCustomer' }]],
  [
    'policy-loyalty.default',
    [],
    [
      'PolicyPublished',
      {
        ...{ kind: 'loyalty', id: 'default', version: 1, effectiveFrom: '1970-01-01T00:00:00.000Z' },
        body: { pointsPerUnit: 1, valuation: { points: 10, worth: money(5), expectedBreakage: 0.1 } },
      },
    ],
  ],
  [
    'policy-loyalty.gold',
    [],
    ['PolicyPublished', { kind: 'loyalty', id: 'gold', version: 1, effectiveFrom: now, body: { pointsPerUnit: 1 } }],
    [
      'PolicyPublished',
      { kind: 'loyalty', id: 'gold', version: 2, effectiveFrom: now, body: {}, corrects: 1, reason: 'typing_error' },
    ],
  ],
  [
    'policy-calendar.office',
    [],
    ['PolicyPublished', { kind: 'calendar', id: 'office', version: 1, effectiveFrom: now, body: {} }],
  ],
  [`relationship-${eve}`, self(eve), ['LifecycleStageChanged', { to: 'registered', rule: 'registered', inputs: {} }]],
] as const;

const facts: readonly Recorded[] = stories.flatMap(([stream, customers, ...events], story) =>
  recorded(
    stream,
    events.map(([type, data], index) => at(`2026-03-01T1${index}:00:00.000Z`, { type, data })),
    customers,
    story * 100,
  ).map((fact, index) => ({ ...fact, id: uuid(`${story}f${index}`) })),
);

export type Row = Readonly<Record<string, unknown>>;

/** Rows as the engine would make them. */
export const rowsOf = ({ projection, appendOnly }: (typeof views)[number]): readonly Row[] => {
  const rows = new Map<string, Row | null>();
  const heard = (fact: Recorded) =>
    projection.hears === 'everything' ? fact.customers.length > 0 : projection.hears.includes(fact.type);
  for (const fact of facts.filter(heard))
    for (const key of projection.keys(fact))
      rows.set(key, projection.fold(appendOnly ? null : (rows.get(key) ?? null), fact, key, company));
  const kept = [...rows.values()].filter((row) => row !== null);
  return kept.map((row) => projection.advance?.(row, today, company) ?? row);
};

/** A row as a table takes it: here its personal fields lie in their column as they are. */
export const laid = (table: Table<Row>, row: Row): Row => {
  const names = new Map(personalFieldsOf(table));
  const [open, told] = [true, false].map((isOpen) =>
    Object.fromEntries(Object.entries(row).filter(([field]) => names.has(field) !== isOpen)),
  );
  const isBlind = (field: string) => Reflect.get(Object(table.columns[field]), 'blind') !== undefined;
  const found = Object.entries(open ?? {}).map(([field, value]) => [
    field,
    isBlind(field) ? spelling(String(row.kind), String(value)) : value,
  ]);
  return { ...Object.fromEntries(found), ...(names.size > 0 && { [SEALED]: JSON.stringify(told) }) };
};
const personal: PersonalRows = {
  open: (_, __, stored, fields) =>
    stored.map((row) => {
      const { [SEALED]: told, ...open } = row as Row;
      const fromTold = Object.entries(JSON.parse(String(told ?? '{}')) as Row);
      const shown = fromTold.filter(([field]) => (fields as readonly string[]).includes(field));
      return { ...open, ...Object.fromEntries(shown) } as never;
    }),
  blind: spelling,
};

/** Somebody of these teams, who may see all fields. */
export const who = (teams: readonly string[], scope: Asking['scope'] = 'team'): Asking => ({
  principal: { ...anyone, teams },
  fields: new Set(fieldClasses),
  scope,
  purpose: 'service',
  action: 'any',
});
export const everybody = who([], 'all');

export type Asked = Readonly<{
  sql: Sql;
  /** The answer as its handler gives it, to who may see everybody where none is named. */
  ask: <R>(shape: new (asking: Asking) => Inquiry<R>, fields?: object, asking?: Asking) => Promise<R>;
  stop: () => Promise<void>;
}>;

/** The views as the engine would fill them from a few stories, in a database of their own, and who asks them. */
export const startViews = async (): Promise<Asked> => {
  const folder = await mkdtemp(join(tmpdir(), 'questions-'));
  const postgres: Postgres = await startPostgres({ folder });
  const pool = poolOver(postgres.url);
  const sql = sqlOver(pool);
  for (const view of views) {
    await sql(ddlOf<Row>(view.table));
    await sql(
      ...upsert<Row>(
        view.table,
        rowsOf(view).map((row) => laid(view.table, row)),
      ),
    );
  }
  const clock = { now: () => now };
  const portsOf = (shape: unknown) => {
    if (shape === LoyaltyLiability) return [clock];
    return shape === ListAccesses || shape === CustomerAccesses ? [{ company }] : [personal, clock];
  };
  return {
    sql,
    ask: <R>(shape: new (asking: Asking) => Inquiry<R>, fields: object = {}, asking = everybody): Promise<R> => {
      expect(misfits(fields, [shape])).toEqual([]);
      const handler = questions.find((question) => question.shape === shape)?.handler as new (
        ...ports: unknown[]
      ) => IQueryHandler<Inquiry<R>, R>;
      return new handler(sql, ...portsOf(shape)).execute(Object.assign(new shape(asking), fields));
    },
    stop: async () => {
      await pool.end();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
