import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import {
  concatMap,
  distinctUntilChanged,
  exhaustMap,
  merge,
  type Observable,
  retry,
  Subject,
  share,
  startWith,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import type { Asking } from '#access';
import { SQL, type Sql } from '#postgres';
import { TimelineAfter } from '#read-models';
import { isPosition } from './headers.js';
import { bigintsAsText } from './json.js';
import { misfit } from './problem.js';

export const TIMELINE_PATH = 'customers/:id/timeline';

const LOOK_EVERY_MS = 100;
const STILL_HERE_EVERY_MS = 15_000;
const PAGE = 200;

type Place = { position: bigint };
/** Who follows, and of whom they are told in what language. */
type Whom = Readonly<{ asking: Asking; id: string; lang: string }>;

/** A customer's timeline as server-sent events: what is there, then what comes. The id of an event is its position. */
@Injectable()
export class TimelineStream implements BeforeApplicationShutdown {
  private readonly logger = new Logger(TimelineStream.name);
  private readonly shutdown = new Subject<void>();
  /** Ticks whenever the timeline view has moved; one look at the database for all who listen. */
  private readonly moved: Observable<unknown>;

  constructor(
    @Inject(QueryBus) private readonly bus: QueryBus,
    @Inject(SQL) private readonly sql: Sql,
  ) {
    this.moved = timer(0, LOOK_EVERY_MS).pipe(
      exhaustMap(() => this.position()),
      retry({ delay: 1000 }),
      distinctUntilChanged(),
      share(),
    );
  }

  async follow(fields: Readonly<Record<string, unknown>>, headers: Headers, reply: FastifyReply) {
    const { asking, mayStill } = reply.request;
    const whom = { asking, id: String(fields.id), lang: String(fields.lang ?? '') };
    const place: Place = { position: startIn(headers['last-event-id']) };
    const { raw } = reply.hijack();
    if (raw.destroyed) return; // gone while we were looking
    const always = reply.getHeaders() as OutgoingHttpHeaders;
    raw.writeHead(200, { ...always, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    raw.write(': from here on, what happens is told as it happens\n\n');

    const gone = new Subject<void>();
    raw.once('close', () => gone.next());
    // Whoever may not any more, because a token expired or a key was revoked, hears no more.
    const breath = timer(STILL_HERE_EVERY_MS, STILL_HERE_EVERY_MS).pipe(
      concatMap(async () => ((await mayStill()) ? sent(raw, ': still here\n\n') : gone.next())),
    );
    // Whoever comes second is told at once too: the shared clock ticks only when something moves.
    const news = this.moved.pipe(
      startWith(null),
      concatMap(() => this.tell(whom, place, raw)),
      tap((isTheirs) => isTheirs || gone.next()),
    );
    merge(news, breath)
      .pipe(takeUntil(merge(gone, this.shutdown)))
      .subscribe({
        complete: () => raw.end(),
        error: (error: unknown) => {
          this.logger.warn(error);
          raw.destroy();
        },
      });
  }

  /** Before the server waits for its connections to end: ours would not. */
  beforeApplicationShutdown() {
    this.shutdown.next();
  }

  /** False when it is not theirs to know any more. */
  private async tell({ asking, ...what }: Whom, place: Place, raw: ServerResponse): Promise<boolean> {
    for (;;) {
      const question = Object.assign(new TimelineAfter(asking), { ...what, position: place.position, limit: PAGE });
      const entries = await this.bus.execute(question);
      if (entries === null) return false;
      for (const entry of entries) {
        if (raw.destroyed) return true;
        await sent(
          raw,
          `id: ${entry.position}\nevent: ${entry.type}\ndata: ${JSON.stringify(entry, bigintsAsText)}\n\n`,
        );
        place.position = entry.position;
      }
      if (entries.length < PAGE) return true;
    }
  }

  private async position(): Promise<bigint | null | undefined> {
    const [row] = await this.sql<Partial<Place>>(
      `select max(position) as position from projection_checkpoints where view = 'customer_timeline'`,
    );
    return row?.position;
  }
}

type Headers = Readonly<Record<string, string | undefined>>;

/** Written, and taken: a slow reader makes us wait, not grow. */
const sent = async (raw: ServerResponse, text: string) => {
  if (raw.destroyed || raw.write(text)) return;
  await Promise.race([once(raw, 'drain'), once(raw, 'close')]);
};

const startIn = (lastEventId: string | undefined): bigint => {
  if (lastEventId === undefined) return -1n;
  if (isPosition(lastEventId)) return BigInt(lastEventId);
  throw misfit({ pointer: '/Last-Event-ID', detail: 'must be the id of an event of this stream' });
};
