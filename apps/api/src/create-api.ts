import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import type { Access } from '#access';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { slices } from '#domain';
import { questions } from '#read-models';
import { CoreModule, type Logger } from '#system';
import { commandDoor } from './command-door.js';
import { consoleDoor } from './console-door.js';
import { cookieNameOf } from './credentials.js';
import { ACCESS, type Doorway, guardDoors } from './guard.js';
import { bigintsAsText } from './json.js';
import { machineDoor } from './machine-door.js';
import { openApiOf } from './openapi.js';
import { ProblemFilter, problemIn, sendProblem } from './problem.js';
import { queryDoor } from './query-door.js';
import { routesOf } from './routes.js';
import { signInDoor } from './sign-in-door.js';
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
      controllers: [...doors, machineDoor(openApiOf(slices, questions)), consoleDoor(), signInDoor()],
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
  const fastify = app.getHttpAdapter().getInstance();
  fastify.setReplySerializer((payload) => JSON.stringify(payload, bigintsAsText));
  const { logId } = app.get<LogIdentity>(LOG_IDENTITY);
  doorways.set(app, guardDoors(fastify, app.get<Access>(ACCESS), cookieNameOf(logId)));
  return app.init();
};

const doorways = new WeakMap<INestApplication, readonly Doorway[]>();

/** Every route of an API, with the actions it stands for. */
export const doorwaysOf = (app: INestApplication): readonly Doorway[] => doorways.get(app) ?? [];
