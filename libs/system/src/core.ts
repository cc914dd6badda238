import 'reflect-metadata';
import { type DynamicModule, Inject, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus, QueryHandler } from '@nestjs/cqrs';
import { Decide, DecideHandler, type Receipt, type Wish } from '#application';
import type { Rejection } from '#kernel';
import { SQL, type Sql } from '#postgres';
import { type Asked, followed, type Inquiry, questions, seesCustomer, written } from '#read-models';
import { portsOf, type Session } from './session.js';

type Handler = { execute(question: Inquiry<unknown>): Promise<unknown> };

/**
 * Answers for whoever asks: only of customers they may know of, and in that only what they may see.
 */
const forWhoeverAsks = ({ shape, handler, fields }: Asked): Type => {
  @QueryHandler(shape)
  class ForWhoeverAsks extends (handler as Type<Handler>) {
    @Inject(SQL) private readonly rows!: Sql;

    override async execute(question: Inquiry<unknown>): Promise<unknown> {
      const id: unknown = Reflect.get(question, 'id');
      if (typeof id === 'string' && !(await seesCustomer(this.rows, question.asking, id))) return null;
      return written(await super.execute(question), fields, question.asking.fields);
    }
  }
  return ForWhoeverAsks;
};

/** The buses and what answers on them, whoever stands at the door. */
@Module({})
export class CoreModule {
  static over(ports: readonly Provider[]): DynamicModule {
    const answering = [DecideHandler, ...[...questions, followed].map(forWhoeverAsks), ...ports];
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
  ask: <R>(question: Inquiry<R>) => Promise<R>;
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
