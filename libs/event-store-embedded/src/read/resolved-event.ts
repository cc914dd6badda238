import { recordedIn, type StoredEvent, unpack } from '../log/stored-event.js';
import type { Events } from '../store/events.js';
import { FieldWriter, fieldSize, scalar, varintSize } from '../wire/protobuf.js';
import { LINK_TYPE } from './link-list.js';
import { StreamView } from './stream-view.js';

/** An event, the link that led to it, or both; as bytes of RecordedEvent messages. */
export type Resolved = Readonly<{
  event?: Buffer | undefined;
  link?: Buffer | undefined;
  position: number;
  extra?: Buffer;
}>;

const LINK = /^\s*([+-]?\d+)\s*@(.*)$/s;

/**
 * Follows a link one step. A link to what cannot be seen stays alone. An event that is none by its data stays as it is when
 * it is read; `isLive`: to who sees it the moment it is written, the database shows it as a link that leads nowhere.
 */
export const resolve = (events: Events, body: Buffer, isLive = false): Resolved | undefined => {
  const event = unpack(body);
  if (event.type !== LINK_TYPE) return undefined;
  const target = targetOf(event);
  if (!target) return isLive ? { link: event.recorded, position: event.position } : undefined;
  const found =
    target.revision < 0 || target.stream === ''
      ? undefined
      : new StreamView(events, target.stream).visible(target.revision);
  return { event: found && recordedIn(found), link: event.recorded, position: event.position };
};

const targetOf = (link: StoredEvent): { stream: string; revision: number } | undefined => {
  const parts = LINK.exec(link.data.toString('utf8'));
  const revision = Number(parts?.[1]);
  return parts && Math.abs(revision) <= 2 ** 63 ? { revision, stream: parts[2] as string } : undefined;
};

/** The ReadResp message a reader is sent for a resolved event. `extra` is appended to its ReadEvent. */
export const readResponse = ({ event, link, position, extra = Buffer.alloc(0) }: Resolved): Buffer => {
  const inner =
    (event ? fieldSize(event.length) : 0) +
    (link ? fieldSize(link.length) : 0) +
    1 +
    varintSize(position) +
    extra.length;
  const writer = new FieldWriter(Buffer.allocUnsafe(fieldSize(inner)));
  writer.open(1, inner);
  if (event) writer.bytes(1, event);
  if (link) writer.bytes(2, link);
  writer.buffer.set(scalar(3, position), writer.at);
  writer.at += 1 + varintSize(position);
  writer.buffer.set(extra, writer.at);
  return writer.buffer;
};
