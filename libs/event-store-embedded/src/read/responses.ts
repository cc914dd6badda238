import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { delimited, scalar } from '../wire/protobuf.js';

/* ReadResp messages that are no events: fields 2 confirmation, 3 checkpoint, 4 not found, 5 first revision, 6 last revision, 8 caught up, 9 fell behind. */
const NOTHING = Buffer.alloc(0);

export const CAUGHT_UP = delimited(8, NOTHING);
export const FELL_BEHIND = delimited(9, NOTHING);

export const confirmation = (id: string): Buffer => delimited(2, delimited(1, Buffer.from(id)));

export const checkpoint = (position: number): Buffer =>
  delimited(3, Buffer.concat([scalar(1, position), scalar(2, position)]));

export const streamNotFound = (stream: string): Buffer => delimited(4, delimited(1, delimited(3, Buffer.from(stream))));

export const firstStreamPosition = (revision: number): Buffer => scalar(5, revision);

export const lastStreamPosition = (revision: number): Buffer => scalar(6, revision);

/** The same response with ids as two numbers instead of text, for callers that ask for that. */
export const withStructuredIds = (response: Buffer): Buffer => {
  const message = streams.ReadResp.deserializeBinary(response);
  const event = message.getEvent();
  for (const recorded of [event?.getEvent(), event?.getLink()]) {
    const id = recorded?.getId();
    if (!id) continue;
    const hex = id.getString().replaceAll('-', '');
    const structured = new shared.UUID.Structured();
    structured.setMostSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)).toString());
    structured.setLeastSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`)).toString());
    id.setStructured(structured);
  }
  return Buffer.from(message.serializeBinary());
};
