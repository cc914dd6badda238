import { createHash } from 'node:crypto';
import { OrdinalList } from '../index/growing.js';
import { DELETED_TYPE } from '../index/system-streams.js';
import { encodeBody, TOMBSTONE_REVISION } from '../log/record.js';
import { type StoredEvent, unpack } from '../log/stored-event.js';
import { correlationOf, type Events } from '../store/events.js';
import { isMetastream, METADATA_TYPE, originalOf, parseMetadata } from '../store/stream-metadata.js';

export const LINK_TYPE = '$>';

/** The ordinals of a system stream's events, in order. */
type Ordinals = Readonly<{ length: number; get(index: number): number }>;

/** A system stream: the index lists its events, what readers see of them is made when they are read. */
export type LinkList = Readonly<{ length: () => number; body: (revision: number) => Buffer }>;

const CATEGORY = '$ce-';
const EVENT_TYPE = '$et-';
const CORRELATION = '$bc-';
const STREAMS = '$streams';
const NO_ORDINALS: Ordinals = { length: 0, get: () => -1 };

export const isLinkList = (stream: string): boolean =>
  stream === STREAMS || [CATEGORY, EVENT_TYPE, CORRELATION].some((prefix) => stream.startsWith(prefix));

export const linkListOf = (events: Events, name: string): LinkList | undefined => {
  if (isMetastream(name) && isLinkList(originalOf(name))) return metadataOf(events, name);
  if (!isLinkList(name)) return undefined;
  const ordinals = ordinalsOf(events, name);
  return {
    length: () => ordinals().length,
    body: (revision) => linkBody(events, { name, ordinals: ordinals() }, revision),
  };
};

const ordinalsOf = (events: Events, name: string): (() => Ordinals) => {
  const { index } = events;
  if (name === STREAMS) return () => index.firsts;
  const rest = name.slice(CATEGORY.length);
  if (name.startsWith(CORRELATION)) return correlated(events, rest);
  if (name.startsWith(CATEGORY)) return () => index.category(rest) ?? NO_ORDINALS;
  // Links are listed by what they are in the index, never by the database.
  return () => (rest === LINK_TYPE ? undefined : index.type(rest)) ?? NO_ORDINALS;
};

/** Looks through the log for a correlation's events, and goes on where it stopped when more are asked for. */
const correlated = (events: Events, correlation: string): (() => Ordinals) => {
  const found = new OrdinalList();
  let looked = 0;
  return () => {
    for (const ordinal of events.index.correlated(correlation, looked))
      if (correlationOf(events.bodyAt(ordinal)) === correlation) found.push(ordinal);
    looked = events.index.size;
    return found;
  };
};

/** Everybody may read a system stream: so its metadata says, as long as nobody wrote other metadata. */
const metadataOf = (events: Events, name: string): LinkList | undefined => {
  if (events.head(name).last >= 0) return undefined;
  const ordinals = ordinalsOf(events, originalOf(name));
  const body = () => {
    const { id, created, position } = unpack(events.bodyAt(ordinals().get(0)));
    const event = { type: METADATA_TYPE, contentType: 'application/json', metadata: new Uint8Array(0), data: PUBLIC };
    const place = { stream: name, revision: 0, created: inTicks(created) };
    return encodeBody({ id: derivedId(name, id), ...event }, place, position);
  };
  return { length: () => Math.min(1, ordinals().length), body };
};

const PUBLIC = Buffer.from('{"$acl":{"$r":"$all","$mr":"$all"}}');

const inTicks = (milliseconds: number): string => String(Math.round(milliseconds * 10_000));

/** The link event at a revision of a system stream, in the form of a record's body. */
const linkBody = (
  events: Events,
  { name, ordinals }: { name: string; ordinals: Ordinals },
  revision: number,
): Buffer => {
  const body = events.bodyAt(ordinals.get(revision));
  const source = unpack(body);
  const { position } = source;
  const metadata = {
    $v: '1:-1:1:4',
    $c: position,
    $p: position,
    ...(name.startsWith(CATEGORY) && { $o: deletedBy(source) ?? source.stream }),
    ...(isListOfStreams(name) && deletedBy(source) !== undefined && { $deleted: -1 }),
    $causedBy: source.id,
    ...(name.startsWith(CORRELATION) && {
      $eventTimestamp: new Date(source.created).toISOString().replace('Z', '000Z'),
      ...(source.type === LINK_TYPE && { $link: { eventId: source.id, metadata: parsedMetadata(source) } }),
      $correlationId: name.slice(CORRELATION.length),
    }),
  };
  return encodeBody(
    {
      id: derivedId(name, source.id),
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      metadata: Buffer.from(JSON.stringify(metadata)),
      data: targetOf(source, name),
    },
    { stream: name, revision, created: inTicks(source.created) },
    position,
  );
};

const isListOfStreams = (name: string): boolean => name.startsWith(CATEGORY) || name.startsWith(EVENT_TYPE);

/** What a link names: the event itself, or what that event links to. By type, a deletion is named after the stream it deleted. */
const targetOf = (source: StoredEvent, name: string): Buffer => {
  if (source.type === LINK_TYPE) return source.data;
  const stream = name === `${EVENT_TYPE}${DELETED_TYPE}` ? deletedBy(source) : undefined;
  return Buffer.from(`${source.revision ?? TOMBSTONE_REVISION}@${stream ?? source.stream}`);
};

/** The stream whose deletion an event is. */
const deletedBy = ({ stream, type, revision, data }: StoredEvent): string | undefined => {
  if (revision === undefined) return stream;
  const isDeletion = type === METADATA_TYPE && isMetastream(stream) && parseMetadata(data).softDeleted;
  return isDeletion ? originalOf(stream) : undefined;
};

const parsedMetadata = ({ metadata }: StoredEvent): unknown => JSON.parse(metadata.toString('utf8'));

/** The same link has the same id whenever it is read (a UUID of version 5 in form). */
const derivedId = (list: string, sourceId: string): string => {
  const bytes = createHash('sha1').update(list).update(sourceId).digest();
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
