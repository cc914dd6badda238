import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Asking } from '#access';
import { schemaOf } from '#application';
import type { Question } from '#read-models';
import { Door } from './guard.js';
import { isPosition, languageIn, secondsToWait } from './headers.js';
import { fitting, misfit, Problem } from './problem.js';
import { TIMELINE_PATH, TimelineStream } from './timeline-stream.js';
import { LOCALE, VIEW_GATE, type ViewGate } from './view-gate.js';

type Asked = Readonly<{ asking: Asking; fields: Record<string, unknown>; after: bigint | undefined }>;
type Said = Readonly<Record<string, string | undefined>>;

/** The controller of one question: path, query string and body fill its fields; `after` waits for what was just written. */
export const queryDoor = ({ path, shape, action = shape.name, view, besides = [], method = 'GET' }: Question): Type => {
  const { properties } = schemaOf(shape);
  const isNumber = (name: string) =>
    ['integer', 'number'].includes(String(Reflect.get(properties[name] ?? {}, 'type')));

  @Controller({ path, version: '1' })
  class QueryDoor {
    constructor(
      @Inject(QueryBus) private readonly bus: QueryBus,
      @Inject(VIEW_GATE) private readonly gate: ViewGate,
      @Inject(LOCALE) private readonly locale: string,
      @Inject(TimelineStream) protected readonly timeline: TimelineStream,
    ) {}

    async answer({ asking, fields, after }: Asked, headers: Said) {
      const named = {
        ...('lang' in properties && { lang: languageIn(headers['accept-language'], this.locale) }),
        ...fields,
      };
      const question = Object.assign(new shape(asking), fitting(named, [shape]));
      const seconds = secondsToWait(headers.prefer);
      if (after !== undefined) await this.seen(after, seconds * 1000);
      const found: unknown = await this.bus.execute(question);
      if (found === null) throw new Problem(404, 'never-opened');
      return found;
    }

    private async seen(position: bigint, milliseconds: number): Promise<void> {
      const seen = await Promise.all([view, ...besides].map((one) => this.gate.seen(one, position, milliseconds)));
      if (!seen.every(Boolean)) throw new Problem(504, 'view-behind', undefined, { 'retry-after': '1' });
    }
  }

  if (method === 'POST') {
    @Controller({ path, version: '1' })
    class BodyDoor extends QueryDoor {
      @Post()
      @HttpCode(200)
      @Door(action)
      ask(
        @Body() said: unknown,
        @Query() { after }: Said,
        @Headers() headers: Said,
        @Req() { asking }: FastifyRequest,
      ) {
        return this.answer({ asking, fields: { ...Object(said ?? {}) }, after: positionIn(after) }, headers);
      }
    }
    return BodyDoor;
  }

  const follows = path === TIMELINE_PATH;
  @Controller({ path, version: '1' })
  class PathDoor extends QueryDoor {
    @Get()
    @Door(action, follows ? 'FollowTimeline' : undefined)
    async ask(
      @Param() params: Said,
      @Query() { after, ...asked }: Said,
      @Headers() headers: Said,
      @Res() reply: FastifyReply,
    ) {
      const texts = Object.entries({ ...asked, ...params });
      const fields = Object.fromEntries(texts.map(([name, text]) => [name, isNumber(name) ? numberIn(text) : text]));
      const { asking } = reply.request;
      const found = await this.answer({ asking, fields, after: positionIn(after) }, headers);
      if (follows && headers.accept?.includes('text/event-stream')) return this.timeline.follow(fields, headers, reply);
      return reply.send(found);
    }
  }
  return PathDoor;
};

/** A text that is no number stays a text, for the question's own rules to refuse. */
const numberIn = (text: unknown) =>
  typeof text === 'string' && /^-?\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : text;

const positionIn = (after: unknown): bigint | undefined => {
  if (after === undefined) return undefined;
  if (typeof after === 'string' && isPosition(after)) return BigInt(after);
  throw misfit({ pointer: '/after', detail: 'must be a position, as an answer to a write gave it' });
};
