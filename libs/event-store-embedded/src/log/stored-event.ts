import { FieldReader } from '../wire/protobuf.js';

/** An event as it was written. `revision` is undefined for a tombstone. `recorded` are the bytes of the RecordedEvent message. */
export type StoredEvent = Readonly<{
  id: string;
  stream: string;
  revision: number | undefined;
  position: number;
  type: string;
  contentType: string;
  /** milliseconds since 1970 */
  created: number;
  metadata: Buffer;
  data: Buffer;
  recorded: Buffer;
}>;

type Unpacked = { -readonly [Field in keyof StoredEvent]: StoredEvent[Field] };
const NOTHING = Buffer.alloc(0);

/** The RecordedEvent message within a record's body. */
export const recordedIn = (body: Buffer): Buffer => {
  const reader = new FieldReader(body);
  reader.next();
  const event = reader.nested();
  event.next();
  return event.bytes();
};

export const unpack = (body: Buffer): StoredEvent => unpackRecorded(recordedIn(body));

export const unpackRecorded = (recorded: Buffer): StoredEvent => {
  const reader = new FieldReader(recorded);
  const event: Unpacked = {
    id: '',
    stream: '',
    revision: 0,
    position: 0,
    type: '',
    contentType: '',
    created: 0,
    metadata: NOTHING,
    data: NOTHING,
    recorded,
  };
  while (reader.next()) FIELDS[reader.field]?.(event, reader);
  return event;
};

const FIELDS: Readonly<Record<number, (event: Unpacked, reader: FieldReader) => void>> = {
  1: (event, reader) => {
    const id = reader.nested();
    id.next();
    event.id = recordedText(id);
  },
  2: (event, reader) => {
    const name = reader.nested();
    name.next();
    event.stream = name.text();
  },
  3: (event, reader) => {
    event.revision = reader.value < Number.MAX_SAFE_INTEGER ? reader.value : undefined;
  },
  5: (event, reader) => {
    event.position = reader.value;
  },
  6: (event, reader) => {
    const entry = reader.nested();
    entry.next();
    const key = entry.text();
    entry.next();
    if (key === 'type') event.type = entry.text();
    else if (key === 'content-type') event.contentType = entry.text();
    else event.created = Number(entry.text()) / 10_000;
  },
  7: (event, reader) => {
    event.metadata = reader.bytes();
  },
  8: (event, reader) => {
    event.data = reader.bytes();
  },
};

const recordedText = (reader: FieldReader): string => reader.buffer.toString('latin1', reader.start, reader.stop);

/** Stream name and type alone: what filters and the index look at. */
export type Labels = { stream: string; type: string; revision: number | undefined };

export const labelsOf = (body: Buffer): Labels => {
  const reader = new FieldReader(recordedIn(body));
  const labels: Labels = { stream: '', type: '', revision: 0 };
  while (reader.next()) {
    if (reader.field === 2) {
      const name = reader.nested();
      name.next();
      labels.stream = name.text();
    } else if (reader.field === 3) labels.revision = reader.value < Number.MAX_SAFE_INTEGER ? reader.value : undefined;
    else if (reader.field === 6) {
      const entry = reader.nested();
      entry.next();
      entry.next();
      labels.type = entry.text();
      return labels;
    }
  }
  return labels;
};
