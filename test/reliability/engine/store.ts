import { setTimeout as pause } from 'node:timers/promises';
import { diceOf, type Figure } from '../figure.js';
import { Bed, figureOf } from './bed.js';
import { Tale } from './history.js';
import { type LogBug, Projector } from './projector.js';
import { Through } from './through.js';

type Volume = Readonly<{
  seed: number;
  times: number;
  /** How long the store is away, in milliseconds: anything in between. */
  leastMs: number;
  mostMs: number;
  logBug?: LogBug;
  givesUp?: boolean;
}>;

const FACTS_A_SECOND = 100;
const BACK_WITHIN_MS = 5_000;

type Fault = Readonly<{
  what: string;
  url: string;
  begin: () => Promise<void>;
  over: () => Promise<void>;
  end: () => Promise<void>;
}>;

/** The store goes away from a projector that follows it; five seconds after it is back, what was written then is in the views. */
const storeAway = (
  id: string,
  { seed, times, leastMs, mostMs, ...planted }: Volume,
  faultOn: (bed: Bed) => Promise<Fault>,
): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const dice = diceOf(seed);
    const fault = await faultOn(bed);
    const orders = { name: 'projector', databaseUrl: bed.databaseUrl, storeUrl: fault.url, ...planted };
    const projector = await new Projector(orders).go();
    try {
      const tale = new Tale(seed);
      const ended = bed.writing((count) => tale.next(count), FACTS_A_SECOND);
      let [slowest, away, late] = [0, 0, 0];
      for (let n = 0; n < times && !projector.hasExited; n++) {
        await pause(200 + dice.share() * 500);
        const downMs = leastMs + dice.share() * (mostMs - leastMs);
        away += downMs;
        await fault.begin();
        await pause(downMs);
        await fault.over();
        const from = performance.now();
        const head = await bed.writer.append(tale.next(1));
        const took = await bed.arrived(head, PATIENCE_MS);
        slowest = Math.max(slowest, performance.now() - from);
        if (took === null || performance.now() - from > BACK_WITHIN_MS) late++;
      }
      const head = await ended();
      const isThere = !projector.hasExited && (await bed.arrived(head, PATIENCE_MS)) !== null;
      const { hasExited } = projector;
      await projector.stop();
      const volume = `${times} ${fault.what}, ${Math.round(away / 1000)} s in all, back in ${Math.round(slowest)} ms at the most, ${late} later than ${BACK_WITHIN_MS / 1000} s, ${hasExited ? 'the process ended' : 'no exit'}`;
      return figureOf({ id, seed, began, volume, isSound: isThere && late === 0 && !hasExited }, await bed.compared());
    } finally {
      await projector.kill();
      await fault.end();
    }
  });
const PATIENCE_MS = 30_000;

/** R5: the event store ends, in order or killed, and comes back at its port. */
export const storeRestarted = (volume: Volume): Promise<Figure> =>
  storeAway('R5', volume, async (bed) => {
    let ends = 0;
    return {
      what: 'restarts of the event store',
      url: bed.storeUrl,
      begin: () => bed.endStore(ends++ % 2 === 0 ? 'SIGKILL' : 'SIGTERM'),
      over: () => bed.startStore(),
      end: async () => undefined,
    };
  });

/** R6: between projector and event store everything is taken and nothing comes back; no connection of that time ever heals. */
export const storeSilent = (volume: Volume): Promise<Figure> =>
  storeAway('R6', volume, async (bed) => {
    const through = await Through.to(() => ({ port: bed.storePort, host: '127.0.0.1' }));
    return {
      what: 'black holes',
      url: `esdb://127.0.0.1:${through.port}?tls=false`,
      begin: async () => {
        through.isHole = true;
      },
      over: async () => {
        through.isHole = false;
      },
      end: () => through.close(),
    };
  });
