import { GrowingUint32, OrdinalList } from '../src/index/growing.js';

/** Lengths around the ends of blocks and chunks. */
const LENGTHS = [0, 1, 4, 5, 4095, 4096, 4097, 65_535, 65_536, 65_537, 140_000];
const numbers = (length: number, of: (index: number) => number) =>
  Uint32Array.from({ length }, (_, index) => of(index));
const isSame = (a: Uint32Array, b: Uint32Array) => a.length === b.length && a.every((value, at) => value === b[at]);
const KINDS: Record<string, (index: number) => number> = {
  dense: (index) => index * 3,
  sparse: (index) => index * 20_000,
  zeros: () => 0,
  'zeros with one number': (index) => (index === 65_540 ? 7 : 0),
};

describe('the lists of the index', () => {
  for (const [kind, of] of Object.entries(KINDS))
    it.each(LENGTHS)(`give back what was added one by one and at once: %i ${kind}`, (length) => {
      const wanted = numbers(length, of);
      for (const list of [new GrowingUint32(), ...(kind.startsWith('zeros') ? [] : [new OrdinalList()])]) {
        const half = length >>> 1;
        for (const value of wanted.subarray(0, half)) list.push(value);
        list.append(wanted.subarray(half));
        expect(list.length).toBe(length);
        const views = [list.from(0), list.from(half), numbers(length, (index) => list.get(index))];
        expect(views.map((view, at) => isSame(view, at === 1 ? wanted.subarray(half) : wanted))).toEqual([
          true,
          true,
          true,
        ]);
      }
    });

  it('zeros that nothing was written to stay zero when others are', () => {
    const [one, other] = [new GrowingUint32(), new GrowingUint32()];
    for (const list of [one, other]) list.append(new Uint32Array(70_000));
    one.set(3, 9);
    one.set(69_999, 1);
    expect([one.get(3), one.get(69_999), other.get(3), other.get(69_999)]).toEqual([9, 1, 0, 0]);
  });
});
