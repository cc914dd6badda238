import type { NewEvent } from '../log/record.js';
import { isLinkList } from '../read/link-list.js';
import { MAX_APPEND_BYTES, type Written } from '../store/append.js';
import type { Expected } from '../store/expected.js';
import type { Writer } from '../store/writer.js';
import type { Call } from '../wire/call.js';
import { FrameBuffer } from '../wire/framing.js';
import { delimited, FieldReader } from '../wire/protobuf.js';
import { Code } from '../wire/status.js';
import {
  batchBadRequest,
  batchError,
  batchStreamDeleted,
  batchTooLarge,
  batchWrongVersion,
  success,
} from './append-responses.js';
import { type ProposedEvent, parseExpected, parseProposed, parseStreamName } from './proposed-event.js';

/** Bytes of unanswered appends after which a caller is no longer read from. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

/** An append whose last part has not come by then, or by its own deadline when that is earlier, is given up. */
const COMPLETE_WITHIN_MS = 30_000;

/** An append put together from the messages with one correlation id. */
type Pending = {
  correlation: Buffer;
  stream: string | undefined;
  expected: Expected | undefined;
  deadline: number | undefined;
  events: ProposedEvent[];
  dataBytes: number;
  heldBytes: number;
  /** What cannot be understood in it. */
  problem: Error | undefined;
  expiry: NodeJS.Timeout | undefined;
};

/** One caller's stream of appends: each is answered by itself, errors included, and the call stays open. */
export class BatchAppendCall {
  private readonly pending = new Map<string, Pending>();
  private readonly answers = new FrameBuffer();
  private heldBytes = 0;
  private flushing = false;
  private unanswered = 0;
  private halfClosed = false;

  constructor(
    private readonly call: Call,
    private readonly writer: Writer,
  ) {
    call.onMessage = (message) => this.receive(message);
    call.onHalfClose = () => {
      this.halfClosed = true;
      this.endIfDone();
    };
    call.onClose = () => {
      for (const { expiry } of this.pending.values()) clearTimeout(expiry);
      this.pending.clear();
    };
  }

  private receive(message: Buffer): void {
    const reader = new FieldReader(message);
    const part = {
      correlation: Buffer.alloc(0) as Buffer,
      options: undefined as FieldReader | undefined,
      events: [] as ProposedEvent[],
      isFinal: false,
    };
    let dataBytes = 0;
    let problem: Error | undefined;
    while (reader.next()) {
      if (reader.field === 1) part.correlation = reader.bytes();
      else if (reader.field === 2) part.options = reader.nested();
      else if (reader.field === 3)
        try {
          dataBytes += part.events[part.events.push(parseProposed(reader.nested())) - 1]?.data.length ?? 0;
        } catch (error) {
          problem = error as Error;
        }
      else if (reader.field === 4) part.isFinal = reader.value === 1;
    }
    const key = part.correlation.toString('latin1');
    const append = this.pending.get(key) ?? this.begun(key, part.correlation, part.options);
    if (!append) return;
    append.problem ??= problem;
    append.dataBytes += dataBytes;
    if (append.dataBytes <= MAX_APPEND_BYTES) append.events.push(...part.events);
    this.hold(append, message.length);
    if (!part.isFinal) {
      append.expiry ??= setTimeout(() => this.expire(key, append), waitFor(append)).unref();
      return;
    }
    clearTimeout(append.expiry);
    this.pending.delete(key);
    this.apply(append);
  }

  private expire(key: string, append: Pending): void {
    this.pending.delete(key);
    this.call.guard(() => this.answer(append, 2, TIMEOUT));
  }

  /** A first message without options gets no answer. */
  private begun(key: string, correlation: Buffer, options: FieldReader | undefined): Pending | undefined {
    if (!options) return undefined;
    const append: Pending = {
      correlation,
      stream: undefined,
      expected: undefined,
      deadline: undefined,
      events: [],
      dataBytes: 0,
      heldBytes: 0,
      problem: undefined,
      expiry: undefined,
    };
    while (options.next()) {
      if (options.field === 1) append.stream = parseStreamName(options.nested());
      else if (options.field === 6) append.deadline = parseInstant(options.nested());
      else if (options.field === 7) append.deadline = Date.now() + parseInstant(options.nested());
      else append.expected = parseExpected(options) ?? append.expected;
    }
    this.pending.set(key, append);
    this.unanswered++;
    return append;
  }

  private apply(append: Pending): void {
    const refusal = refusalOf(append);
    if (refusal) this.answer(append, 2, refusal);
    else {
      const { stream, expected, events } = append as Pending & {
        stream: string;
        expected: Expected;
        events: NewEvent[];
      };
      const write = { kind: 'append', stream, expected, events } as const;
      this.writer.write(write, (written) => this.answer(append, ...answerOf(written, stream)));
    }
  }

  private answer(append: Pending, field: number, result: Buffer): void {
    this.answers.add(
      Buffer.concat([
        delimited(1, append.correlation),
        delimited(field, result),
        delimited(4, delimited(3, Buffer.from(append.stream ?? ''))),
      ]),
    );
    this.hold(append, -append.heldBytes);
    this.unanswered--;
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    this.call.write(this.answers.take());
    this.endIfDone();
  }

  private endIfDone(): void {
    if (this.halfClosed && this.unanswered === 0) this.call.succeed();
  }

  private hold(append: Pending, bytes: number): void {
    const wasFull = this.heldBytes > MAX_PENDING_BYTES;
    append.heldBytes += bytes;
    this.heldBytes += bytes;
    const isFull = this.heldBytes > MAX_PENDING_BYTES;
    if (isFull && !wasFull) this.call.pause();
    if (wasFull && !isFull) this.call.resume();
  }
}

/** Timestamp and Duration alike: 1 seconds, 2 nanoseconds; in milliseconds. */
const parseInstant = (reader: FieldReader): number => {
  let milliseconds = 0;
  while (reader.next()) milliseconds += reader.field === 1 ? reader.value * 1000 : Math.floor(reader.value / 1_000_000);
  return milliseconds;
};

const TIMEOUT = batchError(Code.DEADLINE_EXCEEDED, 'Timeout');

const waitFor = ({ deadline }: Pending): number =>
  Math.min(COMPLETE_WITHIN_MS, Math.max(0, (deadline ?? Number.POSITIVE_INFINITY) - Date.now()));

const refusalOf = ({ stream, expected, deadline, events, dataBytes, problem }: Pending): Buffer | undefined => {
  if (!stream) return batchBadRequest("Required field 'stream_identifier' is empty.");
  if (expected === undefined) return batchBadRequest('The expected stream position is not set.');
  if (deadline !== undefined && deadline < Date.now()) return TIMEOUT;
  if (problem) return batchBadRequest(problem.message);
  if (dataBytes > MAX_APPEND_BYTES) return batchTooLarge();
  if (events.some(({ type, contentType }) => !type || contentType === undefined))
    return batchBadRequest("Every event needs the metadata 'type' and 'content-type'.");
  return isLinkList(stream) ? batchError(Code.UNIMPLEMENTED, 'SystemStreamIsReadOnly') : undefined;
};

const answerOf = (written: Written, stream: string): [field: number, result: Buffer] => {
  switch (written.outcome) {
    case 'written':
    case 'repeated':
      return [3, success(written)];
    case 'wrong-expected-version':
      return [2, batchWrongVersion(written)];
    case 'stream-deleted':
      return [2, batchStreamDeleted(stream)];
    case 'failed':
      return [2, batchError(Code.RESOURCE_EXHAUSTED, failureName(written.error))];
  }
};

/** The client shows the name of an error it does not know and nothing else. */
const failureName = (error: NodeJS.ErrnoException): string =>
  error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'DiskFull' : 'WriteFailed';
