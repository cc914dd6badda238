import { createHash } from 'node:crypto';
import { OrdinalList } from '../index/growing.js';
import { encodeBody, TOMBSTONE_REVISION } from '../log/record.js';
import { type StoredEvent, unpack } from '../log/stored-event.js';
import { correlationOf, type Events } from '../store/events.js';
import { isMetastream, METADATA_TYPE, originalOf } from '../store/stream-metadata.js';

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
  return () => (name.startsWith(CATEGORY) ? index.category(rest) : index.type(rest)) ?? NO_ORDINALS;
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
  const target =
    source.type === LINK_TYPE ? source.data : Buffer.from(`${source.revision ?? TOMBSTONE_REVISION}@${source.stream}`);
  const { position } = source;
  const metadata = {
    $v: '1:-1:1:4',
    $c: position,
    $p: position,
    ...(name.startsWith(CATEGORY) && originOf(source)),
    $causedBy: source.id,
    ...(name.startsWith(CORRELATION) && {
      $eventTimestamp: new Date(source.created).toISOString(),
      $correlationId: name.slice(CORRELATION.length),
    }),
  };
  return encodeBody(
    {
      id: derivedId(name, source.id),
      type: LINK_TYPE,
      contentType: 'application/octet-stream',
      metadata: Buffer.from(JSON.stringify(metadata)),
      data: target,
    },
    { stream: name, revision, created: inTicks(source.created) },
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
