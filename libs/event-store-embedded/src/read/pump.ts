import type { Call } from '../wire/call.js';
import { FrameBuffer } from '../wire/framing.js';
import type { StatusError } from '../wire/status.js';

export const BATCH_BYTES = 64 * 1024;
const MAX_BATCHES = 4;

/** Adds messages until the buffer is worth a write. 'idle' waits for `wake`, 'done' ends the call well, an error with its status. */
export type Produce = (frames: FrameBuffer) => 'more' | 'idle' | 'done' | StatusError;

/** Sends what `produce` makes as fast as the peer reads and no faster: one batch is all that is ever held for it. */
export class Pump {
  private readonly frames = new FrameBuffer();
  private waiting = false;
  private isBlocked = false;

  constructor(
    private readonly call: Call,
    private readonly produce: Produce,
  ) {}

  /** The peer is behind: what was sent has not been taken. */
  get blocked(): boolean {
    return this.isBlocked;
  }

  wake = (): void => {
    if (!this.waiting) this.call.guard(() => this.run());
  };

  private run(): void {
    let state: ReturnType<Produce> = 'more';
    for (let batches = 0; state === 'more' && this.call.open && this.call.writable; batches++) {
      if (batches === MAX_BATCHES) {
        this.goOnSoon();
        return;
      }
      state = this.produce(this.frames);
      if (this.frames.length) this.call.write(this.frames.take());
    }
    if (state === 'more') this.pause();
    else if (state === 'done') this.call.succeed();
    else if (state !== 'idle') this.call.fail(state);
  }

  /** Others have their turn in between: a filter may pass over a long log without a single message to send. */
  private goOnSoon(): void {
    this.waiting = true;
    setImmediate(() => {
      this.waiting = false;
      this.wake();
    });
  }

  private pause(): void {
    this.waiting = true;
    this.isBlocked = true;
    this.call.whenWritable(() => {
      this.waiting = false;
      this.isBlocked = false;
      this.run();
    });
  }
}
