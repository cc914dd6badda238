import { readFileSync, writeFileSync } from 'node:fs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type FieldClass, localAdministrator, type RolesPolicy, rolesOf } from '#access';
import { isVeil } from '#kernel';
import { type Fields, type Question, questions, written } from '#read-models';
import { loggerFor, portsOf } from '#system';
import { createApi, doorwaysOf } from '../../apps/api/src/create-api.js';
import { doorPortsOf } from '../../apps/api/src/door-ports.js';
import { ACCESS } from '../../apps/api/src/guard.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';
import { type Cell, cellsOn, NOBODY, rightsPage } from './rights.js';

const PAGE = 'docs/rights.md';
const LEAST = { routes: 650, fields: 1_100, values: 160 };
const NO_ONE = '01900000-0000-7000-8000-0000000000ff';

/** What stands in the answers about one customer, and of which class it is: said here again, apart from the declarations. */
const PLANTED: Readonly<Partial<Record<FieldClass, readonly string[]>>> = {
  identity: ['Ann Canary', '1981-02-03', 'canary keeper', 'M-CANARY', 'ID-CANARY'],
  contact: ['+8613912345678', 'ann@canary.example'],
  document: ['DOC-CANARY', 'LIC-CANARY'],
  health: ['HEALTH-CANARY'],
  preference: ['PREFERENCE-CANARY'],
  free_text: ['COMPLAINT-CANARY', 'NOTE-CANARY'],
  commercial: ['7654321', '76543.21', '"balance":77'],
  behaviour: ['"band":"', '"sentiment":1'],
  audit: ['"through":"'],
};

let system: RunningSystem;
let api: NestFastifyApplication;
let page: string;
let ann: string;
const tokens = new Map<string, string>();

beforeAll(async () => {
  system = await startRunningSystem({ clock: '2026-03-02', zone: 'UTC', currency: 'EUR' });
  api = await apiOver(system.session.access.policy);
  page = rightsPage(system.session.access.policy, doorwaysOf(api));
  for (const role of rolesOf(system.session.access.policy)) tokens.set(role, await tokenOf([role]));
  ann = await someoneWithEverything();
  await system.engine.settled();
});
afterAll(async () => {
  await api?.close();
  await system?.stop();
});

const tokenOf = async (roles: readonly string[]) =>
  `Bearer ${await system.session.access.tokenFor({ ...localAdministrator(roles), id: 'u-17' }, 3600)}`;

/** A front door over the same stores with that policy. */
const apiOver = (policy: RolesPolicy): Promise<NestFastifyApplication> => {
  const { session } = system;
  const access = Object.create(session.access, { policy: { value: policy } });
  return createApi(loggerFor('test', 'silent'), ...portsOf(session), ...doorPortsOf(session), {
    provide: ACCESS,
    useValue: access,
  });
};

/** The shipped policy with something else in it. */
const changed = (change: (body: { actions: Record<string, string[]>; roles: never }) => void): RolesPolicy => {
  const policy = JSON.parse(JSON.stringify(system.session.access.policy));
  change(policy.body);
  return policy;
};

const someoneWithEverything = async (): Promise<string> => {
  const said = async (path: string, body: object): Promise<string> => {
    const answer = await system.api.post(`/v1/${path}`, body);
    expect([path, answer.status < 300, answer.body.code]).toEqual([path, true, undefined]);
    return answer.body.id;
  };
  const who = { name: 'Ann Canary', birthDate: '1981-02-03', occupation: 'canary keeper', gender: 'female' };
  const id = await said('customers', { ...who, acquisition: { channel: 'web' } });
  const about = (act: string, body: object) => said(`customers/${id}/${act}`, body);
  await about('add-contact-point', { kind: 'phone', value: '+86 139 1234 5678' });
  await about('add-contact-point', { kind: 'email', value: 'ann@canary.example' });
  await about('link-identifier', { namespace: 'shop', value: 'ID-CANARY' });
  await about('record-identity-document', { documentType: 'passport', number: 'DOC-CANARY' });
  await about('record-driver-licence', { number: 'LIC-CANARY', issuedOn: '2010-05-01' });
  await about('record-special-need', { code: 'wheelchair', note: 'HEALTH-CANARY' });
  await about('declare-preference', { key: 'seat', value: 'PREFERENCE-CANARY' });
  const lines = [{ code: 'compact', kind: 'base', price: { amount: 7_654_321, currency: 'EUR' } }];
  const booked = { booker: id, lines };
  const served = await said('bookings', booked);
  await said(`bookings/${served}/confirm`, {});
  await said(`bookings/${served}/complete-service`, {});
  await said('bookings', booked);
  await said('complaints', { complainant: id, severity: 'sev2', text: 'COMPLAINT-CANARY' });
  await said('complaints', { complainant: await said('customers', { name: 'Bo' }) });
  const windows = [{ from: '2026-03-03T09:00:00.000Z', to: '2026-03-03T11:00:00.000Z' }];
  await said('callbacks', { requester: id, topic: 'invoice', windows, note: 'NOTE-CANARY' });
  const account = await said('loyalty-accounts', { member: id, memberNumber: 'M-CANARY' });
  await said(`loyalty-accounts/${account}/earn-points`, { lotId: 'l1', points: 77 });
  await system.engine.settled();
  await system.api.get(`/v1/customers/${id}`);
  await system.session.accessLog.flush();
  return id;
};

/** What a door answers, before anything is done. */
const statusAt = async (app: NestFastifyApplication, { row: [route = ''], role }: Cell): Promise<number> => {
  const [, method, url = ''] = /^`(\w+) (.*?)`/.exec(route) ?? [];
  const authorization = tokens.get(role);
  const { statusCode } = await app.inject({
    method: method as 'GET',
    url: url.replace(':id', NO_ONE),
    headers: {
      ...(authorization && { authorization }),
      ...(route.endsWith('stream') && { accept: 'text/event-stream' }),
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { payload: 'not even JSON' }),
  });
  return statusCode;
};

const wrongRoutes = async (app: NestFastifyApplication, cells: readonly Cell[]): Promise<readonly string[]> => {
  const wrong: string[] = [];
  for (const cell of cells) {
    const status = await statusAt(app, cell);
    const no = cell.role === NOBODY ? 401 : 403;
    if (![401, 403].includes(status) !== cell.may || (!cell.may && status !== no))
      wrong.push(`${cell.row[0]} ${cell.role} ${status}`);
  }
  return wrong;
};

const ask = async (app: NestFastifyApplication, question: Question, authorization: string) => {
  const body = question.method === 'POST' ? { query: 'ID-CANARY' } : undefined;
  const answer = await app.inject({
    method: question.method ?? 'GET',
    url: `/v1/${question.path.replace(':id', ann)}${question.path.endsWith('timeline') ? '?limit=500' : ''}`,
    headers: { authorization, 'accept-language': 'en', ...(body && { 'content-type': 'application/json' }) },
    ...(body && { payload: body }),
  });
  expect([question.path, answer.statusCode]).toEqual([question.path, 200]);
  return { text: answer.body, json: answer.json() as unknown };
};

/** The fields that a declaration knows, with their class. */
const placesIn = (
  fields: Fields,
  place: readonly string[] = [],
): readonly (readonly [readonly string[], FieldClass])[] =>
  typeof fields === 'string'
    ? [[place, fields]]
    : Object.entries(fields).flatMap(([name, nested]) => placesIn(nested, [...place, name]));

/** What an answer holds at a place, through every list on the way. */
const valuesAt = (answer: unknown, [name, ...rest]: readonly string[]): readonly unknown[] => {
  if (Array.isArray(answer)) return answer.flatMap((item) => valuesAt(item, name === undefined ? [] : [name, ...rest]));
  if (name === undefined) return [answer];
  return Object.hasOwn(Object(answer), name) ? valuesAt(Reflect.get(Object(answer), name), rest) : [];
};
const leavesAt = (answer: unknown, place: readonly string[]): readonly unknown[] => {
  const parents = valuesAt(answer, place.slice(0, -1));
  return parents.map((parent) => Reflect.get(Object(parent), place.at(-1) as string));
};

/** The whole answer, as somebody with every role gets it. What is asked changes what was accessed, nothing else. */
const wholeOf = async (question: Question) => ask(api, question, system.authorization);
const isSteady = ({ path }: Question) => !path.endsWith('accesses');

type Seen = Readonly<{ question: Question; role: string; whole: Awaited<ReturnType<typeof ask>> }>;

const mayAsk = (question: Question, role: string): boolean => {
  const action = question.action ?? question.shape.name;
  return cellsOn(page, 'Routes').some(({ row, role: who, may }) => row[1] === action && who === role && may);
};
const classesOf = (role: string): ReadonlySet<FieldClass> =>
  new Set(
    cellsOn(page, 'What is shown')
      .filter(({ row, may }) => row[0] === role && may)
      .map((cell) => cell.role as FieldClass),
  );

const wrongFields = ({ question, role, whole }: Seen, got: unknown): readonly string[] => {
  const may = classesOf(role);
  return placesIn(question.fields).flatMap(([place, name]) => {
    const [told, expected] = [leavesAt(got, place), leavesAt(whole.json, place)];
    const isRight = may.has(name)
      ? !told.some(isVeil) && (!isSteady(question) || JSON.stringify(told) === JSON.stringify(expected))
      : told.every(isVeil);
    return isRight && told.length > 0 ? [] : [`${question.path} ${role} ${place.join('.')}`];
  });
};

/** How often something planted was looked for, and where it stood or did not stand against the table. */
const plantedIn = ({ question, role, whole }: Seen, text: string) => {
  const may = classesOf(role);
  const looked = Object.entries(PLANTED).flatMap(([name, values]) =>
    values.filter((value) => whole.text.includes(value)).map((value) => [name as FieldClass, value] as const),
  );
  const wrong = looked.filter(([name, value]) => text.includes(value) !== may.has(name));
  return { looked: looked.length, wrong: wrong.map(([, value]) => `${question.path} ${role} ${value}`) };
};

const everySeen = async (roles: readonly string[] = [...tokens.keys()]): Promise<readonly Seen[]> => {
  const seen: Seen[] = [];
  for (const question of questions) {
    const whole = await wholeOf(question);
    for (const role of roles) if (mayAsk(question, role)) seen.push({ question, role, whole });
  }
  return seen;
};

describe('the table of rights', () => {
  it('is what stands in the document', () => {
    if (process.env.TOUCHLINE_WRITE_RIGHTS) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });

  it('is true of every route for every role', async () => {
    const cells = cellsOn(page, 'Routes');
    expect(await wrongRoutes(api, cells)).toEqual([]);
    process.stdout.write(`rights: ${cells.length} cells of routes tried\n`);
    expect(cells.length).toBeGreaterThanOrEqual(LEAST.routes);
    expect(cells.filter(({ may }) => may).length).toBeGreaterThan(200);
  });

  it('knows every route, and no HEAD that is not a GET', () => {
    const known = new Set(cellsOn(page, 'Routes').flatMap(({ row }) => row[0] as string));
    for (const { method, url } of doorwaysOf(api))
      expect([url, known.has(`\`${method === 'HEAD' ? 'GET' : method} ${url}\``)]).toEqual([url, true]);
  });

  it('is true of every field of every answer for every role', async () => {
    let [fields, values] = [0, 0];
    const wrong: string[] = [];
    const all = await everySeen();
    for (const seen of all) {
      const { text, json } = await ask(api, seen.question, tokens.get(seen.role) as string);
      const planted = plantedIn(seen, text);
      wrong.push(...wrongFields(seen, json), ...planted.wrong);
      fields += placesIn(seen.question.fields).length;
      values += planted.looked;
    }
    expect(wrong).toEqual([]);
    process.stdout.write(`rights: ${fields} cells of fields tried, ${values} planted values looked for\n`);
    expect(fields).toBeGreaterThanOrEqual(LEAST.fields);
    expect(values).toBeGreaterThanOrEqual(LEAST.values);
    const found = new Set(
      Object.values(PLANTED)
        .flat()
        .filter((value) => all.some(({ whole }) => whole.text.includes(value))),
    );
    expect([...found].sort()).toEqual(Object.values(PLANTED).flat().sort());
  });

  it('finds a role that may do one thing more, or less', async () => {
    const planted = await apiOver(
      changed(({ actions }) => {
        actions.CloseCustomer?.push('agent');
        actions.AtRisk = ['supervisor', 'service'];
      }),
    );
    const wrong = await wrongRoutes(planted, cellsOn(page, 'Routes'));
    await planted.close();
    expect([...wrong].sort()).toEqual([
      '`GET /v1/at-risk` agent 403',
      '`GET /v1/at-risk` analyst 403',
      '`POST /v1/customers/:id/close` agent 400',
    ]);
  });

  it('finds a class that a role has in the place of another', async () => {
    const planted = await apiOver(
      changed(({ roles }) =>
        Object.assign(Reflect.get(roles, 'analyst'), { fields: ['operational', 'contact', 'behaviour'] }),
      ),
    );
    const wrong: string[] = [];
    for (const seen of await everySeen(['analyst'])) {
      const { text, json } = await ask(planted, seen.question, tokens.get('analyst') as string);
      wrong.push(...wrongFields(seen, json), ...plantedIn(seen, text).wrong);
    }
    await planted.close();
    expect(wrong).toEqual(
      expect.arrayContaining([
        'customers/:id analyst contactPoints',
        'customers/:id analyst +8613912345678',
        'bookings analyst items.total',
        'bookings analyst 7654321',
      ]),
    );
    expect(wrong.filter((one) => one.includes('lifecycle') || one.includes('name'))).toEqual([]);
  });

  it('finds a field that is declared as something else', async () => {
    const question = questions.find(({ path }) => path === 'customers/:id') as Question;
    const whole = await wholeOf(question);
    const fields = { ...(question.fields as object), contactPoints: 'operational' } as Fields;
    const text = JSON.stringify(written(whole.json, fields, classesOf('auditor')));
    expect(plantedIn({ question, role: 'auditor', whole }, text).wrong).toEqual([
      'customers/:id auditor +8613912345678',
      'customers/:id auditor ann@canary.example',
    ]);
  });
});
