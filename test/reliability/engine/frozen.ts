import { setTimeout as pause } from 'node:timers/promises';
import type { Bug } from '../../../libs/projections/test/batches.js';
import { diceOf, type Figure } from '../figure.js';
import { Bed, figureOf } from './bed.js';
import { Tale } from './history.js';
import { Projector } from './projector.js';

type Volume = Readonly<{
  seed: number;
  /** How often one is frozen in the middle of a batch, until the other has gone on. */
  inABatch: number;
  /** How often, of two that share the views, one is frozen for longer than its lease, until the other has them all. */
  longer: number;
  bug?: Bug;
}>;

const FACTS_A_SECOND = 200;
/** A lease of 4 s, the beat of 1 s at which the other sees that it has run out, and what a busy machine takes. */
const TAKEN_OVER_WITHIN_MS = 8_000;
const GIVEN_UP_AFTER_MS = 20_000;

/** R17: of two projectors one is frozen and thawed, again and again. What it still tries must be refused. */
export const projectorFrozen = ({ seed, inABatch, longer, ...planted }: Volume): Promise<Figure> =>
  Bed.run(async (bed) => {
    const began = performance.now();
    const dice = diceOf(seed);
    const tale = new Tale(seed);
    const ended = bed.writing((count) => tale.next(count), FACTS_A_SECOND);
    const pair = (shared: boolean) =>
      Promise.all(
        ['one', 'other'].map((name) =>
          new Projector({ name, databaseUrl: bed.databaseUrl, storeUrl: bed.storeUrl, shared, ...planted }).go(),
        ),
      ) as Promise<[Projector, Projector]>;
    let [fenced, refused, slowest, late] = [0, 0, 0, 0];
    let frozen: readonly Projector[] = [];

    const rivals = await pair(false);
    for (let n = 0; n < inABatch; n++) {
      const victim = rivals[dice.below(2)] as Projector;
      await victim.standAt('before the statement');
      victim.freeze();
      const there = await bed.arrived(await bed.writer.append(tale.next(5)), GIVEN_UP_AFTER_MS);
      if (there === null) break; // a view has stopped: the comparison tells
      victim.thaw();
      fenced += Number(await victim.goOn());
    }
    for (const one of rivals) await one.stop();
    frozen = rivals;

    if (longer > 0) {
      const sharing = await pair(true);
      frozen = [...frozen, ...sharing];
      for (let n = 0; n < longer; n++) {
        await bed.shared();
        const victim = sharing[dice.below(2)] as Projector;
        // Every other time in the middle of a batch, all of whose rows it has locked.
        const isInside = n % 2 === 1;
        if (isInside) await victim.standAt('before COMMIT');
        else await pause(dice.share() * 300);
        victim.freeze();
        const from = performance.now();
        const there = await bed.arrived(await bed.writer.append(tale.next(5)), GIVEN_UP_AFTER_MS);
        const took = performance.now() - from;
        slowest = Math.max(slowest, took);
        if (there === null || took > TAKEN_OVER_WITHIN_MS) late++;
        victim.thaw();
        if (isInside) refused += Number(await victim.goOn());
      }
      await bed.shared();
      const head = await ended();
      await bed.arrived(head);
      for (const one of sharing) await one.stop();
    }
    const head = await ended();
    const last = await new Projector({ name: 'last', databaseUrl: bed.databaseUrl, storeUrl: bed.storeUrl }).go();
    const isThere = (await bed.arrived(head)) !== null;
    await last.stop();
    const exits = frozen.filter(({ hasExited }) => hasExited).length;
    const volume = `${inABatch} times frozen in a batch, ${fenced} late batches refused, ${longer} times for longer than the lease (${refused} late COMMITs refused), taken over in ${Math.round(slowest)} ms at the most, ${late} later than ${TAKEN_OVER_WITHIN_MS / 1000} s, ${exits} exits`;
    const isSound = isThere && exits === 0 && late === 0 && fenced === inABatch && refused === Math.floor(longer / 2);
    return figureOf({ id: 'R17', seed, began, volume, isSound }, await bed.compared());
  });
