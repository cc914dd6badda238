import { execFileSync } from 'node:child_process';
import { BuiltCli } from '../cli/built-cli.js';
import { type RunningSystem, startRunningSystem } from '../support/running-system.js';

const FILE = 'samples/online-retail/online_retail_invoices.csv';
const DAY = '2011-12-10';

describe('a year of real invoices', () => {
  jest.setTimeout(180_000);
  let system: RunningSystem;
  const counted = JSON.parse(
    execFileSync(process.execPath, ['test/journeys/counted-apart.mjs', FILE, DAY], { encoding: 'utf8' }),
  );

  /** From a process of its own, as it is done: translated by the test compiler it would take three times as long. */
  const importAll = async () => {
    const { stores, settings } = system.session;
    const cli = new BuiltCli(
      settings.data,
      {
        EVENTSTORE_URL: stores.eventStoreUrl,
        DATABASE_URL: stores.databaseUrl,
        TOUCHLINE_CLOCK: DAY,
        TOUCHLINE_ZONE: 'Europe/London',
        TOUCHLINE_CURRENCY: 'GBP',
      },
      170_000,
    );
    const { code, out, err } = await cli.run('import', FILE, '--as', 'online-retail', '--json');
    if (code !== 0) throw new Error(`the import ended with ${code}: ${out}${err}`);
    return JSON.parse(out);
  };
  const rows = <Row>(text: string) => system.session.sql<Row>(text);

  beforeAll(async () => {
    system = await startRunningSystem({ clock: DAY, zone: 'Europe/London', currency: 'GBP' });
  });
  afterAll(() => system.stop());

  it('is known independently', () => {
    expect(counted).toMatchObject({
      customers: 4372,
      completed: 18_536,
      refundOnly: 3_654,
      completedPence: 891_140_790,
      refundedPence: 61_134_209,
      mix: {
        registered: 6,
        expired_lead: 27,
        first_time: 671,
        developing: 985,
        active: 1030,
        loyal: 164,
        at_risk: 585,
        dormant: 608,
        churned: 296,
      },
    });
  });

  it('becomes customers, every invoice a booking', async () => {
    const began = performance.now();
    const summary = await importAll();
    await system.engine.settled();
    const seconds = (performance.now() - began) / 1000;
    process.stdout.write(`${summary.read} invoices imported and readable after ${seconds.toFixed(1)} s (goal 20 s)\n`);
    expect(summary).toMatchObject({ read: 22_190, recorded: 22_190, already: 0, rejected: 0, changed: 0 });

    const bookings = await rows<{ status: string; count: bigint; total: bigint }>(
      `select status, count(*) as count, sum((total->>'amount')::bigint)::bigint as total from bookings group by 1 order by 1`,
    );
    expect(bookings).toEqual([
      { status: 'completed', count: BigInt(counted.completed), total: BigInt(counted.completedPence) },
      { status: 'refund-only', count: BigInt(counted.refundOnly), total: -BigInt(counted.refundedPence) },
    ]);
    const mix = await rows<{ stage: string; count: bigint }>(
      'select stage, count(*) as count from lifecycle group by 1',
    );
    expect(Object.fromEntries(mix.map(({ stage, count }) => [stage, Number(count)]))).toEqual(counted.mix);
  });

  it('explains every score to the point', async () => {
    const scores = await rows<{ score: number; contributions: { points: number; eventIds: string[] }[] }>(
      'select score, contributions from churn_risk',
    );
    expect(scores.length).toBe(counted.customers);
    expect(
      scores.filter(({ score, contributions }) => score !== contributions.reduce((sum, { points }) => sum + points, 0)),
    ).toEqual([]);
  });

  it('imported again adds no event', async () => {
    const before = await system.session.store.head();
    expect(await importAll()).toMatchObject({ read: 22_190, recorded: 0, already: 22_190, rejected: 0, changed: 0 });
    expect(await system.session.store.head()).toBe(before);
  });

  it('moves on while nobody does anything', async () => {
    await system.advance('2012-01-09');
    const later = JSON.parse(
      execFileSync(process.execPath, ['test/journeys/counted-apart.mjs', FILE, '2012-01-09'], { encoding: 'utf8' }),
    );
    const mix = await rows<{ stage: string; count: bigint }>(
      'select stage, count(*) as count from lifecycle group by 1',
    );
    expect(Object.fromEntries(mix.map(({ stage, count }) => [stage, Number(count)]))).toEqual(later.mix);
    expect(later.mix).not.toEqual(counted.mix);
  });

  it('equals a rebuild', async () => {
    const rebuilt = await system.engine.rebuild([...system.engine.kept.keys()]);
    expect(rebuilt.map(({ view, differences }) => [view, differences])).toEqual(rebuilt.map(({ view }) => [view, 0n]));
  });
});
