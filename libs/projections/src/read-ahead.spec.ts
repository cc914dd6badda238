import { setImmediate as turn } from 'node:timers/promises';
import { TRAP, trapFor } from '../test/batches.js';
import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { shop, story, visits } from '../test/shop.js';
import type { Pool, View } from './view.js';

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

/** A pool that says only when it is told to that a statement has left this process. */
const slowToHandOver = (pool: Pool) => {
  let handOver = () => {};
  const told = new Promise<void>((resolve) => {
    handOver = resolve;
  });
  let asked = 0;
  pool.on('connect', (client) => {
    const { stream } = Reflect.get(client, 'connection') as { stream: NodeJS.WritableStream };
    const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
    Reflect.set(stream, 'write', (chunk: unknown, ...rest: unknown[]) => {
      if (chunk !== '') return write(chunk, ...rest);
      asked += 1;
      void told.then(() => write(chunk, ...rest));
      return true;
    });
  });
  return { handOver, hasBeenAsked: () => asked > 0 };
};

/** Whoever springs the trap waits until it is let go. */
const hold = async (pool: Pool) => {
  const holder = await pool.connect();
  await holder.query('select pg_advisory_lock($1)', [TRAP]);
  return {
    letGo: async () => {
      await holder.query('select pg_advisory_unlock($1)', [TRAP]);
      holder.release();
    },
  };
};

it('hands a batch over before it folds the next, which it does while that is written', async () => {
  let folded = 0;
  const { fold } = visits.projection;
  const counted: View = {
    ...visits,
    projection: {
      ...visits.projection,
      fold: (...args) => {
        folded += 1;
        return fold(...args);
      },
    },
  };
  const [log, url] = [new MemoryLog(), await rig.database()];
  const [pool, admin] = [rig.pool(url), rig.pool(url)];
  const { handOver, hasBeenAsked } = slowToHandOver(pool);
  const before = rig.engine(admin, log, shop);
  await before.start();
  await before.stop();
  log.append(...story(3_000, 5));
  const trap = await trapFor(admin, ['visits']);
  await trap.set('visits');
  const trapped = await hold(admin);
  const engine = rig.engine(pool, log, [counted, ...shop.slice(1)]);
  try {
    await engine.start();
    await eventually(hasBeenAsked);
    const first = folded;
    expect(first).toBeGreaterThan(500);
    for (let turns = 0; turns < 200; turns += 1) {
      await admin.query('select 1');
      await turn();
    }
    expect(folded).toBe(first);

    handOver();
    await eventually(() => folded > first);
    const { rows } = await admin.query('select count(*)::integer as visits from visits');
    expect(rows).toEqual([{ visits: 0 }]);
  } finally {
    handOver();
    await trap.set(null);
    await trapped.letGo();
  }
  await engine.settled();
  const scratch = rig.pool(await rig.database());
  const other = rig.engine(scratch, log, shop);
  await other.start();
  await other.settled();
  expect(await contentsOf(admin, shop)).toEqual(await contentsOf(scratch, shop));
});
