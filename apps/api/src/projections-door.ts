import { Body, Controller, Get, HttpCode, Inject, Param, Post, Req, type Type } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IsCode, IsReference, MayBeAbsent, Texts } from '#domain';
import {
  BeingRebuilt,
  CannotRefold,
  NothingParked,
  type ParkedFact,
  type ProjectionEngine,
  type ViewStatus,
} from '#projections';
import { Door } from './guard.js';
import { isPosition } from './headers.js';
import { fitting, misfit, Problem } from './problem.js';

/** What the desk may ask of the engine, from a process that follows no log. */
export type Engine = Pick<
  ProjectionEngine,
  'kept' | 'status' | 'askForRebuild' | 'cancelRebuild' | 'refold' | 'parked' | 'parkedAt' | 'retry' | 'skip'
>;
export const ENGINE = Symbol('Engine');

/** Why a parked fact is left out for good. */
export class Skipping {
  @IsCode() reason!: string;
}

/** Which row, and under which keys its facts were recorded where those are others. */
export class Refolding {
  @IsReference() key!: string;
  @MayBeAbsent() @Texts(/^[\w.:/-]{1,64}$/, { min: 1 }) recordedIds?: readonly string[];
}

type OfView = Readonly<{ view: string; position?: string }>;
const withoutHold = ({ hold: _, ...fact }: ParkedFact) => fact;

/** The views: how they stand, building them again, and facts they could not fold. */
export const projectionsDoor = (): Type => {
  @Controller({ path: 'projections', version: '1' })
  class ProjectionsDoor {
    constructor(@Inject(ENGINE) private readonly engine: Engine) {}

    @Get()
    @Door('ReadProjections')
    async all() {
      return { items: await this.engine.status() };
    }

    @Get(':view')
    @Door('ReadProjections')
    async one(@Param() { view }: OfView): Promise<ViewStatus> {
      const found = (await this.engine.status()).find((status) => status.view === view);
      if (!found) throw noSuchView;
      return found;
    }

    @Post(':view/rebuild')
    @Door('ManageProjections')
    @HttpCode(202)
    async rebuild(@Param() { view }: OfView) {
      await this.engine.askForRebuild([this.known(view)]);
      return this.one({ view });
    }

    @Post(':view/cancel-rebuild')
    @Door('ManageProjections')
    @HttpCode(202)
    async cancel(@Param() { view }: OfView) {
      await this.engine.cancelRebuild([this.known(view)]).catch(refused);
      return this.one({ view });
    }

    @Post(':view/refold')
    @Door('ManageProjections')
    @HttpCode(200)
    async refold(@Param() { view }: OfView, @Body() said: unknown) {
      const { key, recordedIds } = fitting<Refolding>(said ?? {}, [Refolding]);
      return { view, key, ...(await this.engine.refold(this.known(view), key, recordedIds).catch(refused)) };
    }

    @Get(':view/parked')
    @Door('ReadProjections')
    async parked(@Param() { view }: OfView) {
      return { items: (await this.engine.parked(this.known(view))).map(withoutHold) };
    }

    @Get(':view/parked/:position')
    @Door('ReadProjections')
    async show(@Param() params: OfView) {
      const position = positionIn(params);
      const { facts, waiting } = await this.engine.parkedAt(this.known(params.view), position);
      if (facts.length === 0) throw nothingParked;
      return { items: facts.map(withoutHold), waiting: waiting.map(withoutHold) };
    }

    @Post(':view/parked/:position/retry')
    @Door('ManageProjections')
    @HttpCode(200)
    retry(@Param() params: OfView) {
      return this.engine.retry(this.known(params.view), positionIn(params)).catch(refused);
    }

    @Post(':view/parked/:position/skip')
    @Door('ManageProjections')
    @HttpCode(200)
    skip(@Param() params: OfView, @Body() said: unknown, @Req() { asking: { principal } }: FastifyRequest) {
      const { reason } = fitting<Skipping>(said ?? {}, [Skipping]);
      const by = `${principal.kind}:${principal.id}`;
      return this.engine.skip(this.known(params.view), positionIn(params), reason, by).catch(refused);
    }

    private known(view: string): string {
      if (!this.engine.kept.has(view)) throw noSuchView;
      return view;
    }
  }
  return ProjectionsDoor;
};

const noSuchView = new Problem(404, 'no-such-view');
const nothingParked = new Problem(404, 'nothing-parked');

const refused = (error: unknown): never => {
  if (error instanceof CannotRefold) throw new Problem(409, 'cannot-refold');
  if (error instanceof NothingParked) throw nothingParked;
  if (error instanceof BeingRebuilt) throw new Problem(409, 'being-rebuilt');
  throw error;
};

const positionIn = ({ position = '' }: OfView): bigint => {
  if (isPosition(position)) return BigInt(position);
  throw misfit({ pointer: '/position', detail: 'must be a position in the log' });
};
