import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { jsonEvent } from '@eventstore/db-client';
import type { View } from '#projections';
import { allowance, inTurn, medianOf, type Result, rateOf, ratioOf } from '../protocol.js';
import { Bed } from './bed.js';
import { contiguous, eventOf, uuid } from './histories.js';
import { ended, keeperOver } from './keeping.js';

/** Ten million events take a quarter of an hour to write: without `--large` everything is 25 times smaller. */
const SIZES = {
  usual: { memory: [40_000, 400_000], stored: [40_000, 400_000] },
  large: { memory: [1_000_000, 10_000_000], stored: [100_000, 10_000_000] },
} as const;
const APPENDS = 3_000;
const TAIL = 20_000;

type Beds = (events: number) => Promise<Bed>;

/** The memory of a process that replays everything, at its highest: megabytes. */
const peakOf = (bed: Bed, views: readonly View[]): Promise<number> =>
  bed.withDatabase(async (url) => {
    const { child, said } = await keeperOver(url, bed.storeUrl, { views, task: 'settle' });
    await ended(child, 'SIGTERM');
    return Number(said);
  });

const memory = async (beds: Beds, views: readonly View[], large: boolean, durability: string) => {
  const [less, more] = large ? SIZES.large.memory : SIZES.usual.memory;
  const [small, big] = [await beds(less), await beds(more)];
  const peaks: [number, number][] = [];
  for (let run = 0; run < (large ? 1 : 3); run += 1) peaks.push([await peakOf(small, views), await peakOf(big, views)]);
  const grown = peaks.map(([a, b]) => b / a);
  const notes = `${peaks.map((pair) => pair.map(Math.round).join(' and ')).join(', ')} MB for ${less} and ${more} events, ${views.length + 1} views${large ? '' : ' (ten million with --large)'}`;
  const ratio = allowance(
    { id: 'P12', floor: 1.15, goal: 1.05, unit: 'of the growth that is allowed', durability },
    grown,
    'middle',
  );
  const most = peaks.map(([, b]) => b);
  const absolute = allowance(
    { id: 'P12', floor: 350, goal: 220, unit: 'of the memory that is allowed (MB)', durability },
    most,
    'worst',
  );
  return [ratio, absolute].map((result) => ({ ...result, notes: `${result.notes}; ${notes}` }));
};

const appendsTo = (bed: Bed): Promise<number> =>
  bed.withClient((client) =>
    rateOf(APPENDS, 64, (index) => {
      const told = { index, customer: uuid(2, index), type: 'BookingCompleted', day: 1 };
      const event = jsonEvent({ ...eventOf(told), id: randomUUID() });
      return client.appendToStream(`booking-${randomUUID()}`, event);
    }),
  );

/** A tail of events behind all that is stored, for a view to catch up with. @returns what it lies behind */
const tailOf = (bed: Bed): Promise<bigint> =>
  bed.withClient(async (client) => {
    const told = { index: 0, customer: uuid(2, 0), type: 'BookingCompleted', day: 1 };
    const event = jsonEvent({ ...eventOf(told), id: randomUUID() });
    const { position } = await client.appendToStream(`booking-${randomUUID()}`, event);
    if (!position) throw new Error('an append without a position');
    await contiguous(client, TAIL, 1_000_000);
    return position.commit;
  });

const stored = async (beds: Beds, views: readonly View[], large: boolean, durability: string) => {
  const [less, more] = large ? SIZES.large.stored : SIZES.usual.stored;
  const [small, big] = [await beds(less), await beds(more)];
  // What gigabytes of history have left for the disk to do is no price of their being there.
  execFileSync('sync');
  const appends = await inTurn({ ours: () => appendsTo(big), theirs: () => appendsTo(small) });
  const [behindBig, behindSmall] = [await tailOf(big), await tailOf(small)];
  const caughtUp = async (bed: Bed, after: bigint) => (await bed.replay(views, { from: { after, events: TAIL } })).rate;
  const reads = await inTurn({ ours: () => caughtUp(big, behindBig), theirs: () => caughtUp(small, behindSmall) });
  return (
    [
      ['append', appends],
      ['catch-up', reads],
    ] as const
  ).map(([what, raw]): Result => {
    const [mine, theirs] = [0, 1].map((side) => Math.round(medianOf(raw.map((pair) => pair[side] as number))));
    const notes = `${what}: ${mine} a second with ${more} stored against ${theirs} with ${less}${large ? '' : ' (ten million with --large)'}`;
    return { id: 'P16', floor: 0.85, goal: 0.95, ...ratioOf(raw), unit: 'many over few', durability, notes, raw };
  });
};

/** P12, P16: what much history costs in memory and in speed. Histories of a hundred events a stream. */
export const volumeBenches = async (
  wanted: readonly string[],
  { views, large, durability }: Readonly<{ views: readonly View[]; large: boolean; durability: string }>,
): Promise<readonly Result[]> => {
  const made = new Map<number, Bed>();
  const beds: Beds = async (events) => {
    const bed = made.get(events) ?? (await Bed.of(contiguous, events));
    made.set(events, bed);
    return bed;
  };
  try {
    return [
      ...(wanted.includes('P12') ? await memory(beds, views, large, durability) : []),
      ...(wanted.includes('P16') ? await stored(beds, views, large, durability) : []),
    ];
  } finally {
    for (const bed of made.values()) await bed.end();
  }
};
