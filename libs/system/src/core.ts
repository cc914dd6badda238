import 'reflect-metadata';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, type Query, QueryBus } from '@nestjs/cqrs';
import { Decide, DecideHandler, type Receipt, type Wish } from '#application';
import type { Rejection } from '#kernel';
import { questions, TimelineAfterHandler } from '#read-models';
import { portsOf, type Session } from './session.js';

/** The buses and what answers on them, whoever stands at the door. */
@Module({})
export class CoreModule {
  static over(ports: readonly Provider[]): DynamicModule {
    const answering = [DecideHandler, TimelineAfterHandler, ...questions.map(({ handler }) => handler), ...ports];
    return {
      module: CoreModule,
      global: true,
      imports: [CqrsModule.forRoot()],
      providers: answering,
      exports: [CqrsModule, ...ports.map(tokenOf)],
    };
  }
}
const tokenOf = (port: Provider) => ('provide' in port ? port.provide : port);

/** The same commands and questions as over HTTP, for who stands inside. */
export type Core = Readonly<{
  decide: (wish: Wish) => Promise<Receipt | Rejection>;
  ask: <R>(question: Query<R>) => Promise<R>;
  close: () => Promise<void>;
}>;

export const openCore = async (session: Session): Promise<Core> => {
  const app = await NestFactory.createApplicationContext(CoreModule.over(portsOf(session)), { logger: ['error'] });
  const [commands, queries] = [app.get(CommandBus), app.get(QueryBus)];
  return {
    decide: (wish) => commands.execute(new Decide(wish)),
    ask: (question) => queries.execute(question),
    close: () => app.close(),
  };
};
