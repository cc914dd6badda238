import { randomUUID } from 'node:crypto';
import type { Events } from '../store/events.js';
import type { Call } from '../wire/call.js';
import { type FrameBuffer, framed } from '../wire/framing.js';
import { handlerFailed, type StatusError, streamDeleted } from '../wire/status.js';
import { isOutsideAll, matcher } from './filter.js';
import { BATCH_BYTES, Pump } from './pump.js';
import { MAX_LOOKED_AT, Presenter } from './read-call.js';
import type { ReadRequest } from './read-request.js';
import { CAUGHT_UP, checkpoint, confirmation, FELL_BEHIND } from './responses.js';
import { StreamView } from './stream-view.js';

/** A reader this many events behind while it does not take what it is sent is told that it fell behind. */
const LIVE_BUFFER = 32;
const STEP = 64;

const confirm = (call: Call): void => call.write(framed(confirmation(randomUUID())));

/** Follows a stream: everything after a revision, then what is appended. */
export const subscribeToStream = (events: Events, request: ReadRequest & { stream: string }, call: Call): void => {
  const view = new StreamView(events, request.stream);
  if (view.presence === 'deleted' && request.from !== 'end') throw streamDeleted(request.stream);
  confirm(call);
  if (view.presence === 'deleted') return;
  const follower = new StreamFollower(view, request, new Presenter(events, request));
  const pump = new Pump(call, (frames) => follower.produce(frames));
  call.onClose = events.watchers.watchStream(request.stream, () => {
    follower.noteLag(call, pump);
    pump.wake();
  });
  pump.wake();
};

class StreamFollower {
  private next: number;
  private caughtUp = false;
  private readonly fromEnd: boolean;

  constructor(
    private readonly view: StreamView,
    { from }: ReadRequest,
    private readonly presenter: Presenter,
  ) {
    this.next = from === 'start' ? 0 : from === 'end' ? view.last + 1 : from + 1;
    this.fromEnd = from === 'end';
  }

  noteLag(call: Call, pump: Pump): void {
    if (!pump.blocked || !this.caughtUp || this.view.last - this.next < LIVE_BUFFER) return;
    this.caughtUp = false;
    call.write(framed(FELL_BEHIND));
  }

  produce(frames: FrameBuffer): 'more' | 'idle' | StatusError {
    while (frames.length < BATCH_BYTES) {
      if (!this.caughtUp) this.next = Math.max(this.next, this.view.first);
      if (this.next > this.view.last) return this.atHead(frames);
      const to = Math.min(this.view.last, this.next + STEP - 1);
      for (const body of this.view.bodies(this.next, to))
        if (body) frames.add(this.presenter.present(body, this.caughtUp));
      this.next = to + 1;
    }
    return 'more';
  }

  private atHead(frames: FrameBuffer): 'idle' | StatusError {
    const tombstone = this.view.tombstone();
    if (tombstone) {
      frames.add(this.presenter.present(tombstone));
      return streamDeleted(this.view.name);
    }
    // Who asked for a stream from its beginning is caught up when there is one.
    if (this.caughtUp || (!this.fromEnd && this.view.presence !== 'found')) return 'idle';
    this.caughtUp = true;
    frames.add(CAUGHT_UP);
    return 'idle';
  }
}

/** Follows the whole log behind a filter. */
export const subscribeToAll = (events: Events, request: ReadRequest, call: Call): void => {
  if (request.filter && request.checkpointInterval === 0) throw handlerFailed();
  const follower = new LogFollower(events, request);
  confirm(call);
  if (!follower.started) return;
  const pump = new Pump(call, (frames) => follower.produce(frames));
  call.onClose = events.watchers.watchAll(() => {
    follower.noteLag(call, pump);
    pump.wake();
  });
  pump.wake();
};

class LogFollower {
  readonly started: boolean;
  private readonly after: number;
  private next: number;
  private caughtUp = false;
  private unmarked = 0;
  private readonly matches;
  private readonly presenter: Presenter;
  private readonly interval: number;

  constructor(
    private readonly events: Events,
    request: ReadRequest,
  ) {
    this.matches = request.filter ? matcher(request.filter) : undefined;
    this.interval = request.checkpointInterval;
    this.presenter = new Presenter(events, request);
    const { from } = request;
    this.started = typeof from !== 'number' || from === 0 || from >= events.log.end || events.log.isBoundary(from);
    this.after = typeof from === 'number' ? from : -1;
    this.next = ordinalAfter(events, from);
  }

  noteLag(call: Call, pump: Pump): void {
    if (!pump.blocked || !this.caughtUp || this.events.index.size - this.next < LIVE_BUFFER) return;
    this.caughtUp = false;
    call.write(framed(FELL_BEHIND));
  }

  produce(frames: FrameBuffer): 'more' | 'idle' {
    const { index } = this.events;
    for (let looked = 0; this.next < index.size; looked++) {
      if (frames.length >= BATCH_BYTES || looked >= MAX_LOOKED_AT) return 'more';
      this.take(this.next++, frames);
    }
    if (this.caughtUp) return 'idle';
    this.caughtUp = true;
    frames.add(CAUGHT_UP);
    return 'idle';
  }

  private take(ordinal: number, frames: FrameBuffer): void {
    if (this.events.index.positions.get(ordinal) <= this.after) return;
    const body = this.events.bodyAt(ordinal);
    if (isOutsideAll(this.events, body)) return;
    if (!this.matches || this.matches(body)) frames.add(this.presenter.present(body, this.caughtUp));
    if (this.matches && ++this.unmarked >= this.interval) this.mark(ordinal, frames);
  }

  private mark(ordinal: number, frames: FrameBuffer): void {
    this.unmarked = 0;
    frames.add(checkpoint(this.events.index.positions.get(ordinal)));
  }
}

const ordinalAfter = ({ index, log }: Events, from: ReadRequest['from']): number => {
  if (from === 'start') return 0;
  if (from === 'end' || from >= log.end) return index.size;
  const ordinal = index.positions.firstAt(from);
  return ordinal < index.size && index.positions.get(ordinal) === from ? ordinal + 1 : ordinal;
};
