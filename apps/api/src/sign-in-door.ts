import { Body, Controller, Headers, HttpCode, Inject, Post, Res, type Type } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { Access } from '#access';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { cookieNameOf, cookieOf } from './credentials.js';
import { ACCESS, cannotVerify, Door, unauthenticated } from './guard.js';
import { fitting } from './problem.js';

type Said = Readonly<Record<string, string | undefined>>;

class SignIn {
  @IsString() @MaxLength(4096) ticket!: string;
}

/** Turns a one-time ticket into a session of the browser it was opened in, and ends the session. */
export const signInDoor = (): Type => {
  @Controller({ version: '1' })
  class SignInDoor {
    private readonly cookie: string;

    constructor(
      @Inject(ACCESS) private readonly access: Access,
      @Inject(LOG_IDENTITY) log: LogIdentity,
    ) {
      this.cookie = cookieNameOf(log.logId);
    }

    @Post('sign-in')
    @HttpCode(204)
    @Door('SignIn')
    async enter(@Body() said: unknown, @Headers() headers: Said, @Res({ passthrough: true }) reply: FastifyReply) {
      const { ticket } = fitting<SignIn>(said ?? {}, [SignIn]);
      const session = await this.access.redeem(ticket);
      if (session === 'unavailable') throw cannotVerify;
      if (session === 'unauthenticated') throw unauthenticated;
      reply.header('set-cookie', cookieOf(this.cookie, session.cookie, session.seconds, isEncrypted(headers)));
    }

    @Post('sign-out')
    @HttpCode(204)
    @Door('SignIn')
    leave(@Headers() headers: Said, @Res({ passthrough: true }) reply: FastifyReply) {
      reply.header('set-cookie', cookieOf(this.cookie, '', 0, isEncrypted(headers)));
    }
  }
  return SignInDoor;
};

const isEncrypted = ({ origin }: Said): boolean => origin?.startsWith('https:') ?? false;
