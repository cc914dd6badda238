import { TOMBSTONE_REVISION } from '../log/record.js';
import { recordedIn, type StoredEvent, unpack, unpackRecorded } from '../log/stored-event.js';
import { LINK_TYPE } from '../read/link-list.js';
import { type Resolved, resolve } from '../read/resolved-event.js';
import { correlationIn } from '../store/correlation.js';
import type { Events } from '../store/events.js';
import { FieldReader, FieldWriter, varintSize } from '../wire/protobuf.js';

/** An event on its way to a consumer. */
export type Message = {
  /** What the consumer acknowledges: the id of the link where there is one, else of the event. */
  readonly id: string;
  /** Revision in the stream or ordinal in the log; undefined for an event that was parked before. */
  readonly sequence: number | undefined;
  /** Revision of the event as it is delivered, link or not. */
  readonly revision: number;
  /** The stream it belongs to, links followed: what pins it to a consumer. */
  readonly stream: string;
  /** What a link to it says. */
  readonly linkData: string;
  /** The `$correlationId` of its metadata. */
  readonly correlation: () => string | undefined;
  readonly resolved: Resolved;
  retries: number;
};

export const messageOf = (
  events: Events,
  body: Buffer,
  sequence: number | undefined,
  resolveLinks: boolean,
): Message => {
  const original = unpack(body);
  const resolved = (resolveLinks && resolve(events, body)) || { event: recordedIn(body), position: original.position };
  const event = resolved.event && unpackRecorded(resolved.event);
  return {
    id: original.id,
    sequence,
    revision: original.revision ?? 0,
    stream: pinOf(event ?? original),
    correlation: () => correlationIn((event ?? original).metadata),
    linkData: event ? `${event.revision ?? TOMBSTONE_REVISION}@${event.stream}` : original.data.toString('utf8'),
    resolved: {
      ...resolved,
      event: resolved.event && resolved.link ? repositioned(resolved.event, resolved.position) : resolved.event,
    },
    retries: 0,
  };
};

/** The stream an event belongs to; what a link belongs to that was not followed. */
const pinOf = ({ stream, type, data }: StoredEvent): string => {
  const text = type === LINK_TYPE ? data.toString('utf8') : stream;
  return type === LINK_TYPE ? text.slice(text.indexOf('@') + 1) : text;
};

/** A resolved event is delivered under the position of its link: fields 4 and 5 of RecordedEvent. */
const repositioned = (recorded: Buffer, position: number): Buffer => {
  const parts: Buffer[] = [];
  const reader = new FieldReader(recorded);
  for (let from = 0; reader.next(); from = reader.offset)
    if (reader.field !== 4 && reader.field !== 5) parts.push(recorded.subarray(from, reader.offset));
  const writer = new FieldWriter(Buffer.allocUnsafe(2 * (1 + varintSize(position))));
  writer.scalar(4, position);
  writer.scalar(5, position);
  return Buffer.concat([...parts, writer.buffer]);
};

/** persistent ReadResp{ 1 event: ReadEvent{ …, 5 retry count } }; the rest as in a plain read. */
export const retryCountField = (retries: number): Buffer => {
  const writer = new FieldWriter(Buffer.allocUnsafe(1 + varintSize(retries)));
  writer.scalar(5, retries);
  return writer.buffer;
};
