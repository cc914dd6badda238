import { dayNumber, dayText, defineProjection, type Event, perCustomer, type Recorded } from '#kernel';
import type { Table } from '#postgres';
import type { View } from '../src/view.js';
import type { Draft } from './memory-log.js';

// A shop: small, but with every kind of view that the engine keeps.

export const day = (number: number): string => dayText(dayNumber('2024-01-01') + number);

type ShopEvent =
  | Event<'Bought', { amount: number; on: string }>
  | Event<'Returned', { amount: number }>
  | Event<'Forgot', object>
  | Event<'Repriced', { from: number; to: number; price: number }>;

type Company = Readonly<{ today: string | null; patience: number }>;
type Visit = Readonly<{
  customer: string;
  spent: number;
  visits: number;
  lastOn: string;
  evidence: readonly Readonly<{ position: string; amount: number }>[];
  silentFor: number | null;
  isSilent: boolean | null;
  nextChangeOn: string | null;
}>;

const company = {
  initial: { today: null, patience: 10 } as Company,
  hears: ['DayClosed', 'PatienceChanged'],
  fold: (value: Company, { type, data }: Recorded): Company => {
    if (type === 'DayClosed') return { ...value, today: dayText(dayNumber((data as { date: string }).date) + 1) };
    return { ...value, patience: (data as { days: number }).days };
  },
  today: ({ today }: Company) => today,
};

const visitsTable: Table<Visit> = {
  name: 'visits',
  key: ['customer'],
  columns: {
    customer: 'text',
    spent: 'integer',
    visits: 'integer',
    lastOn: 'date',
    evidence: 'jsonb',
    silentFor: { type: 'integer', nullable: true },
    isSilent: { type: 'boolean', nullable: true },
    nextChangeOn: { type: 'date', nullable: true },
  },
  indexes: [['nextChangeOn'], ['spent']],
};

/** Rows that are folded on, removed, and moved by time and by a policy. */
export const visits: View = {
  table: visitsTable as never,
  projection: defineProjection<Visit, ShopEvent, Company>({
    name: 'visits',
    version: 1,
    hears: ['Bought', 'Returned', 'Forgot'],
    context: company,
    keys: perCustomer,
    fold: (row, fact, customer) => {
      if (fact.type === 'Forgot') return null;
      if (fact.type === 'Returned')
        return row && { ...row, spent: row.spent - (fact.data as { amount: number }).amount };
      const { amount, on } = fact.data as { amount: number; on: string };
      const one = { position: String(fact.position), amount };
      if (!row)
        return {
          customer,
          spent: amount,
          visits: 1,
          lastOn: on,
          evidence: [one],
          silentFor: null,
          isSilent: null,
          nextChangeOn: null,
        };
      const evidence = [...row.evidence, one].slice(-3);
      return {
        ...row,
        spent: row.spent + amount,
        visits: row.visits + 1,
        lastOn: [on, row.lastOn].sort()[1] as string,
        evidence,
      };
    },
    advance: (row, today, { patience }) => {
      const due = dayText(dayNumber(row.lastOn) + patience);
      const isSilent = today >= due;
      return { ...row, isSilent, silentFor: isSilent ? patience : 0, nextChangeOn: isSilent ? null : due };
    },
  }),
};

type Moment = Readonly<{ id: string; customer: string; kind: string; at: string }>;

/** Rows that are written once. */
export const moments: View = {
  appendOnly: true,
  table: {
    name: 'moments',
    key: ['id'],
    columns: { id: 'text', customer: 'text', kind: 'text', at: 'timestamptz' },
    indexes: [['customer', 'at']],
  } satisfies Table<Moment> as never,
  projection: defineProjection<Moment>({
    name: 'moments',
    version: 1,
    hears: 'everything',
    keys: ({ customers }) => customers.map(({ id }) => id),
    fold: (_, { type, position, meta }, customer) => ({
      id: `${position}.${customer}`,
      customer,
      kind: type,
      at: meta.occurredAt,
    }),
  }),
};

type Article = Readonly<{ article: string; price: number; changes: number }>;

/** One fact touches hundreds of rows. */
export const articles: View = {
  table: {
    name: 'articles',
    key: ['article'],
    columns: { article: 'text', price: 'integer', changes: 'integer' },
    indexes: [],
  } satisfies Table<Article> as never,
  projection: defineProjection<Article, ShopEvent>({
    name: 'articles',
    version: 1,
    hears: ['Repriced'],
    keys: ({ data }) => {
      const { from, to } = data as { from: number; to: number };
      return Array.from({ length: to - from }, (_, index) => `article-${from + index}`);
    },
    fold: (row, { data }, article) => ({
      article,
      price: (data as { price: number }).price,
      changes: (row?.changes ?? 0) + 1,
    }),
  }),
};

export const shop: readonly View[] = [visits, moments, articles];

/** A generator of numbers from 0 to 1 that says the same every time. */
export const chance = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

/** A history of the shop: people buy, return, forget us; days close; prices and policies change. */
export const story = (length: number, seed = 1, people = 40): Draft[] => {
  const next = chance(seed);
  const pick = (most: number) => Math.floor(next() * most);
  let date = 0;
  const drafts: Draft[] = [];
  for (let index = 0; index < length; index += 1) {
    const person = `p-${pick(people)}`;
    const told = { customers: [person], stream: `person-${person}` };
    const roll = next();
    if (roll < 0.7) drafts.push({ ...told, type: 'Bought', data: { amount: 1 + pick(99), on: day(date) } });
    else if (roll < 0.8) drafts.push({ ...told, type: 'Returned', data: { amount: pick(20) } });
    else if (roll < 0.83) drafts.push({ ...told, type: 'Forgot' });
    else if (roll < 0.86) drafts.push({ type: 'PatienceChanged', data: { days: 3 + pick(20) }, stream: 'policy-1' });
    else if (roll < 0.88) drafts.push(repriced(pick(200), pick(500), pick(100)));
    else {
      drafts.push({ type: 'DayClosed', data: { date: day(date) }, stream: 'clock-company' });
      date += 1;
    }
  }
  return drafts;
};

export const repriced = (from: number, many: number, price: number): Draft => ({
  type: 'Repriced',
  data: { from, to: from + many, price },
  stream: 'prices-1',
});
