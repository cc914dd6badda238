import type { Events } from '../store/events.js';
import type { Call } from '../wire/call.js';
import { type FrameBuffer, framed } from '../wire/framing.js';
import { handlerFailed, streamDeleted } from '../wire/status.js';
import { isOutsideAll, type Matches, matcher } from './filter.js';
import { BATCH_BYTES, Pump } from './pump.js';
import type { ReadRequest } from './read-request.js';
import { readResponse, resolve } from './resolved-event.js';
import { firstStreamPosition, lastStreamPosition, streamNotFound, withStructuredIds } from './responses.js';
import { StreamView } from './stream-view.js';

const STEP = 64;
/** Events the database looks at first before it says that there is nothing where a read begins. */
const FIRST_STEP = 32;
/** Events a filter looks at before others have their turn. */
export const MAX_LOOKED_AT = 2048;

/** Turns stored bodies into the messages this reader asked for. */
export class Presenter {
  constructor(
    private readonly events: Events,
    private readonly request: Pick<ReadRequest, 'resolveLinks' | 'structuredIds'>,
  ) {}

  /** `isLive`: the reader had caught up before this event came. */
  present(body: Buffer, isLive = false): Buffer {
    const resolved = this.request.resolveLinks ? resolve(this.events, body, isLive) : undefined;
    const response = resolved ? readResponse(resolved) : body;
    return this.request.structuredIds ? withStructuredIds(response) : response;
  }
}

export const readStream = (
  events: Events,
  request: ReadRequest & { stream: string; count: number },
  call: Call,
): void => {
  const view = new StreamView(events, request.stream);
  if (request.count === 0 || (request.from === 'end' && !request.backwards))
    throw handlerFailed('Unexpected ReadStreamResult: Error');
  if (view.presence === 'deleted') throw streamDeleted(request.stream);
  const range = view.presence === 'found' ? rangeOf(view, request) : undefined;
  const presenter = new Presenter(events, request);
  let left = request.count;
  const ending = (frames: FrameBuffer): 'done' => {
    if (!range) frames.add(streamNotFound(request.stream));
    else if (request.wantsEnds) frames.add(lastStreamPosition(view.last));
    return 'done';
  };
  const beginning = range && request.wantsEnds ? firstPositionOf(view, request) : undefined;
  if (beginning !== undefined) call.write(framed(firstStreamPosition(beginning)));
  new Pump(call, (frames) => {
    while (range && left > 0 && frames.length < BATCH_BYTES) {
      const bodies = nextBodies(view, range, Math.min(STEP, left));
      if (!bodies) break;
      for (const body of bodies) {
        if (!body) continue;
        frames.add(presenter.present(body));
        left--;
      }
    }
    return frames.length < BATCH_BYTES ? ending(frames) : 'more';
  }).wake();
};

/** Where the next events are to be found, when a forward read finds none within its first step. */
const firstPositionOf = (view: StreamView, { from, backwards, count }: ReadRequest & { count: number }) => {
  const start = from === 'start' ? 0 : Number(from);
  if (backwards || from === 'end') return undefined;
  if (start + Math.min(FIRST_STEP, count) <= view.first) return view.first;
  return Math.max(start, view.first) > view.last && start !== view.last + 1 ? view.last + 1 : undefined;
};

type Range = { next: number; readonly first: number; readonly last: number; readonly backwards: boolean };

/** What is visible when the read begins; later appends are not part of it. */
const rangeOf = (view: StreamView, { from, backwards }: ReadRequest): Range => {
  const { first, last } = view;
  const start = from === 'start' ? 0 : from === 'end' ? last : from;
  return { next: backwards ? Math.min(start, last) : Math.max(start, first), first, last, backwards };
};

const nextBodies = (view: StreamView, range: Range, count: number): (Buffer | undefined)[] | undefined => {
  const { next, first, last, backwards } = range;
  if (next < first || next > last) return undefined;
  if (!backwards) {
    const to = Math.min(last, next + count - 1);
    range.next = to + 1;
    return view.bodies(next, to);
  }
  const to = Math.max(first, next - count + 1);
  range.next = to - 1;
  return view.bodies(to, next).reverse();
};

export const readAll = (events: Events, request: ReadRequest & { count: number }, call: Call): void => {
  const { index } = events;
  const matches: Matches = request.filter ? matcher(request.filter) : () => true;
  const presenter = new Presenter(events, request);
  const step = request.backwards ? -1 : 1;
  const end = request.backwards ? -1 : index.size;
  let ordinal = request.backwards ? ordinalOf(events, request) - 1 : ordinalOf(events, request);
  let left = request.count;
  new Pump(call, (frames) => {
    for (
      let looked = 0;
      ordinal !== end && left > 0 && frames.length < BATCH_BYTES && looked < MAX_LOOKED_AT;
      ordinal += step
    ) {
      looked++;
      const body = events.bodyAt(ordinal);
      if (isOutsideAll(events, body) || !matches(body)) continue;
      frames.add(presenter.present(body));
      left--;
    }
    return ordinal === end || left === 0 ? 'done' : 'more';
  }).wake();
};

/** Ordinal of the event at the position asked for; a position within the log must be the beginning of a record. */
const ordinalOf = ({ index, log }: Events, { from }: ReadRequest): number => {
  if (from === 'start') return 0;
  if (from === 'end' || from >= log.end) return index.size;
  if (from !== 0 && !log.isBoundary(from)) throw handlerFailed('Unexpected ReadAllResult: Error');
  return index.positions.firstAt(from);
};
