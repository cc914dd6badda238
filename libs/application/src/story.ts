import type { AnySlice, Event, Fact, PayloadMac, Recorded } from '#kernel';
import { NOTHING_YET, type Standing } from './ports.js';

/** What a command recorded, and where: the same answer however often it is asked. */
export type Receipt = Standing & Readonly<{ id: string; events: readonly string[] }>;

/** What a command recorded; what it said as a fingerprint, and under which id of its source. */
export type Told = Readonly<{ receipt: Receipt; payloadMac: PayloadMac | undefined; source: string | undefined }>;

/** A stream as it was last seen: folded, and with what each command recorded in it. */
export type Story = Readonly<{
  state: unknown;
  standing: Standing;
  /** By the ids of the commands. */
  told: ReadonlyMap<string, Told>;
  /** Read from the store just now. If not, only an append can prove that nobody wrote since. */
  looked: boolean;
}>;

/** A new instance under an id of its own: nothing to load. Were it there after all, the append would conflict. */
export const untouched = (slice: AnySlice): Story => ({
  state: slice.initial,
  standing: NOTHING_YET,
  told: new Map(),
  looked: false,
});

export const storyOf = (slice: AnySlice, id: string, past: readonly Recorded[]): Story => {
  const told = new Map<string, Told>();
  for (const fact of past) {
    const { meta, type, revision, position } = fact;
    const before = told.get(meta.commandId)?.receipt.events ?? [];
    told.set(meta.commandId, toldBy(fact, { id, revision, position, events: [...before, type] }));
  }
  return {
    state: past.reduce(slice.evolve, slice.initial),
    standing: past.at(-1) ?? NOTHING_YET,
    told,
    looked: true,
  };
};

/** The story after a fact of one command, the last of several, was appended, and folded into `state`. */
export const continued = (story: Story, state: unknown, fact: Fact, receipt: Receipt): Story => ({
  state,
  standing: receipt,
  told: new Map(story.told).set(fact.meta.commandId, toldBy(fact, receipt)),
  looked: false,
});

const toldBy = ({ payloadMac, meta }: Fact, receipt: Receipt): Told => ({
  receipt,
  payloadMac,
  source: meta.source?.id,
});

export const receiptOf = (id: string, { revision, position }: Standing, events: readonly Event[]): Receipt => {
  return { id, revision, position, events: events.map(({ type }) => type) };
};

/**
 * The streams written last, so that a story that goes on need not be read again. What is remembered may be old: it is
 * good for deciding what to append at the revision it was seen at, never for a no.
 */
export class RecentStories {
  private readonly stories = new Map<string, Story>();

  constructor(
    private readonly most = 5_000,
    private readonly mostCommands = 100,
  ) {}

  get(stream: string): Story | undefined {
    return this.stories.get(stream);
  }

  keep(stream: string, story: Story): void {
    this.stories.delete(stream);
    if (story.told.size > this.mostCommands) return;
    this.stories.set(stream, story);
    const [oldest] = this.stories.keys();
    if (this.stories.size > this.most && oldest !== undefined) this.stories.delete(oldest);
  }

  forget(stream: string): void {
    this.stories.delete(stream);
  }

  forgetAll(): void {
    this.stories.clear();
  }
}
