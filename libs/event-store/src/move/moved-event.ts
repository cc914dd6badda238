import { createHash, type Hash } from 'node:crypto';

/** An event as it lies in a store, byte by byte. */
export type MovedEvent = Readonly<{
  id: string;
  stream: string;
  revision: bigint;
  position: bigint;
  type: string;
  contentType: string;
  metadata: Uint8Array;
  data: Uint8Array;
}>;

/**
 * How an event gets into the other store. 'own': every store has its own, it stays behind. 'tombstone', 'revival': the
 * store writes it by itself when it is asked to end a stream, or when something is appended to a deleted one.
 */
export type Kind = 'own' | 'plain' | 'tombstone' | 'revival';

const METADATA_OF = '$$';
const DELETED = 9223372036854775807n;

/** Tells the kinds of a log's events, which must be shown to it in order. */
export class Kinds {
  private readonly deleted = new Set<string>();
  private readonly reviving = new Set<string>();

  of(event: MovedEvent): Kind {
    const { stream, type } = event;
    const described = stream.startsWith(METADATA_OF) ? stream.slice(METADATA_OF.length) : undefined;
    if ((described ?? stream).startsWith('$')) return 'own';
    if (type === '$streamDeleted') return 'tombstone';
    if (described !== undefined) return this.metadata(described, event);
    if (this.deleted.delete(stream)) this.reviving.add(stream);
    return 'plain';
  }

  private metadata(described: string, { data }: MovedEvent): Kind {
    if (this.reviving.delete(described)) return 'revival';
    const wasDeleted = this.deleted.delete(described);
    if (truncatesAll(data)) this.deleted.add(described);
    else if (wasDeleted) this.reviving.add(described);
    return 'plain';
  }
}

/** Looks for the number in the text: as a parsed number it would be another one. */
const truncatesAll = (metadata: Uint8Array): boolean =>
  new RegExp(`"\\$tb"\\s*:\\s*${DELETED}\\b`).test(Buffer.from(metadata).toString('utf8'));

/** SHA-256 over events in order: stream, revision, type, id, content type, metadata and data of each. */
export class LogHash {
  private readonly hash: Hash = createHash('sha256');
  events = 0;

  add(kind: Kind, event: MovedEvent): void {
    this.events++;
    for (const part of partsOf(kind, event)) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(bytes.length);
      this.hash.update(length).update(bytes);
    }
  }

  /** The hash so far; more may be added. */
  get hex(): string {
    return this.hash.copy().digest('hex');
  }
}

/** What must be equal. An event that a store writes by itself has an id of its own, and JSON as that store writes it. */
const partsOf = (kind: Kind, event: MovedEvent): readonly (string | Uint8Array)[] => {
  const { id, stream, revision, type, contentType, metadata, data } = event;
  const place = [stream, String(revision), type];
  if (kind === 'tombstone') return place;
  if (kind === 'revival') return [...place, sameJson(data)];
  const isJson = contentType === 'application/json' ? 'json' : 'bytes';
  return [...place, id, isJson, metadata, data];
};

const sameJson = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
};

export const isSameJson = (one: Uint8Array, other: Uint8Array): boolean => sameJson(one) === sameJson(other);

export const isSame = (kind: Kind, one: MovedEvent, other: MovedEvent): boolean => {
  const [left, right] = [partsOf(kind, one), partsOf(kind, other)];
  return left.every((part, index) => Buffer.from(part).equals(Buffer.from(right[index] ?? '')));
};
