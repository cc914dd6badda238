import { Body, Controller, Headers, Inject, Param, Post, Req, Res, type Type } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  CLOCK,
  type Clock,
  Decide,
  idFrom,
  KEY_REUSED,
  LOG_IDENTITY,
  type LogIdentity,
  newId,
  type Wish,
} from '#application';
import { isRejection, laterBy, streamOf } from '#kernel';
import type { Answer } from '#system';
import { ANSWERED_ONCE, type AnsweredOnce } from './answered-once.js';
import { Door } from './guard.js';
import { deadlineIn, OneId, secondsToWait } from './headers.js';
import { fitting, keyReused, misfit, Problem, refusal } from './problem.js';
import type { OpeningEnvelope, Route } from './routes.js';
import { RowScope } from './row-scope.js';

/** A fact may be dated this far ahead of business time: clocks differ. */
const AHEAD_MS = 5 * 60_000;

/** The controller of one command: one named route. */
export const commandDoor = ({ slice, type, body, path, opens }: Route): Type => {
  @Controller({ path: slice.collection, version: '1' })
  class CommandDoor {
    constructor(
      @Inject(CommandBus) private readonly bus: CommandBus,
      @Inject(CLOCK) private readonly clock: Clock,
      @Inject(LOG_IDENTITY) private readonly log: LogIdentity,
      @Inject(ANSWERED_ONCE) private readonly once: AnsweredOnce,
      @Inject(RowScope) private readonly scope: RowScope,
    ) {}

    @Post(path)
    @Door(type)
    async say(
      @Param() params: object,
      @Headers() headers: Readonly<Record<string, string | undefined>>,
      @Body() said: unknown,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      const { id: addressed } = opens ? {} : fitting<OneId>(params, [OneId]);
      const key = idempotencyKey(headers['idempotency-key']);
      const ifRevision = revisionIn(headers['if-match']);
      const { id: chosen, occurredAt, channel = 'http', ...data } = fitting<OpeningEnvelope>(said ?? {}, body);

      await this.scope.assertTheirs(request.asking, slice.category, addressed ?? chosen, data);
      const { principal } = request.asking;
      const commandId = key ? idFrom(this.log.secret, encodeURIComponent(principal.id), request.url, key) : newId();
      const meta = {
        commandId,
        correlationId: commandId,
        causationId: commandId,
        occurredAt: this.notAhead(occurredAt),
        zone: this.log.company.zone,
        actor: { kind: principal.kind, id: principal.id },
        channel,
      };
      const wish = {
        slice,
        id: addressed ?? slice.named?.({ type, data }) ?? chosen ?? idFrom(commandId, 'id'),
        commands: [{ type, data }],
        meta,
        ...(ifRevision !== undefined && { ifRevision }),
        signal: deadlineIn(secondsToWait(headers.prefer)),
      };
      const content = { said: said ?? {}, ifMatch: headers['if-match'] };
      const keyed = key ? { principal: principal.id, route: request.url, key, content } : undefined;
      const { status, answer } = await this.once.answer(keyed, () => this.decided(wish));
      if ('code' in answer) throw new Problem(status, answer.code, undefined, {}, answer.details);
      reply.status(status).header('etag', `"${answer.revision}"`);
      return answer;
    }

    private async decided(wish: Wish): Promise<Answer> {
      const answer = await this.bus.execute(new Decide(wish));
      const stream = streamOf(slice, wish.id);
      if (isRejection(answer)) {
        // Not an answer to keep: it would stand in the place of the first one.
        if (answer.rejected === KEY_REUSED) throw keyReused();
        const { status, code, details } = refusal(answer);
        return { status, answer: { code, ...(details && { details }) }, stream };
      }
      const { id, revision, position, events } = answer;
      const receipt = { id, revision: String(revision), position: String(position), events };
      return { status: opens && events.length > 0 ? 201 : 200, answer: receipt, stream };
    }

    private notAhead(occurredAt?: string): string {
      const now = this.clock.now();
      if (occurredAt === undefined || occurredAt <= laterBy(AHEAD_MS, now)) return occurredAt ?? now;
      throw misfit({ pointer: '/occurredAt', detail: 'must not lie in the future' });
    }
  }
  return CommandDoor;
};

const idempotencyKey = (key: string | undefined): string | undefined => {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw misfit({ pointer: '/Idempotency-Key', detail: 'must be 1 to 255 visible ASCII characters' });
};

const revisionIn = (match: string | undefined): bigint | undefined => {
  if (match === undefined) return undefined;
  const [, revision] = /^"(\d{1,18})"$/.exec(match) ?? [];
  if (revision) return BigInt(revision);
  throw misfit({ pointer: '/If-Match', detail: 'must be a revision in quotes, like "3"' });
};
