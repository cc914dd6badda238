import { loggerTo, nestLogger } from './logger.js';

const rowOf = {
  severity: 'ERROR',
  code: '23505',
  detail: 'Key (value)=(+8613912345678) already exists.',
  where: 'COPY customer_search, line 1: "Li Wei"',
  internalQuery: "select 'Li Wei'",
  table: 'customer_search',
  constraint: 'customer_search_pkey',
  routine: '_bt_check_unique',
  parameters: ['Li Wei'],
};
const ofDatabase = () => Object.assign(new Error('invalid input syntax for type uuid: "Li Wei"'), rowOf);

describe('the log', () => {
  let lines: string;
  const write = (line: string) => {
    lines += line;
  };
  const logger = loggerTo({ write }, 'test', 'info');
  beforeEach(() => {
    lines = '';
  });

  it('says of a database error what failed, and nothing of the row', () => {
    logger.error({ err: ofDatabase() }, 'a request failed');
    logger.warn({ error: String(ofDatabase()) }, 'views fall back');
    logger.fatal({ err: new Error('the row', { cause: ofDatabase() }) });
    nestLogger(logger).error(ofDatabase());
    logger.error(ofDatabase());
    expect(lines).not.toMatch(/Li Wei|13912345678/);
    expect(lines.split('PostgreSQL 23505 _bt_check_unique customer_search customer_search_pkey')).toHaveLength(7);
  });

  it('says of any other error where it arose, and quotes no value', () => {
    try {
      JSON.parse('{"name":"Li Wei"}}');
    } catch (err) {
      logger.error({ err });
    }
    expect(lines).not.toContain('Li Wei');
    expect(JSON.parse(lines).err).toMatchObject({
      type: 'SyntaxError',
      stack: expect.stringContaining('log-lines.spec'),
    });
  });

  it('holds no password and no token', () => {
    const url = 'postgres://touchline:hunter2@db.example.org/touchline';
    const headers = { authorization: 'Bearer hunter2', cookie: 'session=hunter2' };
    logger.info({ headers, request: { headers }, password: 'hunter2', set: { token: 'hunter2' } }, `to ${url}`);
    logger.error({ err: new Error(`no answer from ${url} with Basic hunter2`), DATABASE_URL: url, error: url });
    logger.info('signed in with eyJhbGciOiJub25lIn0.eyJodW50ZXIyIjoxfQ.hunter2');
    expect(lines).not.toContain('hunter2');
    expect(lines).toContain('postgres://…@db.example.org/touchline');
  });
});
