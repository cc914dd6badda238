import { type Bug, MOMENTS, trapFor, watchBatches } from '../test/batches.js';
import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { shop, story } from '../test/shop.js';
import type { ProjectionEngine } from './engine.js';
import type { Pool } from './view.js';

const PLACES = [...MOMENTS, 'between checkpoint and rows'] as const;
type Place = (typeof PLACES)[number];

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.rest());
afterAll(() => rig.stop());

/** A pool whose connections break at a chosen place of the next batch. */
class Assassin {
  target: Place | null = null;
  kills: Place[] = [];
  #trap: Awaited<ReturnType<typeof trapFor>> | null = null;

  constructor(
    readonly pool: Pool,
    private readonly admin: Pool,
    bug: Bug | null,
  ) {
    watchBatches(pool, {
      bug,
      at: async (moment, client) => {
        if (moment === 'before the statement') await this.#arm();
        if (this.#strikes(moment)) cut(client);
      },
    });
  }

  /** The backend ends itself when the first row is about to be written: the checkpoint has moved in its transaction. */
  async prepare(): Promise<void> {
    this.#trap = await trapFor(this.admin, ['facts_by_customer'], 'pg_terminate_backend(pg_backend_pid())');
  }

  async #arm(): Promise<void> {
    if (!this.#strikes('between checkpoint and rows')) return;
    await this.#trap?.set('facts_by_customer');
    setTimeout(() => void this.#trap?.set(null).catch(() => undefined), 30);
  }

  #strikes(place: Place): boolean {
    if (this.target !== place) return false;
    this.target = null;
    this.kills.push(place);
    return true;
  }
}

const cut = (client: object): never => {
  (Reflect.get(client, 'connection') as { stream: { destroy(): void } }).stream.destroy();
  throw new Error('Connection terminated unexpectedly');
};

/** An engine follows a growing log; whenever its connection has been killed another one takes over for a while. */
const survive = async (kills: number, seed: number, bug: Bug | null = null) => {
  const log = new MemoryLog();
  const url = await rig.database();
  const assassin = new Assassin(rig.pool(url), rig.pool(url), bug);
  const victim = rig.engine(assassin.pool, log, shop);
  const rivals = rig.pool(url);
  watchBatches(rivals, { bug });
  await victim.start();
  await assassin.prepare();
  for (let number = 0; number < kills; number += 1) {
    assassin.target = PLACES[number % PLACES.length] as Place;
    log.append(...story(25, seed * 1000 + number));
    await eventually(async () => {
      if (assassin.kills.length > number) return true;
      log.append({ type: 'Bought', customers: ['p-1'], data: { amount: 1, on: '2024-01-01' }, stream: 'person-p-1' });
      return false;
    });
    const rival = rig.engine(rivals, log, shop);
    await rival.start();
    log.append(...story(25, seed * 2000 + number));
    await settledUnless(bug, rival);
    await rival.stop();
  }
  await settledUnless(bug, victim);
  await victim.stop();
  return { kills: assassin.kills, ...(await compared(url, log)) };
};

/** With a bug a view may have stopped. */
const settledUnless = (bug: Bug | null, engine: ProjectionEngine): Promise<void> =>
  engine.settled().catch((error) => {
    if (bug === null) throw error;
  });

const compared = async (url: string, log: MemoryLog) => {
  const pool = rig.pool(await rig.database());
  const scratch = rig.engine(pool, log, shop);
  await scratch.start();
  await scratch.settled();
  await scratch.stop();
  return { found: await contentsOf(rig.pool(url), shop), expected: await contentsOf(pool, shop) };
};

it('has the same rows as a rebuild after thirty kills in open transactions', async () => {
  const { kills, found, expected } = await survive(32, 1);
  for (const place of PLACES) expect(kills.filter((one) => one === place)).toHaveLength(8);
  expect(found).toEqual(expected);
});

it.each(['checkpoint first', 'checkpoint last'] as const)('would notice: %s', async (bug) => {
  let seed = 1;
  await eventually(async () => {
    const { found, expected } = await survive(8, ++seed, bug);
    return JSON.stringify(found) !== JSON.stringify(expected);
  });
});

/** A batch is held back until another engine has gone on; when it has got through all the same its writer is no more. */
const lateBatch = async (bug: Bug | null) => {
  const log = new MemoryLog();
  const url = await rig.database();
  const [pool, rivals] = [rig.pool(url), rig.pool(url)];
  let [isHeld, gotThrough, goOn] = [false, false, () => {}];
  const gate = new Promise<void>((open) => {
    goOn = open;
  });
  watchBatches(rivals, { bug });
  watchBatches(pool, {
    bug,
    at: async (moment, client) => {
      if (moment === 'before the statement' && log.facts.length > 100) {
        isHeld = true;
        await gate;
      }
      if (moment !== 'after COMMIT' || !isHeld) return;
      gotThrough = true;
      cut(client);
    },
  });
  const [late, rival] = [rig.engine(pool, log, shop), rig.engine(rivals, log, shop)];
  log.append(...story(100, 3));
  await late.start();
  await late.settled();
  log.append(...story(100, 4));
  await eventually(() => isHeld);
  await rival.start();
  await rival.settled();
  log.append(...story(100, 5));
  await rival.settled();
  const stopping = late.stop();
  goOn();
  await stopping;
  log.append(...story(10, 6));
  await settledUnless(bug, rival);
  await rival.stop();
  return { gotThrough, ...(await compared(url, log)) };
};

it('refuses a batch that comes late', async () => {
  const { gotThrough, found, expected } = await lateBatch(null);
  expect(gotThrough).toBe(false);
  expect(found).toEqual(expected);
});

it('would notice a late batch that is not refused', async () => {
  const { gotThrough, found, expected } = await lateBatch('no fence');
  expect(gotThrough).toBe(true);
  expect(found).not.toEqual(expected);
});
