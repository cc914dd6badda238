import { inTransaction, type Sql } from '#postgres';
import { MemoryLog } from '../test/memory-log.js';
import { contentsOf, eventually, Rig } from '../test/rig.js';
import { shop, story } from '../test/shop.js';
import type { Slot } from './checkpoints.js';
import type { Step } from './fold.js';
import type { Pool } from './view.js';
import type * as write from './write.js';

type Bug = 'none' | 'checkpoint outside the transaction' | 'no fence';
let mockBug: Bug = 'none';

jest.mock('./write.js', () => {
  const actual = jest.requireActual<typeof write>('./write.js');
  const broken = async (pool: Pool, slot: Slot, steps: readonly Step[]) => {
    const { moveCheckpoints } = jest.requireActual('./checkpoints.js');
    const { sqlOver } = jest.requireActual('#postgres');
    const [text, values] = actual.statementOf(slot, steps);
    if (mockBug === 'no fence')
      return inTransaction(pool, (sql) => sql(text.replace('and c.turn = n.turn', ''), values));
    const moves = steps.map(({ member, from, to }) => ({ view: member.name, from, to }));
    await sqlOver(pool)(...moveCheckpoints(slot, moves));
    return inTransaction(pool, (sql: Sql) => sql(text.replace('and c.turn = n.turn', ''), values));
  };
  return {
    ...actual,
    writeSteps: (pool: Pool, slot: Slot, steps: readonly Step[]) =>
      mockBug === 'none' ? actual.writeSteps(pool, slot, steps) : broken(pool, slot, steps),
  };
});

const MOMENTS = [
  'before the statement',
  'between checkpoint and rows',
  'before COMMIT',
  'after COMMIT, its reply lost',
] as const;
type Moment = (typeof MOMENTS)[number];

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterEach(async () => {
  mockBug = 'none';
  await rig.rest();
});
afterAll(() => rig.stop());

/** A pool whose connections break at a chosen moment of the next batch. */
class Assassin {
  target: Moment | null = null;
  kills: Moment[] = [];

  constructor(
    readonly pool: Pool,
    private readonly admin: Pool,
  ) {
    pool.on('connect', (client) => {
      const query = client.query.bind(client);
      // biome-ignore lint/suspicious/noExplicitAny: pg's query has a dozen forms, this passes on whatever it is given
      const treacherous = (...args: any[]): unknown =>
        args.length > 2 ? Reflect.apply(query, client, args) : deadly(...args);
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const deadly = async (...args: any[]): Promise<unknown> => {
        const text: string = typeof args[0] === 'string' ? args[0] : args[0].text;
        const isWrite = text.includes('update projection_checkpoints as c');
        if (isWrite) await this.#arm();
        if (isWrite && this.#strikes('before the statement')) this.#cut(client);
        if (text === 'commit' && this.#strikes('before COMMIT')) this.#cut(client);
        const result = await Reflect.apply(query, client, args);
        if (text === 'commit' && this.#strikes('after COMMIT, its reply lost')) this.#cut(client);
        return result;
      };
      Reflect.set(client, 'query', treacherous);
    });
  }

  /** The backend ends itself when the first row is about to be written: the checkpoint has moved in its transaction. */
  async prepare(): Promise<void> {
    await this.admin.query(`
      create table trap (is_set boolean not null);
      insert into trap values (false);
      create function spring() returns trigger language plpgsql as $$ begin
        if (select is_set from trap) then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(5); end if;
        return null;
      end $$;
      create trigger spring before insert on facts_by_customer execute function spring()`);
  }

  async #arm(): Promise<void> {
    if (this.target !== 'between checkpoint and rows') return;
    this.#strikes('between checkpoint and rows');
    await this.admin.query('update trap set is_set = true');
    setTimeout(() => void this.admin.query('update trap set is_set = false').catch(() => undefined), 30);
  }

  #strikes(moment: Moment): boolean {
    if (this.target !== moment) return false;
    this.target = null;
    this.kills.push(moment);
    return true;
  }

  #cut(client: object): never {
    (Reflect.get(client, 'connection') as { stream: { destroy(): void } }).stream.destroy();
    throw new Error('Connection terminated unexpectedly');
  }
}

/** An engine follows a growing log; whenever its connection has been killed another one takes over for a while. */
const survive = async (kills: number, seed: number) => {
  const log = new MemoryLog();
  const url = await rig.database();
  const assassin = new Assassin(rig.pool(url), rig.pool(url));
  const victim = rig.engine(assassin.pool, log, shop);
  const rivals = rig.pool(url);
  await victim.start();
  await assassin.prepare();
  for (let number = 0; number < kills; number += 1) {
    assassin.target = MOMENTS[number % MOMENTS.length] as Moment;
    log.append(...story(25, seed * 1000 + number));
    await eventually(async () => {
      if (assassin.kills.length > number) return true;
      log.append({ type: 'Bought', customers: ['p-1'], data: { amount: 1, on: '2024-01-01' }, stream: 'person-p-1' });
      return false;
    });
    const rival = rig.engine(rivals, log, shop);
    await rival.start();
    log.append(...story(25, seed * 2000 + number));
    await rival.settled();
    await rival.stop();
  }
  await victim.settled();
  await victim.stop();
  const pool = rig.pool(await rig.database());
  const [found, bug] = [await contentsOf(rig.pool(url), shop), mockBug];
  mockBug = 'none';
  const scratch = rig.engine(pool, log, shop);
  await scratch.start();
  await scratch.settled();
  await scratch.stop();
  mockBug = bug;
  return { kills: assassin.kills, found, expected: await contentsOf(pool, shop) };
};

it('has the same rows as a rebuild after thirty kills in open transactions', async () => {
  const { kills, found, expected } = await survive(32, 1);
  for (const moment of MOMENTS) expect(kills.filter((one) => one === moment)).toHaveLength(8);
  expect(found).toEqual(expected);
});

it.each(['checkpoint outside the transaction', 'no fence'] as const)('would notice: %s', async (bug) => {
  mockBug = bug;
  let seed = 1;
  await eventually(async () => {
    const { found, expected } = await survive(8, ++seed);
    return JSON.stringify(found) !== JSON.stringify(expected);
  });
});
