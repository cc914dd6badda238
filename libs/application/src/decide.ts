import { setTimeout as pause } from 'node:timers/promises';
import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, Command as Message } from '@nestjs/cqrs';
import { type AnySlice, type Fact, isRejection, type Recorded, type Rejection, reject, streamOf } from '#kernel';
import { type Decided, factsOf } from './deciding.js';
import { InTurn } from './in-turn.js';
import {
  CLAIM_BOOK,
  CLAIM_LASTS_MS,
  type ClaimBook,
  type Claimed,
  Conflict,
  EVENT_STORE,
  type EventStore,
  FINGERPRINTS,
  type Fingerprints,
  LOG_IDENTITY,
  type LogIdentity,
  NOTHING_YET,
  POLICY_BOOK,
  type PolicyBook,
  type Standing,
  Unavailable,
} from './ports.js';
import { KEY_REUSED, NEVER_OPENED, OVERTAKEN, refusalIn, SOURCE_CONFLICT, TAKEN } from './refusals.js';
import { payloadOf, recordConflict, subjectsOf } from './said-before.js';
import {
  continued,
  type Receipt,
  RecentStories,
  receiptOf,
  type Story,
  storyOf,
  type Told,
  untouched,
} from './story.js';
import type { Wish } from './wish.js';

/** Ask a slice to decide. The only write message in the house. */
export class Decide extends Message<Receipt | Rejection> {
  constructor(readonly wish: Wish) {
    super();
  }
}

/** The imperative shell, once: load, fold, decide, append, and afresh when someone got there first. */
@CommandHandler(Decide)
export class DecideHandler implements ICommandHandler<Decide> {
  private readonly inTurn = new InTurn();
  private readonly recent = new RecentStories();
  /** The furthest place in the log that something was recorded at. */
  private latest = NOTHING_YET.position;

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(POLICY_BOOK) private readonly policies: PolicyBook,
    @Inject(LOG_IDENTITY) private readonly log: LogIdentity,
    @Inject(CLAIM_BOOK) private readonly claims: ClaimBook,
    @Inject(FINGERPRINTS) private readonly fingerprints: Fingerprints,
  ) {
    // What is remembered of streams may hold what was personal of somebody who is forgotten now.
    fingerprints.onForgotten(() => this.recent.forgetAll());
  }

  execute({ wish }: Decide): Promise<Receipt | Rejection> {
    const stream = streamOf(wish.slice, wish.id);
    return this.inTurn.run(stream, () => this.untilDecided(stream, wish), wish.signal);
  }

  private async untilDecided(stream: string, wish: Wish): Promise<Receipt | Rejection> {
    let story = this.recent.get(stream) ?? (isOpening(wish) ? untouched(wish.slice) : await this.load(stream, wish));
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

  private async load(stream: string, { slice, id, signal }: Wish): Promise<Story> {
    this.recent.forget(stream);
    const past: Recorded[] = [];
    for await (const fact of this.store.read(stream, signal ? { signal } : {})) past.push(fact);
    return storyOf(slice, id, past);
  }

  private async decide(stream: string, wish: Wish, story: Story): Promise<Receipt | Rejection> {
    const already = story.told.get(wish.meta.commandId);
    if (already) return this.again(wish, story, already);
    const wanted =
      refusalBefore(wish, story) ??
      (await factsOf(wish, story.state, { policies: this.policies, company: this.log.company }));
    const claims = isRejection(wanted) ? [] : claimsOf(wish.slice, stream, wanted.facts);
    const decided = claims.length === 0 || (await this.areFree(claims)) ? wanted : reject(TAKEN);
    // A no, or nothing to say, holds only of a story that was just read.
    if (!story.looked && (isRejection(decided) || decided.facts.length === 0))
      throw new Conflict('decided without having looked');
    if (isRejection(decided)) return decided;
    if (decided.facts.length === 0) return receiptOf(wish.id, story.standing, []);
    const signal = claims.length > 0 ? whileClaimed(wish.signal) : wish.signal;
    return this.record(stream, { ...wish, ...(signal && { signal }) }, { story, ...decided });
  }

  private async record(
    stream: string,
    wish: Wish,
    { story, facts, state }: Decided & Readonly<{ story: Story }>,
  ): Promise<Receipt | Rejection> {
    try {
      const [{ customers }] = facts as readonly [Fact];
      const payloadMac = await this.fingerprints.of(subjectsOf(wish, customers), payloadOf(wish));
      const marked = payloadMac ? facts.map((fact) => ({ ...fact, payloadMac })) : facts;
      if (this.latest < 0n) await this.begun();
      const standing = await this.store.append(stream, story.standing.revision, marked, wish.signal);
      const isRepeat = this.mayBeOld(standing) && isDerived(wish.meta.commandId);
      if (!story.looked && isRepeat) return await this.checked(stream, wish);
      const receipt = receiptOf(wish.id, standing, facts);
      this.recent.keep(stream, continued(story, state, marked.at(-1) as Fact, receipt));
      return receipt;
    } catch (error) {
      const refusal = refusalIn(error);
      if (!refusal) throw error;
      if (!story.looked) throw new Conflict('refused without having looked');
      return refusal;
    }
  }

  /** What the log held when this process began is old. Asked again when it could not be answered. */
  private async begun(): Promise<void> {
    const head = await this.store.head();
    if (head !== null && head > this.latest) this.latest = head;
  }

  /** The store takes a repeat for the first time, whatever it says: only its place shows that it was there before. */
  private mayBeOld({ position }: Standing): boolean {
    if (position <= this.latest) return true;
    this.latest = position;
    return false;
  }

  private async checked(stream: string, wish: Wish): Promise<Receipt | Rejection> {
    const story = await this.load(stream, wish);
    const told = story.told.get(wish.meta.commandId);
    if (!told) throw new Error(`${stream} does not hold what was just recorded in it`);
    this.recent.keep(stream, story);
    return this.again(wish, story, told);
  }

  /** The same receipt; unless something else is said under the same id now. */
  private async again(wish: Wish, story: Story, told: Told): Promise<Receipt | Rejection> {
    const { source } = wish.meta;
    const isSameRow = source === undefined || told.source === source.id;
    if (!told.payloadMac || !isSameRow) return told.receipt;
    if (this.fingerprints.matches(told.payloadMac, payloadOf(wish)) !== false) return told.receipt;
    if (!source) return reject(KEY_REUSED);
    const customers = wish.slice.participants(story.state, wish.id);
    const payloadMac = await this.fingerprints.of(subjectsOf(wish, customers), payloadOf(wish));
    if (payloadMac) await recordConflict(this.store, wish, { customers, payloadMac });
    return reject(SOURCE_CONFLICT);
  }

  private async areFree(claims: readonly Claimed[]): Promise<boolean> {
    for (const claimed of claims) if (!(await this.claims.claim(claimed))) return false;
    return true;
  }
}

const isOpening = ({ slice, commands: [first] }: Wish): boolean =>
  slice.openings.includes(first?.type) || slice.reserved?.includes(first?.type) === true;

/** An id that derives from something else may come again; a fresh one (a UUIDv7) never does. */
const isDerived = (id: string): boolean => id[14] === '5';

/** What is refused before the slice is asked. */
const refusalBefore = (wish: Wish, { standing: { revision } }: Story): Rejection | undefined => {
  if (wish.ifRevision !== undefined && wish.ifRevision !== revision) return reject(OVERTAKEN);
  return revision < 0n && !isOpening(wish) ? reject(NEVER_OPENED) : undefined;
};

const claimsOf = ({ claims }: AnySlice, holder: string, facts: readonly Fact[]): readonly Claimed[] =>
  claims
    ? facts.flatMap((fact) => {
        const holding = claims.of(fact);
        return holding && holding !== 'frees all' && 'takes' in holding ? [{ ...holding.takes, holder }] : [];
      })
    : [];

/** An append that may come after its claim has lapsed must not be sent again. */
const whileClaimed = (signal?: AbortSignal): AbortSignal =>
  AbortSignal.any([AbortSignal.timeout(CLAIM_LASTS_MS / 2), ...(signal ? [signal] : [])]);
