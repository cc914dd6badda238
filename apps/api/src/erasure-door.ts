import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res, type Type } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { IsCode, MayBeAbsent } from '#domain';
import { isRejection } from '#kernel';
import type { Forgetting } from '#system';
import { Door } from './guard.js';
import { OneId } from './headers.js';
import { fitting, refusal } from './problem.js';
import { RowScope } from './row-scope.js';

/** What makes a person unreadable for ever. */
export const FORGETTING = Symbol('Forgetting');

/** What may be said beside it. */
export class Erasing {
  @MayBeAbsent() @IsCode() reason?: string;
}

/** The door for what no other command does: keys are destroyed before anything is recorded. */
export const erasureDoor = (): Type => {
  @Controller({ path: 'customers', version: '1' })
  class ErasureDoor {
    constructor(
      @Inject(FORGETTING) private readonly forgetting: Forgetting,
      @Inject(RowScope) private readonly scope: RowScope,
    ) {}

    @Post(':id/erase')
    @Door('ErasePersonalData')
    @HttpCode(200)
    async erase(
      @Param() params: object,
      @Body() said: unknown,
      @Req() { asking }: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      const { id } = fitting<OneId>(params, [OneId]);
      const { reason } = fitting<Erasing>(said ?? {}, [Erasing]);
      await this.scope.assertTheirs(asking, 'customer', id, {});
      const { kind, id: actor } = asking.principal;
      const by = { kind, id: actor };
      const answer = await this.forgetting.erase(id, { by, ...(reason !== undefined && { reason }) });
      if (isRejection(answer)) throw refusal(answer);
      const { revision, position, events } = answer;
      reply.header('etag', `"${revision}"`);
      return { id, revision: String(revision), position: String(position), events };
    }
  }
  return ErasureDoor;
};
