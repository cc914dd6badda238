import { Controller, Get, Header, Inject, Res, type Type, VERSION_NEUTRAL, Version } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { ViewStatus } from '#projections';
import type { ReactionStatus } from '#system';
import { hashOf } from './console-door.js';
import { Door } from './guard.js';
import { Metrics } from './metrics.js';
import { Problem } from './problem.js';

/** What the machine is asked about itself: how views and reactions stand, and whether both stores answer. */
export interface Condition {
  views(): Promise<readonly ViewStatus[]>;
  reactions(): Promise<readonly ReactionStatus[]>;
  /** Names what does not answer; none: all is well. */
  missing(): Promise<readonly string[]>;
}
export const CONDITION = Symbol('Condition');

/** Rows older than that are no answer. */
const READY_LAG_SECONDS = 60;

/** What keeps a view from being answered from, if anything does: that it stopped, has no keeper, or is far behind. */
const obstacleOf = ({ state, stoppedAt, isAlive, lagSeconds }: ViewStatus): string | undefined => {
  if (stoppedAt) return 'has stopped';
  if (!isAlive) return 'is kept by nobody';
  // Until a new version is there the old rows are served, however long that takes.
  if (state !== 'rebuilding' && lagSeconds > READY_LAG_SECONDS) return 'is behind';
  return undefined;
};

/** Health, metrics, and the API's own description. */
export const machineDoor = (document: object): Type => {
  const page = pageOf(document as Document);
  @Controller()
  class MachineDoor {
    private readonly metrics = new Metrics();

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
      if (missing.length > 0) throw notReady(`no-answer-from-${missing.join('-and-')}`);
      const views = await this.condition.views();
      if (views.length === 0) throw notReady('no-views-yet');
      const obstacles = views.flatMap((status) => {
        const detail = obstacleOf(status);
        return detail ? [{ pointer: `/${status.view}`, detail }] : [];
      });
      if (obstacles.length > 0) throw notReady('views-not-ready', obstacles);
      return { status: 'ready' };
    }

    @Get('metrics')
    @Door('ReadMetrics')
    @Version(VERSION_NEUTRAL)
    async measure(@Res() reply: FastifyReply) {
      const missing = await this.condition.missing();
      const { condition, metrics } = this;
      const isThere = !missing.includes('postgres');
      const [views, reactions] = isThere ? await Promise.all([condition.views(), condition.reactions()]) : [[], []];
      return reply.type(metrics.contentType).send(await metrics.text(views, reactions, missing));
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

const notReady = (code: string, errors?: Problem['errors']) => new Problem(503, code, errors, { 'retry-after': '1' });

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
