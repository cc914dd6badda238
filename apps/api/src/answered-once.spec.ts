import type { Answer, Asked, Keyed, Stored } from '#system';
import { AnsweredOnce } from './answered-once.js';

const keyed: Keyed = { principal: 'ann', route: '/v1/customers', key: 'k1', content: { name: 'Ann' } };
const no: Answer = { status: 409, answer: { code: 'customer-closed' }, stream: 'customer-1' };

describe('a write under a key', () => {
  let kept: Map<string, Stored>;
  let once: AnsweredOnce;
  let done: number;
  const work = async () => {
    done++;
    return no;
  };
  beforeEach(() => {
    kept = new Map();
    done = 0;
    once = new AnsweredOnce({
      asked: ({ principal, key, content }) => ({ principal, said: key, content: JSON.stringify(content) }),
      find: async ({ said }: Asked) => kept.get(said),
      keep: async (asked, answer) => {
        const stored = { ...asked, ...answer };
        kept.set(asked.said, stored);
        return stored;
      },
    });
  });

  it('is done once, and answered alike', async () => {
    expect(await once.answer(keyed, work)).toMatchObject(no);
    expect(await once.answer(keyed, work)).toMatchObject(no);
    expect(done).toBe(1);
  });

  it('cannot say something else under it', async () => {
    await once.answer(keyed, work);
    const other = once.answer({ ...keyed, content: { name: 'Bo' } }, work);
    await expect(other).rejects.toMatchObject({ status: 422, code: 'idempotency-key-reused' });
  });

  it('is told to come back while the first one runs', async () => {
    let finish: (answer: Answer) => void = () => undefined;
    const first = once.answer(keyed, () => new Promise((resolve) => (finish = resolve)));
    const running = { status: 409, code: 'still-running', headers: { 'retry-after': '1' } };
    await expect(once.answer(keyed, work)).rejects.toMatchObject(running);
    await expect(once.answer({ ...keyed, content: {} }, work)).rejects.toMatchObject({ status: 422 });
    finish(no);
    await first;
    expect(await once.answer(keyed, work)).toMatchObject(no);
    expect(done).toBe(0);
  });

  it('that failed is done again', async () => {
    await expect(once.answer(keyed, () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    await once.answer(keyed, work);
    expect(done).toBe(1);
  });

  it('is not one without a key: it is done each time, and nothing is kept', async () => {
    await once.answer(undefined, work);
    await once.answer(undefined, work);
    expect([done, kept.size]).toEqual([2, 0]);
  });
});
