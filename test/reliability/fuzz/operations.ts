/** What the fuzzer reads of JSON Schema: as much as our own documents hold. */
export type Schema = Readonly<{
  type?: string;
  enum?: readonly string[];
  examples?: readonly string[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  $ref?: string;
}>;
type Parameter = Readonly<{ name: string; in: 'path' | 'query' | 'header'; schema: Schema }>;

/** One method of one path, with what it takes. */
export type Operation = Readonly<{
  name: string;
  method: string;
  path: string;
  query: Readonly<Record<string, Schema>>;
  body: Schema | undefined;
}>;

type Described = Readonly<{
  operationId: string;
  parameters?: readonly Parameter[];
  requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
}>;
type Document = Readonly<{
  paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  components: { schemas: Readonly<Record<string, Schema>> };
}>;

/** Every operation that the API says it has, and those of the machine that it does not tell of. */
export const operationsOf = ({ paths, components }: Document): readonly Operation[] => {
  const told = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [], requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      const inQuery = parameters.filter((parameter) => parameter.in === 'query');
      return {
        name: operationId,
        method: method.toUpperCase(),
        path,
        query: Object.fromEntries(inQuery.map(({ name, schema: rules }) => [name, rules])),
        body: schema?.$ref ? components.schemas[schema.$ref.split('/').at(-1) as string] : schema,
      };
    }),
  );
  return [...told, ...UNTOLD.filter((path) => !(path in paths)).map(untold)];
};

const UNTOLD = ['/', '/docs', '/openapi.json', '/health/live', '/health/ready', '/metrics', '/v1/projections'];
const untold = (path: string): Operation => ({ name: path, method: 'GET', path, query: {}, body: undefined });
