import protobuf, { type BinaryReader } from 'google-protobuf';
import type { Stored } from './codec.js';

type Event = { -readonly [Field in keyof Stored]: Stored[Field] };
type Read = (event: Event, reader: BinaryReader) => void;

/**
 * The event in one message (`ReadResp`) of a subscription; null: a message without one. Fields are read as they lie
 * there: the generated code makes an object for every level of every event, which is half of a replay's time.
 * Data or metadata that is not JSON comes as text, as bytes: the codec says what is wrong.
 */
export const eventIn = (message: Buffer): Stored | null => {
  const reader = protobuf.BinaryReader.alloc(new Uint8Array(message.buffer, message.byteOffset, message.length));
  const event: Event = {
    id: '',
    type: '',
    streamId: '',
    revision: 0n,
    position: { commit: -1n },
    isJson: false,
    data: undefined,
    metadata: undefined,
  };
  readResponse(event, reader);
  reader.free();
  return event.id === '' ? null : event;
};

/** Reads the fields of a message that it knows, and skips the others. */
const fields = (known: Readonly<Record<number, Read>>): Read => {
  const reads: (Read | undefined)[] = [];
  for (const [field, read] of Object.entries(known)) reads[Number(field)] = read;
  return (event, reader) => {
    while (reader.nextField()) {
      const read = reads[reader.getFieldNumber()];
      if (read) read(event, reader);
      else reader.skipField();
    }
  };
};

const nested = (known: Readonly<Record<number, Read>>): Read => {
  const inner = fields(known) as never;
  return (event, reader) => reader.readMessage(event as never, inner);
};

/** A view of the message, not a copy. */
const bytes = (reader: BinaryReader): Buffer => {
  const { buffer, byteOffset, length } = reader.readBytes();
  return Buffer.from(buffer, byteOffset, length);
};
const integer = (reader: BinaryReader): bigint => BigInt(reader.readUint64String());

const parsed = (text: string, otherwise: unknown): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
};

/** An entry of a map: its key comes first. */
const label: Read = (event, reader) => {
  reader.readMessage(
    event as never,
    (() => {
      reader.nextField();
      const key = reader.readString();
      if (!reader.nextField()) return;
      const value = reader.readString();
      if (key === 'type') event.type = value;
      else if (key === 'content-type') event.isJson = value === 'application/json';
    }) as never,
  );
};

const recorded: Readonly<Record<number, Read>> = {
  1: nested({
    2: (event, reader) => {
      event.id = reader.readString();
    },
  }),
  2: nested({
    3: (event, reader) => {
      event.streamId = bytes(reader).toString();
    },
  }),
  3: (event, reader) => {
    event.revision = integer(reader);
  },
  5: (event, reader) => {
    event.position = { commit: integer(reader) };
  },
  6: label,
  7: (event, reader) => {
    const metadata = bytes(reader);
    event.metadata = metadata.length === 0 ? undefined : parsed(metadata.toString(), metadata);
  },
  8: (event, reader) => {
    const data = bytes(reader).toString();
    event.data = parsed(data, data);
  },
};

const readResponse = fields({ 1: nested({ 1: nested(recorded) }) });
