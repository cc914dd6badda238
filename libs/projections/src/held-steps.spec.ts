import type { Step } from './fold.js';
import { HeldSteps } from './held-steps.js';
import type { Member } from './member.js';
import { RowCache } from './row-cache.js';

type Part = Partial<Pick<Step, 'made' | 'rows' | 'gone'>>;

const memberOf = (appendOnly = false) =>
  ({ view: { table: { key: ['id'] }, ...(appendOnly && { appendOnly }) }, rows: new RowCache() }) as unknown as Member;
const stepOf = (member: Member, part: Part) =>
  ({ member, made: [], rows: [], gone: [], parked: [], ...part }) as unknown as Step;
const row = (id: string, count: number) => ({ id, count });
const many = (length: number) => Array.from({ length }, (_, number) => row(`r-${number}`, 0));

/** What is written of these steps of one view, which was held back. */
const written = (...parts: Part[]) => {
  const [held, member] = [new HeldSteps(), memberOf()];
  for (const part of parts) held.hold([stepOf(member, part)], 0);
  const [step] = held.release('all');
  expect(held.isEmpty).toBe(true);
  return step && { made: step.made, rows: step.rows, gone: step.gone };
};

describe('steps of a view that are held back', () => {
  it('are one: each row as it is last, new to the table if the first of them made it', () => {
    const then = written({ made: [row('a', 1)], rows: [row('b', 5)] }, { made: [row('c', 1)], rows: [row('a', 2)] });
    expect(then).toEqual({ made: [row('a', 2), row('c', 1)], rows: [row('b', 5)], gone: [] });
  });

  it('say nothing of a row that came and went meanwhile, and replace one that went and came', () => {
    expect(written({ made: [row('a', 1)] }, { gone: ['a'] })).toEqual({ made: [], rows: [], gone: [] });
    expect(written({ gone: ['b'] }, { made: [row('b', 1)] })).toEqual({ made: [], rows: [row('b', 1)], gone: [] });
    const thrice = written({ rows: [row('b', 2)] }, { gone: ['b'] }, { made: [row('b', 1)] }, { gone: ['b'] });
    expect(thrice).toEqual({ made: [], rows: [], gone: ['b'] });
  });

  it('wait for more facts to join in, rows that are only added less long', () => {
    const [held, folded, added] = [new HeldSteps(), memberOf(), memberOf(true)];
    held.hold([stepOf(folded, { made: many(4_000) }), stepOf(added, { made: many(3_999) })], 0);
    expect(held.isWorthIt).toBe(false);
    expect(held.release('worth it')).toEqual([]);
    held.hold([stepOf(folded, { rows: many(4_000) }), stepOf(added, { made: many(1) })], 0);
    expect(held.release('worth it').map(({ member }) => member)).toEqual([added]);
    expect(held.isEmpty).toBe(false);
    expect(held.release('all').map(({ member, made }) => [member, made.length])).toEqual([[folded, 4_000]]);
  });

  it('wait no longer than two seconds, and not beyond fifty thousand rows in all', () => {
    const now = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    const [held, members] = [new HeldSteps(), Array.from({ length: 13 }, () => memberOf())];
    held.hold([stepOf(members[0] as Member, { made: many(1) })], 0);
    now.mockReturnValue(2_999);
    expect(held.isWorthIt).toBe(false);
    now.mockReturnValue(3_000);
    expect(held.release('worth it')).toHaveLength(1);
    held.hold(
      members.slice(0, 12).map((member) => stepOf(member, { made: many(4_000) })),
      0,
    );
    expect([held.isWorthIt, held.isFull]).toEqual([false, false]);
    held.hold(
      members.slice(12).map((member) => stepOf(member, { made: many(4_000) })),
      0,
    );
    expect([held.isWorthIt, held.isFull]).toEqual([false, true]);
    held.release('all');
    expect(held.isFull).toBe(false);
    now.mockRestore();
  });

  it('hold no more than 256 MB of facts, each counted for every view that made something of it', () => {
    const [held, one, other] = [new HeldSteps(), memberOf(), memberOf()];
    const both = [stepOf(one, { made: many(1) }), stepOf(other, { rows: many(1) })];
    held.hold([...both, stepOf(memberOf(), {})], 127_999_999);
    expect(held.isFull).toBe(false);
    held.hold([stepOf(memberOf(), {})], 300_000_000);
    expect(held.isFull).toBe(false);
    held.hold(both, 1);
    expect(held.isFull).toBe(true);
    held.release('all');
    expect(held.isFull).toBe(false);
  });
});
