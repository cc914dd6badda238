import { Code, StatusError } from './status.js';

export const FRAME_HEADER = 5;

/** A message behind the header gRPC gives it: a flag and four bytes of length. */
export const framed = (message: Uint8Array): Buffer => {
  const frame = Buffer.allocUnsafe(FRAME_HEADER + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, FRAME_HEADER);
  return frame;
};

/** As much comes out of memory that Node keeps ready. */
const LITTLE = 2048;

/** Collects framed messages until they are worth one write. */
export class FrameBuffer {
  private buffer = Buffer.allocUnsafe(64 * 1024);
  length = 0;

  add(message: Uint8Array): void {
    this.reserve(FRAME_HEADER + message.length);
    this.buffer[this.length] = 0;
    this.buffer.writeUInt32BE(message.length, this.length + 1);
    this.buffer.set(message, this.length + FRAME_HEADER);
    this.length += FRAME_HEADER + message.length;
  }

  /** What was collected. A little is copied, for more the memory is given away. */
  take(): Buffer {
    if (this.length <= LITTLE) {
      const copy = Buffer.from(this.buffer.subarray(0, this.length));
      this.length = 0;
      return copy;
    }
    const taken = this.buffer.subarray(0, this.length);
    this.buffer = Buffer.allocUnsafe(this.length < 4096 ? 4096 : 64 * 1024);
    this.length = 0;
    return taken;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

/** Cuts the bytes of a call back into messages. */
export class MessageSplitter {
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  constructor(private readonly maxMessageBytes: number) {}

  push(chunk: Buffer, deliver: (message: Buffer) => void): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
    while (this.pendingBytes >= FRAME_HEADER) {
      const length = this.messageLength();
      if (this.pendingBytes < FRAME_HEADER + length) return;
      const bytes = this.joined();
      this.keep(bytes.subarray(FRAME_HEADER + length));
      deliver(bytes.subarray(FRAME_HEADER, FRAME_HEADER + length));
    }
  }

  private messageLength(): number {
    if ((this.pending[0] as Buffer).length < FRAME_HEADER) this.keep(this.joined());
    const head = this.pending[0] as Buffer;
    if (head[0] !== 0) throw new StatusError(Code.UNIMPLEMENTED, 'Compressed messages are not supported.');
    const length = head.readUInt32BE(1);
    if (length > this.maxMessageBytes)
      throw new StatusError(Code.RESOURCE_EXHAUSTED, 'Received message exceeds the maximum configured message size.');
    return length;
  }

  private joined(): Buffer {
    return this.pending.length === 1 ? (this.pending[0] as Buffer) : Buffer.concat(this.pending, this.pendingBytes);
  }

  private keep(rest: Buffer): void {
    this.pending = rest.length ? [rest] : [];
    this.pendingBytes = rest.length;
  }
}
