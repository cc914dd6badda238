import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, Inject, Res, type Type, VERSION_NEUTRAL, Version } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { LOG_IDENTITY, type LogIdentity } from '#application';
import { placeOf } from '#system';
import { Door } from './guard.js';

/** The page for who does not curl: one file, no build. It runs its own script and style, and nothing else. */
export const consoleDoor = (): Type => {
  @Controller()
  class ConsoleDoor {
    constructor(@Inject(LOG_IDENTITY) private readonly log: LogIdentity) {}

    @Get()
    @Version(VERSION_NEUTRAL)
    @Door('Console')
    @Header('content-type', 'text/html; charset=utf-8')
    @Header('cache-control', 'no-cache')
    async show(@Res({ passthrough: true }) reply: FastifyReply) {
      const page = await readFile(placeOf('apps/console/index.html'), 'utf8');
      reply.header('content-security-policy', policyFor(page));
      return page.replace('data-zone="UTC"', `data-zone="${this.log.company.zone}"`);
    }
  }
  return ConsoleDoor;
};

const policyFor = (page: string) =>
  [
    "default-src 'none'",
    `script-src ${hashOf('script', page)}`,
    `style-src ${hashOf('style', page)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

/** The source expression that lets the page's own element of that name run, and no other. */
export const hashOf = (element: string, page: string): string => {
  const [, content] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page) as unknown as readonly [string, string];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
};
