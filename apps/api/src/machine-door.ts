import { Controller, Get, Header, Inject, type Type, VERSION_NEUTRAL, Version } from '@nestjs/common';
import { hashOf } from './console-door.js';
import { Door } from './guard.js';
import { Problem } from './problem.js';

/** What the machine is asked about itself: the views' state, and whether both stores answer. */
export interface Condition {
  views(): Promise<readonly Readonly<{ view: string; stoppedAt: unknown }>[]>;
  /** Names what does not answer; none: all is well. */
  missing(): Promise<readonly string[]>;
}
export const CONDITION = Symbol('Condition');

/** Health, the state of the views, and the API's own description. */
export const machineDoor = (document: object): Type => {
  const page = pageOf(document as Document);
  @Controller()
  class MachineDoor {
    constructor(@Inject(CONDITION) private readonly condition: Condition) {}

    @Get('health/live')
    @Door('Health')
    @Version(VERSION_NEUTRAL)
    live() {
      return { status: 'live' };
    }

    @Get('health/ready')
    @Door('Health')
    @Version(VERSION_NEUTRAL)
    async ready() {
      const missing = await this.condition.missing();
      if (missing.length === 0) return { status: 'ready' };
      throw new Problem(503, `no-answer-from-${missing.join('-and-')}`, undefined, { 'retry-after': '1' });
    }

    @Get('projections')
    @Door('ReadProjections')
    @Version('1')
    async projections() {
      return { items: await this.condition.views() };
    }

    @Get('openapi.json')
    @Door('ReadOpenApi')
    @Version(VERSION_NEUTRAL)
    describe() {
      return document;
    }

    @Get('docs')
    @Door('ReadOpenApi')
    @Version(VERSION_NEUTRAL)
    @Header('content-type', 'text/html; charset=utf-8')
    @Header('content-security-policy', `default-src 'none'; style-src ${hashOf('style', page)}; frame-ancestors 'none'`)
    read() {
      return page;
    }
  }
  return MachineDoor;
};

type Operation = Readonly<{ summary?: string; operationId: string; responses: object; requestBody?: object }>;
type Document = Readonly<{
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: object };
}>;

/** The description as a page: every route, what it takes, what it answers. */
const pageOf = ({ paths, components: { schemas } }: Document): string => {
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, operationId, responses, requestBody }]) => {
      const schema = requestBody && Reflect.get(schemas, summary ?? '');
      const body = schema
        ? `<details><summary>body</summary><pre>${escaped(JSON.stringify(schema, null, 1))}</pre></details>`
        : '';
      const name = escaped(summary ?? operationId);
      return `<tr><td>${method.toUpperCase()}</td><td><code>${escaped(path)}</code></td><td>${name}${body}</td><td>${Object.keys(responses).join(' ')}</td></tr>`;
    }),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Touchline API</title><style>body{font:15px system-ui;margin:2em auto;max-width:70em;padding:0 1em}td{border-top:1px solid #ddd;padding:.4em;vertical-align:top}</style><h1>Touchline API</h1><p>Machine-readable: <a href="/openapi.json">openapi.json</a></p><table>${rows.join('')}</table></html>`;
};

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
