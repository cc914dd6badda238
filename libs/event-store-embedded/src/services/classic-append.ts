import type { NewEvent } from '../log/record.js';
import { isLinkList } from '../read/link-list.js';
import { MAX_APPEND_BYTES, type Written } from '../store/append.js';
import type { Expected } from '../store/expected.js';
import type { Writer } from '../store/writer.js';
import type { Call } from '../wire/call.js';
import { framed } from '../wire/framing.js';
import { delimited, FieldReader } from '../wire/protobuf.js';
import { Code, handlerFailed, StatusError, streamDeleted, unimplemented } from '../wire/status.js';
import { success, wrongVersionClassic } from './append-responses.js';
import { type ProposedEvent, parseExpected, parseProposed, parseStreamName } from './proposed-event.js';

const tooLarge = () =>
  new StatusError(Code.INVALID_ARGUMENT, `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });

/** One append a call: options first, then one message an event. */
export const classicAppend = (writer: Writer, call: Call): void => {
  let stream = '';
  let expected: Expected | undefined;
  let dataBytes = 0;
  const events: ProposedEvent[] = [];
  const receiveOptions = (options: FieldReader): void => {
    while (options.next()) {
      if (options.field === 1) stream = parseStreamName(options.nested());
      else expected = parseExpected(options) ?? expected;
    }
    if (!stream) throw handlerFailed();
    if (isLinkList(stream)) throw unimplemented('Appending to a system stream');
  };
  call.onMessage = (message) => {
    const reader = new FieldReader(message);
    if (!reader.next()) return;
    if (reader.field === 1) return receiveOptions(reader.nested());
    const event = parseProposed(reader.nested());
    if (!event.type || event.contentType === undefined) throw missingProperty(event);
    dataBytes += event.data.length;
    if (dataBytes > MAX_APPEND_BYTES) throw tooLarge();
    events.push(event);
  };
  call.onHalfClose = () => {
    if (!stream || expected === undefined) throw handlerFailed();
    writer.write({ kind: 'append', stream, expected, events: events as NewEvent[] }, (written) =>
      call.guard(() => {
        call.write(framed(answerOf(written, stream)));
        call.succeed();
      }),
    );
  };
};

const missingProperty = ({ type, contentType }: ProposedEvent): StatusError => {
  const missing = type === undefined ? 'type' : contentType === undefined ? 'content-type' : undefined;
  if (missing === undefined) return handlerFailed();
  return new StatusError(Code.INVALID_ARGUMENT, `Required Metadata Property '${missing}' is missing`, {
    exception: 'missing-required-metadata-property',
    'required-metadata-properties': 'type,content-type',
  });
};

const answerOf = (written: Written, stream: string): Buffer => {
  switch (written.outcome) {
    case 'written':
    case 'repeated':
      return delimited(1, success(written));
    case 'wrong-expected-version':
      return delimited(2, wrongVersionClassic(written));
    case 'stream-deleted':
      throw streamDeleted(stream);
    case 'failed':
      throw writeFailed(written.error);
  }
};

/** A write that the disk refused. */
export const writeFailed = (error: NodeJS.ErrnoException): StatusError =>
  error.code === 'ENOSPC' || error.code === 'EDQUOT'
    ? new StatusError(
        Code.RESOURCE_EXHAUSTED,
        'The disk is full: nothing was written. Reads go on; appends are accepted again when there is room.',
      )
    : new StatusError(Code.INTERNAL, `The write failed: ${error.message}`);
