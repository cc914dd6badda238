import messages from '@eventstore/db-client/generated/persistent_pb.js';
import type { Group } from '../persistent/group.js';
import { ALL, type GroupSettings } from '../persistent/group-settings.js';

const { SubscriptionInfo } = messages;

/** A group's settings and state as the client shows them. Rates are not measured and are zero. */
export const infoOf = (group: Group, parked: number): InstanceType<typeof SubscriptionInfo> => {
  const { key, settings, source, progress, outstanding } = group;
  const info = new SubscriptionInfo()
    .setEventSource(key.stream)
    .setGroupName(key.group)
    .setStatus('Live')
    .setResolveLinkTos(settings.resolveLinks)
    .setStartFrom(startText(key.stream, settings.startFrom))
    .setMessageTimeoutMilliseconds(settings.messageTimeoutMs)
    .setExtraStatistics(settings.extraStatistics)
    .setMaxRetryCount(settings.maxRetryCount)
    .setLiveBufferSize(settings.liveBufferSize)
    .setBufferSize(settings.historyBufferSize)
    .setReadBatchSize(settings.readBatchSize)
    .setCheckPointAfterMilliseconds(settings.checkpointAfterMs)
    .setMinCheckPointCount(settings.minCheckpointCount)
    .setMaxCheckPointCount(settings.maxCheckpointCount)
    .setNamedConsumerStrategy(settings.strategy)
    .setMaxSubscriberCount(settings.maxSubscriberCount);
  const lastKnown = source.lastKnown(settings.historyBufferSize);
  return info
    .setTotalItems(String(group.delivered))
    .setCountSinceLastMeasurement('0')
    .setReadBufferCount(Math.min(source.waiting(), settings.historyBufferSize))
    .setLiveBufferCount('0')
    .setRetryBufferCount(group.retryCount)
    .setTotalInFlightMessages(outstanding.size)
    .setOutstandingMessagesCount(outstanding.size)
    .setParkedMessageCount(String(parked))
    .setLastCheckpointedEventPosition(progress.saved === undefined ? '' : source.describe(progress.saved))
    .setLastKnownEventPosition(lastKnown === undefined ? '' : source.describe(lastKnown))
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
    .setTotalItems(String(consumer.processed))
    .setCountSinceLastMeasurement('0')
    .setAvailableSlots(consumer.slots - consumer.inFlight.size)
    .setInFlightMessages(consumer.inFlight.size)
    .setConnectionName(consumer.connectionName);
