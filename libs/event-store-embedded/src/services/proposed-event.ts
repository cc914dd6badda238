import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../log/record.js';
import type { Expected } from '../store/expected.js';
import type { FieldReader } from '../wire/protobuf.js';

const NOTHING: Buffer = Buffer.alloc(0);

/** An event as it arrives. Type or content type is undefined where the request leaves it out. */
export type ProposedEvent = Omit<NewEvent, 'type' | 'contentType'> &
  Readonly<{ type: string | undefined; contentType: string | undefined }>;

/** ProposedMessage of both append requests: 1 id, 2 metadata map, 3 custom metadata, 4 data. */
export const parseProposed = (reader: FieldReader): ProposedEvent => {
  const event = {
    id: '',
    type: undefined as string | undefined,
    contentType: undefined as string | undefined,
    metadata: NOTHING,
    data: NOTHING,
  };
  while (reader.next()) {
    if (reader.field === 1) event.id = parseUuid(reader.nested());
    else if (reader.field === 2) parseEntry(reader.nested(), event);
    else if (reader.field === 3) event.metadata = reader.bytes();
    else if (reader.field === 4) event.data = reader.bytes();
  }
  return event.id ? event : { ...event, id: randomUUID() };
};

const parseEntry = (entry: FieldReader, event: { type: string | undefined; contentType: string | undefined }): void => {
  let key = '';
  let value = '';
  while (entry.next()) {
    if (entry.field === 1) key = entry.text();
    else value = entry.text();
  }
  if (key === 'type') event.type = value;
  else if (key === 'content-type') event.contentType = value;
};

/** An id may come with or without dashes, in braces or brackets. */
const UUID = /^(?:[0-9a-f]{32}|[{(]?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}[})]?)$/i;

/** As nearly all come, and as all are kept. */
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** @throws an Error where the text is no id */
const parseUuid = (reader: FieldReader): string => {
  if (!reader.next()) return '';
  if (reader.field === 1) return structured(reader.nested());
  const text = reader.text();
  if (CANONICAL.test(text)) return text;
  if (!UUID.test(text)) throw new Error(`'${text}' is no UUID`);
  return dashed(text.toLowerCase().replace(/[^0-9a-f]/g, ''));
};

const structured = (reader: FieldReader): string => {
  const halves = ['', '0'.repeat(16), '0'.repeat(16)];
  while (reader.next()) halves[reader.field] = reader.bigValue().toString(16).padStart(16, '0');
  return dashed(`${halves[1]}${halves[2]}`);
};

const dashed = (hex: string): string =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;

/** The options of every write share these fields: 2 revision, 3 no stream, 4 any, 5 stream exists. */
export const parseExpected = (reader: FieldReader): Expected | undefined => {
  if (reader.field === 2) return reader.value;
  return ([undefined, undefined, undefined, 'no_stream', 'any', 'stream_exists'] as const)[reader.field];
};

/** StreamIdentifier: 3 name. */
export const parseStreamName = (identifier: FieldReader): string => {
  let name = '';
  while (identifier.next()) if (identifier.field === 3) name = identifier.text();
  return name;
};
