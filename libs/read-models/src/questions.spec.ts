import type { Asking } from '#access';
import { misfits } from '#application';
import { type Sql, selectByKeys } from '#postgres';
import {
  type Asked,
  acme,
  ann,
  bob,
  cara,
  dora,
  eve,
  everybody,
  ghost,
  laid,
  money,
  nobody,
  now,
  type Row,
  rowsOf,
  startViews,
  uuid,
  window,
} from '../test/stories.js';
import { AtRisk } from './at-risk.query.js';
import { ListBookings } from './bookings/bookings.query.js';
import { ListCallbacks } from './callbacks/callbacks.query.js';
import { CustomerChurn } from './churn-risk/churn-risk.query.js';
import { DueComplaints, ListComplaints } from './complaints/complaints.query.js';
import { CustomerOverview } from './customer-overview.query.js';
import { CustomerPoints } from './customer-points.query.js';
import { ListCustomers } from './customer-profile/customer-profile.query.js';
import { CustomerTimeline, TimelineAfter, TimelineAfterHandler } from './customer-timeline/customer-timeline.query.js';
import type { Inquiry } from './inquiry.js';
import { CustomerLifecycle } from './lifecycle/lifecycle.query.js';
import { LoyaltyLiability } from './loyalty-liability.query.js';
import type { Page } from './page.js';
import { ListLoyaltyAccounts } from './points/points.query.js';
import { ListPolicies } from './policies/policies.query.js';
import { SearchCustomers } from './search-customers.query.js';
import { views } from './views.js';

describe('the questions', () => {
  let asked: Asked;
  let sql: Sql;
  let ask: Asked['ask'];
  beforeAll(async () => {
    asked = await startViews();
    ({ sql, ask } = asked);
  });
  afterAll(() => asked?.stop());

  /** Page after page, one item each; the same items as all at once. */
  const idsOnPages = async <Item extends object>(
    shape: new (asking: Asking) => Inquiry<Page<Item> | null>,
    fields = {},
  ) => {
    const [whole, ids] = [await ask(shape, fields), [] as string[]];
    let after = {};
    for (;;) {
      const page: Page<Item> | null = await ask(shape, { ...fields, limit: 1, ...after });
      ids.push(...(page?.items ?? []).map(idOf));
      if (!page?.cursor) break;
      expect(page.items).toHaveLength(1);
      expect(ids.length).toBeLessThan(whole?.items.length ?? 0);
      after = { cursor: page.cursor };
    }
    expect(ids).toEqual(whole?.items.map(idOf));
    return ids;
  };
  const idOf = (item: object) =>
    String(['id', 'customerId', 'eventId', 'ref'].map((field) => Reflect.get(item, field)).find(Boolean));

  it('are answered from rows that come back as they went in', async () => {
    for (const view of views) {
      const rows = rowsOf(view);
      expect(rows.length).toBeGreaterThan(0);
      const keys = rows.map((row) => Object.fromEntries(view.table.key.map((field) => [field, row[field]])));
      const found = await sql<Row>(...selectByKeys<Row>(view.table, keys));
      const byKey = (row: Row) => view.table.key.map((field) => String(row[field])).join();
      const sorted = (all: readonly Row[]) => all.toSorted((a, b) => (byKey(a) < byKey(b) ? -1 : 1));
      expect(sorted(found)).toEqual(sorted(rows.map((row) => laid(view.table, row))));
    }
  });

  it('show everything about a customer on one page', async () => {
    expect(await ask(CustomerOverview, { id: ann })).toMatchObject({
      id: ann,
      kind: 'individual',
      name: 'Ann Lee',
      birthDate: '1990-02-28',
      status: 'registered',
      specialNeeds: [{ code: 'child_seat' }],
      lifecycle: { stage: 'at_risk', rule: 'overdue', overlay: null, since: '2026-05-08' },
      churn: { score: 31, band: 'medium' },
      counts: {
        touchpoints: 14,
        bookings: 2,
        openBookings: 1,
        complaints: 1,
        openComplaints: 1,
        callbacks: 1,
        openCallbacks: 1,
      },
      open: {
        bookings: [{ id: uuid('b2'), status: 'confirmed' }],
        complaints: [{ id: uuid('c1'), severity: 'sev2' }],
        callbacks: [{ id: uuid('d1'), dueBy: window.to }],
      },
      points: [{ id: uuid('f1'), balance: 99, spendable: 99 }],
    });
  });

  it('know nothing of a customer who was never registered', async () => {
    for (const shape of [CustomerOverview, CustomerTimeline, CustomerLifecycle, CustomerChurn, CustomerPoints])
      for (const id of [nobody, ghost]) expect(await ask<unknown>(shape, { id })).toBeNull();
  });

  it('tell the timeline by when things happened, in two languages', async () => {
    const page = await ask(CustomerTimeline, { id: ann, limit: 3 });
    expect(page?.items.map(({ text }) => text)).toEqual([
      'A driving licence was recorded',
      'Received the service, worth 99.00 EUR',
      'A special need was recorded',
    ]);
    const [first] = (await ask(CustomerTimeline, { id: ann, lang: 'zh', order: 'asc' }))?.items ?? [];
    expect(first).toMatchObject({
      text: '登记为个人客户',
      position: 100n,
      roles: ['self'],
      type: 'IndividualRegistered',
    });
    const ascending = await idsOnPages(CustomerTimeline, { id: ann, order: 'asc' });
    expect(await idsOnPages(CustomerTimeline, { id: ann })).toEqual(ascending.toReversed());
    expect(ascending).toHaveLength(14);
  });

  it('follow a timeline behind a position', async () => {
    const entries = await new TimelineAfterHandler(sql).execute(
      Object.assign(new TimelineAfter(everybody), { id: ann, position: 502n, limit: 2, lang: '' }),
    );
    expect(entries).toMatchObject([{ position: 600n }, { position: 601n, text: 'We confirmed the booking' }]);
  });

  it('list the rules of the company, every version of them', async () => {
    const all = ['calendar.office@1', 'loyalty.default@1', 'loyalty.gold@2', 'loyalty.gold@1'];
    expect(await idsOnPages(ListPolicies)).toEqual(all);
    expect(await idsOnPages(ListPolicies, { kind: 'loyalty', name: 'gold' })).toEqual(all.slice(2));
    expect((await ask(ListPolicies, { kind: 'loyalty', name: 'silver' })).items).toEqual([]);
  });

  it('say where the relationship stands, and why', async () => {
    expect(await ask(CustomerLifecycle, { id: ann, lang: 'en' })).toMatchObject({
      customerId: ann,
      stage: 'at_risk',
      reason: 'No service since 2026-03-01: more than one and a half times the expected 45 days',
      evidence: [uuid('5f2')],
      nextChangeOn: '2026-07-15',
    });
    expect(await ask(CustomerLifecycle, { id: eve })).toMatchObject({
      stage: 'closed',
      reason: 'The account is closed',
    });
  });

  it('say who is about to leave, and why', async () => {
    const churn = await ask(CustomerChurn, { id: ann });
    expect(churn).toMatchObject({ customerId: ann, score: 31, netRevenue: money(0), stage: 'at_risk' });
    expect(churn?.contributions.reduce((sum, { points }) => sum + points, 0)).toBe(31);
    expect(churn?.reasons).toEqual([
      'No service for 92 days; one was expected after 45',
      'Open complaints: 1',
      'Open bookings: 1',
    ]);
    expect(await idsOnPages(AtRisk)).toEqual([ann, acme, bob, cara]);
    const { items } = await ask(AtRisk, { lang: 'zh', limit: 2 });
    expect(items[1]).toMatchObject({
      name: 'Acme',
      kind: 'organization',
      score: 11,
      netRevenue: money(9_900),
      reasons: ['已 92 天无服务，预期间隔为 45 天', '未完成订单：1 个'],
    });
  });

  it('count points at the business instant', async () => {
    expect(await ask(CustomerPoints, { id: ann })).toMatchObject({ accounts: [{ balance: 99, memberNumber: 'M-1' }] });
    expect(await ask(CustomerPoints, { id: bob })).toEqual({ customerId: bob, accounts: [] });
    expect(await idsOnPages(ListLoyaltyAccounts, { customer: ann })).toEqual([uuid('f1')]);
  });

  it('say what points weigh in the books', async () => {
    const { programmes } = await ask(LoyaltyLiability);
    // 99 points at half a minor unit each, a tenth less.
    expect(programmes).toEqual([
      {
        ...{ programme: 'default', rule: 'loyalty.default@1', accounts: 1, active: 99, reserved: 0, pending: 0 },
        ...{ owed: 0, expired: 0, liability: money(45), breakage: money(0) },
      },
    ]);
  });

  it('find customers by exactly what was told, one way at a time', async () => {
    const found = async (fields: object) => (await ask(SearchCustomers, fields)).items;
    expect(await found({ phone: '+86 139-1234-5678' })).toEqual([{ id: ann, name: 'Ann Lee', found: ['phone'] }]);
    expect(await found({ name: 'ann  LEE' })).toHaveLength(1);
    expect(await found({ name: 'ann' })).toEqual([]);
    expect(await found({ number: 'm-1' })).toMatchObject([{ id: ann }]);
    expect(await found({ number: '9131' })).toEqual([{ id: acme, name: 'Acme', found: ['identifier'] }]);
    expect(await found({ query: 'C-1' })).toEqual([{ id: eve, name: null, found: ['order_number'] }]);
    expect(await idsOnPages(SearchCustomers, { orderNumber: 'po-1' })).toEqual([ann, bob, cara, acme]);
    for (const body of [{}, { query: ' ' }, { name: 'a', phone: '+1' }, { query: 'a', name: 'a' }])
      expect(misfits(body, [SearchCustomers])).toMatchObject([{ pointer: '/query' }]);
  });

  it('list what each slice holds', async () => {
    expect(await idsOnPages(ListCustomers)).toEqual([eve, dora, acme, cara, bob, ann]);
    expect((await ask(ListCustomers, { status: 'closed' })).items).toMatchObject([{ id: eve, name: null }]);
    expect(await idsOnPages(ListBookings)).toEqual(['b3', 'b2', 'b1'].map(uuid));
    expect(await idsOnPages(ListBookings, { customer: bob })).toEqual(['b2', 'b1'].map(uuid));
    expect((await ask(ListBookings, { status: 'refund-only' })).items).toMatchObject([
      { payer: eve, total: money(-500) },
    ]);
    expect(await idsOnPages(ListComplaints, { customer: ann, status: 'filed' })).toEqual([uuid('c1')]);
    expect(await idsOnPages(ListComplaints, { customer: bob })).toEqual([]);
    expect(await idsOnPages(DueComplaints)).toEqual([uuid('c1')]);
    expect(await idsOnPages(DueComplaints, { only: 'late' })).toEqual([]);
    expect(await idsOnPages(ListCallbacks, { customer: ann, status: 'due' })).toEqual([uuid('d1')]);
  });

  it.each([
    ['nonsense', '!!!'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['of another list', Buffer.from('["2026-03-01T12:00:00.000Z"]').toString('base64url')],
    [
      'a year that PostgreSQL does not know',
      Buffer.from(`["0000-03-01T12:00:00.000Z","${ann}"]`).toString('base64url'),
    ],
    ['empty', ''],
  ])('refuse a cursor that is %s', (_, cursor) =>
    expect(misfits({ cursor }, [ListBookings])).toEqual([
      { pointer: '/cursor', detail: expect.stringContaining('cursor') },
    ]),
  );

  it('refuse a number that has more than 64 bits', () => {
    const cursor = (number: string) => Buffer.from(JSON.stringify([now, number])).toString('base64url');
    expect(misfits({ id: ann, cursor: cursor('9223372036854775807') }, [CustomerTimeline])).toEqual([]);
    expect(misfits({ id: ann, cursor: cursor('9223372036854775808') }, [CustomerTimeline])).toHaveLength(1);
  });

  it.each([[{ limit: 0 }], [{ limit: 501 }], [{ limit: 1.5 }], [{ customer: 'x' }], [{ status: 'lost' }]])(
    'refuse %j',
    (fields) => expect(misfits(fields, [ListBookings])).toHaveLength(1),
  );
});
