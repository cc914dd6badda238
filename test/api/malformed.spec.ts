import { request } from 'node:http';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

type Sent = Readonly<{ method?: string; path: string; body?: string | Buffer; headers?: Record<string, string> }>;

const window = { from: '2026-03-01T09:00:00.000Z', to: '2099-03-01T11:00:00.000Z' };
const requester = '01900000-0000-7000-8000-0000000000c1';
const callback = { requester, topic: 'invoice', windows: [window] };
const json = (body: unknown): Sent => ({ path: '/v1/callbacks', body: JSON.stringify(body) });

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const timeline = `/v1/customers/${requester}/timeline`;
const beyond = { accept: 'text/event-stream', 'last-event-id': '9999999999999999999' };
const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);

/** What is sent, the status it must get, and the pointers where it does not fit. */
const cases: readonly [name: string, sent: Sent, status: number, ...pointers: string[]][] = [
  ['half a JSON', { path: '/v1/callbacks', body: '{' }, 400],
  ['no JSON at all', { path: '/v1/callbacks', body: 'hello' }, 400],
  ['bytes that are no UTF-8', { path: '/v1/callbacks', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }, 400, ''],
  ['a byte order mark', { path: '/v1/callbacks', body: `\ufeff${JSON.stringify(callback)}` }, 400, ''],
  ['half a surrogate pair in bytes', { path: '/v1/callbacks', body: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) }, 400],
  ['a name said twice', { path: '/v1/callbacks', body: '{"topic":"a","windows":[],"topic":"b"}' }, 400, '/topic'],
  [
    'a name said twice, once in disguise',
    { path: '/v1/callbacks', body: '{"topic":1,"\\u0074opic":2}' },
    400,
    '/topic',
  ],
  [
    'a name said twice, deep inside',
    { path: '/v1/callbacks', body: '{"windows":[{},{"to":1,"to":1}]}' },
    400,
    '/windows/1/to',
  ],
  ['__proto__', { path: '/v1/callbacks', body: '{"__proto__":{"a":1}}' }, 400, '/__proto__'],
  [
    '__proto__ in disguise',
    { path: '/v1/callbacks', body: '{"windows":[{"__pr\\u006fto__":1}]}' },
    400,
    '/windows/0/__proto__',
  ],
  [
    'constructor.prototype',
    { path: '/v1/callbacks', body: '{"constructor":{"prototype":{"a":1}}}' },
    400,
    '/constructor/prototype',
  ],
  ['toString', json({ ...callback, toString: 1 }), 422, '/toString'],
  ['a list', json([]), 422, ''],
  ['null', json(null), 422, '/requester', '/topic', '/windows'],
  ['a number', json(7), 422, ''],
  ['nothing', { path: '/v1/callbacks', body: '' }, 400],
  ['a missing field', json({ requester, topic: 'invoice' }), 422, '/windows'],
  ['a field too many', json({ ...callback, colour: 1 }), 422, '/colour'],
  ['a field named after a person', json({ ...callback, 'Mrs Li': 1 }), 422, ''],
  ['a field named __proto__ in the query', { method: 'GET', path: '/v1/callbacks?__proto__=1' }, 422, '/__proto__'],
  ['NUL in the query', { method: 'GET', path: '/v1/callbacks?colour=a%00' }, 422, '/colour'],
  ['NUL in the query of a write', { path: '/v1/callbacks?colour=%00', body: '{}' }, 422, '/colour'],
  ['NUL in the path', { path: '/v1/callbacks/%00/complete', body: '{}' }, 422, '/id'],
  ['null where text belongs', json({ ...callback, note: null }), 422, '/note'],
  ['a list where an object belongs', json({ ...callback, windows: [[]] }), 422, '/windows'],
  ['a broken nested field', json({ ...callback, windows: [{ ...window, to: 'noon' }] }), 422, '/windows/0/to'],
  ['an empty list', json({ ...callback, windows: [] }), 422, '/windows'],
  ['a huge list', json({ ...callback, windows: Array(9999).fill(window) }), 422, '/windows'],
  ['NUL', json({ ...callback, note: 'a\u0000b' }), 422, '/note'],
  [
    'half a surrogate pair',
    { path: '/v1/callbacks', body: JSON.stringify(callback).replace('invoice"', 'invoice","note":"\\ud800"') },
    422,
    '/note',
  ],
  ['an id that is none', json({ ...callback, id: 'Mrs Li' }), 422, '/id'],
  ['an id in capitals', json({ ...callback, id: requester.toUpperCase() }), 422, '/id'],
  ['a day that does not exist', json({ ...callback, occurredAt: '2026-02-30T09:00:00.000Z' }), 422, '/occurredAt'],
  ['the year 12026', json({ ...callback, occurredAt: '+012026-02-01T09:00:00.000Z' }), 422, '/occurredAt'],
  ['tomorrow', json({ ...callback, occurredAt: '2026-03-03T09:00:00.000Z' }), 422, '/occurredAt'],
  ['an instant without milliseconds', json({ ...callback, occurredAt: '2026-02-01T09:00:00Z' }), 422, '/occurredAt'],
  ['another content type', { ...json(callback), headers: { 'content-type': 'text/plain' } }, 415],
  ['a form, as any page may send one', { path: '/v1/customers', body: 'name=Mrs+Li', headers: form }, 415],
  ['no content type', { ...json(callback), headers: { 'content-type': '' } }, 415],
  ['too much', json({ ...callback, note: 'x'.repeat(2_000_000) }), 413],
  ['deep nesting', { path: '/v1/callbacks', body: `${'['.repeat(500_000)}${']'.repeat(500_000)}` }, 422, ''],
  ['deep nesting in a field', json({ ...callback, note: nested(40) }), 422, ''],
  ['too many values', json({ ...callback, note: Array(60_000).fill(0) }), 422, ''],
  ['a thousand wrong fields', json(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`f${n}`, 1]))), 422],
  ['an id in the path that is none', { path: '/v1/callbacks/me/complete', body: '{}' }, 422, '/id'],
  ['%zz in the path', { path: '/v1/callbacks/%zz/complete', body: '{}' }, 400],
  ['half a UTF-8 sequence in the path', { path: '/v1/callbacks/%c3/complete', body: '{}' }, 400],
  ['a path nobody has', { path: '/v1/nowhere', body: '{}' }, 404],
  ['a long path', { path: `/v1/callbacks/${'a'.repeat(5000)}/complete`, body: '{}' }, 414],
  ['a long query', { method: 'GET', path: `/v1/callbacks?cursor=${'a'.repeat(5000)}` }, 414],
  ['a long header', { ...json(callback), headers: { 'x-note': 'a'.repeat(20_000) } }, 431],
  ['another origin', { ...json(callback), headers: { origin: 'https://example.org' } }, 403],
  ['an origin that is none', { ...json(callback), headers: { origin: 'null' } }, 403],
  ['a name of another machine', { method: 'GET', path: '/v1/callbacks', headers: { host: 'crm.example.org' } }, 421],
  ['a method nobody has', { method: 'DELETE', path: '/v1/callbacks' }, 404],
  ['a revision that is none', { ...json(callback), headers: { 'if-match': 'W/"x"' } }, 422, '/If-Match'],
  ['a preference beyond ASCII', { ...json(callback), headers: { prefer: 'wait=\u00e9' } }, 422, '/Prefer'],
  ['a purpose without end', { ...json(callback), headers: { purpose: 'a'.repeat(300) } }, 422, '/Purpose'],
  ['an event that no stream has', { method: 'GET', path: timeline, headers: beyond }, 404],
  ['a key with a blank', { ...json(callback), headers: { 'idempotency-key': 'a b' } }, 422, '/Idempotency-Key'],
  ['a limit of none', { method: 'GET', path: '/v1/callbacks?limit=0' }, 422, '/limit'],
  ['a limit that is no number', { method: 'GET', path: '/v1/callbacks?limit=ten' }, 422, '/limit'],
  ['a limit twice', { method: 'GET', path: '/v1/callbacks?limit=1&limit=2' }, 422, '/limit'],
  ['a cursor of one’s own', { method: 'GET', path: '/v1/callbacks?cursor=%27%3B--' }, 422, '/cursor'],
  ['a question nobody asks', { method: 'GET', path: '/v1/callbacks?colour=red' }, 422, '/colour'],
  ['a position beyond 64 bits', { method: 'GET', path: '/v1/callbacks?after=9999999999999999999' }, 422, '/after'],
  ['a position that is none', { method: 'GET', path: '/v1/callbacks?after=soon' }, 422, '/after'],
  ['a phone that is a number', { path: '/v1/customers/search', body: '{"phone":447700900123}' }, 422, '/phone'],
  [
    'a money of fractions',
    {
      path: '/v1/bookings',
      body: JSON.stringify({ lines: [{ code: 'a', kind: 'base', price: { amount: 0.5, currency: 'GBP' } }] }),
    },
    422,
    '/lines/0/price/amount',
  ],
  [
    'a kind that pretends to be text',
    {
      path: `/v1/customers/${requester}/add-contact-point`,
      body: '{"kind":{"toString":"phone","valueOf":1},"value":"+447700900123"}',
    },
    422,
    '/kind',
  ],
  [
    'a phone that is an e-mail',
    { path: `/v1/customers/${requester}/add-contact-point`, body: '{"kind":"phone","value":"a@b.c"}' },
    422,
    '/value',
  ],
];

describe('what does not fit', () => {
  let system: RunningSystem;
  beforeAll(async () => {
    system = await startRunningSystem({ clock: '2026-03-02' });
  });
  afterAll(() => system.stop());

  const send = ({ method = 'POST', path, body, headers = {} }: Sent) =>
    new Promise<{ status: number; type: string; text: string }>((answered, failed) => {
      const options = {
        method,
        path,
        headers: {
          authorization: system.authorization,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      };
      const call = request(system.url, options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () =>
          answered({ status: response.statusCode ?? 0, type: String(response.headers['content-type']), text }),
        );
      });
      call.on('error', failed).end(body);
    });

  it.each(cases)('%s is refused at the door, and nothing is recorded', async (_, sent, status, ...pointers) => {
    const before = await system.session.store.head();
    const answer = await send(sent);
    expect({ status: answer.status, type: answer.type }).toEqual({
      status,
      type: expect.stringContaining('application/problem+json'),
    });
    const problem = JSON.parse(answer.text);
    expect(problem).toMatchObject({ status, code: expect.stringMatching(/^[a-z0-9-]+$/) });
    const found = (problem.errors ?? []).map(({ pointer }: { pointer: string }) => pointer);
    expect([...new Set(found)].sort()).toEqual(expect.arrayContaining(pointers));
    expect(answer.text).not.toMatch(/Mrs Li|447700900123|at .*\.(ts|js):/);
    expect(await system.session.store.head()).toBe(before);
  });
});
