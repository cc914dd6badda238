import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Unavailable } from '#application';
import { type Postgres, poolOver, startPostgres } from '#postgres';
import { type Answer, type Keyed, StoredAnswers } from './stored-answers.js';

const log = { secret: Buffer.alloc(32, 7) };
const keyed: Keyed = { principal: 'ann', route: '/v1/customers', key: 'key-of-ann', content: { name: 'Ann Lee' } };
const receipt: Answer = {
  status: 201,
  answer: { id: 'c1', revision: '0', position: '9', events: ['IndividualRegistered'] },
  stream: 'customer-c1',
};
const no: Answer = { status: 409, answer: { code: 'customer-closed' }, stream: 'customer-c1' };

describe('stored answers', () => {
  let folder: string;
  let postgres: Postgres;
  let pool: Pool;
  let answers: StoredAnswers;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'answers-'));
    postgres = await startPostgres({ folder, log: () => undefined });
    pool = poolOver(postgres.url);
  });
  beforeEach(async () => {
    await pool.query('drop table if exists stored_answers');
    answers = new StoredAnswers(pool, log);
  });
  afterAll(async () => {
    await pool.end();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const kept = () => pool.query('select * from stored_answers').then(({ rows }) => rows);

  it('are found as they were kept, to the byte, by whoever says the same', async () => {
    const asked = answers.asked({ ...keyed, content: { b: [1, { d: 2, c: 3 }], a: 1 } });
    await answers.keep(asked, receipt);
    const again = new StoredAnswers(pool, log);
    const found = await again.find(again.asked({ ...keyed, content: { a: 1, b: [1, { c: 3, d: 2 }] } }));
    expect(found).toEqual({ ...asked, ...receipt });
    expect(JSON.stringify(found?.answer)).toBe(JSON.stringify(receipt.answer));
  });

  it('are somebody’s, for a route and a key', async () => {
    await answers.keep(answers.asked(keyed), receipt);
    for (const other of [{ principal: 'bo' }, { route: '/v1/bookings' }, { key: 'another' }])
      expect(await answers.find(answers.asked({ ...keyed, ...other }))).toBeUndefined();
  });

  it('say nothing of what was said, nor the key', async () => {
    await answers.keep(answers.asked(keyed), receipt);
    expect(JSON.stringify(await kept())).not.toMatch(/key-of-ann|Ann Lee/);
  });

  it('of two processes: the first stands, and a receipt beats a no', async () => {
    const other = new StoredAnswers(pool, log);
    const asked = answers.asked(keyed);
    expect(await answers.keep(asked, no)).toMatchObject(no);
    expect(await other.keep(asked, receipt)).toMatchObject(receipt);
    expect(await answers.keep(asked, no)).toMatchObject(receipt);
    expect(await other.find(asked)).toMatchObject(receipt);
  });

  it('are looked up and kept many at a time', async () => {
    await answers.find(answers.asked(keyed));
    await answers.keep(answers.asked(keyed), no);
    const query = jest.spyOn(pool, 'query');
    const many = Array.from({ length: 64 }, (_, n) => answers.asked({ ...keyed, key: `k${n}` }));
    await Promise.all(many.map((asked) => answers.find(asked)));
    expect(query).toHaveBeenCalledTimes(1);
    await Promise.all(many.map((asked) => answers.keep(asked, no)));
    expect(query).toHaveBeenCalledTimes(2);
    query.mockRestore();
    expect(await kept()).toHaveLength(65);
  });

  it('are on disk before they are given, unless the log tells them too', async () => {
    await answers.find(answers.asked(keyed));
    await pool.query(`create or replace function say_how() returns trigger language plpgsql as
        $$ begin new.stream := current_setting('synchronous_commit'); return new; end $$;
      create trigger say_how before insert on stored_answers for each row execute function say_how()`);
    const nothing = { ...receipt, answer: { ...receipt.answer, events: [] } };
    for (const answer of [no, nothing, receipt])
      await answers.keep(answers.asked({ ...keyed, key: JSON.stringify(answer) }), answer);
    expect((await kept()).map(({ stream }) => stream)).toEqual(['on', 'on', 'off']);
    expect((await pool.query('show synchronous_commit')).rows).toEqual([{ synchronous_commit: 'on' }]);
  });

  it('go after thirty days', async () => {
    await answers.keep(answers.asked({ ...keyed, key: 'old' }), { ...no, stream: 'old' });
    await answers.keep(answers.asked({ ...keyed, key: 'younger' }), { ...no, stream: 'younger' });
    await pool.query(`update stored_answers set created_at = now() -
      case stream when 'old' then interval '30 days 1 minute' else interval '29 days 23 hours' end`);
    await new StoredAnswers(pool, log).keep(answers.asked(keyed), { ...no, stream: 'new' });
    expect((await kept()).map(({ stream }) => stream).sort()).toEqual(['new', 'younger']);
  });

  it('about a stream go when they are told to', async () => {
    await answers.keep(answers.asked(keyed), receipt);
    await answers.keep(answers.asked({ ...keyed, key: 'k2' }), { ...no, stream: 'customer-c2' });
    await answers.purge(['customer-c1', 'consent-c1']);
    expect((await kept()).map(({ stream }) => stream)).toEqual(['customer-c2']);
  });

  it('are wanted again later where the database does not answer', async () => {
    const nowhere = poolOver(postgres.url.replace(/touchline|%2F/, '%2Fnowhere'), { onError: () => undefined });
    await expect(new StoredAnswers(nowhere, log).find(answers.asked(keyed))).rejects.toThrow(Unavailable);
    await nowhere.end();
  });
});
