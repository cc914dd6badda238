import messages from '@eventstore/db-client/generated/persistent_pb.js';
import type { Group } from '../persistent/group.js';
import { ALL, type GroupSettings } from '../persistent/group-settings.js';

const { SubscriptionInfo } = messages;
/** How the database shows a span without end. */
const NEVER_BY_TIME = -2147483648;

/** A group's settings and state as the client shows them. Rates are not measured and are zero. */
export const infoOf = (group: Group, parked: number): InstanceType<typeof SubscriptionInfo> => {
  const { key, settings, source, progress, outstanding, backlog } = group;
  const info = new SubscriptionInfo()
    .setEventSource(key.stream)
    .setGroupName(key.group)
    .setStatus(backlog.live ? 'Live' : 'Behind')
    .setResolveLinkTos(settings.resolveLinks)
    .setStartFrom(startText(key.stream, settings.startFrom))
    .setMessageTimeoutMilliseconds(settings.messageTimeoutMs)
    .setExtraStatistics(settings.extraStatistics)
    .setMaxRetryCount(settings.maxRetryCount)
    .setLiveBufferSize(settings.liveBufferSize)
    .setBufferSize(settings.historyBufferSize)
    .setReadBatchSize(settings.readBatchSize)
    .setCheckPointAfterMilliseconds(settings.checkpointAfterMs || NEVER_BY_TIME)
    .setMinCheckPointCount(settings.minCheckpointCount)
    .setMaxCheckPointCount(settings.maxCheckpointCount)
    .setNamedConsumerStrategy(settings.strategy)
    .setMaxSubscriberCount(settings.maxSubscriberCount);
  return info
    .setTotalItems(String(group.delivered))
    .setCountSinceLastMeasurement('0')
    .setReadBufferCount(backlog.waiting.length)
    .setLiveBufferCount(String(backlog.liveCount))
    .setRetryBufferCount(group.retryCount)
    .setTotalInFlightMessages(outstanding.size)
    .setOutstandingMessagesCount(outstanding.size)
    .setParkedMessageCount(String(parked))
    .setLastCheckpointedEventPosition(progress.saved === undefined ? '' : source.describe(progress.saved))
    .setLastKnownEventPosition(backlog.lastKnown === undefined ? '' : source.describe(backlog.lastKnown))
    .setConnectionsList(group.consumers.map(connectionOf));
};

const startText = (stream: string, startFrom: GroupSettings['startFrom']): string => {
  const from = startFrom === 'end' ? '-1' : String(startFrom);
  return stream === ALL ? `C:${from}/P:${from}` : from;
};

const connectionOf = (consumer: Group['consumers'][number]) =>
  new SubscriptionInfo.ConnectionInfo()
    .setFrom('')
    .setUsername('anonymous')
    .setTotalItems(String(consumer.sent))
    .setCountSinceLastMeasurement('0')
    .setAvailableSlots(consumer.slots - consumer.inFlight.size)
    .setInFlightMessages(consumer.inFlight.size)
    .setConnectionName(consumer.connectionName);
