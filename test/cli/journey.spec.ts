import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuiltCli, type Ended, type Staying, until } from './built-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'touchline-cli-'));
const data = join(folder, 'data');
const cli = new BuiltCli(data);
let running: Staying;
/** The header that opens the API. */
let who: Record<string, string>;
// Every verb is a process of its own, and machines that test are busy.
jest.setTimeout(120_000);

const apiOf = ({ out }: Staying) => /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0] ?? '';
const post = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { ...who, 'content-type': 'application/json' }, body: JSON.stringify(body) });
const answers = (url: string) =>
  fetch(`${url}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

beforeAll(async () => {
  await chmod(folder, 0o711); // the user PostgreSQL runs as walks through it
  running = await cli.stay(/Ctrl-C/, 'start');
  who = { authorization: `Bearer ${(await cli.run('token')).out.trim()}` };
});
afterAll(async () => {
  if (!running.hasEnded) await running.end();
  rmSync(folder, { recursive: true, force: true });
});

it('runs, survives the death of each of its processes, and remembers', async () => {
  const url = apiOf(running);
  const registered = await post(`${url}/v1/customers`, { name: 'Ada Example', acquisition: { channel: 'web' } });
  expect(registered.status).toBe(201);
  const { id, position } = (await registered.json()) as { id: string; position: string };
  await until(
    async () => (await running.children()).size === 4,
    () => 'not all four processes run',
  );
  const before = await running.children();
  for (const pid of before.values()) process.kill(pid, 'SIGKILL');
  await until(
    async () => {
      const now = await running.children();
      return now.size === 4 && [...now].every(([name, pid]) => before.get(name) !== pid) && (await answers(url));
    },
    () => `the killed came not back: ${running.err}`,
  );
  const profile = await fetch(`${url}/v1/customers/${id}?after=${position}`, {
    headers: { ...who, prefer: 'wait=30' },
  });
  expect(await profile.json()).toMatchObject({ id, name: 'Ada Example' });

  const [status, customer, second] = await Promise.all([
    cli.run('status', '--json'),
    cli.run('customer', 'ada example'),
    cli.run('start'),
  ]);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.out)).toMatchObject({ api: { url }, projector: true });
  expect(JSON.parse(status.out).views).toHaveLength(13);
  expect([customer.code, customer.out]).toEqual([0, expect.stringContaining(id)]);
  expect([second.code, second.err]).toEqual([
    3,
    expect.stringContaining(`${data} is in use by process ${running.child.pid}`),
  ]);
});

it('prints a way in on a fresh machine, and keys for services', async () => {
  const url = apiOf(running);
  const [ticket = ''] = /(?<=#ticket=)\S+/.exec(running.out) ?? [];
  const entered = await post(`${url}/v1/sign-in`, { ticket });
  expect([entered.status, entered.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('HttpOnly')]);
  expect((await post(`${url}/v1/sign-in`, { ticket })).status).toBe(401);
  const link = await cli.run('sign-in', '--json');
  expect(JSON.parse(link.out).link).toMatch(new RegExp(`^${url}/#ticket=`));

  const made = await cli.run('api-keys', 'create', 'shop', '--for', '1h', '--json');
  const { id, key } = JSON.parse(made.out);
  const asked = await fetch(`${url}/v1/bookings`, { headers: { authorization: `Bearer ${key}` } });
  expect(asked.status).toBe(200);
  expect((await cli.run('api-keys', 'revoke', id)).code).toBe(0);
  const listed = JSON.parse((await cli.run('api-keys', 'list', '--json')).out);
  expect(listed).toMatchObject({ id, name: 'shop', roles: ['service'], revokedAt: expect.any(String) });
});

it('shows whoever runs it what is theirs to see, and tells an auditor who saw it', async () => {
  const url = apiOf(running);
  const registered = await post(`${url}/v1/customers`, { name: 'Bo Example', acquisition: { channel: 'web' } });
  const { id } = (await registered.json()) as { id: string };
  const lines = [{ code: 'compact', kind: 'base', price: { amount: 45_600, currency: 'CNY' } }];
  const booked = await post(`${url}/v1/bookings`, { booker: id, lines });
  const booking = (await booked.json()) as { id: string };
  await post(`${url}/v1/complaints`, { complainant: id });
  const as = async (role: string, ...words: readonly string[]) => {
    const token = (await cli.run('token', '--role', role)).out.trim();
    const { code, out, err } = await new BuiltCli(data, { TOUCHLINE_TOKEN: token }).run(...words);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const page = await as('data-protection-officer', 'customer', id);
  expect(page).toContain('Bo Example');
  expect(page.match(/\(not for you to read\)/g)?.length).toBeGreaterThanOrEqual(4);
  expect(page).not.toMatch(/456\.00/);
  const timeline = await as('auditor', 'timeline', id);
  expect(timeline).toContain('BookingPlaced');
  expect(timeline).not.toMatch(/456\.00/);
  expect((await post(`${url}/v1/bookings/${booking.id}/cancel`, { by: 'operator' })).status).toBe(200);
  const risk = await as('analyst', 'at-risk');
  expect([risk.includes(id), risk.includes('Bo Example')]).toEqual([true, false]);
  const accesses = await as('auditor', 'accesses', id);
  expect(accesses).toMatch(/person local.*name.*cli.*cli:customer/);
  expect(accesses).not.toContain('Bo Example');
  const [first = ''] = (await as('auditor', 'accesses', id, '--json')).split('\n');
  expect(JSON.parse(first)).toMatchObject({ type: 'PersonalDataViewed', subject: id, through: 'cli:customer' });
});

it('changes a rule, from now on or by a correction, and shows what that would change', async () => {
  const file = join(folder, 'hours.yaml');
  const shift = '[{ from: "10:00", to: "16:00" }]';
  const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
  const hours = (of: string) =>
    `zone: Asia/Shanghai\nholidays: [cn]\nmakeUpDay: []\nweek: { ${days.map((day) => `${day}: ${of}`).join(', ')} }\n`;
  writeFileSync(file, hours(shift));
  const say = (verb: string, ...more: readonly string[]) =>
    cli.run('policies', verb, 'calendar', 'office', file, ...more, '--json');

  const preview = JSON.parse((await say('preview')).out);
  expect(preview).toMatchObject({ ref: 'calendar.office@2', recorded: false });
  expect(preview.changes.map(({ pointer }: { pointer: string }) => pointer)).toContain('/week/sunday');
  const past = await say('publish', '--from', '2020-01-01T00:00:00.000Z');
  expect([past.code, past.err]).toEqual([1, expect.stringContaining('--corrects')]);
  expect(JSON.parse((await say('publish')).out)).toMatchObject({ ref: 'calendar.office@2', recorded: true });
  expect(JSON.parse((await say('publish')).out)).toMatchObject({ recorded: false, changes: [] });
  writeFileSync(file, hours('[]'));
  expect((await say('publish')).err).toContain('at least one day');
  writeFileSync(file, hours('[{ from: "16:00", to: "10:00" }]'));
  expect((await say('publish')).err).toContain('/week/monday');
  writeFileSync(file, hours('[{ from: "08:00", to: "12:00" }]'));
  const corrected = await say('publish', '--from', '2020-01-01T00:00:00.000Z', '--corrects', '1', '--reason', 'wrong');
  expect(JSON.parse(corrected.out)).toMatchObject({ ref: 'calendar.office@3', recorded: true });

  const shown = await fetch(`${apiOf(running)}/v1/policies?kind=calendar&name=office`, { headers: who });
  expect(await shown.json()).toMatchObject({
    items: [
      { ref: 'calendar.office@3', corrects: 1, reason: 'wrong', actor: { kind: 'person', id: 'local' } },
      { ref: 'calendar.office@2', correctedBy: null },
      { ref: 'calendar.office@1', correctedBy: 3, actor: { kind: 'system' } },
    ],
  });
  expect((await cli.run('policies', 'show', 'calendar.office')).out).toContain('corrected by 3');
  const list = (await cli.run('policies', 'list')).out;
  expect([list.includes('calendar.office@2'), list.includes('calendar.office@1')]).toEqual([true, false]);
});

it('changes who may what while everything runs', async () => {
  const file = join(folder, 'roles.json');
  const as = (role: string) => new BuiltCli(data, { TOUCHLINE_TOKEN: tokens[role] ?? '' });
  const tokens: Record<string, string> = {};
  for (const role of ['analyst', 'supervisor', 'administrator'])
    tokens[role] = (await cli.run('token', '--role', role)).out.trim();
  const shown = await as('administrator').run('policies', 'show', 'roles.default', '--json');
  const { body } = JSON.parse(shown.out.split('\n')[0] as string);
  body.actions['cli:at-risk'] = ['agent', 'supervisor'];
  body.actions.AtRisk = ['agent', 'supervisor'];
  writeFileSync(file, JSON.stringify(body));
  const say = (role: string, verb: string) => as(role).run('policies', verb, 'roles', 'default', file);

  const refused = await say('supervisor', 'publish');
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('None of your roles may say PublishRoles')]);
  const preview = await say('administrator', 'preview');
  expect([preview.code, preview.out]).toEqual([0, expect.stringContaining('/actions/cli:at-risk')]);
  expect(await as('analyst').run('at-risk')).toMatchObject({ code: 0 });
  expect((await say('administrator', 'publish')).out).toContain('Published: roles.default@2');
  expect(await as('analyst').run('at-risk')).toMatchObject({ code: 1, out: '' });
  const asked = async () => {
    const authorization = `Bearer ${tokens.analyst}`;
    return (await fetch(`${apiOf(running)}/v1/at-risk`, { headers: { authorization } })).status;
  };
  await until(
    async () => (await asked()) === 403,
    () => 'the API never heard of it',
  );
});

it('moves the open clocks of complaints when it is told to, because their calendar changed', async () => {
  const reconciled = async (...words: readonly string[]) => {
    const { code, out } = await cli.run('reconcile', 'sla', ...words, '--json');
    expect(code).toBe(0);
    return out.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : []));
  };
  const listed = await reconciled();
  const same = await cli.run(
    'policies',
    'preview',
    'calendar',
    'office',
    join(folder, 'hours.yaml'),
    '--clocks',
    '--json',
  );
  expect(same.out).toContain('"wouldBeDueAt"');
  const warnings = { warnAt: expect.any(Array), wouldWarnAt: expect.any(Array) };
  expect(listed).toContainEqual(expect.objectContaining({ clock: 'resolution', isOpen: true, ...warnings }));
  expect(await reconciled('--past')).toEqual(listed);
  expect(await reconciled('--yes')).toEqual([...listed, { moved: 1 }]);
  expect(await reconciled()).toEqual([]);
  expect((await cli.run('reconcile', 'sla', '--past', '--yes')).code).toBe(2);
  const { complaintId } = listed.at(-1) as { complaintId: string };
  const escalate = (...words: readonly string[]) => cli.run('escalate', complaintId, ...words, '--json');
  expect(JSON.parse((await escalate('--reason', 'media')).out)).toEqual({ complaint: complaintId, escalated: true });
  expect(JSON.parse((await escalate('--reason', 'media')).out)).toEqual({ complaint: complaintId, escalated: false });
  expect((await escalate('--reason', 'whim')).code).toBe(2);
  const regulator = await post(`${apiOf(running)}/v1/complaints/${complaintId}/escalate`, { reason: 'regulator' });
  const { position } = (await regulator.json()) as { position: string };
  const due = await fetch(`${apiOf(running)}/v1/complaints/due?only=in_time&after=${position}`, { headers: who });
  expect(await due.json()).toMatchObject({
    items: [
      {
        ...{ id: complaintId, level: 2, escalationReason: 'regulator', escalatedAt: expect.any(String) },
        clocks: expect.arrayContaining([expect.objectContaining({ clock: 'resolution', status: 'running' })]),
      },
    ],
  });
});

it('ends its processes when it is killed, and starts again at once', async () => {
  const orphans = [...(await running.children())].filter(([name]) => name !== 'postgres').map(([, pid]) => pid);
  await running.end('SIGKILL');
  await until(
    () => orphans.every(isGone),
    () => 'children outlive their supervisor',
  );
  running = await cli.stay(/Ctrl-C/, 'start');
  expect(running.out).not.toContain('ticket');
  await until(
    () => answers(apiOf(running)),
    () => 'not ready again',
  );
  expect(await running.end()).toBe(0);
  expect(await stat(join(data, 'address.json')).catch(() => 'withdrawn')).toBe('withdrawn');
});

it('reads and rebuilds with nothing else running', async () => {
  const replayed = await cli.run('replay', '--type', 'IndividualRegistered', '--limit', '1');
  const hidden = { name: { masked: true } };
  expect(JSON.parse(replayed.out)).toMatchObject({ type: 'IndividualRegistered', data: hidden });
  const told = await cli.run('replay', '--type', 'IndividualRegistered', '--limit', '1', '--personal');
  expect(JSON.parse(told.out)).toMatchObject({ type: 'IndividualRegistered', data: { name: 'Ada Example' } });
  const read = await cli.run('replay', '--type', 'PersonalDataViewed');
  expect(
    read.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).data),
  ).toContainEqual(expect.objectContaining({ fields: ['name'], through: 'cli:replay', purpose: 'cli' }));
  const rebuilt = await cli.run('rebuild', 'customer_profile', 'lifecycle', '--json');
  expect([rebuilt.code, rebuilt.err]).toEqual([0, '']);
  expect(
    rebuilt.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rows),
  ).toEqual(['2', '2']);
  const unknown = await cli.run('rebuild', 'customers');
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('customer_profile')]);
});

it('looks after its keys', async () => {
  const key = join(data, 'access.key');
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  await chmod(key, 0o644);
  const found = await cli.run('doctor');
  expect([found.code, found.out]).toEqual([1, expect.stringContaining(`chmod 600 ${key}`)]);
  await chmod(key, 0o600);
});

it('says which actions of a new release are nobody’s yet', async () => {
  const copy = join(data, 'roles.json');
  const roles = JSON.parse(readFileSync(copy, 'utf8'));
  const { EscalateComplaint: _, ...known } = roles.body.actions;
  writeFileSync(copy, JSON.stringify({ ...roles, body: { ...roles.body, actions: known } }));
  const found = await cli.run('doctor');
  expect([found.code, found.out]).toEqual([1, expect.stringContaining('names EscalateComplaint')]);
  writeFileSync(copy, JSON.stringify(roles));
});

it('says what is wrong instead of a stack', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const cases: readonly (readonly [BuiltCli, readonly string[], number, string])[] = [
    [new BuiltCli(join(file, 'data')), ['start'], 3, 'TOUCHLINE_DATA'],
    [new BuiltCli(join(folder, 'nothing')), ['status'], 1, 'no log'],
    [new BuiltCli(data, { TOUCHLINE_ZONE: 'Mars' }), ['status'], 2, 'TOUCHLINE_ZONE'],
    [new BuiltCli(data), ['demo', '--once'], 1, 'data of your own'],
    [new BuiltCli(data), ['demo', 'advance', '30d'], 1, 'no demo data'],
    [new BuiltCli(data, { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }), ['status'], 3, 'DATABASE_URL'],
  ];
  const ends = await Promise.all(cases.map(([one, words]) => one.run(...words)));
  for (const [index, [, words, code, said]] of cases.entries()) {
    const ended = ends[index] as Ended;
    expect([words, ended.code, ended.err]).toEqual([words, code, expect.stringContaining(said)]);
    expect(ended.err).not.toMatch(/^ {4}at /m);
  }
  await rm(file);
});

it('keeps an event store alone, at any free port', async () => {
  const store = await cli.stay(
    /^esdb:\/\/127\.0\.0\.1:\d+\?tls=false\n/,
    'eventstore',
    '--port',
    '0',
    '--data',
    join(folder, 'alone'),
  );
  expect(await store.end()).toBe(0);
});

const isGone = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};
