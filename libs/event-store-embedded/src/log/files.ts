import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** One open file. Offsets and lengths in bytes. */
export type LogFile = {
  /** Bytes read; fewer than asked for only at the end of the file. */
  read(target: Buffer, offset: number): number;
  /** Writes all of it or throws. */
  write(bytes: Uint8Array, offset: number): void;
  /** Resolves when everything written so far survives a loss of power. */
  sync(): Promise<void>;
  /** The same without letting anything else run meanwhile: half the time where the disk is fast. */
  syncInline(): void;
  size(): number;
  truncate(length: number): void;
  close(): void;
};

/** The disk as the log sees it. A test puts a disk in its place that loses what was not synced. */
export type Files = {
  list(): string[];
  open(name: string, mode: 'existing' | 'create'): LogFile;
  remove(name: string): void;
  /** Replaces `name` by the file called `temporary`. */
  replace(temporary: string, name: string): void;
  /** Keeps the file as it is now in a folder beside the others, whatever becomes of `name`; once only. */
  keep(name: string, folder: string): void;
  /** Makes names created or removed survive a loss of power. */
  syncNames(): void;
};

/** The files of one folder on the machine's own disk. */
export const filesIn = (folder: string): Files => ({
  list: () => readdirSync(folder),
  open: (name, mode) =>
    opened(join(folder, name), mode === 'create' ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR),
  remove: (name) => unlinkSync(join(folder, name)),
  replace: (temporary, name) => renameSync(join(folder, temporary), join(folder, name)),
  keep: (name, kept) => {
    mkdirSync(join(folder, kept), { recursive: true, mode: 0o700 });
    if (existsSync(join(folder, kept, name))) return;
    linkSync(join(folder, name), join(folder, kept, name));
    syncFolder(join(folder, kept));
  },
  syncNames: () => syncFolder(folder),
});

const syncFolder = (folder: string): void => {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
};

const opened = (path: string, flags: number): LogFile => {
  const descriptor = openSync(path, flags, 0o600);
  return {
    read: (target, offset) => readFully(descriptor, target, offset),
    write: (bytes, offset) => writeFully(descriptor, bytes, offset),
    sync: () => new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error ? reject(error) : resolve()))),
    syncInline: () => fdatasyncSync(descriptor),
    size: () => fstatSync(descriptor).size,
    truncate: (length) => ftruncateSync(descriptor, length),
    close: () => closeSync(descriptor),
  };
};

const readFully = (descriptor: number, target: Buffer, offset: number): number => {
  let done = 0;
  while (done < target.length) {
    const read = readSync(descriptor, target, done, target.length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return done;
};

const writeFully = (descriptor: number, bytes: Uint8Array, offset: number): void => {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
};
