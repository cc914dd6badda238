import { Body, Controller, HttpCode, Inject, Post, Req, Res, type Type } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access } from '#access';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { cookieNameOf, cookieOf, isFromOurPage } from './credentials.js';
import { ACCESS, anotherOrigin, cannotVerify, Door, unauthenticated } from './guard.js';
import { fitting } from './problem.js';

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
    async enter(
      @Body() said: unknown,
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      refuseOtherPages(request);
      const { ticket } = fitting<SignIn>(said ?? {}, [SignIn]);
      const session = await this.access.redeem(ticket);
      if (session === 'unavailable') throw cannotVerify;
      if (session === 'unauthenticated') throw unauthenticated;
      reply.header('set-cookie', cookieOf(this.cookie, session.cookie, session.seconds, request.protocol === 'https'));
    }

    @Post('sign-out')
    @HttpCode(204)
    @Door('SignIn')
    leave(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
      refuseOtherPages(request);
      reply.header('set-cookie', cookieOf(this.cookie, '', 0, request.protocol === 'https'));
    }
  }
  return SignInDoor;
};

/** A page of somebody else's signs nobody in or out. */
const refuseOtherPages = (request: FastifyRequest) => {
  const isPage = request.headers.origin !== undefined || request.headers['sec-fetch-site'] !== undefined;
  if (isPage && !isFromOurPage(request)) throw anotherOrigin;
};
