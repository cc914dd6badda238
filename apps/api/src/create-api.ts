import 'reflect-metadata';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { slices } from '#domain';
import { questions } from '#read-models';
import { CoreModule, type Logger } from '#system';
import { commandDoor } from './command-door.js';
import { consoleDoor } from './console-door.js';
import { bigintsAsText } from './json.js';
import { machineDoor } from './machine-door.js';
import { openApiOf } from './openapi.js';
import { ProblemFilter, problemIn, sendProblem } from './problem.js';
import { queryDoor } from './query-door.js';
import { routesOf } from './routes.js';
import { TimelineStream } from './timeline-stream.js';

const BODY_LIMIT = 1_048_576;

/** A door for every command and every question. Who stands behind the ports is the caller's choice. */
@Module({})
class ApiModule {
  static over(ports: readonly Provider[]): DynamicModule {
    const doors = [...slices.flatMap(routesOf).map(commandDoor), ...questions.map(queryDoor)];
    return {
      module: ApiModule,
      imports: [CoreModule.over(ports)],
      controllers: [...doors, machineDoor(openApiOf(slices, questions)), consoleDoor()],
      providers: [TimelineStream],
    };
  }
}

/** The whole front door, ready for `listen` or `inject`. */
export const createApi = async (logger: Logger, ...ports: Provider[]): Promise<NestFastifyApplication> => {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // What never reaches a route, such as `%zz` in a path, is answered like everything else.
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) => {
      sendProblem(reply, problemIn(error));
    },
  });
  const options = { logger: ['error' as const, 'warn' as const], abortOnError: false };
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.over(ports), adapter, options);
  app.enableVersioning().useGlobalFilters(new ProblemFilter(logger)).enableShutdownHooks([]);
  app
    .getHttpAdapter()
    .getInstance()
    .setReplySerializer((payload) => JSON.stringify(payload, bigintsAsText));
  return app.init();
};
