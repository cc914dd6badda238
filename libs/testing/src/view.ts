import type { Event, Participant, Projection, Recorded, Stamped } from '#kernel';
import { deepFreeze, recorded } from './facts.js';

type Story<E extends Event> = Readonly<{
  stream: string;
  customers?: readonly Participant[];
  events: readonly (E | Stamped<E>)[];
}>;

/**
 * A view: given(stories).on(day).then({ key: row }). The stories are recorded one after the other; each row is folded
 * in that order and derived for that day. `then` folds them in other orders too (each story's own order kept) and
 * expects the same rows, because history may be imported after the present.
 */
export const view = <Row extends object, E extends Event, C extends object>(
  projection: Projection<Row, E, C>,
  context = {} as C,
) => ({
  given: (...stories: readonly Story<E>[]) => {
    const rowsOn = (today: string) => (facts: readonly Recorded<E>[]) => {
      const rows = new Map<string, Row | null>();
      for (const fact of facts.filter((heard) => hears(projection, heard))) {
        for (const key of projection.keys(fact)) {
          rows.set(key, deepFreeze(projection.fold(rows.get(key) ?? null, fact, key, context)));
        }
      }
      const kept = [...rows].flatMap(([key, row]) => (row ? [[key, row] as const] : []));
      const derive = (row: Row) => projection.advance?.(row, today, context) ?? row;
      return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, row]) => [key, derive(row)]));
    };
    const histories = stories.map(({ stream, customers, events }, index) =>
      deepFreeze(recorded<E>(stream, events, customers, index * 1000)),
    );
    const orders = [histories.flat(), histories.toReversed().flat()];
    return {
      on: (today: string) => ({
        then: (expected: Readonly<Record<string, Partial<Row>>>) => {
          const [rows, ...others] = orders.map(rowsOn(today));
          expect(rows).toMatchObject(expected);
          expect(Object.keys(rows ?? {})).toEqual(Object.keys(expected).sort());
          for (const other of others) expect(other).toEqual(rows);
        },
      }),
    };
  },
});

const hears = <E extends Event>(
  { hears }: { hears: readonly string[] | 'everything' },
  { type, customers }: Recorded<E>,
) => (hears === 'everything' ? customers.length > 0 : hears.includes(type));
