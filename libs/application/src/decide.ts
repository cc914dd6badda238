import { setTimeout as pause } from 'node:timers/promises';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, Command as Message } from '@nestjs/cqrs';
import type { AnySlice, Command, Event, Fact, Meta, Participant, Policies, Policy, Recorded, Rejection } from '#kernel';
import { isRejection, reject, streamOf } from '#kernel';
import { idFrom } from './identity.js';
import { InTurn } from './in-turn.js';
import {
  Conflict,
  EVENT_STORE,
  type EventStore,
  LOG_IDENTITY,
  type LogIdentity,
  NOTHING_YET,
  POLICY_BOOK,
  type PolicyBook,
  type Standing,
  Unavailable,
} from './ports.js';

/** What a command recorded, and where: the same answer however often it is asked. */
export type Receipt = Standing & Readonly<{ id: string; events: readonly string[] }>;

/** Refusals of the shell itself, beside those of the slices. */
export const NEVER_OPENED = 'never-opened';
export const OVERTAKEN = 'revision-differs';
export const TOO_LARGE = 'too-large';

export type Wish = Readonly<{
  slice: AnySlice;
  id: string;
  /** Said in turn to one stream, recorded in one append: usually one. */
  commands: readonly Command[];
  meta: Meta;
  /** Refuse with `revision-differs` unless the stream stands here. */
  ifRevision?: bigint;
  /** Ends the attempt: then `Unavailable`. */
  signal?: AbortSignal;
}>;

/** Ask a slice to decide. The only write message in the house. */
export class Decide extends Message<Receipt | Rejection> {
  constructor(readonly wish: Wish) {
    super();
  }
}

/** EventStoreDB takes no more than this many bytes of data in one append. */
const MAX_APPEND_BYTES = 1_048_576;

type Story = Readonly<{ state: unknown; standing: Standing; past: readonly Recorded[]; looked: boolean }>;

/** The imperative shell, once: load, fold, decide, append, and afresh when someone got there first. */
@CommandHandler(Decide)
export class DecideHandler implements ICommandHandler<Decide> {
  private readonly inTurn = new InTurn();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(POLICY_BOOK) private readonly policies: PolicyBook,
    @Inject(LOG_IDENTITY) private readonly log: LogIdentity,
  ) {}

  execute({ wish }: Decide): Promise<Receipt | Rejection> {
    const stream = streamOf(wish.slice, wish.id);
    return this.inTurn.run(stream, () => this.untilDecided(stream, wish), wish.signal);
  }

  private async untilDecided(stream: string, wish: Wish): Promise<Receipt | Rejection> {
    // A new instance under an id of its own: nothing to load. Were it there after all, the append would conflict.
    let story =
      isOpening(wish) && wish.ifRevision === undefined ? untouched(wish.slice) : await this.load(stream, wish);
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.decide(stream, wish, story);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (attempt > 0) await pause(Math.random() * Math.min(200, 5 * 2 ** attempt));
        if (wish.signal?.aborted) throw new Unavailable('somebody else was always faster');
        story = await this.load(stream, wish);
      }
    }
  }

  private async load(stream: string, { slice, signal }: Wish): Promise<Story> {
    const past: Recorded[] = [];
    for await (const fact of this.store.read(stream, signal ? { signal } : {})) past.push(fact);
    return {
      state: past.reduce(slice.evolve, slice.initial),
      standing: past.at(-1) ?? NOTHING_YET,
      past,
      looked: true,
    };
  }

  private async decide(stream: string, wish: Wish, story: Story): Promise<Receipt | Rejection> {
    const { state, standing, past, looked } = story;
    const already = past.filter(({ meta }) => meta.commandId === wish.meta.commandId);
    if (already.length > 0) return receipt(wish.id, already.at(-1) ?? standing, already);
    if (wish.ifRevision !== undefined && wish.ifRevision !== standing.revision) return reject(OVERTAKEN);
    if (standing.revision < 0n && !isOpening(wish)) return reject(NEVER_OPENED);

    const facts = await this.factsOf(wish, state);
    if (!looked && (isRejection(facts) || facts.length === 0)) throw new Conflict('decided without having looked');
    if (isRejection(facts)) return facts;
    if (facts.length === 0) return receipt(wish.id, standing, []);
    if (bytesOf(facts) > MAX_APPEND_BYTES) return reject(TOO_LARGE);
    return receipt(wish.id, await this.store.append(stream, standing.revision, facts, wish.signal), facts);
  }

  private async factsOf({ slice, id, commands, meta }: Wish, before: unknown): Promise<readonly Fact[] | Rejection> {
    const facts: Fact[] = [];
    let state = before;
    for (const said of commands) {
      const { policies, policyRef } = await this.policiesFor(slice, { ...said, meta }, state);
      const decision = slice.decide({ ...said, meta }, state, policies);
      if (isRejection(decision)) return decision;
      for (const event of decision as readonly Event[]) {
        const after = slice.evolve(state, { ...event, meta });
        const customers = union(slice.participants(state, id), slice.participants(after, id));
        facts.push({ ...event, meta, id: idFrom(meta.commandId, facts.length), customers, ...policyRef });
        state = after;
      }
    }
    return facts;
  }

  private async policiesFor(slice: AnySlice, command: Command & { meta: Meta }, state: unknown) {
    const { company } = this.log;
    const names = Object.entries(slice.needs?.(command, state, company) ?? {});
    const found: [string, Policy][] = [];
    for (const [key, name] of names) {
      const policy = name && (await this.policies.effectiveAt(name, command.meta.occurredAt));
      if (policy) found.push([key, policy]);
    }
    const policies: Policies = { ...Object.fromEntries(found), company };
    const refs = Object.fromEntries(found.map(([key, { ref }]) => [key, ref]));
    return { policies, policyRef: found.length > 0 ? { policyRef: refs } : {} };
  }
}

const isOpening = ({ slice, commands: [first] }: Wish): boolean => slice.openings.includes(first?.type);

const untouched = (slice: AnySlice): Story => ({
  state: slice.initial,
  standing: NOTHING_YET,
  past: [],
  looked: false,
});

/** Who was in the story or came into it: one taken out hears of it too. */
const union = (before: readonly Participant[], after: readonly Participant[]): readonly Participant[] => [
  ...before,
  ...after.filter(({ id, role }) => !before.some((known) => known.id === id && known.role === role)),
];

const bytesOf = (facts: readonly Fact[]): number =>
  facts.reduce((bytes, { data }) => bytes + Buffer.byteLength(JSON.stringify(data)), 0);

const receipt = (id: string, { revision, position }: Standing, events: readonly Event[]): Receipt => {
  return { id, revision, position, events: events.map(({ type }) => type) };
};
