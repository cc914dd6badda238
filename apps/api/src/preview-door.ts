import { Body, Controller, HttpCode, Inject, Post, Req, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import {
  CLOCK,
  type Clock,
  EVENT_STORE,
  type EventStore,
  LOG_IDENTITY,
  type LogIdentity,
  newId,
  POLICY_BOOK,
  type PolicyBook,
} from '#application';
import { policy } from '#domain';
import { isRejection } from '#kernel';
import { previewOf } from '#system';
import { Door } from './guard.js';
import { fitting, refusal } from './problem.js';
import { type Route, type Ruling, routesOf } from './routes.js';

/** `publish-calendar` is tried out as `preview-calendar`, by whoever may publish it. */
export const previewRoutes: readonly Route[] = routesOf(policy)
  .filter(({ path }) => path !== '')
  .map((route) => ({ ...route, path: route.path.replace('publish', 'preview') }));

/** The controller that says what publishing a rule would change: where, from what, to what. Nothing is recorded. */
export const previewDoor = ({ slice, type, body, path }: Route): Type => {
  @Controller({ path: slice.collection, version: '1' })
  class PreviewDoor {
    constructor(
      @Inject(EVENT_STORE) private readonly store: EventStore,
      @Inject(POLICY_BOOK) private readonly policies: PolicyBook,
      @Inject(LOG_IDENTITY) private readonly log: LogIdentity,
      @Inject(CLOCK) private readonly clock: Clock,
    ) {}

    @Post(path)
    @Door(type)
    @HttpCode(200)
    async preview(@Body() said: unknown, @Req() { asking: { principal } }: FastifyRequest) {
      const { channel = 'http', ...data } = fitting<Ruling>(said ?? {}, body);
      const commandId = newId();
      const meta = {
        ...{ commandId, correlationId: commandId, causationId: commandId, channel },
        ...{ occurredAt: this.clock.now(), zone: this.log.company.zone },
        actor: { kind: principal.kind, id: principal.id },
      };
      const id = slice.named?.({ type, data }) as string;
      const { store, policies, log } = this;
      const answer = await previewOf({ store, policies, log }, { slice, id, commands: [{ type, data }], meta });
      if (isRejection(answer)) throw refusal(answer);
      const { isNew, ...foreseen } = answer;
      return { ...foreseen, recorded: false };
    }
  }
  return PreviewDoor;
};
