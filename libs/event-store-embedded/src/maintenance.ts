import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { lockFolder } from './folder-lock.js';
import { DamagedRecord } from './log/event-log.js';
import { filesIn } from './log/files.js';
import { LogRefused } from './log/segment.js';
import { unpack } from './log/stored-event.js';
import { TAIL_MARK } from './log/tail-mark.js';
import { Events } from './store/events.js';
import { SEGMENT_BYTES } from './store/store.js';

/** What a check of a whole store found. `problems` is empty when every record and every way to it is in order. */
export type Verification = Readonly<{ events: number; streams: number; end: number; problems: readonly string[] }>;

/**
 * Reads every record of a stopped store against its checksum, and finds every event again through the index, by its
 * position and by its revision. Nothing is changed except that a torn tail is cut off, as any start does.
 * @throws FolderInUse while a server runs on the folder.
 */
export const verifyStore = async ({ folder }: { folder: string }): Promise<Verification> => {
  const unlock = lockFolder(folder);
  try {
    return await verified(folder);
  } finally {
    unlock();
  }
};

const verified = async (folder: string): Promise<Verification> => {
  const problems: string[] = [];
  const report = ({ level, message, ...more }: { level: string; message: string }) => {
    if (level !== 'info') problems.push(`${message} ${JSON.stringify(more)}`);
  };
  try {
    const options = { files: filesIn(folder), fsync: 'always', segmentBytes: SEGMENT_BYTES, report } as const;
    const events = await Events.rebuild(options, ({ index, indexFiles }, { base, end }) => {
      if (indexFiles.agrees(index, base, end) !== false) return;
      indexFiles.remove(base);
      problems.push(
        `the index of the events from position ${base} on did not agree with them: the next start makes it again`,
      );
    });
    const streams = checkIndex(events, problems);
    const { end } = events.log;
    await events.log.close();
    return { events: events.index.size, streams, end, problems };
  } catch (error) {
    if (!(error instanceof LogRefused)) throw error;
    return { events: 0, streams: 0, end: 0, problems: [...problems, error.message] };
  }
};

/** Number of streams. Every event must be where the index says, and the next of its stream. */
const checkIndex = ({ log, index }: Events, problems: string[]): number => {
  const nextOf = new Map<string, number>();
  for (let ordinal = 0; ordinal < index.size; ordinal++) {
    const position = index.positions.get(ordinal);
    try {
      const { stream, revision } = unpack(log.read(position));
      const expected = nextOf.get(stream) ?? 0;
      const found =
        revision === undefined ? index.tombstoneOf(index.find(stream)) : index.ordinalOf(index.find(stream), revision);
      if (revision !== undefined && revision !== expected)
        problems.push(`revision ${revision} of ${stream} follows ${expected - 1} at position ${position}`);
      if (found !== ordinal) problems.push(`the index leads to another event for revision ${revision} of ${stream}`);
      nextOf.set(stream, revision === undefined ? expected : revision + 1);
    } catch (error) {
      if (!(error instanceof DamagedRecord)) throw error;
      problems.push(error.message);
    }
  }
  return nextOf.size;
};

/**
 * Copies a store to a new folder, whether or not a server is writing to it: what is in the copy is everything that was
 * acknowledged when the copy began, and perhaps some of what followed. The copy is checked before this resolves.
 */
export const backupStore = async ({ folder, target }: { folder: string; target: string }): Promise<Verification> => {
  refuseUsed(target);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  // The mark first: it never says more than the log copied after it holds.
  const names = readdirSync(folder)
    .filter((name) => name.startsWith('events-'))
    .sort();
  for (const name of [TAIL_MARK, ...names].filter((each) => existsSync(join(folder, each))))
    await copySynced(join(folder, name), join(target, name));
  const verification = await verified(target);
  const expected = verification.problems.filter((problem) => !problem.startsWith('cut off'));
  return { ...verification, problems: expected };
};

/** Puts a backup where a store is to be. The folder must be missing or empty. */
export const restoreStore = async ({ backup, folder }: { backup: string; folder: string }): Promise<Verification> => {
  const { problems } = await verifyStore({ folder: backup });
  if (problems.length) throw new LogRefused(`the backup in ${backup} is not in order: ${problems[0]}`);
  return backupStore({ folder: backup, target: folder });
};

const refuseUsed = (folder: string): void => {
  if (existsSync(folder) && readdirSync(folder).length) throw new LogRefused(`${folder} is not empty`);
};

const copySynced = async (from: string, to: string): Promise<void> => {
  await copyFile(from, to);
  const file = await open(to, 'r+');
  await file.sync();
  await file.close();
};
