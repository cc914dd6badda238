import fc from 'fast-check';
import { freshId, MARK, ownId, someId, valuesOf } from './fitting.js';
import {
  hostileHeaders,
  hostileMethod,
  hostileQuery,
  hostileSegment,
  hostileValue,
  mutated,
  oversized,
  spoiled,
} from './hostile.js';
import type { Operation, Schema } from './operations.js';

/** A request before ids of what exists are put into it. */
export type Case = Readonly<{
  operation: string;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
}>;
export type Kind = 'fitting' | 'hostile';

/** Requests to one operation: for the most part such as its description allows, or such as nobody should send. */
export const casesFor = (operation: Operation, kind: Kind): fc.Arbitrary<Case> =>
  fc
    .record({
      method: rarely(kind, fc.constant(operation.method), hostileMethod, 40),
      path: pathOf(operation, kind),
      query: queryOf(operation, kind),
      headers: headersOf(kind),
      body: bodyOf(operation, kind),
    })
    .map(({ method, path, query, headers, body }) => ({
      operation: operation.name,
      method,
      path: query ? `${path}?${query}` : path,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      body,
    }));

/** One in so many is of the other sort, where hostile ones are wanted. */
const rarely = <T>(kind: Kind, usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T> =>
  kind === 'fitting' ? usual : fc.oneof({ weight: oneIn - 1, arbitrary: usual }, { weight: 1, arbitrary: other });

const pathOf = ({ path }: Operation, kind: Kind) => {
  if (!path.includes('{id}')) return fc.constant(path);
  const known = fc.oneof({ weight: 12, arbitrary: ownId }, { weight: 2, arbitrary: someId }, freshId);
  const id = rarely(kind, known, hostileSegment, 6);
  return id.map((segment) => path.replace('{id}', segment));
};

const queryOf = ({ query }: Operation, kind: Kind): fc.Arbitrary<string> => {
  const known = Object.entries(query)
    .filter(isGuessable)
    .map(([name, rules]) => [name, asked(name, rules)] as const);
  const fit = fc
    .record(Object.fromEntries(known), { requiredKeys: [] })
    .map((fields) => new URLSearchParams(Object.entries(fields).map(pairOf)).toString());
  return rarely(kind, fit, hostileQuery, 3);
};
const pairOf = ([name, value]: [string, unknown]): [string, string] => [name, String(value)];

/** A cursor can hardly be guessed, and waiting for a position that never comes would take a second each. */
const asked = (name: string, rules: Schema): fc.Arbitrary<unknown> =>
  name === 'after' ? fc.constantFrom('0', '1') : valuesOf(rules);
const isGuessable = ([name]: readonly [string, unknown]) => name !== 'cursor';

const key = fc.uuid().map((text) => `Zx9Canary-${text}`);
const headersOf = (kind: Kind): fc.Arbitrary<Readonly<Record<string, string>>> => {
  const fit = fc.oneof(
    { weight: 6, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: key.map((text) => ({ 'idempotency-key': text })) },
    { weight: 1, arbitrary: fc.nat({ max: 3 }).map((revision) => ({ 'if-match': `"${revision}"` })) },
    { weight: 1, arbitrary: fc.constantFrom({ prefer: 'wait=1' }, { 'accept-language': 'zh' }) },
  );
  return rarely(kind, fit as fc.Arbitrary<Readonly<Record<string, string>>>, hostileHeaders, 4);
};

const bodyOf = ({ body }: Operation, kind: Kind): fc.Arbitrary<Buffer | undefined> => {
  if (!body) return fc.constant(undefined);
  const fit = valuesOf(body);
  if (kind === 'fitting') {
    const wrong = fc.oneof(mutated(fit), hostileValue);
    return fc.oneof({ weight: 4, arbitrary: fit }, { weight: 1, arbitrary: wrong }).map(bytesOf);
  }
  const broken = fc.tuple(fit, spoiled).map(([value, spoil]) => spoil(JSON.stringify(value)));
  return fc.oneof(
    { weight: 60, arbitrary: mutated(fit).map(bytesOf) },
    { weight: 30, arbitrary: broken },
    { weight: 10, arbitrary: hostileValue.map(bytesOf) },
    { weight: 1, arbitrary: oversized.map((make) => make()) },
  );
};

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value) ?? MARK);
