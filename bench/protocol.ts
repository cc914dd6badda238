import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** One benchmark's answer: a ratio of two rates measured in turn in one run. */
export type Result = Readonly<{
  id: string;
  ratio: number;
  low: number;
  high: number;
  floor: number;
  goal: number;
  unit: string;
  durability: string;
  notes: string;
  /** What it was made of: of each pair both rates, or the single figures. */
  raw?: readonly (number | readonly [number, number])[];
}>;

/**
 * An answer where less is better, as a share of what is allowed: at 1 it is all used up. What counts is the worst of the
 * figures, or the middle one.
 */
export const allowance = (
  { floor, goal, ...rest }: Pick<Result, 'id' | 'floor' | 'goal' | 'unit' | 'durability'>,
  figures: readonly number[],
  counts: 'worst' | 'middle',
): Result => {
  const [least, most] = [Math.min(...figures), Math.max(...figures)];
  const figure = counts === 'worst' ? most : medianOf(figures);
  const notes = `${counts} of ${figures.length}: ${figure.toPrecision(3)}, allowed ${floor}, goal ${goal} (less is better)`;
  const shares = { ratio: floor / figure, low: floor / most, high: floor / least };
  return { ...rest, ...shares, floor: 1, goal: floor / goal, notes, raw: figures };
};

export type Sides = Readonly<{ ours: () => Promise<number>; theirs: () => Promise<number> }>;

const PAIRS = 7;

/**
 * Runs both sides in turn, A B B A …, seven pairs after one that is not counted, and takes the ratio pair by pair: a
 * machine that grows slower grows slower for both. Each side returns its rate, in things a second.
 */
export const inTurn = async (
  { ours, theirs }: Sides,
  pairs = PAIRS,
): Promise<readonly (readonly [number, number])[]> => {
  const rates: [number, number][] = [];
  for (let pair = 0; pair <= pairs; pair++) {
    const oursFirst = pair % 2 === 0;
    const first = await (oursFirst ? ours() : theirs());
    const second = await (oursFirst ? theirs() : ours());
    rates.push(oursFirst ? [first, second] : [second, first]);
  }
  return rates.slice(1);
};

/** The middle of the ratios, and the quarter points around it. */
export const ratioOf = (rates: readonly (readonly [number, number])[]) => {
  const ratios = rates.map(([ours, theirs]) => ours / theirs).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.round((ratios.length - 1) * share)] as number;
  return { ratio: at(0.5), low: at(0.25), high: at(0.75) };
};

/** Runs so many pieces of work, so many at once; returns how many a second were done. */
export const rateOf = async (
  count: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> => {
  let next = 0;
  const lane = async () => {
    while (next < count) await work(next++);
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: atOnce }, lane));
  return count / ((performance.now() - began) / 1000);
};

export const medianOf = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

/** How long the disk under a folder takes to keep four kilobytes: microseconds, the middle of a hundred. */
export const diskMicroseconds = async (folder: string): Promise<number> => {
  const path = join(folder, `fdatasync-${process.pid}`);
  const file = await open(path, 'w');
  const page = Buffer.alloc(4096, 1);
  const times: number[] = [];
  for (let write = 0; write < 100; write++) {
    const from = performance.now();
    await file.write(page, 0, page.length, write * page.length);
    await file.datasync();
    times.push((performance.now() - from) * 1000);
  }
  await file.close();
  await rm(path);
  return medianOf(times);
};
