import { randomUUID } from 'node:crypto';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import gossipDefinitions from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import monitoringDefinitions from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
import monitoring from '@eventstore/db-client/generated/monitoring_pb.js';
import featureDefinitions from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import type { Events } from '../store/events.js';
import { framed } from '../wire/framing.js';
import { type Handler, streaming, unary } from '../wire/grpc-server.js';

/** The database version whose behaviour this server follows. */
export const SERVER_VERSION = '23.10.8';

const FEATURES: Readonly<Record<string, readonly string[]>> = {
  '/event_store.client.streams.streams/read': ['position', 'events'],
  '/event_store.client.streams.streams/batchappend': ['deadline_duration'],
};
const PERSISTENT = '/event_store.client.persistent_subscriptions.persistentsubscriptions/';

const featuresOf = (path: string): readonly string[] =>
  path.startsWith(PERSISTENT) ? ['stream', 'all'] : (FEATURES[path] ?? []);

/** Tells clients what can be called: exactly the methods in `paths`. */
export const serverFeatures = (paths: () => readonly string[]): [path: string, handler: Handler] => [
  featureDefinitions.ServerFeaturesService.getSupportedMethods.path,
  unary(featureDefinitions.ServerFeaturesService.getSupportedMethods, () => {
    const response = new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
    for (const path of paths().map((path) => path.toLowerCase())) {
      const [, service = '', method = ''] = path.split('/');
      response.addMethods(
        new features.SupportedMethod()
          .setServiceName(service)
          .setMethodName(method)
          .setFeaturesList([...featuresOf(path)]),
      );
    }
    return response;
  }),
];

/** A cluster of one: this node leads it. */
export const gossipService = (address: () => { host: string; port: number }): [path: string, handler: Handler] => {
  const instance = randomUUID();
  return [
    gossipDefinitions.GossipService.read.path,
    unary(gossipDefinitions.GossipService.read, () => {
      const { host, port } = address();
      const member = new gossip.MemberInfo()
        .setInstanceId(new shared.UUID().setString(instance))
        .setTimeStamp(String(Date.now() * 10_000))
        .setState(gossip.MemberInfo.VNodeState.LEADER)
        .setIsAlive(true)
        .setHttpEndPoint(new gossip.EndPoint().setAddress(host).setPort(port));
      return new gossip.ClusterInfo().setMembersList([member]);
    }),
  ];
};

/** Figures of this process, again and again until the caller goes. */
export const monitoringService = (events: Events): [path: string, handler: Handler] => [
  monitoringDefinitions.MonitoringService.stats.path,
  streaming(
    monitoringDefinitions.MonitoringService.stats as never,
    (request: InstanceType<typeof monitoring.StatsReq>, call) => {
      const send = () => call.write(framed(statistics(events).serializeBinary()));
      const timer = setInterval(send, Math.max(100, Number(request.getRefreshTimePeriodInMs()))).unref();
      call.onClose = () => clearInterval(timer);
      send();
    },
  ),
];

const statistics = (events: Events): InstanceType<typeof monitoring.StatsResp> => {
  const { rss, heapUsed } = process.memoryUsage();
  const response = new monitoring.StatsResp();
  const stats = {
    'proc-id': process.pid,
    'proc-mem': rss,
    'proc-gc-totalBytesInHeaps': heapUsed,
    'proc-startTime': new Date(Date.now() - process.uptime() * 1000).toISOString(),
    'sys-freeMem': freemem(),
    'sys-totalMem': totalmem(),
    'sys-cpu-count': cpus().length,
    'sys-loadavg-1m': loadavg()[0],
    'es-writer-lastPosition': events.log.end,
    'es-events': events.index.size,
  };
  for (const [name, value] of Object.entries(stats)) response.getStatsMap().set(name, String(value));
  return response;
};
