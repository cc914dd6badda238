import { setTimeout as pause } from 'node:timers/promises';
import type { Bug } from '../../../libs/projections/test/batches.js';
import { diceOf, type Figure } from '../figure.js';
import { Bed, figureOf } from './bed.js';
import { Tale } from './history.js';
import { type Orders, Projector } from './projector.js';
import { Through } from './through.js';

type Planted = Readonly<{ bug?: Bug; givesUp?: boolean }>;
const NAME = 'projector';
const FACTS_A_SECOND = 300;

/** One projector on a bed under writes, while `harm` is done; afterwards everything must be as if nothing had been. */
const survives = (
  told: Readonly<{ id: string; seed: number }>,
  planted: Planted,
  place: (
    bed: Bed,
  ) => Promise<Readonly<{ databaseUrl: string; harm: () => Promise<string>; end: () => Promise<void> }>>,
): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const { databaseUrl, harm, end } = await place(bed);
    const orders: Orders = { name: NAME, databaseUrl, storeUrl: bed.storeUrl, ...planted };
    const projector = await new Projector(orders).go();
    try {
      const tale = new Tale(told.seed);
      const ended = bed.writing((count) => tale.next(count), FACTS_A_SECOND);
      const done = await harm();
      const head = await ended();
      const took = projector.hasExited ? null : await bed.arrived(head);
      const { hasExited, warnings } = projector;
      await projector.stop();
      const volume = `${done}, ${warnings.length} times back to the checkpoints, ${hasExited ? 'the process ended' : 'no exit'}`;
      return figureOf({ ...told, began, volume, isSound: took !== null && !hasExited }, await bed.compared());
    } finally {
      await projector.kill();
      await end();
    }
  });

/** In the middle of a batch. */
const OPEN = `(state like 'idle in transaction%' or (state = 'active' and query like 'with part%'))`;

type Terminated = Planted & Readonly<{ seed: number; terminations: number; restarts: number }>;

/** R3: PostgreSQL ends connections of the projector at random, and is itself restarted, in order or as in a crash. */
export const connectionsTerminated = ({ seed, terminations, restarts, ...planted }: Terminated): Promise<Figure> =>
  survives({ id: 'R3', seed }, planted, async (bed) => {
    const dice = diceOf(seed);
    const connection = async (wants: string): Promise<number> => {
      const end = performance.now() + CATCHES_WITHIN_MS;
      while (performance.now() < end) {
        const { rows } = await bed.admin.query(
          `select pg_terminate_backend(pid) from (select pid from pg_stat_activity
           where application_name = $1 and ${wants} order by random() limit 1) one`,
          [NAME],
        );
        if (rows.length > 0) return rows.length;
      }
      return 0;
    };
    const harm = async () => {
      let open = 0;
      const each = Math.ceil(terminations / Math.max(1, restarts));
      for (let n = 1; n <= terminations; n++) {
        await pause(5 + dice.share() * 80);
        const wantsOpen = n % 2 === 0;
        const caught = await connection(wantsOpen ? OPEN : 'true');
        if (wantsOpen) open += caught;
        if (restarts > 0 && n % each === 0) await bed.restartPostgres(dice.share() < 0.5 ? 'SIGINT' : 'SIGQUIT');
      }
      return `${terminations} connections terminated (${open} in an open transaction), ${restarts} restarts`;
    };
    return { databaseUrl: bed.databaseUrl, harm, end: async () => undefined };
  });

type Lost = Planted & Readonly<{ seed: number; replies: number; commits: number }>;

/** R4: COMMITs whose reply gets lost, though they were carried out, and COMMITs that get lost themselves. */
export const commitsLost = ({ seed, replies, commits, ...planted }: Lost): Promise<Figure> =>
  survives({ id: 'R4', seed }, planted, async (bed) => {
    const through = await Through.to(() => ({ path: bed.postgresSocket }));
    const dice = diceOf(seed);
    const harm = async () => {
      let committed = 0;
      let left = { replies, commits };
      while (left.replies + left.commits > 0) {
        await pause(dice.share() * 60);
        const isReply = dice.below(left.replies + left.commits) < left.replies;
        const isCommitted = await within(through.lose(isReply ? 'the reply' : 'the COMMIT'));
        if (isCommitted === null) break; // nothing is written any more: the comparison tells
        committed += Number(isCommitted);
        left = isReply ? { ...left, replies: left.replies - 1 } : { ...left, commits: left.commits - 1 };
      }
      return `${replies - left.replies} replies to COMMIT lost (${committed} carried out), ${commits - left.commits} COMMITs lost`;
    };
    return { databaseUrl: bed.databaseAt(through.port), harm, end: () => through.close() };
  });

const CATCHES_WITHIN_MS = 10_000;
const LOSES_WITHIN_MS = 20_000;
const within = (lost: Promise<boolean>): Promise<boolean | null> =>
  Promise.race([lost, pause(LOSES_WITHIN_MS, null, { ref: false })]);
