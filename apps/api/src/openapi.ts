import { schemaOf } from '#application';
import type { AnySlice } from '#kernel';
import type { Question } from '#read-models';
import { Erasing } from './erasure-door.js';
import { previewRoutes } from './preview-door.js';
import { Refolding, Skipping } from './projections-door.js';
import { type Route, routesOf } from './routes.js';

/** OpenAPI 3.1, from the same lists and classes that make the routes and check what is said. */
export const openApiOf = (slices: readonly AnySlice[], questions: readonly Question[]) => {
  const routes = slices.flatMap(routesOf);
  const paths: Record<string, Record<string, object>> = {};
  const put = (path: string, method: string, operation: object) => {
    paths[path] = { ...paths[path], [method]: operation };
  };
  for (const route of routes) put(pathOf(route.slice.collection, route.path), 'post', saying(route));
  for (const route of previewRoutes) put(pathOf(route.slice.collection, route.path), 'post', previewing(route));
  for (const question of questions)
    put(pathOf(question.path), (question.method ?? 'GET').toLowerCase(), asking(question));
  put('/v1/customers/{id}/erase', 'post', erasing);
  for (const [path, method, name, about] of engine) put(`/v1/projections${path}`, method, managing(path, name, about));
  put('/v1/catalogue', 'get', telling('ListEvents', 'Every event there is, in short'));
  put(
    '/v1/catalogue/{type}',
    'get',
    telling('ShowEvent', 'One event: its fields, an example, its JSON Schema', ['type']),
  );
  for (const [path, method, name, about] of reacting) put(`/v1/reactions${path}`, method, managing(path, name, about));
  const schemas = Object.fromEntries([
    ...routes.map(({ type, body }) => [type, schemaOf(...body)]),
    ['ErasePersonalData', schemaOf(Erasing)],
    ['RefoldRow', schemaOf(Refolding)],
    ['SkipParked', schemaOf(Skipping)],
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'Touchline', version: '1' },
    paths,
    components: { schemas, securitySchemes },
    security: [{ token: [] }],
  };
};

const pathOf = (...parts: readonly string[]) => ['/v1', ...parts.filter(Boolean)].join('/').replace(/:(\w+)/g, '{$1}');

const saying = ({ slice, type, path, opens }: Route) => ({
  operationId: path ? `${type}_${path.replace(':id/', '')}` : type,
  summary: type,
  tags: [slice.collection],
  parameters: [...(opens ? [] : [id]), idempotencyKey, ifMatch, prefer],
  requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${type}` } } } },
  responses: {
    ...(opens && { 201: receipt('Recorded') }),
    200: receipt('Recorded, or so already'),
    ...(!opens && { 404: problem('Nothing was ever opened under this id') }),
    ...barred,
    409: problem('The answer is no: `code` says which; with `still-running` the same key is being answered'),
    412: problem('Somebody was faster'),
    422: problem('It does not fit: `errors` says where; or the key said something else: `idempotency-key-reused`'),
    503: problem('Not in time; asking again is safe'),
  },
});

const previewing = ({ slice, type, path }: Route) => ({
  operationId: `Preview_${path}`,
  summary: `What ${type} would change: nothing is recorded`,
  tags: [slice.collection],
  requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${type}` } } } },
  responses: {
    200: { description: 'Where, from what, to what', content: { 'application/json': { schema: previewSchema } } },
    ...barred,
    409: problem('The answer would be no: `code` says which'),
    422: problem('It does not fit: `errors` says where'),
  },
});

const erasing = {
  operationId: 'ErasePersonalData',
  summary: 'ErasePersonalData',
  description: 'Destroys the key of a person: nothing personal of theirs can ever be read again. There is no way back.',
  tags: ['customers'],
  get parameters() {
    return [id];
  },
  requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/ErasePersonalData' } } } },
  get responses() {
    return { 200: receipt('Forgotten'), 404: problem('Nobody was ever known under this id'), ...barred };
  },
};

const asking = ({ path, shape, method }: Question) => {
  const schema = schemaOf(shape);
  const fields = Object.entries(schema.properties);
  const named = fields.map(([name, rules]) =>
    path.includes(`:${name}`)
      ? { name, in: 'path', required: true, schema: rules }
      : { name, in: 'query', schema: rules },
  );
  const inBody = method === 'POST';
  return {
    operationId: shape.name,
    tags: [path.split('/')[0]],
    parameters: [...(inBody ? [] : named), after, prefer],
    ...(inBody && { requestBody: { content: { 'application/json': { schema } } } }),
    responses: {
      200: { description: 'The answer', content: { 'application/json': { schema: {} } } },
      ...barred,
      404: problem('Never heard of'),
      422: problem('It does not fit: `errors` says where'),
      504: problem('The view has not seen that position in time'),
    },
  };
};

const text = { type: 'string' };
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
const header = (name: string, description: string) => ({ name, in: 'header', description, schema: text });
const idempotencyKey = header(
  'Idempotency-Key',
  'The same key gets the same answer for 30 days, and records nothing twice, for ever',
);
const ifMatch = header('If-Match', 'A revision in quotes: refuse when the stream stands elsewhere');
const prefer = header('Prefer', 'wait=<seconds>, 60 at most');
const after = {
  name: 'after',
  in: 'query',
  description: 'A position that a write answered: wait until it can be read',
  schema: { type: 'string', pattern: '^\\d{1,19}$' },
};
const objectOf = (properties: object) => ({ type: 'object', properties, required: Object.keys(properties) });
const receiptSchema = objectOf({ id: text, revision: text, position: text, events: { type: 'array', items: text } });
const previewSchema = objectOf({
  ref: text,
  effectiveFrom: text,
  changes: { type: 'array', items: { type: 'object', properties: { pointer: text, was: {}, is: {} } } },
  recorded: { const: false },
});
const misfitSchema = { type: 'array', items: objectOf({ pointer: text, detail: text }) };
const problemSchema = {
  type: 'object',
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    code: text,
    details: { type: 'object' },
    errors: misfitSchema,
  },
  required: ['title', 'status', 'code'],
};

const securitySchemes = {
  token: {
    type: 'http',
    scheme: 'bearer',
    description: 'A token (JWT) of the issuer or of this machine, or an API key',
  },
};
const receipt = (description: string) => ({
  description,
  headers: { ETag: { schema: text } },
  content: { 'application/json': { schema: receiptSchema } },
});
const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});
const barred = {
  401: problem('Who are you? A token, an API key or a session is needed'),
  403: problem('None of your roles may'),
};

const telling = (operationId: string, description: string, names: readonly string[] = []) => ({
  operationId,
  description,
  tags: ['catalogue'],
  security: [],
  parameters: names.map((name) => ({ name, in: 'path', required: true, schema: text })),
  responses: {
    200: { description: 'The answer', content: { 'application/json': { schema: {} } } },
    ...(names.length > 0 && { 404: problem('No such event') }),
  },
});

type OfEngine = Readonly<{ description: string; body?: string; status?: number; tag?: string }>;

/** What the desk asks of the engine, by path and name. */
const engine: readonly (readonly [path: string, method: 'get' | 'post', name: string, OfEngine])[] = [
  ['', 'get', 'ListProjections', { description: 'How every view stands' }],
  ['/{view}', 'get', 'ShowProjection', { description: 'How one view stands' }],
  ['/{view}/rebuild', 'post', 'RebuildProjection', { description: 'Fills it afresh, beside the old one', status: 202 }],
  ['/{view}/cancel-rebuild', 'post', 'CancelRebuild', { description: 'Drops what a rebuild has filled', status: 202 }],
  ['/{view}/refold', 'post', 'RefoldRow', { description: 'Folds one row afresh', body: 'RefoldRow' }],
  ['/{view}/parked', 'get', 'ListParked', { description: 'Facts that could not be folded' }],
  ['/{view}/parked/{position}', 'get', 'ShowParked', { description: 'One of them, and what waits behind it' }],
  ['/{view}/parked/{position}/retry', 'post', 'RetryParked', { description: 'Folds it, and what waits behind it' }],
  [
    '/{view}/parked/{position}/skip',
    'post',
    'SkipParked',
    { description: 'Leaves it out for good', body: 'SkipParked' },
  ],
];

/** What the desk asks of the reactions. */
const reacting: typeof engine = [
  ['', 'get', 'ListReactions', { description: 'How every reaction stands', tag: 'reactions' }],
  ['/{reaction}', 'get', 'ShowReaction', { description: 'What one has to do, and did last', tag: 'reactions' }],
  [
    '/{reaction}/actions/{id}/retry',
    'post',
    'RetryAction',
    { description: 'Tries it again, and what waits behind it', status: 202, tag: 'reactions' },
  ],
  [
    '/{reaction}/actions/{id}/skip',
    'post',
    'SkipAction',
    { description: 'Leaves it undone for good', body: 'SkipParked', status: 202, tag: 'reactions' },
  ],
];

const managing = (
  path: string,
  operationId: string,
  { description, body, status = 200, tag = 'projections' }: OfEngine,
) => ({
  operationId,
  description,
  tags: [tag],
  parameters: [...path.matchAll(/{(\w+)}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text })),
  ...(body && {
    requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } } },
  }),
  responses: {
    [status]: { description: 'The answer', content: { 'application/json': { schema: {} } } },
    ...barred,
    404: problem('Nothing of that name, or nothing is parked there'),
    409: problem('The answer is no: `code` says which'),
    422: problem('It does not fit: `errors` says where'),
  },
});
