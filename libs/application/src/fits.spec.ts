import fc from 'fast-check';
import { booking, IsCode, IsId, MayBeAbsent, slices } from '#domain';
import type { Class } from '#kernel';
import { runs } from '#testing';
import { fits } from './fits.js';
import { brokenRules, misfits } from './misfits.js';
import { schemaOf } from './schemas.js';

class Envelope {
  @MayBeAbsent() @IsCode() channel?: string;
  @MayBeAbsent() @IsId() id?: string;
}

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
    const fields = [...Object.keys(schemaOf(shape, Envelope).properties), 'toString', '__proto__'];
    const some = fc.dictionary(fc.constantFrom(...fields), fc.constantFrom(...values), { noNullPrototype: true });
    fc.assert(
      fc.property(some, fc.constantFrom([shape], [shape, Envelope]), (data, together) => {
        expect(misfits(data, together)).toEqual(brokenRules(data, together));
      }),
      { numRuns: runs(60) },
    );
  });

  it('needs no rules for what fits', () => {
    const { PlaceBooking } = booking.commands;
    const good = { booker: id, vertical: 'retail', orderNumber: '1', lines: [line] };
    expect(fits(good, [PlaceBooking])).toBe(true);
    expect(fits({ ...good, id, channel: 'web' }, [PlaceBooking, Envelope])).toBe(true);
    expect(fits({ ...good, colour: 'red' }, [PlaceBooking, Envelope])).toBe(false);
  });

  it('takes nothing for an object that is none', () => {
    expect([null, undefined, 'a', 1, [], [{}]].map((data) => fits(data, [Envelope]))).not.toContain(true);
  });
});
