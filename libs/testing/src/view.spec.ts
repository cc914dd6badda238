import { dayNumber, dayText, defineProjection, type Event, type Recorded } from '#kernel';
import { view } from './view.js';

type Sold = Event<'Sold', { amount: number; on: string }>;
type Till = Readonly<{ till: string; sum: number; last?: number; idleFor?: number; nextChangeOn?: string | null }>;

const tills = (more: Partial<Parameters<typeof defineProjection<Till, Sold>>[0]> = {}) =>
  view(
    defineProjection<Till, Sold>({
      name: 'tills',
      version: 1,
      hears: ['Sold'],
      keys: ({ customers }) => customers.map(({ id }) => id),
      fold: (row, { data }, till) => ({ till, sum: (row?.sum ?? 0) + data.amount }),
      ...more,
    }),
  );
const story = (stream: string, ...amounts: readonly number[]) => ({
  stream,
  customers: [
    { id: 'a', role: 'till' },
    { id: 'a', role: 'shop' },
  ],
  events: amounts.map((amount): Sold => ({ type: 'Sold', data: { amount, on: '2026-03-01' } })),
});
const two = [story('s-1', 1, 2), story('s-2', 4)] as const;

it('folds stories into rows, a row that is named twice once', () => {
  tills()
    .given(...two)
    .thenRow('a', { sum: 7 });
  tills()
    .given(...two)
    .thenRow('b', null);
  expect(() =>
    tills()
      .given(...two)
      .thenRow('a', { sum: 14 }),
  ).toThrow('14');
  expect(() =>
    tills()
      .given(...two)
      .thenRow('a', null),
  ).toThrow('toBeNull');
});

it('finds a fold that minds how streams interleave', () => {
  const last = tills({ fold: (_, { data }, till) => ({ till, sum: 0, last: data.amount }) });
  last.given(story('s-1', 1, 2)).thenRow('a', { last: 2 });
  expect(() => last.given(...two).thenRow('a', { last: 4 })).toThrow();
});

it('finds a fold that counts how often it is called, or changes what it was given', () => {
  let calls = 0;
  const counting = tills({
    fold: (_, __, till) => {
      calls += 1;
      return { till, sum: calls };
    },
  });
  expect(() => counting.given(story('s-1', 1)).thenRow('a', {})).toThrow();
  const mutating = tills({
    fold: (row, { data }, till) => {
      if (!row) return { till, sum: data.amount };
      (row as { sum: number }).sum += data.amount;
      return row;
    },
  });
  expect(() => mutating.given(story('s-1', 1, 2)).thenRow('a', {})).toThrow('read only');
});

it('finds a field that is undefined', () => {
  const blank = tills({ fold: (_, __, till) => ({ till, sum: 0, last: undefined }) as unknown as Till });
  expect(() => blank.given(story('s-1', 1)).thenRow('a', {})).toThrow('last');
});

it('finds a view that counts the days it is told of', () => {
  const next = (day: string) => dayText(dayNumber(day) + 1);
  const ofFacts = tills({
    advance: (row, today) => ({ ...row, nextChangeOn: today < '2026-03-05' ? '2026-03-05' : null }),
  });
  ofFacts.given(story('s-1', 1)).on('2026-03-09').thenRow('a', { nextChangeOn: null });
  const counting = tills({
    fold: (_, __: Recorded<Sold>, till) => ({ till, sum: 0, idleFor: 0 }),
    advance: (row, today) => ({
      ...row,
      idleFor: (row.idleFor ?? 0) + 1,
      nextChangeOn: today < '2026-03-05' ? '2026-03-05' : next(today),
    }),
  });
  expect(() => counting.given(story('s-1', 1)).on('2026-03-09').thenRow('a', {})).toThrow('idleFor');
});
