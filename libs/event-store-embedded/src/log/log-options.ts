import type { Files } from './files.js';

export type FsyncPolicy = 'always' | { everyMs: number };
export type LogLine = { level: 'info' | 'warn' | 'error'; message: string; [key: string]: unknown };
export type LogOptions = Readonly<{
  files: Files;
  fsync: FsyncPolicy;
  segmentBytes: number;
  report: (line: LogLine) => void;
}>;
