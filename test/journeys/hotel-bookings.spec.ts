import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { BuiltCli } from '../cli/built-cli.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const SAMPLE = 'samples/hotel-bookings/hotel_bookings.csv';
const DAY = '2017-02-05';
const ROWS = 90;

describe('hotel bookings in the stores of a company that reckons in yuan', () => {
  jest.setTimeout(180_000);
  let system: RunningSystem;
  let cli: BuiltCli;
  const folder = mkdtempSync(join(tmpdir(), 'touchline-hotel-'));
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const excerpt = readFileSync(SAMPLE, 'utf8')
    .split('\n')
    .slice(0, ROWS + 1);
  const file = write('excerpt.csv', `${excerpt.join('\n')}\n`);
  const rows = parse(`${excerpt.join('\n')}\n`, { columns: true }) as Readonly<Record<string, string>>[];
  const isNobody = ({ agent, company }: (typeof rows)[number]) => agent === 'NULL' && company === 'NULL';
  const cents = rows.map((row) => {
    const nights = Number(row.stays_in_weekend_nights) + Number(row.stays_in_week_nights);
    return Math.round(Number(row.adr) * 100) * nights;
  });

  beforeAll(async () => {
    system = await startRunningSystem({ clock: DAY, zone: 'Europe/Lisbon', currency: 'CNY' });
    const { stores, settings } = system.session;
    const standing = { TOUCHLINE_CLOCK: DAY, TOUCHLINE_ZONE: 'Europe/Lisbon', TOUCHLINE_CURRENCY: 'CNY' };
    const where = { EVENTSTORE_URL: stores.eventStoreUrl, DATABASE_URL: stores.databaseUrl, ...standing };
    cli = new BuiltCli(settings.data, where, 100_000);
  });
  afterAll(async () => {
    await system?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const imported = async (...more: readonly string[]) => {
    const { code, out, err } = await cli.run('import', file, '--as', 'hotel-bookings', '--json', ...more);
    return { code, err, ...(out ? JSON.parse(out) : {}) };
  };
  const rate = (text: string) => write('rate.yaml', `rate: ${text}\n`);
  const publish = async (text: string, ...more: readonly string[]) => {
    const said = await cli.run('policies', 'publish', 'fx', 'EUR', rate(text), ...more, '--json');
    return { code: said.code, err: said.err, ...(said.out ? JSON.parse(said.out) : {}) };
  };
  const head = () => system.session.store.head();

  it('a file that is none of them is told so, and nothing begins', async () => {
    const before = await head();
    const other = await cli.run('import', 'samples/online-retail/online_retail_invoices.csv', '--as', 'hotel-bookings');
    expect([other.code, other.err]).toEqual([2, expect.stringMatching(/lacks the column \w+\. It has: InvoiceNo,/)]);
    expect(await head()).toBe(before);
  });

  it('without a rate stop before the first row', async () => {
    const before = await head();
    expect(await imported()).toMatchObject({
      code: 2,
      err: expect.stringContaining('touchline policies publish fx EUR <file>'),
    });
    expect(await head()).toBe(before);
  });

  it('take no rate that is a number, and none of the company’s own currency', async () => {
    const before = await head();
    expect(await publish('7.8')).toMatchObject({
      ...{ code: 'misfit', errors: [{ pointer: '/body/rate' }] },
      err: expect.stringContaining('a decimal text above zero like "7.8215"'),
    });
    const own = await cli.run('policies', 'publish', 'fx', 'CNY', rate('"1"'), '--lang', 'zh');
    expect([own.code, own.err]).toEqual([1, '公司即以该币种记账：汇率须为其他币种。（rate-of-own-currency）\n']);
    expect(await head()).toBe(before);
  });

  it('with a rate of today alone are rejected row by row: theirs are days of long ago', async () => {
    expect(await publish('"7.4"')).toMatchObject({ ref: 'fx.EUR@1', recorded: true });
    expect(await imported()).toMatchObject({ code: 1, read: ROWS, recorded: 0, rejected: ROWS });
    expect(readFileSync(`${file}.rejected.csv`, 'utf8')).toContain('refused: no-exchange-rate');
    await system.engine.settled();
    expect((await system.api.get('/v1/bookings')).body.items).toEqual([]);
  });

  it('with a rate of then are recorded, each as a booking in euros, worth so many yuan', async () => {
    const since = ['--corrects', '1', '--reason', 'rate_of_then', '--from', '2013-01-01T00:00:00.000Z'];
    expect(await publish('"7.4"', ...since)).toMatchObject({ ref: 'fx.EUR@2', recorded: true });
    expect(await imported()).toMatchObject({ code: 0, read: ROWS, recorded: ROWS, already: 0, rejected: 0 });
    await system.engine.settled();
    const bookings = await system.session.sql<{ currency: string; bookings: bigint; total: bigint }>(
      `select total->>'currency' as currency, count(*) as bookings, sum((total->>'amount')::bigint)::bigint as total
       from bookings group by 1`,
    );
    const total = BigInt(cents.reduce((sum, one) => sum + one, 0));
    expect(bookings).toEqual([{ currency: 'EUR', bookings: BigInt(ROWS), total }]);
    const { items } = (await system.api.get('/v1/bookings?limit=1')).body;
    expect(items).toHaveLength(1);
    for await (const fact of system.session.store.read(`booking-${items[0].id}`))
      if (fact.type === 'BookingPlaced')
        expect(fact).toMatchObject({
          data: { total: { currency: 'EUR' }, inBase: { currency: 'CNY', rate: '7.4' } },
          meta: { backfill: true },
          policyRef: { fx: 'fx.EUR@2' },
        });
  });

  it('belong to agents and companies, and where there is neither to nobody', async () => {
    const nobodys = await system.session.sql<{ count: bigint }>(
      'select count(*) as count from bookings where booker is null',
    );
    expect(Number(nobodys[0]?.count)).toBe(rows.filter(isNobody).length);
    expect(rows.filter(isNobody).length).toBeGreaterThan(0);
    const { items } = (await system.api.get('/v1/customers?limit=200')).body;
    const known = new Set(
      rows.flatMap(({ agent, company }) => [
        agent !== 'NULL' && `agent-${agent}`,
        company !== 'NULL' && `company-${company}`,
      ]),
    );
    known.delete(false);
    expect(items).toHaveLength(known.size);
    expect(items.every(({ kind }: { kind: string }) => kind === 'organization')).toBe(true);
  });

  it('imported again add no event', async () => {
    const before = await head();
    expect(await imported()).toMatchObject({ code: 0, read: ROWS, recorded: 0, already: ROWS, rejected: 0, facts: 0 });
    expect(await head()).toBe(before);
  });

  it('equal a rebuild', async () => {
    const rebuilt = await system.engine.rebuild([...system.engine.kept.keys()]);
    expect(rebuilt.map(({ view, differences }) => [view, differences])).toEqual(rebuilt.map(({ view }) => [view, 0n]));
  });
});
