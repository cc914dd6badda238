import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Asking, localAdministrator } from '#access';
import { defaultRoles, type Roles } from '#domain';
import { loggerFor, machineClock, openAccess, readSettings } from '#system';
import { touchline } from '../../apps/cli/src/program.js';
import { actionOf, NO_STORE, run } from '../../apps/cli/src/verb.js';

/** Every verb that does something. Commander keeps what it does to itself. */
const verbsIn = (command: Command): readonly Command[] => [
  ...(Reflect.get(command, '_actionHandler') ? [command] : []),
  ...command.commands.flatMap(verbsIn),
];

const folder = mkdtempSync(join(tmpdir(), 'touchline-desk-'));
const before = { ...process.env };
const logId = '01900000-0000-7000-8000-00000000000a';
let settings: ReturnType<typeof readSettings>;
beforeAll(() => {
  process.env.TOUCHLINE_DATA = folder;
  writeFileSync(join(folder, 'log.key'), JSON.stringify({ logId, secret: '' }));
  settings = readSettings(process.env);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  jest.spyOn(process, 'on').mockImplementation(() => process);
});
afterEach(() => {
  process.env = { ...before, TOUCHLINE_DATA: folder };
  process.exitCode = 0;
  process.stdout.removeAllListeners('error');
  jest.restoreAllMocks();
});

const said = async (...words: readonly string[]) => {
  const [out, err]: [string[], string[]] = [[], []];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
  await touchline('en').parseAsync([...words, '--lang', 'en'], { from: 'user' });
  return { code: process.exitCode, out: out.join(''), err: err.join('') };
};
const roles = { policy: { version: 1, body: defaultRoles }, isCurrent: true };
const access = () => openAccess(settings, logId, { roles, rows: async () => [], logger: loggerFor('test', 'silent') });
const tokenOf = async (...roles: readonly string[]) =>
  (await access()).tokenFor({ ...localAdministrator(roles), id: 'u-17' }, 60);

describe('every verb', () => {
  it('has a rule, and there is no rule without a verb', async () => {
    const verbs = verbsIn(touchline('en')).map(actionOf);
    expect(verbs).toEqual(expect.arrayContaining(['cli:start', 'cli:demo', 'cli:demo advance', 'cli:api-keys create']));
    expect([...verbs].sort()).toEqual(
      Object.keys(defaultRoles.actions)
        .filter((action) => action.startsWith('cli:'))
        .sort(),
    );
  });

  it('without one is refused, even to the local administrator', async () => {
    const program = touchline('en');
    const planted = program.command('planted');
    const work = jest.fn(async () => 0);
    const err = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    planted.action(() => run(planted, work));
    await program.parseAsync(['planted'], { from: 'user' });
    expect([process.exitCode, work.mock.calls.length]).toEqual([1, 0]);
    expect(err.mock.calls.join()).toContain('None of your roles may run "touchline planted"');
  });
});

describe('who runs a verb', () => {
  const asked = async (): Promise<Asking | undefined> => {
    let seen: Asking | undefined;
    const program = touchline('en');
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    const status = program.commands.find((verb) => verb.name() === 'status') as Command;
    status.action(() =>
      run(status, async ({ who }) => {
        seen = who;
        return 0;
      }),
    );
    await program.parseAsync(['status'], { from: 'user' });
    return seen;
  };

  it('is the local administrator, for the purpose of the command line', async () => {
    expect(await asked()).toMatchObject({
      principal: { kind: 'person', id: 'local', roles: expect.arrayContaining(['administrator', 'agent']), teams: [] },
      purpose: 'cli',
      action: 'cli:status',
      scope: 'all',
    });
  });

  it('is whoever a token says, and may no more than they may', async () => {
    process.env.TOUCHLINE_TOKEN = await tokenOf('analyst');
    expect(await asked()).toMatchObject({ principal: { id: 'u-17', roles: ['analyst'] } });
    expect(await said('doctor')).toMatchObject({ code: 1, err: expect.stringContaining('None of your roles') });
  });

  it('is nobody with a token that proves nothing', async () => {
    for (const token of ['nonsense', 'tl_0123456789abcdef_x', `${await tokenOf('analyst')}x`]) {
      process.env.TOUCHLINE_TOKEN = token;
      const { code, err } = await said('status');
      expect([code, err]).toEqual([1, expect.stringContaining('TOUCHLINE_TOKEN is not accepted')]);
      expect(err).not.toContain(token);
    }
  });
});

describe('a verb that opens the log', () => {
  const judged = async (body: Roles) => {
    const status = touchline('en').commands.find((verb) => verb.name() === 'status') as Command;
    let seen: Asking | undefined;
    const err = jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
    status.action(() =>
      run(status, async (hands) => {
        await hands.judge({ version: 2, body });
        seen = hands.who;
        return 0;
      }),
    );
    await status.parseAsync([], { from: 'user' });
    return { code: process.exitCode, seen, err: err.mock.calls.join() };
  };
  const { analyst, ...others } = defaultRoles.roles;
  const renamed = { ...defaultRoles, roles: { ...others, counter: analyst as never } };
  const { actions } = defaultRoles;

  it('is judged by what the log says, whatever this folder knew', async () => {
    expect(await judged({ ...renamed, actions: { ...actions, 'cli:status': ['counter'] } })).toMatchObject({
      code: 0,
      seen: {
        principal: { id: 'local', roles: expect.arrayContaining(['counter']) },
        fields: new Set(analyst?.fields),
      },
    });
    process.env.TOUCHLINE_TOKEN = await tokenOf('analyst');
    expect(await judged(defaultRoles)).toMatchObject({ code: 0, seen: { principal: { roles: ['analyst'] } } });
    expect(await judged(renamed)).toMatchObject({
      code: 1,
      seen: undefined,
      err: expect.stringMatching(/None of your roles/),
    });
  });
});

describe('touchline token', () => {
  const holderOf = async (token: string) => (await access()).recognise('bearer', token);

  it('prints a token of this machine, as a header where asked', async () => {
    const { out } = await said('token', '--role', 'agent', '--team', 'harbour', 'airport', '--for', '30m');
    expect(await holderOf(out.trim())).toEqual({
      kind: 'person',
      id: 'local',
      roles: ['agent'],
      teams: ['harbour', 'airport'],
    });
    const header = await said('token', '--header');
    const [, token = ''] = /^authorization: Bearer (\S+)\n$/.exec(header.out) ?? [];
    expect(await holderOf(token)).toMatchObject({ roles: expect.arrayContaining(['administrator', 'supervisor']) });
    const told = JSON.parse((await said('token', '--for', '2h', '--json')).out);
    expect(Date.parse(told.expiresAt) - Date.parse(machineClock.now())).toBeGreaterThan(7_190_000);
  });

  it('gives no role that its giver does not have', async () => {
    process.env.TOUCHLINE_TOKEN = await tokenOf('administrator');
    expect(await said('token', '--role', 'data-protection-officer')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('You have no role data-protection-officer. You have: administrator'),
    });
    expect(await holderOf((await said('token')).out.trim())).toMatchObject({ id: 'u-17', roles: ['administrator'] });
    delete process.env.TOUCHLINE_TOKEN;
    expect(await said('token', '--role', 'emperor')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no role emperor'),
    });
  });
});

describe('a file of roles', () => {
  const file = join(folder, 'first.json');
  const { PublishRoles: _, ...actions } = defaultRoles.actions;

  it('of one’s own counts as long as no log says otherwise', async () => {
    writeFileSync(
      file,
      JSON.stringify({ body: { ...defaultRoles, actions: { ...defaultRoles.actions, 'cli:token': [] } } }),
    );
    process.env.TOUCHLINE_ROLES = file;
    expect(await said('token')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('None of your roles') });
  });

  it.each([
    ['that is not there', () => rmSync(file, { force: true }), /ENOENT/],
    ['that is none', () => writeFileSync(file, '{"kind":"sla"}'), /cannot be used: \/body must be an object/],
    ['that is no JSON', () => writeFileSync(file, 'roles:'), /cannot be used: \/body must be an object/],
    [
      'with a class of fields that nobody has',
      () =>
        writeFileSync(
          file,
          JSON.stringify({ body: { ...defaultRoles, roles: { agent: { fields: ['soul'], scope: 'all' } } } }),
        ),
      /\/body\/roles\/agent\/fields fields must be a list of some of operational/,
    ],
    [
      'in which nobody may publish roles',
      () => writeFileSync(file, JSON.stringify({ body: { ...defaultRoles, actions } })),
      /cannot be used: locks-everybody-out PublishRoles/,
    ],
  ])('%s stops the start', async (_, prepare, why) => {
    prepare();
    process.env.TOUCHLINE_ROLES = file;
    const { code, err } = await said('start');
    expect([code, err]).toEqual([2, expect.stringMatching(`TOUCHLINE_ROLES: ${file} cannot be used: `)]);
    expect(err).toMatch(why);
  });
});

describe('the copy of the roles', () => {
  const copy = join(folder, 'roles.json');
  afterEach(() => rmSync(copy, { force: true }));

  it('counts for verbs that open no log', async () => {
    writeFileSync(
      copy,
      JSON.stringify({ version: 2, body: { ...defaultRoles, actions: { ...defaultRoles.actions, 'cli:token': [] } } }),
    );
    expect(await said('token')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('None of your roles') });
  });

  it.each(['', '{"version":1}', 'null', '{"version":2,"body":{"roles":{},"actions":{}}}'])(
    'that is damaged opens nothing, and says what to do: %s',
    async (text) => {
      writeFileSync(copy, text);
      const { code, out, err } = await said('token');
      expect([code, out, err]).toEqual([NO_STORE, '', expect.stringMatching(/roles\.json is damaged: remove it/)]);
    },
  );
});
