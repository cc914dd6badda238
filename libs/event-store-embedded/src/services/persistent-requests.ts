import type { CreateReq, UpdateReq } from '@eventstore/db-client/generated/persistent_pb.js';
import messages from '@eventstore/db-client/generated/persistent_pb.js';
import { ALL, type GroupKey, type GroupSettings } from '../persistent/group-settings.js';
import type { FilterExpression } from '../read/filter.js';
import { nameOf } from '../read/read-request.js';
import { handlerFailed } from '../wire/status.js';

type Options = CreateReq.Options | UpdateReq.Options;
const NAMES = ['DispatchToSingle', 'RoundRobin', 'Pinned'] as const;
const TICKS_PER_MILLISECOND = 10_000;

type Target = {
  hasAll(): boolean;
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined;
  getGroupName(): string;
};

/** What a request is about: a stream's group or one of the whole log. */
export const keyOf = (options: Target | undefined): GroupKey => {
  if (!options) throw handlerFailed();
  return {
    stream: options.hasAll() ? ALL : nameOf(options.getStreamIdentifier()?.getStreamName_asU8()),
    group: options.getGroupName(),
  };
};

/** Create and update name their stream in one of two places. */
export const keyOfSettings = (options: Options | undefined): GroupKey => {
  const identifier = options?.getStream()?.getStreamIdentifier() ?? options?.getStreamIdentifier();
  if (!options || !identifier) return keyOf(options);
  const stream = nameOf(identifier.getStreamName_asU8());
  if (stream === ALL) throw allIsNoStream(options instanceof messages.CreateReq.Options ? 'Create' : 'Update');
  return { stream, group: options.getGroupName() };
};

/** What the database says when the whole log is named like a stream. */
const allIsNoStream = (verb: 'Create' | 'Update') =>
  handlerFailed(
    `Envelope callback expected either ${verb}PersistentSubscriptionToAllCompleted or NotHandled, ` +
      `received ${verb}PersistentSubscriptionToStreamCompleted instead`,
  );

export const settingsOf = (options: Options, filter: FilterExpression | undefined): GroupSettings => {
  const settings = options.getSettings();
  if (!settings) throw handlerFailed();
  const strategy = 'getConsumerStrategy' in settings ? settings.getConsumerStrategy() : '';
  return {
    resolveLinks: settings.getResolveLinks(),
    startFrom: startOf(options, settings.getRevision()),
    extraStatistics: settings.getExtraStatistics(),
    messageTimeoutMs: settings.hasMessageTimeoutTicks()
      ? inMilliseconds(settings.getMessageTimeoutTicks())
      : settings.getMessageTimeoutMs(),
    maxRetryCount: settings.getMaxRetryCount(),
    checkpointAfterMs: settings.hasCheckpointAfterTicks()
      ? inMilliseconds(settings.getCheckpointAfterTicks())
      : settings.getCheckpointAfterMs(),
    minCheckpointCount: settings.getMinCheckpointCount(),
    maxCheckpointCount: settings.getMaxCheckpointCount(),
    maxSubscriberCount: settings.getMaxSubscriberCount(),
    liveBufferSize: settings.getLiveBufferSize(),
    readBatchSize: settings.getReadBatchSize(),
    historyBufferSize: settings.getHistoryBufferSize(),
    strategy: strategy || (NAMES[settings.getNamedConsumerStrategy()] ?? ''),
    filter,
  };
};

const inMilliseconds = (ticks: string): number => Number(ticks) / TICKS_PER_MILLISECOND;

const startOf = (options: Options, oldRevision: string): GroupSettings['startFrom'] => {
  const stream = options.getStream();
  const all = options.getAll();
  if (stream?.hasStart() || all?.hasStart()) return 0;
  if (stream?.hasEnd() || all?.hasEnd()) return 'end';
  const from = stream?.getRevision() ?? all?.getPosition()?.getCommitPosition() ?? oldRevision;
  return BigInt(from) > 0x7fff_ffff_ffff_ffffn ? 'end' : Number(from);
};

export const filterOf = (options: CreateReq.Options): FilterExpression | undefined => {
  const filter = options.getAll()?.getFilter();
  if (!filter) return undefined;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  return {
    on: filter.hasStreamIdentifier() ? 'stream' : 'type',
    regex: expression?.getRegex() ?? '',
    prefixes: expression?.getPrefixList() ?? [],
  };
};
