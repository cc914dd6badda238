import { createHash } from 'node:crypto';
import type { EventIndex } from '../index/event-index.js';
import type { OrdinalList } from '../index/growing.js';
import { encodeBody, type StoredEvent, TOMBSTONE_REVISION, unpack } from '../log/record.js';
import type { Events } from '../store/events.js';
import { isMetastream, METADATA_TYPE, originalOf } from '../store/stream-metadata.js';

export const LINK_TYPE = '$>';

/** A system stream: the index lists its events, the links to them are made when they are read. */
export type LinkList = Readonly<{ name: string; ordinals: () => OrdinalList | undefined; namesStream: boolean }>;

const CATEGORY = '$ce-';
const EVENT_TYPE = '$et-';
const STREAMS = '$streams';

export const isLinkList = (stream: string): boolean =>
  stream.startsWith(CATEGORY) || stream.startsWith(EVENT_TYPE) || stream === STREAMS;

export const linkListOf = (index: EventIndex, name: string): LinkList | undefined => {
  if (!isLinkList(name)) return undefined;
  return { name, ordinals: () => listed(index, name), namesStream: name.startsWith(CATEGORY) };
};

const listed = (index: EventIndex, name: string): OrdinalList | undefined => {
  if (name === STREAMS) return index.firsts;
  return name.startsWith(CATEGORY)
    ? index.category(name.slice(CATEGORY.length))
    : index.type(name.slice(EVENT_TYPE.length));
};

/** The link event at a revision of a system stream, in the form of a record's body. */
export const linkBody = (events: Events, { name, ordinals, namesStream }: LinkList, revision: number): Buffer => {
  const source = unpack(events.bodyAt((ordinals() as OrdinalList).get(revision)));
  const target =
    source.type === LINK_TYPE ? source.data : Buffer.from(`${source.revision ?? TOMBSTONE_REVISION}@${source.stream}`);
  const { position } = source;
  const metadata = {
    $v: '1:-1:1:4',
    $c: position,
    $p: position,
    ...(namesStream && originOf(source)),
    $causedBy: source.id,
  };
  return encodeBody(
    {
      id: derivedId(name, source.id),
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      metadata: Buffer.from(JSON.stringify(metadata)),
      data: target,
    },
    { stream: name, revision, created: String(Math.round(source.created * 10_000)) },
    position,
  );
};

/** The stream a link stands for; a deletion stands for the stream that was deleted. */
const originOf = ({ stream, type }: StoredEvent) =>
  type === METADATA_TYPE && isMetastream(stream) ? { $o: originalOf(stream), $deleted: -1 } : { $o: stream };

/** The same link has the same id whenever it is read (a UUID of version 5 in form). */
const derivedId = (list: string, sourceId: string): string => {
  const bytes = createHash('sha1').update(list).update(sourceId).digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
