import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module, type Provider, type ValueProvider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Access } from '#access';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { slices } from '#domain';
import { questions } from '#read-models';
import { CoreModule, type Logger, nestLogger } from '#system';
import { catalogueDoor } from './catalogue-door.js';
import { commandDoor } from './command-door.js';
import { consoleDoor } from './console-door.js';
import { cookieNameOf } from './credentials.js';
import { erasureDoor } from './erasure-door.js';
import { DOOR_RULES, type DoorRules, guardDoor, serverOptions } from './front-door.js';
import { ACCESS, DENIALS, type Denials, type Doorway, guardDoors } from './guard.js';
import { bigintsAsText } from './json.js';
import { machineDoor } from './machine-door.js';
import { openApiOf } from './openapi.js';
import { previewDoor, previewRoutes } from './preview-door.js';
import { ProblemFilter } from './problem.js';
import { projectionsDoor } from './projections-door.js';
import { queryDoor } from './query-door.js';
import { Rates } from './rates.js';
import { reactionsDoor } from './reactions-door.js';
import { routesOf } from './routes.js';
import { RowScope } from './row-scope.js';
import { signInDoor } from './sign-in-door.js';
import { TimelineStream } from './timeline-stream.js';

/** A door for every command and every question. Who stands behind the ports is the caller's choice. */
@Module({})
class ApiModule {
  static over(ports: readonly Provider[]): DynamicModule {
    const doors = [
      ...slices.flatMap(routesOf).map(commandDoor),
      ...previewRoutes.map(previewDoor),
      ...questions.map(queryDoor),
      erasureDoor(),
      projectionsDoor(),
      catalogueDoor(),
      reactionsDoor(),
    ];
    return {
      module: ApiModule,
      imports: [CoreModule.over(ports)],
      controllers: [...doors, machineDoor(openApiOf(slices, questions)), consoleDoor(), signInDoor()],
      providers: [TimelineStream, RowScope],
    };
  }
}

/** The whole front door, ready for `listen` or `inject`. */
export const createApi = async (logger: Logger, ...ports: Provider[]): Promise<NestFastifyApplication> => {
  const rules = rulesAmong(ports);
  const rates = new Rates(rules.rate, rules.failures);
  const adapter = new FastifyAdapter(serverOptions(rules));
  const options = { logger: nestLogger(logger), abortOnError: false, bodyParser: false };
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.over([...ports, { provide: Rates, useValue: rates }]),
    adapter,
    options,
  );
  app.enableVersioning().useGlobalFilters(new ProblemFilter(logger)).enableShutdownHooks([]);
  const server = app.getHttpAdapter().getInstance();
  guardDoor(server, rules, rates);
  server.setReplySerializer((payload) => JSON.stringify(payload, bigintsAsText));
  const { logId } = app.get<LogIdentity>(LOG_IDENTITY);
  doorways.set(
    app,
    guardDoors(server, app.get<Access>(ACCESS), {
      cookie: cookieNameOf(logId),
      denials: app.get<Denials>(DENIALS),
      rates,
    }),
  );
  return app.init();
};

/** Needed before there is a container to ask. */
const rulesAmong = (ports: readonly Provider[]): DoorRules => {
  const found = ports.find((port) => 'provide' in port && port.provide === DOOR_RULES);
  return (found as ValueProvider<DoorRules>).useValue;
};

const doorways = new WeakMap<INestApplication, readonly Doorway[]>();

/** Every route of an API, with the actions it stands for. */
export const doorwaysOf = (app: INestApplication): readonly Doorway[] => doorways.get(app) ?? [];
