import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { inTransaction, poolOver, type Sql, sqlOver } from './sql.js';
import { type Postgres, startPostgres } from './start-postgres.js';
import { columnsOf, ddlOf, deleteByKeys, selectByKeys, type Table, upsert } from './table.js';

type Sample = {
  customerId: string;
  position: bigint;
  happy: boolean;
  count: number;
  amountMinor: bigint;
  rate: string;
  weight: number;
  summary: string | null;
  seenAt: string | null;
  birthday: string | null;
  detail: unknown;
  tags: readonly (string | null)[] | null;
  order: string;
};

const samples: Table<Sample> = {
  name: 'samples',
  key: ['customerId', 'position'],
  columns: {
    customerId: 'uuid',
    position: 'bigint',
    happy: 'boolean',
    count: 'integer',
    amountMinor: 'bigint',
    rate: 'numeric',
    weight: 'double precision',
    summary: { type: 'text', nullable: true },
    seenAt: { type: 'timestamptz', nullable: true },
    birthday: { type: 'date', nullable: true },
    detail: { type: 'jsonb', nullable: true },
    tags: { type: 'text[]', nullable: true },
    order: 'text',
  },
  indexes: [['seenAt', 'position'], 'using gin ("tags")'],
};

const plain: Sample = {
  customerId: '0190b2a0-0000-7000-8000-000000000001',
  position: 9_007_199_254_740_993n,
  happy: true,
  count: -2_147_483_648,
  amountMinor: -9_223_372_036_854_775_808n,
  rate: '12345678901234567890.123456789',
  weight: 0.1,
  summary: `"quoted", {braced}, back\\slash, NULL, line\nbreak, 客户 🚗`,
  seenAt: '2024-02-29T23:59:59.120Z',
  birthday: '1900-01-01',
  detail: { list: [1, 'two', null, { three: '"3"\\' }], text: '{a,b}' },
  tags: ['a,b', '"', '', 'NULL', null, '\\', '标签'],
  order: '',
};
const empty: Sample = {
  ...plain,
  position: 2n,
  happy: false,
  weight: Number.POSITIVE_INFINITY,
  summary: null,
  seenAt: null,
  birthday: null,
  detail: null,
  tags: null,
};
const early: Sample = { ...plain, position: 3n, seenAt: '0001-01-01T00:00:00.000Z', detail: 'text', tags: [] };

let folder: string;
let postgres: Postgres;
let pool: Pool;
let sql: Sql;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postgres-spec-'));
  postgres = await startPostgres({ folder });
  pool = poolOver(postgres.url, { max: 3 });
  sql = sqlOver(pool);
});
beforeEach(async () => {
  await sql('drop table if exists samples');
  await sql(ddlOf(samples));
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
  await rm(await realpath(join(folder, 'cluster')), { recursive: true });
  await rm(folder, { recursive: true });
});

const all = () => sql<Sample>(`select ${columnsOf(samples)} from samples order by position`);

describe('a table', () => {
  it('gives every column type back as it was given, NULL and awkward text included', async () => {
    await sql(...upsert(samples, [plain, empty, early]));
    expect(await all()).toEqual([empty, early, plain]);
  });

  it('replaces the rows whose keys exist and inserts the others, in one statement', async () => {
    await sql(...upsert(samples, [plain, empty]));
    await sql(...upsert(samples, [{ ...empty, tags: ['changed'], summary: 'new' }, early]));
    expect(await all()).toEqual([{ ...empty, tags: ['changed'], summary: 'new' }, early, plain]);
  });

  it('takes no row and 20,000 rows alike', async () => {
    await sql(...upsert(samples, []));
    const many = Array.from({ length: 20_000 }, (_, index) => ({ ...plain, position: BigInt(index) }));
    await sql(...upsert(samples, many));
    const [counted] = await sql<{ rows: bigint; last: bigint }>(
      'select count(*) as rows, max(position) as last from samples',
    );
    expect(counted).toEqual({ rows: 20_000n, last: 19_999n });
  });

  it('is copied into as it is inserted into, whole or not at all', async () => {
    const awkward = { ...plain, position: 4n, summary: '\\N', order: '\t\r\n\\.\\', tags: ['\\N', 'a\tb', 'null'] };
    await inTransaction(pool, (_, copy) => copy(samples, [plain, empty, early, awkward]));
    expect(await all()).toEqual([empty, early, awkward, plain]);
    const many = Array.from({ length: 2_500 }, (_, index) => ({ ...plain, position: BigInt(index + 10) }));
    await inTransaction(pool, (_, copy) => copy(samples, many));
    expect(await all()).toHaveLength(2_504);
    const refused = (rows: readonly object[]) => inTransaction(pool, (_, copy) => copy(samples, rows));
    await expect(refused([{ ...plain, position: 5n }, plain])).rejects.toMatchObject({ code: '23505' });
    await expect(refused([{ ...plain, position: 6n, count: 2 ** 40 }])).rejects.toMatchObject({ code: '22003' });
    await expect(refused([{ ...plain, position: 7n, order: 'a\0b' }])).rejects.toThrow('samples.order holds a NUL');
    await expect(refused([{ ...plain, position: 8n, tags: ['\ud83d'] }])).rejects.toThrow('samples.tags holds a NUL');
    expect(await all()).toHaveLength(2_504);
  });

  it('selects and deletes by composite keys, and only those', async () => {
    await sql(...upsert(samples, [plain, empty, early]));
    const keys = [plain, { customerId: plain.customerId, position: 3n }, { ...plain, position: 77n }];
    expect(await sql(...selectByKeys(samples, keys))).toHaveLength(2);
    await sql(...deleteByKeys(samples, keys));
    expect(await all()).toEqual([empty]);
  });

  it('may consist of its key', async () => {
    const pairs: Table<{ left: string; right: string }> = {
      name: 'pg_temp.pairs',
      key: ['left', 'right'],
      columns: { left: 'text', right: 'text' },
      indexes: [],
    };
    await inTransaction(pool, async (within) => {
      await within(ddlOf(pairs));
      const rows = [{ left: 'a', right: 'b' }];
      await within(...upsert(pairs, rows));
      await within(...upsert(pairs, rows));
      expect(await within(...selectByKeys(pairs, rows))).toEqual(rows);
    });
  });

  it('has the indexes it names', async () => {
    const indexes = await sql<{ definition: string }>(
      `select indexdef as definition from pg_indexes where tablename = 'samples' order by indexname`,
    );
    expect(indexes.map(({ definition }) => definition.replace(/.* USING /, ''))).toEqual([
      'btree (customer_id, "position")',
      'btree (seen_at, "position")',
      'gin (tags)',
    ]);
  });

  it('refuses what PostgreSQL could not give back, and names the column', async () => {
    expect(() => upsert(samples, [{ ...plain, summary: 'a\0b' }])).toThrow('samples.summary holds a NUL');
    expect(() => upsert(samples, [{ ...plain, order: '\ud83d' }])).toThrow('samples.order holds a NUL or half');
    expect(() => upsert(samples, [{ ...plain, happy: undefined as unknown as boolean }])).toThrow(
      'samples.happy is undefined',
    );
    await expect(sql(...upsert(samples, [{ ...plain, detail: { name: 'a\0b' } }]))).rejects.toMatchObject({
      code: '22P05',
    });
    await expect(sql(...upsert(samples, [{ ...plain, tags: ['\ud83d'] }]))).rejects.toMatchObject({ code: '22P02' });
    await expect(sql(...upsert(samples, [plain, plain]))).rejects.toMatchObject({ code: '21000' });
    await expect(sql(...upsert(samples, [{ ...plain, order: null as unknown as string }]))).rejects.toMatchObject({
      code: '23502',
    });
    expect(await all()).toEqual([]);
  });
});

describe('a pool', () => {
  it('reads instants, dates, 64-bit and exact numbers without loss, in lists too', async () => {
    const [row] = await sql(
      `select timestamptz '2024-01-01 07:59:59.9876+08' as "seenAt", date '2024-02-29' as day, 0.10::numeric as rate,
       array[9007199254740993, null] as positions, array[timestamptz '1900-01-01 00:00:00+08:05:43'] as instants,
       array[1.50] as rates, array[date '2024-02-29'] as days`,
    );
    expect(row).toEqual({
      seenAt: '2023-12-31T23:59:59.987Z',
      day: '2024-02-29',
      rate: '0.10',
      positions: [9_007_199_254_740_993n, null],
      instants: ['1899-12-31T15:54:17.000Z'],
      rates: ['1.50'],
      days: ['2024-02-29'],
    });
    await expect(sql(`select timestamptz 'infinity'`)).rejects.toThrow('"infinity" is not an instant');
  });

  it('commits what succeeds and rolls back what throws', async () => {
    const insert = (row: Sample) => inTransaction(pool, (within) => within(...upsert(samples, [row])));
    await insert(plain);
    const failing = inTransaction(pool, async (within) => {
      await within(...upsert(samples, [empty]));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await all()).toEqual([plain]);
  });

  it('does not pass off a transaction with a hidden failure as committed', async () => {
    const hiding = inTransaction(pool, async (within) => {
      await within(...upsert(samples, [plain]));
      await within('select 1/0').catch(() => undefined);
    });
    await expect(hiding).rejects.toThrow('rolled back');
    expect(await all()).toEqual([]);
  });

  it('outlives connections that break while idle and while in use', async () => {
    const broken: string[] = [];
    const other = poolOver(postgres.url, { max: 2, onError: ({ message }) => broken.push(message) });
    const [idle] = await sqlOver(other)<{ pid: number }>('select pg_backend_pid() as pid');
    await sql('select pg_terminate_backend($1, 5000)', [idle?.pid]);
    const inUse = inTransaction(other, async (within) => {
      const [{ pid } = { pid: 0 }] = await within<{ pid: number }>('select pg_backend_pid() as pid');
      await sql('select pg_terminate_backend($1, 5000)', [pid]);
      return within('select 1');
    });
    await expect(inUse).rejects.toThrow();
    expect(await sqlOver(other)('select 1 as one')).toEqual([{ one: 1 }]);
    expect(broken).toHaveLength(1);
    await other.end();
  });
});
