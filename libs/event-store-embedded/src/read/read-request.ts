import type { ReadReq } from '@eventstore/db-client/generated/streams_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Code, handlerFailed, StatusError } from '../wire/status.js';
import type { FilterExpression } from './filter.js';

export type From = 'start' | 'end' | number;

/** A read or subscription as it was asked for. */
export type ReadRequest = Readonly<{
  /** undefined: $all */
  stream: string | undefined;
  from: From;
  backwards: boolean;
  resolveLinks: boolean;
  /** undefined: a subscription */
  count: number | undefined;
  filter: FilterExpression | undefined;
  /** Events looked at between two checkpoints of a filtered subscription. */
  checkpointInterval: number;
  structuredIds: boolean;
  /** Whether the reader understands messages about the ends of a stream. */
  wantsEnds: boolean;
}>;

const { Options } = streams.ReadReq;
const DEFAULT_WINDOW = 32;

export const parseRead = (request: ReadReq): ReadRequest => {
  const options = request.getOptions();
  if (!options) throw handlerFailed();
  const { COUNT, SUBSCRIPTION } = Options.CountOptionCase;
  const mode = options.getCountOptionCase();
  const stream = options.getStream();
  if (mode !== COUNT && mode !== SUBSCRIPTION) throw invalidCombination(options);
  return {
    stream: stream && nameOf(stream.getStreamIdentifier()?.getStreamName_asU8()),
    from: stream ? streamFrom(stream) : allFrom(options),
    backwards: options.getReadDirection() !== 0,
    resolveLinks: options.getResolveLinks(),
    count: mode === COUNT ? Number(options.getCount()) : undefined,
    ...filterOf(options),
    structuredIds: options.getUuidOption()?.hasString() !== true,
    wantsEnds: (options.getControlOption()?.getCompatibility() ?? 0) > 0,
  };
};

export const nameOf = (bytes: Uint8Array | undefined): string => {
  if (!bytes?.length) throw handlerFailed();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
};

const streamFrom = (stream: ReadReq.Options.StreamOptions): From => {
  if (stream.hasStart()) return 'start';
  return stream.hasEnd() ? 'end' : Number(stream.getRevision());
};

const allFrom = (options: ReadReq.Options): From => {
  const all = options.getAll();
  if (!all) throw invalidCombination(options);
  if (all.hasStart()) return 'start';
  return all.hasEnd() ? 'end' : Number(all.getPosition()?.getCommitPosition() ?? 0);
};

const filterOf = (options: ReadReq.Options): Pick<ReadRequest, 'filter' | 'checkpointInterval'> => {
  const filter = options.getFilter();
  if (!filter) return { filter: undefined, checkpointInterval: 0 };
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  return {
    filter: {
      on: filter.hasStreamIdentifier() ? 'stream' : 'type',
      regex: expression?.getRegex() ?? '',
      prefixes: expression?.getPrefixList() ?? [],
    },
    checkpointInterval: (filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW) * filter.getCheckpointintervalmultiplier(),
  };
};

const invalidCombination = (options: ReadReq.Options): StatusError => {
  const stream = options.hasStream() ? 'Stream' : options.hasAll() ? 'All' : 'None';
  const count = options.hasSubscription() ? 'Subscription' : options.getCountOptionCase() ? 'Count' : 'None';
  const direction = options.getReadDirection() === 0 ? 'Forwards' : 'Backwards';
  const filter = options.hasFilter() ? 'Filter' : options.hasNoFilter() ? 'NoFilter' : 'None';
  return new StatusError(
    Code.INVALID_ARGUMENT,
    `The combination of (${stream}, ${count}, ${direction}, ${filter}) is invalid.`,
  );
};
