import type { Sql } from '#postgres';
import { readCheckpoints, writeStopped } from './checkpoints.js';
import { type Fault, FenceLost, faultAt, isDataFault } from './faults.js';
import { foldBatch, type Step } from './fold.js';
import { type LogEntry, positionOf } from './log.js';
import type { Member } from './member.js';
import { readParking } from './parked.js';
import { mayPark, type Poison } from './plan.js';

type Isolation = Readonly<{
  sql: Sql;
  member: Member;
  entries: readonly LogEntry[];
  commit: (step: Step) => Promise<void>;
  signal: AbortSignal;
}>;

/**
 * Takes one view through entries at one of which it failed, in ever smaller batches, until it is through or the one
 * that fails by itself, twice, is found. That one is parked; where it cannot be, the view stops and says so.
 * @returns at what it stopped; null when it is through
 */
export const isolate = async (isolation: Isolation): Promise<Fault | null> => {
  const { sql, member, entries, signal } = isolation;
  let size = entries.length;
  let suspect: LogEntry | null = null;
  while (!signal.aborted) {
    await resume(sql, member);
    const rest = entries.filter((entry) => isBehind(entry, member.committed.position));
    const [first] = rest;
    if (!first) return null;
    const chunk = rest.slice(0, size);
    const poison = await attempt(isolation, chunk);
    if (!poison) size = Math.min(size * 2, entries.length);
    else if (poison.entry !== first) size = Math.max(1, Math.floor(size / 2));
    // A row may fail to be derived for a day that closes later in the batch: only what fails alone is to blame.
    else if (chunk.length > 1) size = 1;
    else if (suspect !== first) suspect = first;
    else if (mayPark(member, first)) await parkWhole(isolation, poison);
    else return stopAt(sql, member, poison);
  }
  return null;
};

/** @returns what it could not get past: when the batch was refused as a whole, an entry that is not its first */
const attempt = async ({ sql, member, commit }: Isolation, entries: readonly LogEntry[]): Promise<Poison | null> => {
  try {
    const step = await foldBatch(sql, member, entries);
    if (step.from.position !== step.to.position) await commit(step);
    return step.poison;
  } catch (error) {
    const entry = entries.at(-1);
    if (!isDataFault(error) || !entry) throw error;
    return { entry, error };
  }
};

const resume = async (sql: Sql, member: Member): Promise<void> => {
  const checkpoint = (await readCheckpoints(sql, [member.name], member.slot)).get(member.name);
  if (checkpoint?.turn !== member.committed.turn) throw new FenceLost([member.name]);
  member.resume(checkpoint, (await readParking(sql, [member.name], member.slot)).get(member.name));
};

/** Its row was refused, not its fold: it is parked for every row that it touches. */
const parkWhole = async ({ sql, member, commit }: Isolation, poison: Poison): Promise<void> => {
  await resume(sql, member);
  await commit(await foldBatch(sql, member, [poison.entry], poison));
};

/** Stops a view at an entry, in writing. */
export const stopAt = async (sql: Sql, member: Member, { entry, error }: Poison): Promise<Fault> => {
  const fault = faultAt(entry, error);
  await writeStopped(sql, member.name, member.slot, fault);
  return fault;
};

const isBehind = (entry: LogEntry, position: bigint | null): boolean =>
  position === null || positionOf(entry) > position;
