import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SQL, type Sql } from '#postgres';
import { actionsOf, NoSuchAction, readReactions, retryAction, skipAction } from '#system';
import { Door } from './guard.js';
import { fitting, Problem } from './problem.js';
import { Skipping } from './projections-door.js';

type One = Readonly<{ reaction: string; id: string }>;

/** What is done because something happened: how far each has come, what it did last, and what could not be done. */
export const reactionsDoor = (): Type => {
  @Controller({ path: 'reactions', version: '1' })
  class ReactionsDoor {
    constructor(@Inject(SQL) private readonly rows: Sql) {}

    @Get()
    @Door('ReadReactions')
    async all() {
      return { items: await readReactions(this.rows) };
    }

    @Get(':reaction')
    @Door('ReadReactions')
    async one(@Param() { reaction }: Pick<One, 'reaction'>) {
      return { items: await actionsOf(this.rows, reaction).catch(refused) };
    }

    @Post(':reaction/actions/:id/retry')
    @Door('ManageReactions')
    @HttpCode(202)
    async retry(@Param() { reaction, id }: One, @Req() { asking: { principal } }: FastifyRequest) {
      await retryAction(this.rows, { reaction, id, by: `${principal.kind}:${principal.id}` }).catch(refused);
      return { reaction, id };
    }

    @Post(':reaction/actions/:id/skip')
    @Door('ManageReactions')
    @HttpCode(202)
    async skip(
      @Param() { reaction, id }: One,
      @Body() said: unknown,
      @Req() { asking: { principal } }: FastifyRequest,
    ) {
      const { reason } = fitting<Skipping>(said ?? {}, [Skipping]);
      const by = `${principal.kind}:${principal.id}`;
      await skipAction(this.rows, { reaction, id, by }, reason).catch(refused);
      return { reaction, id };
    }
  }
  return ReactionsDoor;
};

const refused = (error: unknown): never => {
  if (error instanceof NoSuchAction) throw new Problem(404, 'no-such-action');
  throw error;
};
