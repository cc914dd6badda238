import fc from 'fast-check';
import { misfits, schemaOf } from '#application';
import { booking, slices } from '#domain';
import type { Class } from '#kernel';
import { misfitsOf } from '../../apps/cli/src/import/fits.js';

jest.mock('#application', () => {
  const real = jest.requireActual('#application');
  return { ...real, misfits: jest.fn(real.misfits) };
});

const shapes: readonly [string, Class][] = slices.flatMap(
  ({ commands }) => Object.entries(commands) as [string, Class][],
);

const money = { amount: 5, currency: 'GBP' };
const id = '01900000-0000-7000-8000-00000000000a';
const instant = '2026-03-01T09:00:00.000Z';
const line = { code: 'goods', kind: 'base', price: money };
const values = [
  ...[undefined, null, true, 0, 0.5, -1, 2 ** 60, '', ' ', 'goods', 'A B', '1', 'a\0', 'GBP', 'Europe/London', 'zh-CN'],
  ...[id, instant, '2026-03-01', 'customer', 'private', 'email', 'ann@example.org', 'x'.repeat(3_000)],
  ...[[], [id], ['1'], [line], [{ ...line, price: { amount: 1.5, currency: 'GBP' } }], [{}], [line, null]],
  ...[
    {},
    money,
    { ...money, more: 1 },
    { amount: '5', currency: 'GBP' },
    { from: instant, to: instant },
    { channel: 'web' },
  ],
];

describe('the quick check of a command', () => {
  it.each(shapes)('never lets through what the rules refuse: %s', (_, shape) => {
    const fields = [...Object.keys(schemaOf(shape).properties), 'toString'];
    const some = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(...values), { noNullPrototype: true });
    fc.assert(
      fc.property(some, (data) => {
        expect(misfitsOf(data, shape)).toEqual(misfits(data, [shape]));
      }),
      { numRuns: 40 },
    );
  });

  it('asks the rules only about what does not fit', () => {
    const { PlaceBooking } = booking.commands;
    const good = { booker: id, vertical: 'retail', orderNumber: '1', lines: [line] };
    const asked = jest.mocked(misfits).mockClear();
    expect(misfitsOf(good, PlaceBooking)).toEqual([]);
    expect(asked).not.toHaveBeenCalled();
    expect(misfitsOf({ ...good, colour: 'red' }, PlaceBooking)).toHaveLength(1);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});
