import type { AnySlice, Event, Fact, PayloadMac, Recorded } from '#kernel';
import { NOTHING_YET, type Standing } from './ports.js';

/** What a command recorded, and where: the same answer however often it is asked. */
export type Receipt = Standing & Readonly<{ id: string; events: readonly string[] }>;

/** What a command said, told apart without keeping it. */
export type Said = Readonly<{ payloadMac: PayloadMac | undefined; source: string | undefined }>;

/** A stream as it was last seen: folded, and with what each command recorded in it. */
export type Story = Readonly<{
  state: unknown;
  standing: Standing;
  receipts: ReadonlyMap<string, Receipt>;
  /** What was said by each command, as a fingerprint, and under which id of its source. */
  said: ReadonlyMap<string, Said>;
  /** Read from the store just now. If not, only an append can prove that nobody wrote since. */
  looked: boolean;
}>;

/** A new instance under an id of its own: nothing to load. Were it there after all, the append would conflict. */
export const untouched = (slice: AnySlice): Story => ({
  state: slice.initial,
  standing: NOTHING_YET,
  receipts: new Map(),
  said: new Map(),
  looked: false,
});

export const storyOf = (slice: AnySlice, id: string, past: readonly Recorded[]): Story => {
  const receipts = new Map<string, Receipt>();
  for (const { meta, type, revision, position } of past) {
    const before = receipts.get(meta.commandId)?.events ?? [];
    receipts.set(meta.commandId, { id, revision, position, events: [...before, type] });
  }
  return {
    state: past.reduce(slice.evolve, slice.initial),
    standing: past.at(-1) ?? NOTHING_YET,
    receipts,
    said: new Map(past.map((fact) => [fact.meta.commandId, saidIn(fact)])),
    looked: true,
  };
};

/** The story after these facts of one command were appended. */
export const continued = (slice: AnySlice, story: Story, facts: readonly Fact[], receipt: Receipt): Story => ({
  state: facts.reduce(slice.evolve, story.state),
  standing: receipt,
  receipts: new Map(story.receipts).set((facts[0] as Fact).meta.commandId, receipt),
  said: new Map(story.said).set((facts[0] as Fact).meta.commandId, saidIn(facts[0] as Fact)),
  looked: false,
});

const saidIn = ({ payloadMac, meta }: Fact): Said => ({ payloadMac, source: meta.source?.id });

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
    if (story.receipts.size > this.mostCommands) return;
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
