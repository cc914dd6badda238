import { dayNumber, dayText, defineProjection, type Recorded } from '#kernel';
import type { Table } from '#postgres';
import type { View } from '#projections';

// Eight views of the size and kind that the product has, over invented events, so that the engine is measured alone.

type Data = Readonly<{ amount: number; on: string; lines: readonly Readonly<{ sku: string; price: number }>[] }>;
const dataOf = (fact: Recorded): Data => fact.data as Data;
const customersOf = ({ customers }: Recorded) => customers.map(({ id }) => id);

type Company = Readonly<{ today: string | null }>;
const company = {
  initial: { today: null } as Company,
  hears: ['DayClosed'],
  fold: (_: Company, { data }: Recorded): Company => ({
    today: dayText(dayNumber((data as { date: string }).date) + 1),
  }),
  today: ({ today }: Company) => today,
};

const view = <Row extends object>(table: Table<Row>, projection: object, rest: object = {}): View =>
  ({ table, projection: defineProjection(projection as never), ...rest }) as never;

type Profile = { customer: string; name: string; email: string; bookings: number; spent: number; lastAt: string };
const profile = view<Profile>(
  {
    name: 'customer_profile',
    key: ['customer'],
    columns: {
      customer: 'text',
      name: 'text',
      email: 'text',
      bookings: 'integer',
      spent: 'bigint',
      lastAt: 'timestamptz',
    },
    indexes: [['email']],
  },
  {
    name: 'customer_profile',
    version: 1,
    hears: ['BookingPlaced', 'BookingCompleted'],
    keys: customersOf,
    fold: (row: Profile | null, fact: Recorded, customer: string) => ({
      customer,
      name: row?.name ?? `Customer ${customer}`,
      email: row?.email ?? `${customer}@example.test`,
      bookings: (row?.bookings ?? 0) + 1,
      spent: Number(row?.spent ?? 0) + dataOf(fact).amount,
      lastAt: fact.meta.occurredAt,
    }),
  },
);

type Moment = {
  id: string;
  customer: string;
  kind: string;
  occurredAt: string;
  recordedAt: string;
  role: string;
  params: object;
};
const timeline = view<Moment>(
  {
    name: 'customer_timeline',
    key: ['id'],
    columns: {
      id: 'text',
      customer: 'text',
      kind: 'text',
      occurredAt: 'timestamptz',
      recordedAt: 'timestamptz',
      role: 'text',
      params: 'jsonb',
    },
    indexes: [['customer', 'occurredAt']],
  },
  {
    name: 'customer_timeline',
    version: 1,
    hears: 'everything',
    keys: customersOf,
    fold: (_: null, fact: Recorded, customer: string) => ({
      id: `${fact.id}.${customer}`,
      customer,
      kind: fact.type,
      occurredAt: fact.meta.occurredAt,
      recordedAt: fact.recordedAt,
      role: 'self',
      params: { amount: dataOf(fact).amount, lines: dataOf(fact).lines.length },
    }),
  },
  { appendOnly: true },
);

type Booking = { booking: string; customer: string; status: string; amount: number; lines: object; at: string };
const bookings = view<Booking>(
  {
    name: 'bookings',
    key: ['booking'],
    columns: {
      booking: 'text',
      customer: 'text',
      status: 'text',
      amount: 'integer',
      lines: 'jsonb',
      at: 'timestamptz',
    },
    indexes: [['customer']],
  },
  {
    name: 'bookings',
    version: 1,
    hears: ['BookingPlaced', 'BookingCompleted'],
    keys: ({ stream }: Recorded) => [stream],
    fold: (row: Booking | null, fact: Recorded, booking: string) =>
      row
        ? { ...row, status: 'completed' }
        : {
            booking,
            customer: customersOf(fact)[0],
            status: 'placed',
            amount: dataOf(fact).amount,
            lines: dataOf(fact).lines,
            at: fact.meta.occurredAt,
          },
  },
);

type Stage = {
  customer: string;
  stage: string;
  orders: number;
  lastOn: string;
  evidence: object;
  nextChangeOn: string | null;
};
const lifecycle = view<Stage>(
  {
    name: 'lifecycle',
    key: ['customer'],
    columns: {
      customer: 'text',
      stage: 'text',
      orders: 'integer',
      lastOn: 'date',
      evidence: 'jsonb',
      nextChangeOn: { type: 'date', nullable: true },
    },
    indexes: [['nextChangeOn'], ['stage']],
  },
  {
    name: 'lifecycle',
    version: 1,
    hears: ['BookingCompleted'],
    context: company,
    keys: customersOf,
    fold: (row: Stage | null, fact: Recorded, customer: string) => ({
      customer,
      stage: row?.stage ?? 'active',
      orders: (row?.orders ?? 0) + 1,
      lastOn: dataOf(fact).on,
      evidence: [fact.id],
      nextChangeOn: null,
    }),
    advance: (row: Stage, today: string) => {
      const days = [60, 120, 240].map((limit) => dayText(dayNumber(row.lastOn) + limit));
      const passed = days.filter((on) => on <= today).length;
      return { ...row, stage: ['active', 'at_risk', 'dormant', 'churned'][passed], nextChangeOn: days[passed] ?? null };
    },
  },
);

type Risk = {
  customer: string;
  score: number;
  band: string;
  contributions: object;
  lastOn: string;
  nextChangeOn: string | null;
};
const churn = view<Risk>(
  {
    name: 'churn_risk',
    key: ['customer'],
    columns: {
      customer: 'text',
      score: 'double precision',
      band: 'text',
      contributions: 'jsonb',
      lastOn: 'date',
      nextChangeOn: { type: 'date', nullable: true },
    },
    indexes: [['nextChangeOn'], ['score']],
  },
  {
    name: 'churn_risk',
    version: 1,
    hears: 'everything',
    context: company,
    keys: customersOf,
    fold: (row: Risk | null, fact: Recorded, customer: string) => ({
      customer,
      score: 0,
      band: 'low',
      contributions: [...((row?.contributions as object[]) ?? []), { event: fact.id, points: 3, why: fact.type }].slice(
        -8,
      ),
      lastOn: dataOf(fact).on,
      nextChangeOn: null,
    }),
    advance: (row: Risk, today: string) => {
      const silent = dayNumber(today) - dayNumber(row.lastOn);
      const score = Math.min(100, Math.floor(silent / 30) * 12);
      return {
        ...row,
        score,
        band: score > 60 ? 'high' : 'low',
        nextChangeOn: score === 100 ? null : dayText(dayNumber(row.lastOn) + (Math.floor(silent / 30) + 1) * 30),
      };
    },
  },
);

type Points = { customer: string; balance: number; lots: object };
const points = view<Points>(
  { name: 'points', key: ['customer'], columns: { customer: 'text', balance: 'integer', lots: 'jsonb' }, indexes: [] },
  {
    name: 'points',
    version: 1,
    hears: ['BookingCompleted'],
    keys: customersOf,
    fold: (row: Points | null, fact: Recorded, customer: string) => ({
      customer,
      balance: (row?.balance ?? 0) + 10,
      lots: [...((row?.lots as object[]) ?? []), { event: fact.id, left: 10 }].slice(-10),
    }),
  },
);

type Found = { customer: string; words: string };
const search = view<Found>(
  { name: 'customer_search', key: ['customer'], columns: { customer: 'text', words: 'text' }, indexes: [['words']] },
  {
    name: 'customer_search',
    version: 1,
    hears: ['BookingPlaced'],
    keys: customersOf,
    fold: (row: Found | null, _: Recorded, customer: string) => row ?? { customer, words: `customer ${customer}` },
  },
);

/** With the engine's own index of facts they are eight. */
export const crmViews: readonly View[] = [profile, timeline, bookings, lifecycle, churn, points, search];
