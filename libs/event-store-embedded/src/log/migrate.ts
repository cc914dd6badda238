import { randomBytes } from 'node:crypto';
import type { Files, LogFile } from './files.js';
import type { LogOptions } from './log-options.js';
import { FORMAT_VERSION, headerOf, readSegmentHeader, SEGMENT_HEADER, segmentNames } from './segment.js';

/** Where the files stay as they were. */
export const KEPT = `before-format-${FORMAT_VERSION}`;
const TEMPORARY = 'migrating.temporary';
const CHUNK = 4 * 1024 * 1024;

/**
 * Brings the files of an older format to this one, each replaced in one step, so that an interruption leaves files that are
 * all whole; the next start goes on. The old files stay in the folder `before-format-2`. Damaged headers are left for the
 * reader to refuse.
 */
export const migrate = async ({ files, report }: Pick<LogOptions, 'files' | 'report'>): Promise<void> => {
  const found = segmentNames(files).flatMap((name) => describe(files, name) ?? []);
  const old = found.filter(({ version }) => version < FORMAT_VERSION);
  if (!old.length) return;
  const log = found.find(({ version }) => version === FORMAT_VERSION)?.log ?? randomBytes(16).toString('hex');
  for (const { name, base } of old) {
    files.keep(name, KEPT);
    await rewrite(files, name, headerOf(base, log));
  }
  report({
    level: 'info',
    message: 'the log was brought to a newer storage format',
    format: FORMAT_VERSION,
    kept: KEPT,
  });
};

/** Undefined for a file whose creation was interrupted. */
const describe = (files: Files, name: string) => {
  const file = files.open(name, 'existing');
  try {
    const header = Buffer.alloc(SEGMENT_HEADER);
    return file.read(header, 0) < SEGMENT_HEADER ? undefined : { name, ...readSegmentHeader(name, header) };
  } finally {
    file.close();
  }
};

const rewrite = async (files: Files, name: string, header: Buffer): Promise<void> => {
  const [from, to] = [files.open(name, 'existing'), files.open(TEMPORARY, 'create')];
  to.truncate(0);
  to.write(header, 0);
  copyBehind(from, to, header.length);
  await to.sync();
  from.close();
  to.close();
  files.replace(TEMPORARY, name);
  files.syncNames();
};

const copyBehind = (from: LogFile, to: LogFile, start: number): void => {
  const chunk = Buffer.alloc(CHUNK);
  for (let at = start; ; at += CHUNK) {
    const length = from.read(chunk, at);
    to.write(chunk.subarray(0, length), at);
    if (length < CHUNK) return;
  }
};
