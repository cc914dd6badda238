import { type EventData, jsonEvent } from '@eventstore/db-client';
import { type EventSealing, type Sealed, type SealedPart, Unreadable, type Versioned } from '#application';
import type { Actor, Fact, Meta, Participant, PayloadMac, Recorded, Source } from '#kernel';

/** What the codec must know of the events it carries; who they are about is not its business. */
export type EventShapes = Readonly<{
  /** Today's schema version of a type; undefined for a type nobody knows. */
  version: (type: string) => number | undefined;
  /** Data written at `version`, lifted to today's shape. */
  lift: (type: string, version: number, data: object) => object;
}>;

/** The envelope as it is stored: the metadata of every event. */
type Envelope = Readonly<{
  schemaVersion: number;
  occurredAt: string;
  zone: string;
  recordedAt: string;
  sourceRecordedAt?: string;
  backfill?: true;
  customers: readonly Participant[];
  actor: Actor;
  channel: string;
  source?: Source;
  commandId: string;
  $correlationId: string;
  $causationId: string;
  policyRef?: Readonly<Record<string, string>>;
  payloadMac?: PayloadMac;
  personal?: readonly SealedPart[];
}>;

/** An event as the store has it. */
export type Stored = Readonly<{
  id: string;
  type: string;
  streamId: string;
  revision: bigint;
  position?: Readonly<{ commit: bigint }> | undefined;
  isJson: boolean;
  data: unknown;
  metadata: unknown;
}>;

const utf8 = new TextEncoder();

/** An event on its way to the client, and how many bytes of it the database counts: its data, and what was taken out of it. */
export type Encoded = Readonly<{ event: EventData; bytes: number }>;

export class Codec {
  constructor(
    private readonly shapes: EventShapes,
    private readonly sealing: EventSealing,
  ) {}

  /** Throws `Forgotten`, and on data that JSON cannot carry, before the client would swallow it. */
  async encode(facts: readonly Fact[], recordedAt: string): Promise<readonly Encoded[]> {
    const versioned = facts.map((fact) => ({ fact, schemaVersion: this.versionOf(fact) }));
    const sealed = await this.sealing.seal(versioned);
    return versioned.map((each, index) => encoded(each, sealed[index] as Sealed, recordedAt));
  }

  private versionOf({ type }: Fact): number {
    const version = this.shapes.version(type);
    if (version === undefined) throw new Error(`no such event type: ${type}`);
    return version;
  }

  /** Throws `Unreadable`. */
  decode({ id, type, data, metadata, streamId, revision, position, isJson }: Stored): Recorded {
    const version = this.shapes.version(type);
    if (version === undefined) throw new Unreadable('a type nobody knows');
    if (!isJson || !isObject(data)) throw new Unreadable('data is no JSON object');
    if (!isEnvelope(metadata)) throw new Unreadable('metadata is no envelope');
    if (metadata.schemaVersion > version)
      throw new Unreadable(`written by a newer version (${metadata.schemaVersion})`);
    const { schemaVersion, recordedAt, customers, policyRef, payloadMac, personal } = metadata;
    const stored = { id, type, data, ...(personal && { personal }) };
    return {
      id,
      type,
      data: this.shapes.lift(type, schemaVersion, this.sealing.open(stored, schemaVersion)),
      meta: metaOf(metadata),
      customers,
      ...(policyRef && { policyRef }),
      ...(payloadMac && { payloadMac }),
      stream: streamId,
      revision,
      position: (position ?? { commit: -1n }).commit,
      recordedAt,
    };
  }
}

/** Field by field: taking the rest of an object apart is the dearest part of a replay that does not fold. */
const metaOf = (envelope: Envelope): Meta => {
  const { commandId, $correlationId, $causationId, occurredAt, zone, actor, channel } = envelope;
  const { source, backfill, sourceRecordedAt } = envelope;
  return {
    commandId,
    correlationId: $correlationId,
    causationId: $causationId,
    occurredAt,
    zone,
    actor,
    channel,
    ...(source && { source }),
    ...(backfill && { backfill }),
    ...(sourceRecordedAt && { sourceRecordedAt }),
  };
};

const encoded = ({ fact, schemaVersion }: Versioned, { data, personal }: Sealed, recordedAt: string): Encoded => {
  const { id, type, meta, customers, policyRef, payloadMac } = fact;
  // What JSON cannot carry the client would fail on in its own batch stream, and with it every append in flight.
  const bytes = Buffer.byteLength(JSON.stringify(data));
  const sealedBytes = personal?.reduce((sum, { sealed }) => sum + sealed.length, 0) ?? 0;
  const { correlationId, causationId, ...rest } = meta;
  const metadata = {
    schemaVersion,
    recordedAt,
    ...rest,
    customers,
    $correlationId: correlationId,
    $causationId: causationId,
    ...(policyRef && { policyRef }),
    ...(payloadMac && { payloadMac }),
    ...(personal && { personal }),
  };
  // As bytes: an object the client would turn into base64 and back, at a quarter of an append's cost.
  const envelope = utf8.encode(JSON.stringify(metadata));
  return {
    event: jsonEvent({ id, type, data: data as Record<string, unknown>, metadata: envelope }),
    bytes: bytes + sealedBytes,
  };
};

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEnvelope = (value: unknown): value is Envelope => {
  if (!isObject(value) || value instanceof Uint8Array) return false;
  const { schemaVersion, occurredAt, recordedAt, customers, commandId, personal = [] } = value as Partial<Envelope>;
  const texts = [occurredAt, recordedAt, commandId].every((text) => typeof text === 'string');
  return (
    texts &&
    typeof schemaVersion === 'number' &&
    Array.isArray(customers) &&
    Array.isArray(personal) &&
    personal.every(isPart)
  );
};

const isPart = (value: unknown): boolean => {
  const { subject, fields, key, sealed } = (value ?? {}) as Partial<SealedPart>;
  const texts = [subject, sealed].every((text) => typeof text === 'string');
  return texts && Array.isArray(fields) && typeof key === 'number';
};
