import { setTimeout as pause } from 'node:timers/promises';
import { sqlOver } from '#postgres';
import { type Bug, MOMENTS, TRAP, trapFor } from '../../../libs/projections/test/batches.js';
import { diceOf, type Figure } from '../figure.js';
import { Bed, figureOf } from './bed.js';
import { Tale } from './history.js';
import { type Orders, Projector } from './projector.js';

type Volume = Readonly<{ seed: number; kills: number; bug?: Bug }>;

const TABLES = ['projection_checkpoints', 'facts_by_customer', 'moments', 'visits', 'chains'] as const;
/** Where it is killed, in turn: before, within and after the statement of a batch, at its COMMIT, and at any moment. */
const PLACES = [...MOMENTS, ...TABLES, 'COMMIT under way', 'at random', 'at random'] as const;
type Place = (typeof PLACES)[number];

/**
 * R1: a projector is killed in the middle of its batches, again and again, and followed by the next. Whether it had an
 * open transaction is what PostgreSQL says of its connection at that moment, while the projector stands still.
 */
export const projectorKilled = ({ seed, kills, bug }: Volume): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const dice = diceOf(seed);
    const tale = new Tale(seed);
    const first = await new Projector(ordersFor(bed, bug)).go();
    await first.stop();
    const scaffold = new Scaffold(bed, await trapFor(bed.admin, TABLES.slice(1)), bug);
    const end = bed.writing((count) => tale.next(count), 400);
    const open = new Map<Place, number>();
    const done = new Map<Place, number>();
    let spare = scaffold.next(PLACES[0]);
    for (let n = 0; n < kills; n++) {
      const place = PLACES[n % PLACES.length] as Place;
      const victim = spare;
      spare = scaffold.next(PLACES[(n + 1) % PLACES.length] as Place);
      const wasOpen = await scaffold.kill(victim, place, 20 + dice.share() * 200);
      done.set(place, (done.get(place) ?? 0) + 1);
      open.set(place, (open.get(place) ?? 0) + Number(wasOpen));
    }
    await spare.kill();
    const last = await new Projector(ordersFor(bed, bug)).go();
    const head = await end();
    const isThere = (await bed.arrived(head)) !== null;
    await last.stop();
    const found = await bed.compared();
    const inside = [...open.values()].reduce((sum, count) => sum + count, 0);
    const places = [...done].map(([place, count]) => `${place} ${count}/${open.get(place)}`).join(', ');
    const volume = `${kills} kills, ${inside} of them in an open transaction (place, kills/open: ${places})`;
    const isSound = isThere && inside >= kills * 0.6;
    return figureOf({ id: 'R1', seed, began, volume, isSound }, found);
  });

const NAME = 'projector';
const ordersFor = (bed: Bed, bug?: Bug): Orders => ({
  name: NAME,
  databaseUrl: bed.databaseUrl,
  storeUrl: bed.storeUrl,
  ...(bug && { bug }),
});

const isTable = (place: Place): place is (typeof TABLES)[number] => (TABLES as readonly string[]).includes(place);
const MOST_WAIT_MS = 60_000;

/** Kills projectors at places. */
class Scaffold {
  constructor(
    private readonly bed: Bed,
    private readonly trap: Awaited<ReturnType<typeof trapFor>>,
    private readonly bug?: Bug,
  ) {}

  /** Ready to begin, and to stand still there. */
  next(place: Place): Projector {
    const orders = ordersFor(this.bed, this.bug);
    return new Projector(isTable(place) || place === 'at random' ? orders : { ...orders, armed: place });
  }

  /** @returns whether it had an open transaction */
  async kill(victim: Projector, place: Place, afterMs: number): Promise<boolean> {
    if (isTable(place)) return this.#inTheStatement(victim, place);
    if (place === 'COMMIT under way') {
      const going = victim.go().catch(() => undefined);
      await Promise.all([going, victim.died()]);
      return false;
    }
    if (place === 'at random') {
      await victim.go();
      await pause(afterMs);
      victim.freeze();
      return this.#killed(victim, 'application_name = $1', NAME);
    }
    return this.#killed(victim, 'pid = $1', await victim.goTo());
  }

  async #inTheStatement(victim: Projector, table: string): Promise<boolean> {
    const gate = await this.bed.admin.connect();
    const sql = sqlOver(gate);
    try {
      await sql('select pg_advisory_lock($1)', [TRAP]);
      await this.trap.set(table);
      await victim.go();
      const end = performance.now() + MOST_WAIT_MS;
      while (performance.now() < end) {
        const caught = `select pid from pg_stat_activity where application_name = $1 and wait_event = 'advisory'`;
        const [backend] = await sql<{ pid: number }>(caught, [NAME]);
        if (backend) return await this.#killed(victim, 'pid = $1', backend.pid);
        await pause(2);
      }
      throw new Error(`no batch wrote to ${table}`);
    } finally {
      await this.trap.set(null);
      await sql('select pg_advisory_unlock($1)', [TRAP]);
      gate.release();
    }
  }

  async #killed(victim: Projector, which: string, value: string | number): Promise<boolean> {
    const { rows } = await this.bed.admin.query(
      `select 1 from pg_stat_activity where ${which} and xact_start is not null
       and (state like 'idle in transaction%' or query like any ('{with part\\_%,%update projection\\_checkpoints as c%}'))`,
      [value],
    );
    await victim.kill();
    return rows.length > 0;
  }
}
