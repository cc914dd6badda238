import definitions from '@eventstore/db-client/generated/persistent_grpc_pb.js';
import type { ReadReq } from '@eventstore/db-client/generated/persistent_pb.js';
import messages from '@eventstore/db-client/generated/persistent_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { Consumer } from '../persistent/consumer.js';
import { groupFailed } from '../persistent/errors.js';
import type { Action, Group } from '../persistent/group.js';
import { ALL } from '../persistent/group-settings.js';
import type { Groups } from '../persistent/groups.js';
import { nameOf } from '../read/read-request.js';
import type { Call } from '../wire/call.js';
import { framed } from '../wire/framing.js';
import { type Handler, unary } from '../wire/grpc-server.js';
import { delimited } from '../wire/protobuf.js';
import { handlerFailed } from '../wire/status.js';
import { infoOf } from './persistent-info.js';
import { filterOf, keyOf, keyOfSettings, settingsOf } from './persistent-requests.js';

const { PersistentSubscriptionsService: Service } = definitions;
const ACTIONS: readonly Action[] = ['retry', 'park', 'retry', 'skip', 'stop'];

/** The PersistentSubscriptions service. */
export const persistentService = (groups: Groups): [path: string, handler: Handler][] => [
  [
    Service.create.path,
    unary(Service.create, async (request) => {
      const options = request.getOptions();
      if (!options) throw handlerFailed();
      await groups.create(keyOfSettings(options), settingsOf(options, filterOf(options)));
      return new messages.CreateResp();
    }),
  ],
  [
    Service.update.path,
    unary(Service.update, async (request) => {
      const options = request.getOptions();
      if (!options) throw handlerFailed();
      await groups.update(keyOfSettings(options), ({ filter }) => settingsOf(options, filter));
      return new messages.UpdateResp();
    }),
  ],
  [
    Service.delete.path,
    unary(Service.delete, async (request) => {
      await groups.delete(keyOf(request.getOptions()));
      return new messages.DeleteResp();
    }),
  ],
  [
    Service.getInfo.path,
    unary(Service.getInfo, (request) =>
      new messages.GetInfoResp().setSubscriptionInfo(describe(groups, groups.get(keyOf(request.getOptions())))),
    ),
  ],
  [
    Service.list.path,
    unary(Service.list, (request) => {
      const list = listed(groups, request.getOptions());
      return new messages.ListResp().setSubscriptionsList(list.map((group) => describe(groups, group)));
    }),
  ],
  [
    Service.replayParked.path,
    unary(Service.replayParked, async (request) => {
      const options = request.getOptions();
      const stopAt = options?.hasStopAt() ? Number(options.getStopAt()) : undefined;
      if (stopAt !== undefined && stopAt < 0)
        throw groupFailed(keyOf(options), 'Cannot stop replaying parked message at a negative version.');
      await groups.get(keyOf(options)).replay(stopAt);
      return new messages.ReplayParkedResp();
    }),
  ],
  [
    Service.restartSubsystem.path,
    unary(Service.restartSubsystem, () => {
      groups.restart();
      return new shared.Empty();
    }),
  ],
  [Service.read.path, (call) => read(groups, call)],
];

const describe = (groups: Groups, group: Group) => infoOf(group, groups.parkedCount(group.key));

const listed = (groups: Groups, options: InstanceType<typeof messages.ListReq.Options> | undefined): Group[] => {
  const stream = options?.getListForStream();
  if (!stream) return groups.all();
  return groups.of(stream.hasAll() ? ALL : nameOf(stream.getStream()?.getStreamName_asU8()));
};

/** First options, then answers to what is delivered. */
const read = (groups: Groups, call: Call): void => {
  let joined: Group | undefined;
  call.onMessage = (message) => {
    const request = Service.read.requestDeserialize(message);
    const options = request.getOptions();
    if (options) joined = join(groups, call, options);
    else if (joined) answer(joined, request);
    else throw handlerFailed();
  };
  call.onHalfClose = () => call.succeed();
};

const join = (groups: Groups, call: Call, options: ReadReq.Options): Group => {
  if (options.getBufferSize() < 1) throw handlerFailed();
  const group = groups.get(keyOf(options));
  const structuredIds = options.getUuidOption()?.hasString() !== true;
  const name = String(call.headers['connection-name'] ?? '<unknown>');
  const consumer = new Consumer(call, options.getBufferSize(), name, structuredIds);
  const id = Buffer.from(`${group.key.stream}::${group.key.group}`);
  group.connect(consumer, () => call.write(framed(delimited(2, delimited(1, id)))));
  return group;
};

const answer = (group: Group, request: ReadReq): void => {
  const ack = request.getAck();
  const nack = request.getNack();
  if (ack) group.acknowledge(ack.getIdsList().map(idOf));
  if (nack)
    group.refuse(nack.getIdsList().map(idOf), {
      action: ACTIONS[nack.getAction()] ?? 'retry',
      reason: nack.getReason(),
    });
};

const idOf = (id: InstanceType<typeof shared.UUID>): string => {
  const structured = id.getStructured();
  if (!structured) return id.getString().toLowerCase();
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
