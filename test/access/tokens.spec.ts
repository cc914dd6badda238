import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI } from 'jose';
import { Access, ApiKeys, LocalTokens, localAdministrator, makeLocalKey, OutsideTokens, rolesOf } from '#access';
import { defaultRoles } from '#domain';
import { IssuerServer, newKey, type SigningKey } from './issuer.js';

const policy = { version: 1, body: defaultRoles };
const roles = { policy, isCurrent: true };
const LOG = '01900000-0000-7000-8000-00000000000a';
const folder = mkdtempSync(join(tmpdir(), 'touchline-tokens-'));
let issuer: IssuerServer;
let first: SigningKey;
let second: SigningKey;
let local: LocalTokens;

/** The time, for us, for the machine and for the library that keeps the issuer's keys. */
let time = 0;
const clock = { now: () => new Date(time).toISOString() };
const seconds = () => Math.floor(time / 1000);
const pass = (milliseconds: number) => {
  time += milliseconds;
};

beforeAll(async () => {
  issuer = await IssuerServer.start();
  [first, second] = await Promise.all([newKey('one'), newKey('two', 'RS256')]);
  local = new LocalTokens(await makeLocalKey(join(folder, 'access.key')), LOG, clock);
});
afterAll(async () => {
  await issuer.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  time = Date.parse('2026-03-02T09:00:00.000Z');
  jest.spyOn(Date, 'now').mockImplementation(() => time);
  Object.assign(issuer, { keys: [first], fetched: 0, isDown: false });
});
afterEach(() => jest.restoreAllMocks());

const warned: unknown[] = [];
const opened = (rolesClaim = 'roles', jwks?: string) => {
  const rows = () => Promise.reject(new Error('no database is asked here'));
  const outside = new OutsideTokens({ issuer: issuer.url, audience: 'touchline', jwks }, clock);
  const keys = new ApiKeys(rows, clock);
  return new Access({ roles, local, outside, rolesClaim, keys, rows, clock, warn: (error) => warned.push(error) });
};
const come = (token: string, access = opened()) => access.recognise('bearer', token);

const part = (text: object) => Buffer.from(JSON.stringify(text)).toString('base64url');
const claims = () => ({
  iss: issuer.url,
  aud: 'touchline',
  sub: 'u-17',
  exp: seconds() + 600,
  roles: ['administrator'],
});

describe('a token of the issuer', () => {
  it('says who comes, with the roles the policy knows', async () => {
    const roles = ['agent', 'superuser', 'constructor', 7];
    expect(await come(await issuer.token(first, seconds(), { roles, teams: ['harbour'] }))).toEqual({
      kind: 'person',
      id: 'u-17',
      roles: ['agent'],
      teams: ['harbour'],
    });
    expect(await come(await issuer.token(first, seconds(), { roles: ['service'] }))).toMatchObject({ kind: 'service' });
  });

  it('has its roles where a setting says', async () => {
    const token = await issuer.token(first, seconds(), {
      roles: [],
      realm_access: { roles: ['auditor'] },
      'https://crm.example.com/roles': ['analyst'],
    });
    expect(await come(token, opened('realm_access.roles'))).toMatchObject({ roles: ['auditor'] });
    expect(await come(token, opened('https://crm.example.com/roles'))).toMatchObject({ roles: ['analyst'] });
    expect(await come(token, opened('nowhere.at.all'))).toMatchObject({ roles: [] });
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'])('may be signed by %s', async (alg) => {
    const key = await newKey('other', alg);
    issuer.keys = [key];
    expect(await come(await issuer.token(key, seconds()), opened('roles', `${issuer.url}/keys`))).toMatchObject({
      id: 'u-17',
    });
  });

  const attacks: Readonly<Record<string, () => Promise<string>>> = {
    'a forged signature': async () => issuer.token({ ...(await newKey('one')), kid: 'one' }, seconds()),
    'a changed claim': async () => {
      const [header, , signature] = (await issuer.token(first, seconds())).split('.');
      return [header, part(claims()), signature].join('.');
    },
    expired: () => issuer.token(first, seconds(), { exp: seconds() - 31 }),
    'not yet valid': () => issuer.token(first, seconds(), { nbf: seconds() + 31 }),
    'without an end': () => issuer.token(first, seconds(), { exp: undefined }),
    'alg: none': async () => `${part({ alg: 'none' })}.${part(claims())}.`,
    'alg: nOnE, with a kid': async () => `${part({ alg: 'nOnE', kid: 'one' })}.${part(claims())}.`,
    'HS256 with the public key as secret': async () => {
      const signed = `${part({ alg: 'HS256', kid: 'one' })}.${part(claims())}`;
      const secret = await exportSPKI(first.pair.publicKey as never);
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    },
    'an algorithm that is not pinned': async () =>
      issuer.token({ ...(await newKey('one', 'ES384')), kid: 'one' }, seconds()),
    'another audience': () => issuer.token(first, seconds(), { aud: 'payroll' }),
    'no audience': () => issuer.token(first, seconds(), { aud: undefined }),
    'another issuer': () => issuer.token(first, seconds(), { iss: 'https://elsewhere.example.com' }),
    'this machine as its issuer': () => issuer.token(first, seconds(), { iss: local.issuer }),
    'no issuer': () => issuer.token(first, seconds(), { iss: undefined }),
    'nobody it is about': () => issuer.token(first, seconds(), { sub: undefined }),
    'an id with blanks': () => issuer.token(first, seconds(), { sub: 'Mrs Li' }),
    'the id of the local administrator': () => issuer.token(first, seconds(), { sub: 'local' }),
    'the id of an API key': () => issuer.token(first, seconds(), { sub: 'key:0123456789abcdef' }),
    'a key it carries along': async () => {
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = own.publicKey.export({ format: 'jwk' });
      const signed = `${part({ alg: 'ES256', kid: 'one', jwk })}.${part(claims())}`;
      return `${signed}.${Buffer.alloc(64, 1).toString('base64url')}`;
    },
    nonsense: async () => 'a.b.c',
    'an empty text': async () => '',
    'only dots': async () => '..',
    'claims that are a list': async () => `${part({ alg: 'ES256', kid: 'one' })}.${part([1])}.AA`,
  };
  it.each(Object.entries(attacks))('is refused with %s', async (_, attack) => {
    expect(await come(await attack())).toBe('unauthenticated');
    // Not because nobody gets in.
    expect(await come(await issuer.token(first, seconds()))).toMatchObject({ id: 'u-17' });
  });

  it('is given half a minute, for clocks differ', async () => {
    expect(await come(await issuer.token(first, seconds(), { exp: seconds() - 29 }))).toMatchObject({ id: 'u-17' });
    expect(await come(await issuer.token(first, seconds(), { nbf: seconds() + 29 }))).toMatchObject({ id: 'u-17' });
  });

  it('is believed for ten seconds, and asked about again', async () => {
    const access = opened();
    const token = await issuer.token(first, seconds(), { exp: seconds() + 1 });
    expect(await come(token, access)).toMatchObject({ id: 'u-17' });
    pass(32_000);
    expect(await come(token, access)).toBe('unauthenticated');
  });
});

describe('the keys of the issuer', () => {
  it('rotate: the new one is accepted once it is fetched, the old one no more', async () => {
    const access = opened();
    const old = await issuer.token(first, seconds(), { exp: seconds() + 3600 });
    expect(await come(old, access)).toMatchObject({ id: 'u-17' });
    issuer.keys = [second];
    pass(31_000);
    expect(await come(await issuer.token(second, seconds()), access)).toMatchObject({ id: 'u-17' });
    expect(await come(old, access)).toBe('unauthenticated');
    expect(issuer.fetched).toBe(2);
  });

  it('are fetched again after ten minutes, so that a withdrawn one is not believed for ever', async () => {
    const access = opened();
    const token = await issuer.token(first, seconds(), { exp: seconds() + 3600 });
    expect(await come(token, access)).toMatchObject({ id: 'u-17' });
    issuer.keys = [second];
    pass(601_000);
    expect(await come(token, access)).toBe('unauthenticated');
  });

  it('are not hammered with kids that nobody knows', async () => {
    const access = opened();
    await come(await issuer.token(first, seconds()), access);
    const stranger = await newKey('never-heard-of');
    for (let n = 0; n < 200; n++) {
      pass(100);
      expect(await come(await issuer.token(stranger, seconds(), { jti: String(n) }), access)).toBe('unauthenticated');
    }
    expect(issuer.fetched).toBe(1);
    pass(30_000);
    await come(await issuer.token(stranger, seconds()), access);
    expect(issuer.fetched).toBe(2);
  });

  it('cannot be fetched: nobody is let in, and it is not asked once a request', async () => {
    issuer.isDown = true;
    const access = opened('roles', `${issuer.url}/keys`);
    for (let n = 0; n < 50; n++)
      expect(await come(await issuer.token(first, seconds(), { jti: String(n) }), access)).toBe('unavailable');
    expect(issuer.fetched).toBe(1);
    issuer.isDown = false;
    pass(2_000);
    expect(await come(await issuer.token(first, seconds()), access)).toMatchObject({ id: 'u-17' });
  });

  it('come from the place the discovery document names, if the document is the issuer’s own', async () => {
    const lying = new OutsideTokens({ issuer: `${issuer.url}/other`, audience: 'touchline', jwks: undefined }, clock);
    const token = await issuer.token(first, seconds(), { iss: `${issuer.url}/other` });
    expect(await lying.read(token)).toBe('unavailable');
    expect(issuer.fetched).toBe(0);
  });

  it('are nobody’s where no issuer is set', async () => {
    const parts = { roles, local, outside: undefined, rolesClaim: 'roles', clock, warn: () => undefined };
    const rows = () => Promise.reject(new Error('no database is asked here'));
    const access = new Access({ ...parts, keys: new ApiKeys(rows, clock), rows });
    expect(await come(await issuer.token(first, seconds()), access)).toBe('unauthenticated');
  });
});

describe('a token of this machine', () => {
  const administrator = localAdministrator(rolesOf(policy));

  it('is signed by a key that only its owner reads, made once however many make it', async () => {
    const file = join(folder, 'made-by-many.key');
    const made = await Promise.all(Array.from({ length: 8 }, () => makeLocalKey(file)));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const tokens = await Promise.all(
      made.map((key) => new LocalTokens(key, LOG, clock).issue(administrator, 'access', 60)),
    );
    const [reader] = made.map((key) => new LocalTokens(key, LOG, clock));
    for (const token of tokens) expect(await reader?.read(token, 'access')).toMatchObject({ sub: 'local' });
  });

  it('lets in who has it', async () => {
    expect(await come(await local.issue(administrator, 'access', 60))).toEqual({ ...administrator });
  });

  it('is good for one use, one log, one key, and its time', async () => {
    const session = await local.issue(administrator, 'session', 60);
    const ticket = await local.ticketFor(administrator);
    const access = await local.issue(administrator, 'access', 60);
    expect(await Promise.all([come(session), come(ticket)])).toEqual(['unauthenticated', 'unauthenticated']);
    for (const token of [access, ticket]) expect(await opened().recognise('session', token)).toBe('unauthenticated');
    expect(await opened().recognise('session', session)).toMatchObject({ id: 'local' });

    const key = await makeLocalKey(join(folder, 'other.key'));
    const [otherLog, otherKey] = [
      new LocalTokens(await makeLocalKey(join(folder, 'access.key')), `${LOG}b`, clock),
      new LocalTokens(key, LOG, clock),
    ];
    for (const stranger of [otherLog, otherKey])
      expect(await come(await stranger.issue(administrator, 'access', 60))).toBe('unauthenticated');
    pass(91_000);
    expect(await come(access)).toBe('unauthenticated');
  });
});
