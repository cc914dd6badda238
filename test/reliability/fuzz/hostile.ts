import fc from 'fast-check';
import { MARK, someId } from './fitting.js';

const nested = (depth: number): unknown =>
  depth === 0 ? MARK : depth % 2 ? [nested(depth - 1)] : { a: nested(depth - 1) };
const HALF = String.fromCharCode(0xd800);

/** Values that nothing should be able to do harm with. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  -0.5,
  1e308,
  2 ** 53,
  '',
  '   ',
  MARK,
  `${MARK}\0`,
  `${HALF}${MARK}`,
  MARK.repeat(8000),
  '__proto__',
  '$where',
  `'; drop table customer_profile; -- ${MARK}`,
  `<script>${MARK}</script>`,
  `../../${MARK}`,
  '\u202e\ufeff\uffff',
  '9'.repeat(400),
  '2026-02-30T00:00:00.000Z',
  '0000-01-01T00:00:00.000Z',
  '+275760-09-13T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  [],
  {},
  [[]],
  [{}],
  [null],
  nested(20),
  nested(40),
  Array(600).fill(MARK),
  JSON.parse('{"__proto__":{"a":1}}'),
  JSON.parse('{"constructor":{"prototype":{"a":1}}}'),
  { toString: MARK, valueOf: MARK, toJSON: MARK, then: MARK },
  { length: 1e9, 0: MARK },
];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'then',
  'id',
  '',
  '\0',
  HALF,
  MARK,
  `${MARK}/~`,
  'x'.repeat(1000),
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE) },
  { weight: 1, arbitrary: someId },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

type Change = Readonly<{ place: number; act: 'replace' | 'add' | 'drop'; name: string; value: unknown }>;
const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat({ max: 999 }),
  act: fc.constantFrom('replace', 'add', 'drop'),
  name: fc.constantFrom(...NAMES),
  value: hostileValue,
});

/** A value with one to three things in it changed for the worse. */
export const mutated = (fit: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(fit, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(apply, value));

const apply = (value: unknown, { place, act, name, value: worse }: Change): unknown => {
  const copy: unknown = structuredClone(value);
  const all = placesIn(copy);
  const chosen = all[place % Math.max(1, all.length)];
  if (!chosen) return worse;
  const { holder, key } = chosen;
  if (act === 'drop') Reflect.deleteProperty(holder, key);
  else define(holder, act === 'add' && !Array.isArray(holder) ? name : key, worse);
  return copy;
};

/** As JSON.parse does: a name is a name, whatever it is. */
const define = (holder: object, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

type Place = Readonly<{ holder: object; key: string }>;
const placesIn = (value: unknown): readonly Place[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(Reflect.get(value, key))]);
};

/** Spoils the bytes of a body. */
export const spoiled: fc.Arbitrary<(text: string) => Buffer> = fc.oneof(
  fc.nat({ max: 2000 }).map((at) => (text: string) => Buffer.from(text.slice(0, at % (text.length + 1)))),
  fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 255 })).map(([at, byte]) => (text: string) => {
    const bytes = Buffer.from(text);
    if (bytes.length > 0) bytes[at % bytes.length] = byte;
    return bytes;
  }),
  fc.constantFrom<(text: string) => Buffer>(
    (text) => Buffer.from(`\ufeff${text}`),
    (text) => Buffer.from(text, 'utf16le'),
    (text) => Buffer.concat([Buffer.from(text), Buffer.from([0])]),
    (text) => Buffer.from(text.replace('{', '{"id":1,"id":2,')),
    (text) => Buffer.from(text.replace('{', '{"__proto__":{"a":1},')),
    (text) => Buffer.from(text.replace('{', `{"${MARK}":1,"${MARK}":1,`)),
    (text) => Buffer.concat([Buffer.from([0x22, 0xed, 0xa0, 0x80]), Buffer.from(text)]),
    (text) => Buffer.from(`${text}${text}`),
    (text) => Buffer.from(`[${text}]`),
    (text) => Buffer.from(JSON.stringify(text)),
    () => Buffer.from('null'),
    () => Buffer.from('NaN'),
    () => Buffer.from(MARK),
    () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
    () => Buffer.from('['.repeat(30_000)),
    () => Buffer.from(`[${'0,'.repeat(55_000)}0]`),
    (text) => Buffer.from(`${' '.repeat(100_000)}${text}`),
  ),
);

const huge = Buffer.from(`"${MARK.repeat(120_000)}"`);
/** More than any door takes. Rare: each is a megabyte. */
export const oversized = fc.constant(() => huge);

export const hostileSegment = fc.constantFrom(
  ...['%00', '%zz', '%c3', '%ed%a0%80', '..%2f..', '%2e%2e', '__proto__', 'constructor', '%20', '%F0%9F%98%80'],
  ...['Zx9%20Canary', '%0d%0aX-Zx9Canary:1', 'x'.repeat(300), 'x'.repeat(5000), '-1', '0', 'null', '@id7@@id8@'],
);
export const hostileQuery = fc.constantFrom(
  ...['__proto__=1', '__proto__[a]=1', 'constructor[prototype][a]=1', 'Zx9%20Canary=1', 'limit=1&limit=2', 'limit=1e9'],
  ...[
    'limit=Zx9Canary',
    'limit=-1',
    'limit=%00',
    'cursor=Zx9Canary',
    'cursor=W10',
    'cursor=WzEsMl0',
    'cursor=bnVsbA',
    'a',
  ],
  ...[
    'lang=Zx9Canary',
    'after=Zx9Canary',
    'after=99999999999999999999',
    'after=9999999999999999999',
    'after=-1',
    '&&=&',
    '%zz=%zz',
  ],
  ...[
    'x=%ed%a0%80',
    '__defineGetter__=1',
    `x=${'y'.repeat(5000)}`,
    'order=Zx9Canary',
    'status=Zx9Canary',
    'a.b=1',
    'id=1',
  ],
);
export const hostileHeaders = fc.constantFrom<Readonly<Record<string, string>>>(
  { 'idempotency-key': 'Zx9Canary key' },
  { 'idempotency-key': 'x'.repeat(300) },
  { 'idempotency-key': '\u00ffZx9Canary' },
  { 'if-match': 'Zx9Canary' },
  { 'if-match': '*' },
  { 'if-match': '"999999999999999999"' },
  { 'if-match': '"99999999999999999999"' },
  { prefer: 'wait=Zx9Canary' },
  { prefer: `wait=1, ${'x'.repeat(300)}` },
  { purpose: '\u00e9Zx9Canary' },
  { 'last-event-id': 'Zx9Canary', accept: 'text/event-stream' },
  { 'last-event-id': '9999999999999999999', accept: 'text/event-stream' },
  { 'last-event-id': '0', accept: 'text/event-stream' },
  { 'accept-language': 'Zx9Canary;q=0.5' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=Zx9Canary' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'Zx9Canary' },
  { 'content-encoding': 'gzip' },
  { origin: 'https://Zx9Canary.example.org' },
  { host: 'zx9canary.example.org' },
  { 'x-forwarded-for': 'Zx9Canary', 'x-forwarded-host': 'Zx9Canary' },
  { 'x-http-method-override': 'DELETE' },
  { cookie: `session=${'Zx9Canary'.repeat(100)}` },
  { authorization: 'Bearer Zx9Canary' },
  { 'x-long': 'Zx9Canary'.repeat(2000) },
);
export const hostileMethod = fc.constantFrom('PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND');
