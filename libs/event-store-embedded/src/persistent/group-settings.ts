import type { FilterExpression } from '../read/filter.js';

export type Strategy = 'RoundRobin' | 'DispatchToSingle' | 'Pinned' | 'PinnedByCorrelation';
export const STRATEGIES: readonly string[] = ['RoundRobin', 'DispatchToSingle', 'Pinned', 'PinnedByCorrelation'];

/** How a group of competing consumers is served. Times in milliseconds, sizes in events. */
export type GroupSettings = Readonly<{
  resolveLinks: boolean;
  /** First revision of the stream, or first position of $all, that is delivered; 'end': what is appended from now on. */
  startFrom: number | 'end';
  extraStatistics: boolean;
  messageTimeoutMs: number;
  maxRetryCount: number;
  checkpointAfterMs: number;
  minCheckpointCount: number;
  maxCheckpointCount: number;
  /** 0: any number */
  maxSubscriberCount: number;
  liveBufferSize: number;
  readBatchSize: number;
  historyBufferSize: number;
  strategy: string;
  filter: FilterExpression | undefined;
}>;

/** A group is known by what it reads and its name. `stream` is `$all` for the whole log. */
export type GroupKey = Readonly<{ stream: string; group: string }>;

export const ALL = '$all';

const streamOf = ({ stream, group }: GroupKey): string => `$persistentsubscription-${stream}::${group}`;
export const parkedStream = (key: GroupKey): string => `${streamOf(key)}-parked`;
export const checkpointStream = (key: GroupKey): string => `${streamOf(key)}-checkpoint`;
