import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DayClosed } from '#domain';
import { dayNumber, dayText, defineProjection, type Event, type Recorded } from '#kernel';
import { poolOver, sqlOver, startPostgres, type Table } from '#postgres';
import { type Log, type LogEntry, ProjectionEngine, type View } from '#projections';
import { Deadlines, type Saying } from '#system';
import { someMeta } from '#testing';
import { allowance, medianOf, type Result } from './protocol.js';

const DUE = 10_000;
const MANY = 1_000_000;
const RUNS = 7;
const DURABILITY = 'PostgreSQL with fsync and synchronous_commit on';
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

type Thing = Readonly<{ id: string; at: string | null; turns: number; nextChangeOn: string | null }>;
type Today = Readonly<{ closed: string | null }>;

/** Things of which some are due every day, and each may promise something. */
const thingsCalled = (name: string): View => ({
  table: {
    name,
    key: ['id'],
    columns: {
      id: 'uuid',
      at: { type: 'timestamptz', nullable: true },
      turns: 'integer',
      nextChangeOn: { type: 'date', nullable: true },
    },
    indexes: [['nextChangeOn']],
  } satisfies Table<Thing> as never,
  projection: defineProjection<Thing, Event, Today>({
    name,
    version: 1,
    hears: ['NothingOfTheKind'],
    keys: () => [],
    fold: (row) => row,
    context: {
      initial: { closed: null },
      hears: ['DayClosed'],
      fold: (_, { data }) => ({ closed: (data as DayClosed).date }),
      today: ({ closed }) => closed && dayText(dayNumber(closed) + 1),
    },
    advance: (row, today) => ({
      ...row,
      turns: dayNumber(today),
      nextChangeOn: row.nextChangeOn && dayText(dayNumber(today) + 1),
    }),
    deadline: {
      at: 'at',
      says: ({ id }) => ({ category: 'callback', id, command: { type: 'MarkCallbackMissed', data: {} } }),
    },
  }),
});

/** Days that close. */
class Days implements Log {
  readonly #days: Recorded[] = [];
  #ring: () => void = () => undefined;

  close(date: string): void {
    const position = BigInt(this.#days.length + 1) * 100n;
    const fact = { type: 'DayClosed', data: { date, zone: 'UTC' }, meta: someMeta, id: date, customers: [] };
    this.#days.push({
      ...fact,
      stream: 'clock-company',
      revision: position / 100n,
      position,
      recordedAt: someMeta.occurredAt,
    });
    this.#ring();
  }

  async head() {
    return this.#days.at(-1)?.position ?? null;
  }

  async *follow({ after, signal }: { after: bigint | null; signal: AbortSignal }): AsyncGenerator<LogEntry> {
    let next = this.#days.findIndex(({ position }) => after === null || position > after);
    if (next < 0) next = this.#days.length;
    while (!signal.aborted) {
      for (; next < this.#days.length; next += 1) {
        yield { kind: 'fact', fact: this.#days[next] as Recorded, bytes: 600 };
      }
      await new Promise<void>((resolve) => {
        this.#ring = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async *read(): AsyncGenerator<Recorded> {}
}

type Kept = Readonly<{
  view: View;
  sql: ReturnType<typeof sqlOver>;
  days: Days;
  engine: ProjectionEngine;
  end: () => Promise<void>;
}>;

const FIRST = '2026-01-01';

/** A view of so many rows, of which ten thousand are due every day and have promised something that is over. */
const keptOf = async (url: string, name: string, rows: number): Promise<Kept> => {
  const view = thingsCalled(name);
  const pool = poolOver(url);
  const sql = sqlOver(pool);
  const days = new Days();
  const engineOf = () => new ProjectionEngine({ log: days, pool, views: [view], logger: quiet });
  const first = engineOf();
  days.close(dayText(dayNumber(FIRST) - 1));
  await first.start();
  await first.settled();
  await first.stop();
  await sql(
    `insert into "${name}" select gen_random_uuid(),
       case when n % $1 = 0 then timestamptz '2026-01-01' - n * interval '1 ms' when n % 2 = 1 then timestamptz '2030-01-01' + n * interval '1 s' end,
       0, case when n % $1 = 0 then date '${FIRST}' + 1 end
     from generate_series(0, $2::integer - 1) n`,
    [rows / DUE, rows],
  );
  await sql(`vacuum analyze "${name}"`);
  const engine = engineOf();
  await engine.start();
  await engine.settled();
  const end = async () => {
    await engine.stop();
    await pool.end();
  };
  return { view, sql, days, engine, end };
};

/** Seconds of one scan that finds all that is due and turns it into commands; nothing comes of them. */
const scanned = async ({ sql, view }: Kept): Promise<number> => {
  let asked = 0;
  const saying = {
    ...{ sql, logger: quiet, clock: { now: () => '2026-06-01T00:00:00.000Z' }, secrets: {} },
    store: { head: async () => null },
    log: { secret: Buffer.alloc(32), company: { zone: 'UTC' } },
    decide: async () => {
      asked += 1;
      return { id: '', revision: 0n, position: 0n, events: [] };
    },
  };
  const from = performance.now();
  await new Deadlines(saying as unknown as Saying, () => [view]).round();
  if (asked !== DUE) throw new Error(`${asked} of ${DUE} were said`);
  return (performance.now() - from) / 1000;
};

/** Seconds from the close of a day until the rows are derived for the next. */
const dayOf =
  (day: number) =>
  async ({ days, engine, sql, view }: Kept): Promise<number> => {
    const date = dayText(dayNumber(FIRST) + day);
    const from = performance.now();
    days.close(date);
    await engine.settled();
    const seconds = (performance.now() - from) / 1000;
    const [{ moved } = { moved: 0n }] = await sql<{ moved: bigint }>(
      `select count(*) as moved from "${view.table.name}" where turns = $1`,
      [dayNumber(date) + 1],
    );
    if (moved !== BigInt(DUE)) throw new Error(`${moved} of ${DUE} rows were moved by ${date}`);
    return seconds;
  };

const costing = async (
  id: string,
  [few, many]: readonly [Kept, Kept],
  measure: (run: number) => (kept: Kept) => Promise<number>,
): Promise<Result> => {
  const ratios: number[] = [];
  const seconds: [number, number][] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const order = run % 2 === 0 ? [few, many] : [many, few];
    const taken = new Map<Kept, number>();
    for (const kept of order) taken.set(kept, await measure(run)(kept));
    const pair = [taken.get(few) as number, taken.get(many) as number] as [number, number];
    if (run > 0) seconds.push(pair);
    if (run > 0) ratios.push(pair[1] / pair[0]);
  }
  const [small, large] = [0, 1].map((side) => medianOf(seconds.map((pair) => pair[side] as number)).toFixed(3));
  const unit = 'of the time that is allowed (times that of as many due among few)';
  const result = allowance({ id, floor: 2, goal: 1.2, unit, durability: DURABILITY }, ratios, 'middle');
  return { ...result, notes: `${result.notes}; ${DUE} due: ${large} s among ${MANY}, ${small} s among ${DUE}` };
};

/** What time costs: what is due, however much there is. */
export const timeBenches = async (ids: readonly string[]): Promise<readonly Result[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'touchline-bench-'));
  await chmod(folder, 0o711);
  const postgres = await startPostgres({ folder: join(folder, 'postgres') });
  try {
    const kept = [await keptOf(postgres.url, 'few', DUE), await keptOf(postgres.url, 'many', MANY)] as const;
    const results: Result[] = [];
    if (ids.includes('deadlines')) results.push(await costing('deadlines', kept, () => scanned));
    if (ids.includes('days')) results.push(await costing('days', kept, (run) => dayOf(run + 1)));
    for (const one of kept) await one.end();
    return results;
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
