import type { Written } from '../store/append.js';
import { MAX_APPEND_BYTES } from '../store/append.js';
import type { Expected } from '../store/expected.js';
import { delimited, scalar } from '../wire/protobuf.js';
import { Code } from '../wire/status.js';

const NOTHING = Buffer.alloc(0);
const TYPES = 'type.googleapis.com/event_store.client.';

type Success = Extract<Written, { outcome: 'written' | 'repeated' }>;
type Wrong = Extract<Written, { outcome: 'wrong-expected-version' }>;

/** Success of both append answers: 1 revision or 2 no stream, 3 position or 4 none. */
export const success = ({ revision, position }: Success): Buffer =>
  Buffer.concat([
    revision < 0 ? delimited(2, NOTHING) : scalar(1, revision),
    position === undefined
      ? delimited(4, NOTHING)
      : delimited(3, Buffer.concat([scalar(1, position), scalar(2, position)])),
  ]);

/** AppendResp.WrongExpectedVersion: 1–5 as servers before 20.6.1 said it, 6 revision or 7 no stream, 8–11 what was expected. */
export const wrongVersionClassic = ({ current, expected }: Wrong): Buffer =>
  Buffer.concat([
    current < 0
      ? Buffer.concat([delimited(2, NOTHING), delimited(7, NOTHING)])
      : Buffer.concat([scalar(1, current), scalar(6, current)]),
    expectation(expected, { revision: 8, any: 9, stream_exists: 10, no_stream: 11 }),
  ]);

const expectation = (
  expected: Expected,
  fields: Record<'revision' | 'any' | 'stream_exists' | 'no_stream', number>,
): Buffer => (typeof expected === 'number' ? scalar(fields.revision, expected) : delimited(fields[expected], NOTHING));

/** An error within a batch: google.rpc.Status{ 1 code, 2 message, 3 details: Any{ 1 type, 2 value } }. */
export const batchError = (code: number, name: string, details: Buffer = NOTHING): Buffer =>
  Buffer.concat([
    scalar(1, code),
    delimited(2, Buffer.from(name)),
    delimited(
      3,
      Buffer.concat([delimited(1, Buffer.from(TYPES + name)), ...(details.length ? [delimited(2, details)] : [])]),
    ),
  ]);

export const batchWrongVersion = ({ current, expected }: Wrong): Buffer =>
  batchError(
    Code.ALREADY_EXISTS,
    'WrongExpectedVersion',
    Buffer.concat([
      current < 0 ? delimited(2, NOTHING) : scalar(1, current),
      expectation(expected, { revision: 3, any: 4, stream_exists: 5, no_stream: 6 }),
    ]),
  );

export const batchStreamDeleted = (stream: string): Buffer =>
  batchError(Code.NOT_FOUND, 'StreamDeleted', delimited(1, delimited(3, Buffer.from(stream))));

export const batchTooLarge = (): Buffer =>
  batchError(Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', scalar(1, MAX_APPEND_BYTES));

export const batchBadRequest = (message: string): Buffer =>
  batchError(Code.INVALID_ARGUMENT, 'BadRequest', delimited(1, Buffer.from(message)));
