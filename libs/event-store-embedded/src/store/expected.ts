/** The state a writer says its stream is in. A revision is the number of the stream's last event. */
export type Expected = 'any' | 'no_stream' | 'stream_exists' | number;

/** As the database writes it in texts and trailers. */
export const expectedNumber = (expected: Expected): string =>
  expected === 'any'
    ? '-2'
    : expected === 'no_stream'
      ? '-1'
      : expected === 'stream_exists'
        ? '-4'
        : String(BigInt(expected));

/** What is known of a stream when an append is decided. `last` is -1 where nothing was written. */
export type Head = Readonly<{ last: number; tombstoned: boolean; softDeleted: boolean; hasMetadata: boolean }>;

/** Looks up what was written before, the group on its way included. */
export type Written = {
  /** Id of the event at a revision of the stream. */
  idAt(revision: number): string | undefined;
  /** Revision at which an event of this id was written to the stream lately. */
  recent(id: string): number | undefined;
};

export type Decision =
  | { outcome: 'write' }
  | { outcome: 'repeat'; revision: number }
  | { outcome: 'wrong' }
  | { outcome: 'deleted' };

const WRITE: Decision = { outcome: 'write' };
const WRONG: Decision = { outcome: 'wrong' };
const DELETED: Decision = { outcome: 'deleted' };

/** Whether an append is written, has been written before, or does not fit. Only ids are compared, never data. */
export const decide = (expected: Expected, ids: readonly string[], head: Head, written: Written): Decision => {
  if (head.tombstoned) return DELETED;
  if (expected === 'stream_exists' && head.softDeleted) return DELETED;
  if (expected === 'stream_exists' && head.last < 0 && !head.hasMetadata) return WRONG;
  if (expected === 'any' || expected === 'stream_exists') return unlessRecent(ids, written);
  const revision = expected === 'no_stream' ? -1 : expected;
  if (revision === head.last) return WRITE;
  if (revision > head.last) return WRONG;
  return unlessAlreadyThere(ids, revision, written) ?? (revision < 0 && head.softDeleted ? WRITE : WRONG);
};

const unlessRecent = (ids: readonly string[], written: Written): Decision => {
  let revision = -1;
  for (const [index, id] of ids.entries()) {
    const found = written.recent(id);
    if (found === undefined) return index === 0 ? WRITE : WRONG;
    revision = found;
  }
  return ids.length ? { outcome: 'repeat', revision } : WRITE;
};

/** Undefined where the first event is not the one that stands after `revision`. */
const unlessAlreadyThere = (ids: readonly string[], revision: number, written: Written): Decision | undefined => {
  if (!ids.length) return WRONG;
  const matching = ids.findIndex((id, index) => written.idAt(revision + 1 + index) !== id);
  if (matching < 0) return { outcome: 'repeat', revision: revision + ids.length };
  return matching === 0 ? undefined : WRONG;
};
