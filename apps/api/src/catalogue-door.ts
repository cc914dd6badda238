import { Controller, Get, Param, type Type } from '@nestjs/common';
import { fieldsIn, readCatalogue } from '#system';
import { Door } from './guard.js';
import { Problem } from './problem.js';

/** What events there are: shapes and meanings, nothing of anybody. */
export const catalogueDoor = (): Type => {
  @Controller({ path: 'catalogue', version: '1' })
  class CatalogueDoor {
    /** All of them in short; `href` leads to the whole of one. */
    @Get()
    @Door('ReadCatalogue')
    async all() {
      const entries = await readCatalogue();
      return {
        items: entries.map(({ type, version, stream, meaning, emittedBy }) => ({
          type,
          version,
          stream,
          meaning,
          emittedBy,
          href: `/v1/catalogue/${type}`,
        })),
      };
    }

    @Get(':type')
    @Door('ReadCatalogue')
    async one(@Param('type') type: string) {
      const entry = (await readCatalogue()).find((known) => known.type === type);
      if (!entry) throw new Problem(404, 'no-such-event');
      return { ...entry, fields: fieldsIn(entry) };
    }
  }
  return CatalogueDoor;
};
