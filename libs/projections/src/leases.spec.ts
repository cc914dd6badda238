import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { shop, story } from '../test/shop.js';
import type { ProjectionEngine } from './engine.js';
import type { Pool } from './view.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

let url: string;
let log: MemoryLog;
beforeEach(async () => {
  url = await rig.database();
  log = new MemoryLog();
});

const joining = async (pool: Pool = rig.pool(url)): Promise<ProjectionEngine> => {
  const engine = rig.engine(pool, log, shop, { shared: true });
  await engine.start();
  return engine;
};
const keptBy = (engine: ProjectionEngine): readonly string[] =>
  [...engine.kept].flatMap(([name, { state }]) => (state === 'running' ? [name] : [])).sort();
const everyView = ['articles', 'facts_by_customer', 'moments', 'visits'];

const fromScratch = async () => {
  const pool = rig.pool(await rig.database());
  const engine = rig.engine(pool, log, shop);
  await engine.start();
  await engine.settled();
  await engine.stop();
  return contentsOf(pool, shop);
};

it('keeps everything as long as nobody else is there', async () => {
  log.append(...story(50, 1));
  const engine = await joining();
  await engine.settled();
  expect(keptBy(engine)).toEqual(everyView);
});

it('takes the views of one whose clock was set back since it was seen', async () => {
  const pool = rig.pool(url);
  const first = await joining(pool);
  await first.settled();
  await first.stop();
  const frozen = await pool.connect();
  try {
    await frozen.query(`with one as (insert into projection_projectors (projector, backend, backend_start, seen_at)
      select gen_random_uuid(), pid, backend_start, now() + interval '1 hour' from pg_stat_activity
      where pid = pg_backend_pid() returning projector)
      insert into projection_leases (view, projector)
      select view, projector from one, unnest(array['articles', 'visits']) as view
      on conflict (view) do update set projector = excluded.projector`);
    const engine = await joining(pool);
    await eventually(() => keptBy(engine).length === 4);
  } finally {
    frozen.release(true);
  }
});

it('spreads the views evenly, each kept by one, and takes back those of a process that leaves', async () => {
  log.append(...story(100, 1));
  const [one, other] = [await joining(), await joining()];
  await eventually(() => keptBy(one).length === 2 && keptBy(other).length === 2);
  expect([...keptBy(one), ...keptBy(other)].sort()).toEqual(everyView);
  log.append(...story(100, 2));
  await Promise.all([one.settled(), other.settled()]);
  await one.stop();
  log.append(...story(100, 3));
  await other.settled();
  await eventually(() => keptBy(other).length === 4);
  await other.settled();
  await other.stop();
  expect(await contentsOf(rig.pool(url), shop)).toEqual(await fromScratch());
});

it('takes over within five seconds from a process whose connections die, which stands back when it returns', async () => {
  const dying = rig.pool(url);
  const connect = dying.connect.bind(dying);
  let isDead = false;
  Reflect.set(dying, 'connect', (callback?: (error: Error) => void) => {
    if (!isDead) return callback ? connect(callback as never) : connect();
    const error = new Error('dead');
    return callback ? callback(error) : Promise.reject(error);
  });
  const victim = await joining(dying);
  log.append(...story(100, 1));
  await victim.settled();
  const heir = await joining();
  isDead = true;
  await rig.pool(url).query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid in (select backend from projection_projectors order by seen_at limit 1)`,
  );
  const from = performance.now();
  log.append(...story(100, 2));
  await eventually(() => keptBy(heir).length === 4);
  await heir.settled();
  expect(performance.now() - from).toBeLessThan(5_000);
  isDead = false;
  await eventually(() => keptBy(victim).length === 2 && keptBy(heir).length === 2);
  log.append(...story(100, 3));
  await Promise.all([victim.settled(), heir.settled()]);
  await Promise.all([victim.stop(), heir.stop()]);
  expect(await contentsOf(rig.pool(url), shop)).toEqual(await fromScratch());
});

it('takes over from a process that is frozen, whose late batches the fence keeps out', async () => {
  const frozen = await joining();
  log.append(...story(100, 1));
  await frozen.settled();
  const heir = await joining();
  const pool = rig.pool(url);
  const { rows } = await pool.query('select projector from projection_projectors order by seen_at limit 1');
  const first = [...frozen.kept.keys()].sort();
  await eventually(async () => {
    // It is still there and still writes, but seems to have said nothing for long.
    await pool.query(`update projection_projectors set seen_at = now() - interval '1 minute' where projector = $1`, [
      rows[0].projector,
    ]);
    log.append(...story(3, 2));
    return keptBy(heir).length === first.length;
  });
  log.append(...story(100, 3));
  await Promise.all([frozen.settled(), heir.settled()]);
  await Promise.all([frozen.stop(), heir.stop()]);
  expect(await contentsOf(pool, shop)).toEqual(await fromScratch());
});
