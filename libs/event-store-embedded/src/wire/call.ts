import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { MessageSplitter } from './framing.js';
import { Code, StatusError } from './status.js';

const CONTENT_TYPE = 'application/grpc';

/** A peer that does not read costs this much memory; one that does never waits for us in between. */
const MAX_UNSENT_BYTES = 192 * 1024;

/** One gRPC call on the server's side: messages in, frames out, one status at the end. */
export class Call {
  onMessage: (message: Buffer) => void = () => {};
  onHalfClose: () => void = () => {};
  onClose: () => void = () => {};
  private ended = false;
  private responded = false;
  private waiting: (() => void) | undefined;

  constructor(
    private readonly stream: ServerHttp2Stream,
    readonly headers: IncomingHttpHeaders,
    maxMessageBytes: number,
  ) {
    const splitter = new MessageSplitter(maxMessageBytes);
    stream.on('data', (chunk: Buffer) => this.guard(() => splitter.push(chunk, (message) => this.receive(message))));
    stream.on('end', () => this.guard(() => this.onHalfClose()));
    stream.on('error', () => this.closed());
    stream.on('close', () => this.closed());
  }

  get open(): boolean {
    return !this.ended;
  }

  /** Whether the peer reads as fast as we write; `whenWritable` tells when it does again. */
  get writable(): boolean {
    return !this.ended && this.stream.writableLength < MAX_UNSENT_BYTES;
  }

  whenWritable(resume: () => void): void {
    this.waiting = resume;
  }

  /** Sends messages that are framed already. */
  write(frames: Buffer): void {
    if (this.ended) return;
    this.respond();
    this.stream.write(frames, this.sent);
  }

  /** Stops reading what the peer sends, until `resume`. */
  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  succeed(): void {
    this.finish(Code.OK, '', {});
  }

  fail(error: unknown): void {
    if (error instanceof StatusError) this.finish(error.code, error.message, error.trailers);
    else this.finish(Code.UNKNOWN, 'Exception was thrown by handler.', {});
  }

  /** Runs part of a handler: what it throws becomes the call's status. */
  guard(action: () => void): void {
    if (this.ended) return;
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }

  private receive(message: Buffer): void {
    if (!this.ended) this.onMessage(message);
  }

  private respond(): void {
    if (this.responded) return;
    this.responded = true;
    this.stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE }, { waitForTrailers: true });
  }

  private finish(code: number, message: string, trailers: Readonly<Record<string, string>>): void {
    if (this.ended) return;
    this.ended = true;
    if (this.stream.destroyed) return;
    const status = {
      'grpc-status': String(code),
      ...(message && { 'grpc-message': percentEncoded(message) }),
      ...encoded(trailers),
    };
    if (this.responded) {
      this.stream.once('wantTrailers', () => this.stream.sendTrailers(status));
      this.stream.end();
    } else {
      this.responded = true;
      this.stream.respond({ ':status': 200, 'content-type': CONTENT_TYPE, ...status }, { endStream: true });
    }
    this.stream.resume();
    this.onClose();
  }

  private readonly sent = (): void => {
    if (!this.waiting || !this.writable) return;
    const resume = this.waiting;
    this.waiting = undefined;
    this.guard(resume);
  };

  private closed(): void {
    if (this.ended) return;
    this.ended = true;
    this.onClose();
  }
}

const percentEncoded = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x25
        ? `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');

/** Header values are bytes: text beyond latin1 goes out as its UTF-8 bytes. */
const encoded = (trailers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(trailers).map(([name, value]) => [
      name,
      Buffer.from(value.replace(/[\r\n\0]/g, ' '), 'utf8').toString('latin1'),
    ]),
  );
