import type { Event, Participant, Projection, Recorded, Stamped } from '#kernel';
import { deepFreeze, recorded } from './facts.js';

type Story<E extends Event> = Readonly<{
  stream: string;
  customers?: readonly Participant[];
  events: readonly (E | Stamped<E>)[];
}>;
type Rows<Row> = Readonly<Record<string, Row>>;

/** How many ways to interleave the stories are tried. */
const ORDERS = 20;

/**
 * A view: given(stories).on(day).then({ key: row }), or one row alone by thenRow(key, row), null where there is none.
 * The stories are recorded one after the other; each row is folded in that order and derived for that day.
 *
 * Checked besides, as the engine will have it: stories that interleave otherwise, each in its own order, give the same
 * rows, because history may be imported after the present; a fact that is folded again after a batch was rolled back
 * gives what it gave; a fact that names a row twice is folded once; nothing is changed in place; no field is undefined;
 * days that close one by one give what they give at once.
 */
export const view = <Row extends object, E extends Event, C extends object>(
  projection: Projection<Row, E, C>,
  context = {} as C,
) => ({
  given: (...stories: readonly Story<E>[]) => {
    const histories = stories.map(({ stream, customers, events }, index) =>
      deepFreeze(recorded<E>(stream, events, customers, index * 1000)),
    );
    const rowsIn = (today: string | null, facts: readonly Recorded<E>[]) =>
      derivedRows(projection, { context, today, rows: foldedRows(projection, context, facts) });
    const on = (today: string | null) => {
      const rows = rowsIn(today, histories.flat());
      for (const order of ordersOf(histories)) expect(rowsIn(today, order)).toEqual(rows);
      return {
        then: (expected: Readonly<Record<string, Partial<Row>>>) => {
          expect(rows).toMatchObject(expected);
          expect(Object.keys(rows)).toEqual(Object.keys(expected).sort());
        },
        thenRow: (key: string, expected: Partial<Row> | null) => {
          if (expected === null) expect(rows[key] ?? null).toBeNull();
          else expect(rows[key]).toMatchObject(expected);
        },
      };
    };
    return {
      on,
      /** A row whatever the day: for views that time does not move. */
      thenRow: (key: string, expected: Partial<Row> | null) => on(null).thenRow(key, expected),
    };
  },
});

const foldedRows = <Row extends object, E extends Event, C extends object>(
  projection: Projection<Row, E, C>,
  context: C,
  facts: readonly Recorded<E>[],
): Rows<Row> => {
  const rows = new Map<string, Row | null>();
  for (const fact of facts.filter((heard) => hears(projection, heard))) {
    for (const key of new Set(projection.keys(fact))) {
      const before = rows.get(key) ?? null;
      const after = deepFreeze(projection.fold(before, fact, key, context));
      expect(projection.fold(before, fact, key, context)).toEqual(after);
      expect(Object.entries(after ?? {}).filter(([, value]) => value === undefined)).toEqual([]);
      rows.set(key, after);
    }
  }
  const kept = [...rows].flatMap(([key, row]) => (row ? [[key, row] as const] : []));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
};

type Deriving<Row, C> = Readonly<{ rows: Rows<Row>; today: string | null; context: C }>;

const derivedRows = <Row extends object, E extends Event, C extends object>(
  { advance }: Projection<Row, E, C>,
  { rows, today, context }: Deriving<Row, C>,
): Rows<Row> => {
  if (!advance || today === null) return rows;
  const derived = (row: Row): Row => {
    const atOnce = advance(row, today, context);
    let oneByOne = advance(row, '0001-01-01', context);
    while (oneByOne.nextChangeOn !== null && oneByOne.nextChangeOn <= today)
      oneByOne = advance(oneByOne, oneByOne.nextChangeOn, context);
    expect(oneByOne).toEqual(atOnce);
    return atOnce;
  };
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, derived(row)]));
};

/** Some of the ways in which the histories may interleave, each in its own order; the same at every run. */
const ordersOf = <E extends Event>(histories: readonly (readonly Recorded<E>[])[]): (readonly Recorded<E>[])[] => {
  if (histories.length < 2) return [];
  let seed = 7;
  const below = (many: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * many);
  };
  const shuffled = () => {
    const rest = histories.map((history) => [...history]);
    const order: Recorded<E>[] = [];
    for (;;) {
      const waiting = rest.filter((history) => history.length > 0);
      const next = waiting[below(waiting.length)]?.shift();
      if (!next) return order;
      order.push(next);
    }
  };
  return [histories.toReversed().flat(), ...Array.from({ length: ORDERS }, shuffled)];
};

const hears = <E extends Event>(
  { hears }: { hears: readonly string[] | 'everything' },
  { type, customers }: Recorded<E>,
) => (hears === 'everything' ? customers.length > 0 : hears.includes(type));
