import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Access, ApiKeys, LocalTokens, localAdministrator, makeLocalKey, withTables } from '#access';
import { defaultRoles } from '#domain';
import { laterBy } from '#kernel';
import { type Postgres, poolOver, type Sql, sqlOver, startPostgres } from '#postgres';

const policy = { version: 1, body: defaultRoles };
const roles = { policy, isCurrent: true };
const LOG = '01900000-0000-7000-8000-00000000000a';
const DAY_MS = 86_400_000;
let folder: string;
let postgres: Postgres;
let pool: Pool;
let sql: Sql;
let local: LocalTokens;
const clock = { time: '2026-03-02T09:00:00.000Z', now: () => clock.time };
const pass = (milliseconds: number) => {
  clock.time = laterBy(milliseconds, clock.time);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchline-keys-'));
  postgres = await startPostgres({ folder: join(folder, 'postgres') });
  pool = poolOver(postgres.url);
  sql = sqlOver(pool);
  local = new LocalTokens(await makeLocalKey(join(folder, 'access.key')), LOG, clock);
});
afterAll(async () => {
  await pool.end();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const keys = () => new ApiKeys(withTables(sql), clock);
const warned: unknown[] = [];
/** As another process would have it. */
const opened = (rows: Sql = withTables(sql)) =>
  new Access({
    roles,
    local,
    outside: undefined,
    rolesClaim: 'roles',
    keys: new ApiKeys(rows, clock),
    rows,
    clock,
    warn: (error) => warned.push(error),
  });

it('makes its tables once, however many need them at once', async () => {
  const lists = await Promise.all(Array.from({ length: 8 }, () => keys().list()));
  expect(lists).toEqual(Array(8).fill([]));
});

describe('an API key', () => {
  it('is somebody, is shown once, and only its hash is kept', async () => {
    const { id, key } = await keys().create('booking-engine', ['service', 'unheard-of'], laterBy(DAY_MS, clock.time));
    expect(key).toMatch(new RegExp(`^tl_${id}_[\\w-]{43}$`));
    expect(await opened().recognise('bearer', key)).toEqual({
      kind: 'service',
      id: `key:${id}`,
      roles: ['service'],
      teams: [],
    });
    const [, , secret = ''] = /^(tl_[0-9a-f]+_)(.*)$/.exec(key) ?? [];
    const rows = await sql<{ all: string }>('select access_keys::text as all from access_keys');
    expect(rows.map(({ all }) => all).join()).not.toContain(secret);
    expect(rows.map(({ all }) => all).join()).not.toContain(Buffer.from(secret).toString('hex'));
    expect((await keys().list())[0]).toEqual({
      id,
      name: 'booking-engine',
      roles: ['service', 'unheard-of'],
      createdAt: clock.time,
      expiresAt: laterBy(DAY_MS, clock.time),
      revokedAt: null,
      lastUsedOn: '2026-03-02',
    });
  });

  it('opens nothing with another secret, another id, or as the cookie of a session', async () => {
    const [one, other] = [
      await keys().create('one', ['service'], laterBy(DAY_MS, clock.time)),
      await keys().create('other', ['service'], laterBy(DAY_MS, clock.time)),
    ];
    const secret = one.key.slice(-43);
    const forged = [
      `tl_${other.id}_${secret}`,
      `tl_0123456789abcdef_${secret}`,
      `tl_${one.id}_${'A'.repeat(43)}`,
      `tl_${one.id}_`,
      `tl_${one.id}_${secret}x`,
      `tl_' or true --_${secret}`,
      'tl_',
    ];
    for (const key of forged) expect([key, await opened().recognise('bearer', key)]).toEqual([key, 'unauthenticated']);
    expect(await opened().recognise('session', one.key)).toBe('unauthenticated');
    expect(await opened().recognise('bearer', one.key)).toMatchObject({ id: `key:${one.id}` });
  });

  it('ends when it expires, and ten seconds after it is revoked at the latest', async () => {
    const access = opened();
    const [expiring, revoked] = [
      await keys().create('expiring', ['service'], laterBy(60_000, clock.time)),
      await keys().create('revoked', ['service'], laterBy(DAY_MS, clock.time)),
    ];
    for (const { key } of [expiring, revoked])
      expect(await access.recognise('bearer', key)).toMatchObject({ kind: 'service' });
    expect(await keys().revoke(revoked.id)).toBe(true);
    pass(10_000);
    expect(await access.recognise('bearer', revoked.key)).toBe('unauthenticated');
    expect(await access.recognise('bearer', expiring.key)).toMatchObject({ kind: 'service' });
    pass(50_000);
    expect(await access.recognise('bearer', expiring.key)).toBe('unauthenticated');
    expect(await keys().revoke('0123456789abcdef')).toBe(false);
  });

  it('lets nobody in while the database does not answer', async () => {
    const { key } = await keys().create('waiting', ['service'], laterBy(DAY_MS, clock.time));
    const gone = opened(() => Promise.reject(new Error('the database went away')));
    expect(await gone.recognise('bearer', key)).toBe('unavailable');
    expect(warned.map(String)).toContain('Error: the database went away');
  });
});

describe('a ticket', () => {
  const administrator = localAdministrator(['administrator', 'agent']);

  it('is good once, whichever process takes it, and gives a session with its roles', async () => {
    const ticket = await local.ticketFor(administrator);
    const answers = await Promise.all(Array.from({ length: 10 }, () => opened().redeem(ticket)));
    const sessions = answers.filter((answer) => typeof answer !== 'string');
    expect(sessions).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'unauthenticated')).toHaveLength(9);
    const [session] = sessions as unknown as readonly [{ cookie: string; seconds: number }];
    expect(await opened().recognise('session', session.cookie)).toEqual(administrator);
    expect(await opened().recognise('bearer', session.cookie)).toBe('unauthenticated');
    pass((session.seconds + 31) * 1000);
    expect(await opened().recognise('session', session.cookie)).toBe('unauthenticated');
  });

  it('is nothing after a quarter of an hour, nor is any other token a ticket', async () => {
    const ticket = await local.ticketFor(administrator);
    const access = await local.issue(administrator, 'access', 60);
    expect(await opened().redeem(access)).toBe('unauthenticated');
    expect(await opened().redeem('tl_0123456789abcdef')).toBe('unauthenticated');
    pass(15 * 60_000 + 31_000);
    expect(await opened().redeem(ticket)).toBe('unauthenticated');
  });

  it('is remembered as long as it could be used, and no longer', async () => {
    const ticket = await local.ticketFor(administrator);
    await opened().redeem(ticket);
    pass(15 * 60_000 + 29_000);
    await opened().redeem(await local.ticketFor(administrator));
    expect(await opened().redeem(ticket)).toBe('unauthenticated');
    expect(await sql('select id from access_tickets')).toHaveLength(2);
    pass(DAY_MS);
    await opened().redeem(await local.ticketFor(administrator));
    expect(await sql('select id from access_tickets')).toHaveLength(1);
  });

  it('is not taken while the database does not answer', async () => {
    const gone = opened(() => Promise.reject(new Error('the database went away')));
    expect(await gone.redeem(await local.ticketFor(administrator))).toBe('unavailable');
  });
});
