import { readFile } from 'node:fs/promises';
import { Controller, Get, Header, type Type, VERSION_NEUTRAL, Version } from '@nestjs/common';
import { placeOf } from '#system';

/** The page for who does not curl: one file, no build. */
export const consoleDoor = (): Type => {
  @Controller()
  class ConsoleDoor {
    @Get()
    @Version(VERSION_NEUTRAL)
    @Header('content-type', 'text/html; charset=utf-8')
    @Header(
      'content-security-policy',
      "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'",
    )
    show() {
      return readFile(placeOf('apps/console/index.html'), 'utf8');
    }
  }
  return ConsoleDoor;
};
